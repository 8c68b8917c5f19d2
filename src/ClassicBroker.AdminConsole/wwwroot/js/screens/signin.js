import { html, useState, useEffect } from '../html.js';
import { post, state } from '../api.js';
import { Failure, Field } from '../ui.js';

export function SignIn({ route, onSignedIn }) {
  const byToken = state.session?.signIn === 'token';
  const [user, setUser] = useState('');
  const [secret, setSecret] = useState(route.params.token || '');
  const [failure, setFailure] = useState(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => { document.title = 'Sign in · ClassicBroker console'; }, []);
  const go = async (e) => {
    e.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      onSignedIn(await post('/api/sign-in', { user, secret }));
    } catch (wrong) {
      setFailure(wrong);
      setBusy(false);
    }
  };
  return html`<main class="sign-in" id="main">
    <h1>ClassicBroker console</h1>
    <p class="quiet">${byToken
    ? 'Enter the one-time token from the log of the process that serves this console.'
    : 'Sign in with a user of the cluster.'}</p>
    <form onSubmit=${go}>
      ${!byToken && html`<${Field} label="User" value=${user} onValue=${setUser} autocomplete="username" required />`}
      <${Field} label=${byToken ? 'Token' : 'Password'} type="password" value=${secret} onValue=${setSecret}
        autocomplete=${byToken ? 'off' : 'current-password'} required />
      <${Failure} of=${failure} />
      <button class="primary" disabled=${isBusy}>Sign in</button>
    </form>
  </main>`;
}

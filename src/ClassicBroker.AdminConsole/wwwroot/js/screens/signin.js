import { html, useState, useEffect } from '../html.js';
import { post, state } from '../api.js';
import { Failure, Field } from '../ui.js';

const oidcFailures = {
  expired: { message: 'This sign-in took too long, or was begun in another browser.', hint: 'Begin again here.' },
  refused: { message: 'The provider did not sign you in.', hint: 'Begin again; the log of the console says why.' },
  role: { message: 'You are signed in at the provider, and have no role here.', hint: 'Ask those who run this console for one.' },
  untrusted: { message: 'What the provider answered proves nothing.', hint: 'The log of the console says why.' },
  unreachable: { message: 'The provider cannot be asked.', hint: 'Check that it runs, and that the console can reach it.' },
};

function AtProvider({ failure }) {
  const [isBusy, setBusy] = useState(false);
  const go = () => {
    setBusy(true);
    location.assign('/api/oidc/begin');
  };
  return html`<p class="quiet">Sign in where your organisation's accounts are.</p>
    <${Failure} of=${oidcFailures[failure]} />
    <div class="actions"><button type="button" class="primary" disabled=${isBusy} onClick=${go}>Sign in</button></div>`;
}

function BySecret({ isToken, token, onSignedIn }) {
  const [user, setUser] = useState('');
  const [secret, setSecret] = useState(token || '');
  const [failure, setFailure] = useState(null);
  const [isBusy, setBusy] = useState(false);
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
  return html`<p class="quiet">${isToken
    ? 'Enter the one-time token from the log of the process that serves this console.'
    : 'Sign in with a user of the cluster.'}</p>
    <form onSubmit=${go}>
      ${!isToken && html`<${Field} label="User" value=${user} onValue=${setUser} autocomplete="username" required />`}
      <${Field} label=${isToken ? 'Token' : 'Password'} type="password" value=${secret} onValue=${setSecret}
        autocomplete=${isToken ? 'off' : 'current-password'} required />
      <${Failure} of=${failure} />
      <button class="primary" disabled=${isBusy}>Sign in</button>
    </form>`;
}

export function SignIn({ route, onSignedIn }) {
  const by = state.session?.signIn;
  useEffect(() => { document.title = 'Sign in · ClassicBroker console'; }, []);
  return html`<main class="sign-in" id="main">
    <h1>ClassicBroker console</h1>
    ${by === 'oidc'
    ? html`<${AtProvider} failure=${route.params.failure} />`
    : html`<${BySecret} isToken=${by === 'token'} token=${route.params.token} onSignedIn=${onSignedIn} />`}
  </main>`;
}

// The shell around the pages: session, navigation, keys, theme.
import { html, render, useState, useEffect, useLayoutEffect } from './html.js';
import { get, post, state, can } from './api.js';
import { Dialog, Failure, Loading, Toasts } from './ui.js';
import { visible } from './format.js';
import { parse } from './route.js';
import { SignIn } from './screens/signin.js';
import { Overview } from './screens/overview.js';
import { Broker, Brokers } from './screens/brokers.js';
import { Topics } from './screens/topics.js';
import { Topic } from './screens/topic.js';
import { Groups } from './screens/groups.js';
import { Group } from './screens/group.js';
import { Acls } from './screens/acls.js';
import { Users } from './screens/users.js';
import { Transaction, Transactions } from './screens/transactions.js';
import { Reassign } from './screens/reassign.js';
import { Znodes } from './screens/znodes.js';
import { Metrics } from './screens/metrics.js';

const pages = [
  { id: 'overview', title: 'Overview', key: 'o', list: Overview },
  { id: 'brokers', title: 'Brokers', key: 'b', list: Brokers, one: Broker },
  { id: 'topics', title: 'Topics', key: 't', list: Topics, one: Topic },
  { id: 'groups', title: 'Consumer groups', key: 'g', list: Groups, one: Group, needs: ['groups'] },
  { id: 'transactions', title: 'Transactions', key: 'x', list: Transactions, one: Transaction, needs: ['transactions'] },
  { id: 'reassign', title: 'Reassignment', key: 'r', list: Reassign, needs: ['reassignments'] },
  { id: 'acls', title: 'ACLs', key: 'a', list: Acls, needs: ['acls'] },
  { id: 'users', title: 'Users and quotas', key: 'u', list: Users, needs: ['users', 'quotas', 'tokens'] },
  { id: 'znodes', title: 'Znodes', key: 'z', list: Znodes, needs: ['znodes'] },
  { id: 'metrics', title: 'Metrics', key: 'm', list: Metrics },
];
const shownPages = () => pages.filter((page) => !page.needs || page.needs.some(can));

const themes = { '': 'As the system', light: 'Light', dark: 'Dark' };
function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
applyTheme(localStorage.getItem('theme') || '');

function Keys({ onClose }) {
  const row = (keys, what) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${what}</dd>`;
  return html`<${Dialog} title="Keys" onClose=${onClose}><dl class="facts keys">
    ${row(['/'], 'Search on this page')}${shownPages().map((page) => row(['g', page.key], page.title))}${row(['?'], 'These keys')}</dl>
    <div class="actions"><button type="button" class="primary" onClick=${onClose}>Close</button></div></${Dialog}>`;
}

function useKeys(onHelp) {
  useLayoutEffect(() => {
    let waiting = 0;
    const onKey = (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) || document.querySelector('dialog[open]')) return;
      if (e.key === '/') {
        e.preventDefault();
        document.querySelector('input[type="search"]')?.focus();
      } else if (e.key === '?') {
        onHelp();
      } else if (e.key === 'g' && Date.now() - waiting > 1500) {
        waiting = Date.now();
      } else if (Date.now() - waiting < 1500) {
        waiting = 0;
        const page = shownPages().find((each) => each.key === e.key);
        if (page) location.hash = `#/${page.id}`;
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function Side({ active, onKeys, onSignOut }) {
  const [theme, setTheme] = useState(localStorage.getItem('theme') || '');
  const choose = (e) => {
    setTheme(e.target.value);
    localStorage.setItem('theme', e.target.value);
    applyTheme(e.target.value);
  };
  return html`<header class="side"><a class="brand" href="#/overview">ClassicBroker</a>
    <nav aria-label="Screens"><ul>${shownPages().map((page) => html`<li><a href=${`#/${page.id}`} aria-current=${page.id === active ? 'page' : undefined}>${page.title}</a></li>`)}</ul></nav>
    <div class="who"><div><strong>${visible(state.session.user)}</strong> <span class="quiet">${state.session.role}</span></div>
      <div><label for="theme">Colours</label><select id="theme" onChange=${choose}>${Object.entries(themes).map(([id, title]) => html`<option value=${id} selected=${id === theme}>${title}</option>`)}</select></div>
      <div class="actions"><button type="button" onClick=${onKeys}>Keys</button><button type="button" onClick=${onSignOut}>Sign out</button></div></div></header>`;
}

function Missing() {
  return html`<h1 tabindex="-1">There is no such page</h1><p>Go to the <a href="#/overview">overview</a>.</p>`;
}

function App() {
  const [session, setSession] = useState(null);
  const [failure, setFailure] = useState(null);
  const [route, setRoute] = useState(parse(location.hash));
  const [isHelping, setHelping] = useState(false);
  state.session = session;
  state.onSignedOut = () => setSession((before) => ({ signIn: before.signIn }));
  const load = () => get('/api/session').then((found) => { setFailure(null); setSession(found); }, setFailure);
  useEffect(() => {
    load();
    const onHash = () => setRoute(parse(location.hash));
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  useKeys(() => setHelping(true));
  if (failure && !session) return html`<main><h1>ClassicBroker console</h1><${Failure} of=${failure} /><button type="button" onClick=${load}>Try again</button></main>`;
  if (!session) return html`<main><${Loading} /></main>`;
  if (!session.user) {
    return html`<${SignIn} route=${route} onSignedIn=${(found) => {
      setSession(found);
      if (route.parts[0] === 'sign-in') location.hash = '#/overview';
    }} />`;
  }
  const id = route.parts[0] || 'overview';
  const page = shownPages().find((each) => each.id === id);
  const Screen = page && (route.parts.length > 1 ? page.one : page.list);
  const signOut = async () => {
    await post('/api/sign-out').catch(() => {});
    setSession({ signIn: session.signIn });
  };
  return html`<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.querySelector('h1')?.focus(); }}>Skip to the page</a>
    <div class="shell"><${Side} active=${id} onKeys=${() => setHelping(true)} onSignOut=${signOut} />
      <main id="main" data-route=${location.hash}>${session.failure ? html`<${Failure} of=${{ message: session.failure, hint: 'No broker can be asked. Check that the brokers run and that their advertised listeners can be reached from here.' }} /><button type="button" onClick=${load}>Try again</button>`
    : Screen ? html`<${Screen} key=${route.parts.slice(0, 2).join('/')} route=${route} />` : html`<${Missing} />`}</main></div>
    <${Toasts} />${isHelping && html`<${Keys} onClose=${() => setHelping(false)} />`}`;
}

render(html`<${App} />`, document.getElementById('app'));

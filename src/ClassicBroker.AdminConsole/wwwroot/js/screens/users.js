import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { ConfirmDialog, Dialog, Empty, Field, FormDialog, Head, Loaded, Pager, Search, Table, Tabs, toast, useLoad } from '../ui.js';
import { bytes, number, time, visible } from '../format.js';
import { change, link } from '../route.js';

export function Users({ route }) {
  const tab = route.params.tab || (can('users') ? 'users' : can('quotas') ? 'quotas' : 'tokens');
  const titles = { users: 'Users', quotas: 'Quotas', tokens: 'Delegation tokens' };
  return html`<${Head} title=${titles[tab] || 'Users'} />
    <${Tabs} label="Users, quotas, tokens" active=${tab} tabs=${['users', 'quotas', 'tokens'].filter(can).map((id) => ({ id, title: titles[id], href: link('users', { tab: id }) }))} />
    ${tab === 'users' && html`<${UserList} route=${route} />`}
    ${tab === 'quotas' && html`<${QuotaList} />`}
    ${tab === 'tokens' && html`<${TokenList} />`}`;
}

function UserList({ route }) {
  const { search, page = '0' } = route.params;
  const state = useLoad(() => get('/api/users', { search, page }), [search, page]);
  const [dialog, setDialog] = useState(null);
  return html`<div class="bar"><${Search} label="Find users" value=${search} onSearch=${(text) => change(route, { search: text, page: 0 })} />
      ${may('admin') && html`<button type="button" class="primary" onClick=${() => setDialog({ kind: 'set', name: '' })}>Add a user</button>`}</div>
    <${Loaded} state=${state}>${(list) => (list.total === 0 ? html`<${Empty} title="No user has a SCRAM password">${may('admin') ? 'Add one to let clients log in by SCRAM.' : 'An admin can add users.'}</${Empty}>`
    : html`<${Table} label="Users" rows=${list.rows} keyOf=${(u) => u.name} columns=${[
      { title: 'User', wide: true, cell: (u) => visible(u.name) },
      { title: 'Passwords', cell: (u) => (u.failure ? visible(u.failure) : u.credentials.map((c) => html`${c.mechanism} <span class="quiet">${number(c.iterations)} iterations</span> `)) },
      ...(may('admin') ? [{ title: html`<span class="visually-hidden">Change</span>`, cell: (u) => html`<div class="actions"><button type="button" onClick=${() => setDialog({ kind: 'set', name: u.name })} aria-label=${`Set password of ${u.name}`}>Set password</button>
        <button type="button" class="danger" onClick=${() => setDialog({ kind: 'delete', name: u.name })} aria-label=${`Delete ${u.name}`}>Delete</button></div>` }] : []),
    ]} /><${Pager} page=${list} onPage=${(to) => change(route, { page: to })} />`)}</${Loaded}>
    ${dialog?.kind === 'set' && html`<${PasswordDialog} name=${dialog.name} onClose=${() => setDialog(null)} onDone=${state.reload} />`}
    ${dialog?.kind === 'delete' && html`<${ConfirmDialog} title=${`Delete ${dialog.name}`} text="Clients that log in as this user are refused from now on." submit="Delete" expected=${dialog.name}
      run=${async (confirm) => { await post('/api/users/delete', { name: dialog.name, confirm }); toast('The user is deleted.'); state.reload(); }} onClose=${() => setDialog(null)} />`}`;
}

function PasswordDialog({ name, onClose, onDone }) {
  const [form, setForm] = useState({ name, password: '', mechanism: 'SCRAM-SHA-512' });
  const set = (key) => (value) => setForm((before) => ({ ...before, [key]: value }));
  const run = async () => {
    await post('/api/users', form);
    toast('The password is set.');
    onDone();
  };
  return html`<${FormDialog} title=${name ? `Password of ${name}` : 'Add a user'} submit="Save" run=${run} onClose=${onClose} isReady=${form.name.length > 0 && form.password.length >= 8}>
    ${!name && html`<${Field} label="Name" value=${form.name} onValue=${set('name')} required />`}
    <${Field} label="Password" type="password" autocomplete="new-password" value=${form.password} onValue=${set('password')} hint="At least 8 characters" required />
    <${Field} label="Mechanism" value=${form.mechanism} onValue=${set('mechanism')} options=${['SCRAM-SHA-512', 'SCRAM-SHA-256']} />
  </${FormDialog}>`;
}

const quotaKeys = [['producer_byte_rate', 'Produces'], ['consumer_byte_rate', 'Consumes'], ['request_percentage', 'Processor time'], ['controller_mutation_rate', 'Changes to topics'], ['connection_creation_rate', 'New connections']];
const quotaText = (key, value) => (value === undefined ? '–' : key.endsWith('byte_rate') ? `${bytes(value)}/s` : key === 'request_percentage' ? `${number(value)} %` : `${number(value)}/s`);
const entityText = (entity) => entity.map((part) => `${part.type} ${part.name === undefined ? 'default' : part.name}`).join(', ');

function QuotaList() {
  const state = useLoad(() => get('/api/quotas'), []);
  const [edited, setEdited] = useState(null);
  return html`<div class="bar">${may('admin') && html`<button type="button" class="primary" onClick=${() => setEdited({ entity: null, values: {} })}>Set a quota</button>`}</div>
    <${Loaded} state=${state}>${(list) => (list.quotas.length === 0 ? html`<${Empty} title="There are no quotas">Clients may use as much as the brokers have.</${Empty}>`
    : html`<${Table} label="Quotas" rows=${list.quotas} keyOf=${(q) => entityText(q.entity)} columns=${[
      { title: 'For', wide: true, cell: (q) => q.entity.map((part) => html`<span class="quiet">${part.type}</span> ${part.name === undefined ? html`<em>all others</em>` : visible(part.name)} `) },
      ...quotaKeys.map(([key, title]) => ({ title, num: true, cell: (q) => quotaText(key, q.values[key]) })),
      ...(may('admin') ? [{ title: html`<span class="visually-hidden">Change</span>`, cell: (q) => html`<button type="button" aria-label=${`Change the quota of ${entityText(q.entity)}`} onClick=${() => setEdited(q)}>Change</button>` }] : []),
    ]} />`)}</${Loaded}>
    ${edited && html`<${QuotaDialog} quota=${edited} onClose=${() => setEdited(null)} onDone=${state.reload} />`}`;
}

function QuotaDialog({ quota, onClose, onDone }) {
  const [type, setType] = useState('user');
  const [name, setName] = useState('');
  const [values, setValues] = useState(() => Object.fromEntries(quotaKeys.map(([key]) => [key, quota.values[key] === undefined ? '' : String(quota.values[key])])));
  const run = async () => {
    const changes = {};
    for (const [key] of quotaKeys) {
      const before = quota.values[key] === undefined ? '' : String(quota.values[key]);
      if (values[key] !== before) changes[key] = values[key] === '' ? null : Number(values[key]);
    }
    const entity = quota.entity || [{ type, name: name === '' ? null : name }];
    await post('/api/quotas', { entity, changes });
    toast('The quota is set.');
    onDone();
  };
  return html`<${FormDialog} title=${quota.entity ? `Quota of ${entityText(quota.entity)}` : 'Set a quota'} submit="Save" run=${run} onClose=${onClose}>
    ${!quota.entity && html`<div class="fields"><${Field} label="For" value=${type} onValue=${setType} options=${[{ value: 'user', label: 'User' }, { value: 'client-id', label: 'Client id' }, { value: 'ip', label: 'Address' }]} />
      <${Field} label="Name" value=${name} onValue=${setName} hint="Empty: all without one of their own" /></div>`}
    ${quotaKeys.map(([key, title]) => html`<${Field} label=${html`${title} <code>${key}</code>`} type="number" min="0" step="any" value=${values[key]} onValue=${(v) => setValues((before) => ({ ...before, [key]: v }))} hint="Empty: no quota" />`)}
  </${FormDialog}>`;
}

function TokenList() {
  const state = useLoad(() => get('/api/tokens'), []);
  const [dialog, setDialog] = useState(null);
  return html`<div class="bar">${may('admin') && html`<button type="button" class="primary" onClick=${() => setDialog({ kind: 'new' })}>Make a token</button>`}</div>
    <${Loaded} state=${state}>${(list) => (list.tokens.length === 0 ? html`<${Empty} title="There are no tokens to see">Tokens let jobs log in for a user without the user's password.</${Empty}>`
    : html`<${Table} label="Tokens" rows=${list.tokens} keyOf=${(t) => t.id} columns=${[
      { title: 'Id', cell: (t) => html`<code>${visible(t.id)}</code>` },
      { title: 'Stands for', cell: (t) => visible(t.owner) },
      { title: 'Renewed by', wide: true, cell: (t) => t.renewers.map((r) => html`${visible(r)} `) },
      { title: 'Ends', cell: (t) => time(t.expiresAtMs) },
      { title: 'At the latest', cell: (t) => time(t.maxMs) },
      ...(may('admin') ? [{ title: html`<span class="visually-hidden">End</span>`, cell: (t) => html`<button type="button" class="danger" aria-label=${`End ${t.id}`} onClick=${() => setDialog({ kind: 'end', id: t.id })}>End</button>` }] : []),
    ]} />`)}</${Loaded}>
    ${dialog?.kind === 'new' && html`<${TokenDialog} onClose=${() => setDialog(null)} onMade=${(made) => { setDialog({ kind: 'made', made }); state.reload(); }} />`}
    ${dialog?.kind === 'made' && html`<${Dialog} title="The token is made" onClose=${() => setDialog(null)}>
      <p>This is the only time that its secret is shown.</p>
      <dl class="facts"><dt>User name</dt><dd><code>${dialog.made.id}</code></dd><dt>Password</dt><dd><code>${dialog.made.secret}</code></dd><dt>Ends</dt><dd>${time(dialog.made.expiresAtMs)}</dd></dl>
      <p class="small">Clients log in by SCRAM, with tokenauth=true in their sasl.jaas.config.</p>
      <div class="actions"><button type="button" class="primary" onClick=${() => setDialog(null)}>Done</button></div></${Dialog}>`}
    ${dialog?.kind === 'end' && html`<${ConfirmDialog} title="End a token" text="Clients that log in with it are refused from now on." submit="End" expected=${dialog.id}
      run=${async (confirm) => { await post('/api/tokens/expire', { id: dialog.id, confirm }); toast('The token has ended.'); state.reload(); }} onClose=${() => setDialog(null)} />`}`;
}

function TokenDialog({ onClose, onMade }) {
  const [form, setForm] = useState({ owner: '', renewers: '', days: '1' });
  const set = (key) => (value) => setForm((before) => ({ ...before, [key]: value }));
  const run = async () => {
    const made = await post('/api/tokens', { owner: form.owner || null, renewers: form.renewers.split(',').map((r) => r.trim()).filter(Boolean), lifetimeMs: form.days === '' ? null : Number(form.days) * 86400000 });
    setTimeout(() => onMade(made));
  };
  return html`<${FormDialog} title="Make a token" submit="Make" run=${run} onClose=${onClose}>
    <${Field} label="Stands for" value=${form.owner} onValue=${set('owner')} hint="Such as User:alice. Empty: the console's own principal" />
    <${Field} label="Renewed by" value=${form.renewers} onValue=${set('renewers')} hint="Principals by commas" />
    <${Field} label="Days at most" type="number" min="1" value=${form.days} onValue=${set('days')} hint="Empty: as long as the brokers allow" />
  </${FormDialog}>`;
}

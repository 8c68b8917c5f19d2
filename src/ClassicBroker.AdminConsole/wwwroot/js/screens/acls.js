import { html, useState } from '../html.js';
import { get, post, may } from '../api.js';
import { Badge, ConfirmDialog, Empty, Field, FormDialog, Head, Loaded, Pager, Search, Table, toast, useLoad } from '../ui.js';
import { visible } from '../format.js';
import { change } from '../route.js';

export const resourceTypes = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN', 'USER'];
const operations = ['READ', 'WRITE', 'ALL', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE', 'CREATE_TOKENS', 'DESCRIBE_TOKENS'];

export function AclTable({ params, onPage, version }) {
  const state = useLoad(() => get('/api/acls', params), [JSON.stringify(params), version]);
  const [removed, setRemoved] = useState(null);
  const remove = async (confirm) => {
    await post('/api/acls/delete', { acl: removed, confirm });
    toast('The ACL is removed.');
    state.reload();
  };
  return html`<${Loaded} state=${state}>${(list) => (list.total === 0
    ? html`<${Empty} title="No ACL">Without ACLs only super users may do anything, unless allow.everyone.if.no.acl.found is set.</${Empty}>`
    : html`<${Table} label="ACLs" rows=${list.rows} keyOf=${(a) => Object.values(a).join('|')} columns=${[
      { title: 'Principal', wide: true, cell: (a) => html`<code>${visible(a.principal)}</code>` },
      { title: 'May', cell: (a) => html`<${Badge} kind=${a.permission === 'DENY' ? 'bad' : 'good'}>${a.permission}</${Badge}>` },
      { title: 'Operation', cell: (a) => a.operation },
      { title: 'On', wide: true, cell: (a) => html`<span class="quiet">${a.resourceType}</span> <code>${visible(a.resource)}</code>${a.pattern === 'PREFIXED' ? html` <${Badge}>and all that begin so</${Badge}>` : ''}` },
      { title: 'From', cell: (a) => (a.host === '*' ? html`<span class="quiet">anywhere</span>` : html`<code>${visible(a.host)}</code>`) },
      ...(may('admin') ? [{ title: html`<span class="visually-hidden">Remove</span>`, cell: (a) => html`<button type="button" class="danger" aria-label=${`Remove ${a.permission} ${a.operation} of ${a.principal}`} onClick=${() => setRemoved(a)}>Remove</button>` }] : []),
    ]} />
    ${onPage && html`<${Pager} page=${list} onPage=${onPage} />`}`)}</${Loaded}>
    ${removed && html`<${ConfirmDialog} title="Remove an ACL" text=${`${removed.permission} ${removed.operation} on ${removed.resourceType} ${visible(removed.resource)}`}
      submit="Remove" expected=${removed.principal} run=${remove} onClose=${() => setRemoved(null)} />`}`;
}

export function Acls({ route }) {
  const { search, type = '', page = '0' } = route.params;
  const [isAdding, setAdding] = useState(false);
  const [version, setVersion] = useState(0);
  return html`<${Head} title="ACLs">${may('admin') && html`<button type="button" class="primary" onClick=${() => setAdding(true)}>Add an ACL</button>`}</${Head}>
    <div class="bar"><${Search} label="Find principals and resources" value=${search} onSearch=${(text) => change(route, { search: text, page: 0 })} />
      <div><label for="acl-type">On</label><select id="acl-type" value=${type} onChange=${(e) => change(route, { type: e.target.value, page: 0 })}>
        ${['', ...resourceTypes].map((t) => html`<option value=${t} selected=${t === type}>${t || 'Everything'}</option>`)}</select></div></div>
    <${AclTable} params=${{ search, type, page }} version=${version} onPage=${(to) => change(route, { page: to })} />
    ${isAdding && html`<${AddDialog} onClose=${() => setAdding(false)} onDone=${() => setVersion(version + 1)} />`}`;
}

function AddDialog({ onClose, onDone }) {
  const [form, setForm] = useState({ principal: 'User:', resourceType: 'TOPIC', resource: '', pattern: 'LITERAL', operation: 'READ', permission: 'ALLOW', host: '*' });
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value, ...(value === 'CLUSTER' ? { resource: 'kafka-cluster' } : {}) }));
  const run = async () => {
    await post('/api/acls', form);
    toast('The ACL is added.');
    onDone();
  };
  return html`<${FormDialog} title="Add an ACL" submit="Add" run=${run} onClose=${onClose} isReady=${form.resource.length > 0 && form.principal.length > 5}>
    <${Field} label="Principal" value=${form.principal} onValue=${set('principal')} hint="Such as User:alice, or User:* for all" />
    <div class="fields">
      <${Field} label="Permission" value=${form.permission} onValue=${set('permission')} options=${['ALLOW', 'DENY']} />
      <${Field} label="Operation" value=${form.operation} onValue=${set('operation')} options=${operations} />
      <${Field} label="On" value=${form.resourceType} onValue=${set('resourceType')} options=${resourceTypes} />
      <${Field} label="Names" value=${form.pattern} onValue=${set('pattern')} options=${[{ value: 'LITERAL', label: 'This name' }, { value: 'PREFIXED', label: 'All that begin so' }]} />
    </div>
    <${Field} label="Name" value=${form.resource} onValue=${set('resource')} hint="* for all" />
    <${Field} label="From host" value=${form.host} onValue=${set('host')} hint="An address, or * for anywhere" />
  </${FormDialog}>`;
}

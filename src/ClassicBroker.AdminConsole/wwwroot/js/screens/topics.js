import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { Badge, Check, ConfirmDialog, Empty, Field, FormDialog, Head, Loaded, Pager, Search, Table, sayOutcomes, toast, useLoad } from '../ui.js';
import { bytes, number, rate, visible } from '../format.js';
import { change, go, link } from '../route.js';

export function configLines(text) {
  const configs = {};
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (!trimmed || trimmed.startsWith('#')) continue;
    const at = trimmed.indexOf('=');
    if (at < 1) throw new Error(`${trimmed} is not of the form key=value.`);
    configs[trimmed.slice(0, at).trim()] = trimmed.slice(at + 1).trim();
  }
  return configs;
}

export function CreateDialog({ like, onClose }) {
  const [name, setName] = useState(like ? `${like.name}-copy` : '');
  const [partitions, setPartitions] = useState(like ? String(like.partitions) : '');
  const [replication, setReplication] = useState(like ? String(like.replication) : '');
  const [configs, setConfigs] = useState(like?.configs || '');
  const order = (dryRun) => ({
    name,
    partitions: partitions ? Number(partitions) : null,
    replicationFactor: replication ? Number(replication) : null,
    configs: configLines(configs),
    dryRun,
  });
  const run = async () => {
    await post('/api/topics', order(true));
    await post('/api/topics', order(false));
    toast(`${name} is created.`);
    go('topics', name);
  };
  return html`<${FormDialog} title=${like ? `Copy ${like.name}` : 'Create a topic'} submit="Create" run=${run} onClose=${onClose} isReady=${name.length > 0}>
    <${Field} label="Name" value=${name} onValue=${setName} required maxlength="249" pattern="[A-Za-z0-9._\\-]+" hint="Letters, digits, dot, underscore and dash." />
    <div class="fields">
      <${Field} label="Partitions" type="number" min="1" value=${partitions} onValue=${setPartitions} hint="Empty: the brokers' default" />
      <${Field} label="Replicas of each" type="number" min="1" value=${replication} onValue=${setReplication} hint="Empty: the brokers' default" />
    </div>
    <${Field} label="Configs" rows="4" value=${configs} onValue=${setConfigs} hint="One key=value a line, such as retention.ms=86400000" />
    ${like && html`<p class="quiet small">Records are not copied.</p>`}
  </${FormDialog}>`;
}

export function Topics({ route }) {
  const { search, internal, sort = 'name', desc, page = '0' } = route.params;
  const state = useLoad(() => get('/api/topics', { search, internal, sort, desc, page }), [search, internal, sort, desc, page], 10000);
  const [chosen, setChosen] = useState(() => new Set());
  const [dialog, setDialog] = useState(null);
  const names = [...chosen].sort();
  const toggle = (name, on) => setChosen((before) => {
    const next = new Set(before);
    if (on) next.add(name); else next.delete(name);
    return next;
  });
  const canDelete = may('admin') && can('deleteTopics');
  const remove = async (confirm) => {
    const outcomes = await post('/api/topics/delete', { names, confirm });
    setChosen(new Set());
    state.reload();
    sayOutcomes(outcomes, names.length === 1 ? `${names[0]} is deleted.` : `${names.length} topics are deleted.`);
  };
  const columns = [
    ...(canDelete ? [{ title: html`<span class="visually-hidden">Chosen</span>`, cell: (t) => html`<input type="checkbox" aria-label=${`Choose ${t.name}`} checked=${chosen.has(t.name)} onChange=${(e) => toggle(t.name, e.target.checked)} />` }] : []),
    { title: 'Topic', sort: 'name', wide: true, cell: (t) => html`<a href=${link('topics', t.name)}>${visible(t.name)}</a>${t.isInternal ? html` <${Badge}>internal</${Badge}>` : ''}` },
    { title: 'Partitions', sort: 'partitions', num: true, cell: (t) => number(t.partitions) },
    { title: 'Replicas', sort: 'replication', num: true, cell: (t) => number(t.replication) },
    { title: 'Health', cell: (t) => (t.offline ? html`<${Badge} kind="bad">${t.offline} without leader</${Badge}>` : t.underReplicated ? html`<${Badge} kind="warn">${t.underReplicated} under-replicated</${Badge}>` : html`<${Badge} kind="good">in sync</${Badge}>`) },
    { title: 'Records in', num: true, cell: (t) => rate(t.recordsPerSecond) },
    ...(can('logDirs') ? [{ title: 'Size, all replicas', sort: 'size', num: true, cell: (t) => bytes(t.bytes) }] : []),
  ];
  return html`<${Head} title="Topics">
      ${chosen.size > 0 && html`<button type="button" class="danger" onClick=${() => setDialog('delete')}>Delete ${chosen.size}</button>
        ${can('reassignments') && html`<a class="button" href=${link('reassign', { topics: names.join(',') })}>Move ${chosen.size}</a>`}`}
      ${may('operator') && can('createTopics') && html`<button type="button" class="primary" onClick=${() => setDialog('create')}>Create a topic</button>`}
    </${Head}>
    <div class="bar"><${Search} label="Find topics" value=${search} onSearch=${(text) => change(route, { search: text, page: 0 })} />
      <${Check} label="Show internal topics" value=${internal === 'true'} onValue=${(on) => change(route, { internal: on, page: 0 })} /></div>
    <${Loaded} state=${state}>${(list) => (list.total === 0
    ? search ? html`<${Empty} title="No topic matches">Search for another part of its name, or show internal topics.</${Empty}>`
      : html`<${Empty} title="There are no topics yet">${may('operator') ? 'Create one, or let a producer do it.' : 'An operator can create one.'}</${Empty}>`
    : html`<${Table} label="Topics" rows=${list.rows} keyOf=${(t) => t.name} columns=${columns} sort=${sort} desc=${desc === 'true'}
        onSort=${(by, down) => change(route, { sort: by, desc: down, page: 0 })} />
      <${Pager} page=${list} onPage=${(to) => change(route, { page: to })} />`)}</${Loaded}>
    ${dialog === 'create' && html`<${CreateDialog} onClose=${() => setDialog(null)} />`}
    ${dialog === 'delete' && html`<${ConfirmDialog} title=${names.length === 1 ? `Delete ${names[0]}` : `Delete ${names.length} topics`}
      text=${html`All their records are lost: ${names.map((n) => html`<code>${visible(n)}</code> `)}`} submit="Delete"
      expected=${names.length === 1 ? names[0] : `${names.length} topics`} run=${remove} onClose=${() => setDialog(null)} />`}`;
}

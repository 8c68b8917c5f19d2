import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { Badge, Check, ConfirmDialog, Empty, Field, FormDialog, Head, Loaded, Table, Tabs, sayOutcomes, toast, useLoad } from '../ui.js';
import { bytes, number, rate, visible } from '../format.js';
import { go, link } from '../route.js';
import { Configs } from './configs.js';
import { Messages } from './messages.js';
import { ProduceDialog } from './produce.js';
import { AclTable } from './acls.js';
import { CreateDialog } from './topics.js';

export function Topic({ route }) {
  const name = route.parts[1];
  const tab = route.parts[2] || 'messages';
  const state = useLoad(() => get('/api/topic', { name }), [name], tab === 'partitions' ? 5000 : undefined);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const copy = async () => {
    const like = { name, partitions: state.data.partitions.length, replication: Math.max(...state.data.partitions.map((p) => p.replicas.length)), configs: '' };
    if (can('configs')) {
      const { configs } = await get('/api/topic/configs', { name });
      like.configs = configs.filter((c) => c.source === 'DynamicTopic' && !c.isSensitive).map((c) => `${c.name}=${c.value}`).join('\n');
    }
    setDialog({ kind: 'copy', like });
  };
  return html`<${Head} title=${name} crumb=${html`<a href="#/topics">Topics</a>`}>
      ${state.data && may('operator') && html`<button type="button" class="primary" onClick=${() => setDialog({ kind: 'produce' })}>Produce</button>`}
      ${state.data && may('operator') && can('createTopics') && html`<button type="button" onClick=${copy}>Copy</button>`}
      ${state.data && may('admin') && can('deleteRecords') && html`<button type="button" class="danger" onClick=${() => setDialog({ kind: 'truncate' })}>Delete records</button>`}
      ${state.data && may('admin') && can('deleteTopics') && html`<button type="button" class="danger" onClick=${() => setDialog({ kind: 'delete' })}>Delete</button>`}
    </${Head}>
    <${Tabs} label="Topic" active=${tab} tabs=${[
    { id: 'messages', title: 'Messages', href: link('topics', name, 'messages') },
    { id: 'partitions', title: 'Partitions', href: link('topics', name, 'partitions') },
    can('groups') && { id: 'consumers', title: 'Consumers', href: link('topics', name, 'consumers') },
    can('configs') && { id: 'configs', title: 'Configs', href: link('topics', name, 'configs') },
    can('acls') && { id: 'acls', title: 'ACLs', href: link('topics', name, 'acls') },
  ]} />
    <${Loaded} state=${state}>${(topic) => html`
      ${tab === 'messages' && html`<${Messages} key=${name} topic=${topic} route=${route} />`}
      ${tab === 'partitions' && html`<${Partitions} topic=${topic} onAdd=${() => setDialog({ kind: 'add' })} onChanged=${state.reload} />`}
      ${tab === 'consumers' && html`<${Consumers} name=${name} />`}
      ${tab === 'configs' && html`<${Configs} source="/api/topic/configs" params=${{ name }} target="/api/topic/configs" body=${{ name }} role="operator" />`}
      ${tab === 'acls' && html`<${AclTable} params=${{ type: 'TOPIC', resource: name }} />`}
      ${dialog?.kind === 'produce' && html`<${ProduceDialog} topic=${topic} onClose=${close} />`}
      ${dialog?.kind === 'copy' && html`<${CreateDialog} like=${dialog.like} onClose=${close} />`}
      ${dialog?.kind === 'add' && html`<${AddDialog} topic=${topic} onClose=${close} onDone=${state.reload} />`}
      ${dialog?.kind === 'truncate' && html`<${TruncateDialog} topic=${topic} onClose=${close} onDone=${state.reload} />`}
      ${dialog?.kind === 'delete' && html`<${ConfirmDialog} title=${`Delete ${name}`} text="The topic and all its records are lost." submit="Delete" expected=${name}
        run=${async (confirm) => { sayOutcomes(await post('/api/topics/delete', { names: [name], confirm }), `${name} is deleted.`); go('topics'); }} onClose=${close} />`}
    `}</${Loaded}>`;
}

function Partitions({ topic, onAdd, onChanged }) {
  const elect = async () => {
    sayOutcomes(await post('/api/topic/elect', { name: topic.name }), 'The preferred replicas lead.');
    onChanged();
  };
  const isElsewhere = topic.partitions.some((p) => p.leader !== undefined && p.leader !== p.replicas[0]);
  return html`<dl class="facts">
      <dt>Records</dt><dd>${number(topic.records)}${topic.recordsPerSecond !== undefined ? html`, <span class="quiet">${rate(topic.recordsPerSecond)} come in</span>` : ''}</dd>
      ${can('logDirs') && html`<dt>Size, all replicas</dt><dd>${bytes(topic.bytes)}</dd>`}
      <dt>Topic id</dt><dd><code>${topic.id}</code></dd>
    </dl>
    <div class="bar">
      ${may('operator') && can('createPartitions') && html`<button type="button" onClick=${onAdd}>Add partitions</button>`}
      ${may('operator') && can('electLeaders') && isElsewhere && html`<button type="button" onClick=${elect}>Let the preferred replicas lead</button>`}
      ${can('reassignments') && html`<a class="button" href=${link('reassign', { topics: topic.name })}>Move replicas</a>`}
    </div>
    <${Table} label="Partitions" rows=${topic.partitions} keyOf=${(p) => p.partition} columns=${[
    { title: 'Partition', num: true, cell: (p) => p.partition },
    { title: 'Leader', cell: (p) => (p.leader === undefined ? html`<${Badge} kind="bad">none</${Badge}>` : html`<a href=${link('brokers', p.leader)}>${p.leader}</a>`) },
    { title: 'Epoch', num: true, cell: (p) => number(p.leaderEpoch) },
    { title: 'Replicas', cell: (p) => p.replicas.map((r) => html`<${Badge} kind=${p.isr.includes(r) ? 'good' : 'warn'}>${r}${p.isr.includes(r) ? '' : ' out of sync'}</${Badge}> `) },
    { title: 'First offset', num: true, cell: (p) => number(p.start) },
    { title: 'Next offset', num: true, cell: (p) => number(p.end) },
    ...(can('logDirs') ? [{ title: 'Size', num: true, cell: (p) => bytes(p.bytes) }] : []),
  ]} />`;
}

function Consumers({ name }) {
  const state = useLoad(() => get('/api/topic/groups', { name }), [name], 10000);
  return html`<${Loaded} state=${state}>${(list) => html`
    ${list.notLookedAt > 0 && html`<div class="note"><p>${number(list.notLookedAt)} more groups were not looked at: find them under <a href="#/groups">Groups</a>.</p></div>`}
    ${list.groups.length === 0 ? html`<${Empty} title="No group has offsets of this topic">A consumer with a group.id makes one when it commits.</${Empty}>`
    : html`<${Table} label="Groups" rows=${list.groups} keyOf=${(g) => g.groupId} columns=${[
      { title: 'Group', wide: true, cell: (g) => html`<a href=${link('groups', g.groupId)}>${visible(g.groupId)}</a>` },
      { title: 'State', cell: (g) => html`<${Badge} kind=${g.state === 'Stable' ? 'good' : ''}>${g.state || 'unknown'}</${Badge}>` },
      { title: 'Partitions', num: true, cell: (g) => number(g.partitions) },
      { title: 'Lag', num: true, cell: (g) => number(g.lag) },
    ]} />`}`}</${Loaded}>`;
}

function AddDialog({ topic, onClose, onDone }) {
  const [total, setTotal] = useState(String(topic.partitions.length + 1));
  const run = async () => {
    await post('/api/topic/partitions', { name: topic.name, total: Number(total), dryRun: false });
    toast(`${topic.name} has ${total} partitions.`);
    onDone();
  };
  return html`<${FormDialog} title="Add partitions" submit="Add" run=${run} onClose=${onClose}>
    <${Field} label="Partitions in all" type="number" min=${topic.partitions.length + 1} value=${total} onValue=${setTotal}
      hint="Records with keys may go to other partitions than before. There is no way back." />
  </${FormDialog}>`;
}

function TruncateDialog({ topic, onClose, onDone }) {
  const [all, setAll] = useState(true);
  const [partition, setPartition] = useState('0');
  const [before, setBefore] = useState('');
  const [typed, setTyped] = useState('');
  const run = async () => {
    const order = { name: topic.name, confirm: typed, partition: all ? null : Number(partition), beforeOffset: all || before === '' ? null : Number(before) };
    sayOutcomes(await post('/api/topic/truncate', order), 'The records are deleted.');
    onDone();
  };
  return html`<${FormDialog} title=${`Delete records of ${topic.name}`} submit="Delete records" danger run=${run} onClose=${onClose} isReady=${typed === topic.name}>
    <${Check} label="All records of all partitions" value=${all} onValue=${setAll} />
    ${!all && html`<div class="fields">
      <${Field} label="Partition" value=${partition} onValue=${setPartition} options=${topic.partitions.map((p) => String(p.partition))} />
      <${Field} label="Before offset" type="number" min="0" value=${before} onValue=${setBefore} hint="Empty: all" /></div>`}
    <${Field} label=${html`Type <code>${topic.name}</code> to confirm`} value=${typed} onValue=${setTyped} />
  </${FormDialog}>`;
}

import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { Badge, ConfirmDialog, Dialog, Empty, Failure, Field, Head, Loaded, Table, sayOutcomes, toast, useLoad } from '../ui.js';
import { number, visible } from '../format.js';
import { go, link } from '../route.js';
import { Chart } from '../chart.js';
import { stateKind } from './groups.js';

export function Group({ route }) {
  const id = route.parts[1];
  const state = useLoad(() => get('/api/group', { id }), [id], 5000);
  const lag = useLoad(() => get('/api/group/lag', { id }), [id], 10000);
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  return html`<${Head} title=${id} crumb=${html`<a href="#/groups">Consumer groups</a>`}>
      ${state.data && may('operator') && can('resetOffsets') && html`<button type="button" class="primary" onClick=${() => setDialog({ kind: 'reset' })}>Move offsets</button>`}
      ${state.data && may('admin') && can('deleteGroups') && html`<button type="button" class="danger" onClick=${() => setDialog({ kind: 'delete' })}>Delete</button>`}
    </${Head}>
    <${Loaded} state=${state}>${(group) => html`
      <dl class="cards">
        <div class="card"><dt>State</dt><dd><${Badge} kind=${stateKind(group.state)}>${group.state}</${Badge}></dd></div>
        <div class="card"><dt>Lag</dt><dd>${number(group.totalLag)}<small>records</small></dd></div>
        <div class="card"><dt>Members</dt><dd>${number(group.members.length)}<small>${visible(group.assignor) || 'no assignor'}</small></dd></div>
        <div class="card"><dt>Coordinator</dt><dd><a href=${link('brokers', group.coordinator)}>${group.coordinator}</a></dd></div>
      </dl>
      ${lag.data && lag.data.values.length > 1 && html`<${Chart} series=${lag.data} title="Lag of the last hour" />`}
      <h2>Offsets</h2>
      ${group.offsets.length === 0 ? html`<${Empty} title="The group has committed nothing">${may('operator') ? 'Move offsets to say where it is to begin.' : 'It begins where auto.offset.reset of its consumers says.'}</${Empty}>`
    : html`<${Table} label="Offsets" rows=${group.offsets} keyOf=${(o) => `${o.topic}-${o.partition}`} columns=${[
      { title: 'Topic', wide: true, cell: (o) => html`<a href=${link('topics', o.topic)}>${visible(o.topic)}</a>` },
      { title: 'Partition', num: true, cell: (o) => o.partition },
      { title: 'Committed', num: true, cell: (o) => number(o.offset) },
      { title: 'End', num: true, cell: (o) => number(o.end) },
      { title: 'Lag', num: true, cell: (o) => number(o.lag) },
      { title: 'Read by', wide: true, cell: (o) => (o.clientId === undefined ? html`<span class="quiet">no member</span>` : html`${visible(o.clientId)} <span class="quiet">${visible(o.host)}</span>`) },
    ]} />`}
      ${may('admin') && can('deleteOffsets') && group.offsets.length > 0 && html`<p class="small">${[...new Set(group.offsets.map((o) => o.topic))].map((topic) => html`<button type="button" class="link" onClick=${() => setDialog({ kind: 'forget', topic })}>Delete the offsets of ${visible(topic)}</button> `)}</p>`}
      <h2>Members</h2>
      ${group.members.length === 0 ? html`<${Empty} title="The group has no members now">Its offsets stay until they expire.</${Empty}>`
    : html`<${Table} label="Members" rows=${group.members} keyOf=${(m) => m.memberId} columns=${[
      { title: 'Client', wide: true, cell: (m) => visible(m.clientId) },
      { title: 'Host', cell: (m) => visible(m.host) },
      { title: 'Instance', cell: (m) => visible(m.instanceId) || html`<span class="quiet">dynamic</span>` },
      { title: 'Member id', wide: true, cell: (m) => html`<code>${visible(m.memberId)}</code>` },
      { title: 'Partitions', num: true, cell: (m) => number(m.partitions) },
    ]} />`}
      ${dialog?.kind === 'reset' && html`<${ResetDialog} group=${group} onClose=${close} onDone=${state.reload} />`}
      ${dialog?.kind === 'delete' && html`<${ConfirmDialog} title=${`Delete ${id}`} text="The group's offsets are lost." submit="Delete" expected=${id}
        run=${async (confirm) => { await post('/api/group/delete', { groupId: id, confirm }); toast('The group is deleted.'); go('groups'); }} onClose=${close} />`}
      ${dialog?.kind === 'forget' && html`<${ConfirmDialog} title=${`Delete offsets of ${dialog.topic}`} text="The group begins again where auto.offset.reset of its consumers says." submit="Delete"
        expected=${dialog.topic} run=${async (confirm) => { sayOutcomes(await post('/api/group/offsets/delete', { groupId: id, topic: dialog.topic, confirm }), 'The offsets are deleted.'); state.reload(); }} onClose=${close} />`}
    `}</${Loaded}>`;
}

const targets = [
  { value: 'earliest', label: 'The oldest record' }, { value: 'latest', label: 'The end' }, { value: 'offset', label: 'An offset' },
  { value: 'shift', label: 'By a number of records' }, { value: 'time', label: 'A time' }, { value: 'file', label: 'Offsets of a file' },
];

/** First shows where the group would go on; only what was shown can be carried out. */
function ResetDialog({ group, onClose, onDone }) {
  const [form, setForm] = useState({ to: 'earliest', topic: '', value: '', file: '' });
  const [plan, setPlan] = useState(null);
  const [failure, setFailure] = useState(null);
  const set = (name) => (value) => { setPlan(null); setForm((before) => ({ ...before, [name]: value })); };
  const order = (dryRun) => ({
    groupId: group.groupId,
    topic: form.topic || null,
    to: form.to,
    value: form.to === 'time' ? new Date(form.value).getTime() : form.to === 'offset' || form.to === 'shift' ? Number(form.value) : null,
    offsets: form.to === 'file' ? form.file.split('\n').filter((line) => line.trim()).map((line) => {
      const [topic, partition, offset] = line.split(',').map((part) => part.trim().replace(/^"|"$/g, ''));
      return { topic, partition: Number(partition), offset: Number(offset) };
    }) : null,
    dryRun,
  });
  const run = (dryRun) => async (e) => {
    e.preventDefault();
    setFailure(null);
    try {
      const result = await post('/api/group/offsets', order(dryRun));
      if (dryRun) {
        setPlan(result);
        return;
      }
      toast('The offsets are moved.');
      onDone();
      onClose();
    } catch (wrong) {
      setFailure(wrong);
    }
  };
  return html`<${Dialog} title=${`Move offsets of ${group.groupId}`} onClose=${onClose} large><form onSubmit=${run(true)}>
    <div class="fields">
      <${Field} label="To" value=${form.to} onValue=${set('to')} options=${targets} />
      ${form.to !== 'file' && html`<${Field} label="Topic" value=${form.topic} onValue=${set('topic')} hint="Empty: all it has offsets of" />`}
      ${(form.to === 'offset' || form.to === 'shift') && html`<${Field} label=${form.to === 'offset' ? 'Offset' : 'By, negative for back'} type="number" required value=${form.value} onValue=${set('value')} />`}
      ${form.to === 'time' && html`<${Field} label="Time" type="datetime-local" step="1" required value=${form.value} onValue=${set('value')} />`}
    </div>
    ${form.to === 'file' && html`<${Field} label="Offsets" rows="5" value=${form.file} onValue=${set('file')} hint="One topic,partition,offset a line, as kafka-consumer-groups.sh exports them" />`}
    ${plan && html`<p>This is where the group would go on. Nothing has changed yet.</p>
      <${Table} label="New offsets" rows=${plan.rows} keyOf=${(r) => `${r.topic}-${r.partition}`} columns=${[
    { title: 'Topic', wide: true, cell: (r) => visible(r.topic) },
    { title: 'Partition', num: true, cell: (r) => r.partition },
    { title: 'Now', num: true, cell: (r) => number(r.oldOffset) },
    { title: 'Then', num: true, cell: (r) => number(r.newOffset) },
    { title: 'Note', cell: (r) => (r.isClamped ? html`<${Badge} kind="warn">the partition goes no further</${Badge}>` : '') },
  ]} />`}
    <${Failure} of=${failure} />
    <div class="actions"><button type="button" onClick=${onClose}>Cancel</button>
      <button class=${plan ? '' : 'primary'}>Show what would change</button>
      ${plan && html`<button type="button" class="primary" onClick=${run(false)}>Move the offsets</button>`}</div>
  </form></${Dialog}>`;
}

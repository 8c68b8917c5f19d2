// Replicas moved between brokers, in three steps: choose, review, watch.
import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { Check, ConfirmDialog, Empty, Failure, Field, Head, Loaded, Table, sayOutcomes, toast, useLoad } from '../ui.js';
import { bytes, number, visible } from '../format.js';
import { link } from '../route.js';

export function Reassign({ route }) {
  const moving = useLoad(() => get('/api/reassignments'), [], 3000);
  return html`<${Head} title="Reassignment" />
    <${Moving} state=${moving} />
    ${may('operator') && html`<${Propose} topics=${route.params.topics || ''} onStarted=${moving.reload} />`}`;
}

function Moving({ state }) {
  const [dialog, setDialog] = useState(null);
  const [rate, setRate] = useState('');
  const [failure, setFailure] = useState(null);
  const throttle = async (bytesPerSecond) => {
    setFailure(null);
    try {
      await post('/api/reassignments/throttle', { bytesPerSecond });
      toast(bytesPerSecond === null ? 'The throttle is cleared.' : 'The throttle is set.');
    } catch (wrong) {
      setFailure(wrong);
    }
  };
  return html`<h2>Moving now</h2><${Loaded} state=${state}>${(list) => (list.partitions.length === 0
    ? html`<${Empty} title="Nothing moves">${may('operator') ? 'Choose topics below to see where their replicas could lie.' : 'An operator can propose a reassignment.'}</${Empty}>
      ${may('admin') && can('alterConfigs') && html`<p class="small"><button type="button" class="link" onClick=${() => throttle(null)}>Clear throttles that were left</button></p>`}`
    : html`<${Table} label="Partitions that move" rows=${list.partitions} keyOf=${(p) => `${p.topic}-${p.partition}`} columns=${[
      { title: 'Partition', wide: true, cell: (p) => html`<a href=${link('topics', p.topic, 'partitions')}>${visible(p.topic)}</a> ${p.partition}` },
      { title: 'Will be on', cell: (p) => p.replicas.join(', ') },
      { title: 'Coming', cell: (p) => p.adding.join(', ') || '–' },
      { title: 'Going', cell: (p) => p.removing.join(', ') || '–' },
      { title: 'Copied', cell: (p) => (p.bytesToCopy ? html`<progress max=${p.bytesToCopy} value=${p.bytesCopied} aria-label=${`Copied of ${p.topic}-${p.partition}`}></progress> ${bytes(p.bytesCopied)} of ${bytes(p.bytesToCopy)}` : '–') },
    ]} />
    ${may('admin') && html`<div class="bar"><${Field} label="Throttle, MiB/s" type="number" min="0.001" step="any" value=${rate} onValue=${setRate} />
      <div class="field actions"><button type="button" disabled=${rate === ''} onClick=${() => throttle(Math.round(Number(rate) * 1048576))}>Set</button>
      <button type="button" onClick=${() => throttle(null)}>Clear</button>
      <button type="button" class="danger" onClick=${() => setDialog('cancel')}>Cancel all</button></div></div>`}
    <${Failure} of=${failure} />`)}</${Loaded}>
    ${dialog && html`<${ConfirmDialog} title="Cancel the reassignment" text="The replicas of before stay; what was copied is deleted." submit="Cancel it" expected="cancel" onClose=${() => setDialog(null)}
      run=${async (confirm) => { sayOutcomes(await post('/api/reassignments/cancel', { confirm }), 'The reassignment is cancelled.'); state.reload(); }} />`}`;
}

function Propose({ topics, onStarted }) {
  const brokers = useLoad(() => get('/api/brokers'), []);
  const [names, setNames] = useState(topics.split(',').filter(Boolean).join('\n'));
  const [left, setLeft] = useState(() => new Set());
  const [replication, setReplication] = useState('');
  const [proposal, setProposal] = useState(null);
  const [rate, setRate] = useState('');
  const [failure, setFailure] = useState(null);
  const toggle = (id, on) => setLeft((before) => {
    const next = new Set(before);
    if (on) next.delete(id); else next.add(id);
    return next;
  });
  const attempt = (what) => async (e) => {
    e.preventDefault();
    setFailure(null);
    try {
      await what();
    } catch (wrong) {
      setFailure(wrong);
    }
  };
  const propose = attempt(async () => setProposal(await post('/api/reassignments/proposal', {
    topics: names.split(/[\s,]+/).filter(Boolean),
    brokers: brokers.data.rows.map((b) => b.id).filter((id) => !left.has(id)),
    replicationFactor: replication === '' ? null : Number(replication),
  })));
  const start = attempt(async () => {
    const outcomes = await post('/api/reassignments', {
      partitions: proposal.partitions.map((p) => ({ topic: p.topic, partition: p.partition, replicas: p.then })),
      bytesPerSecond: rate === '' ? null : Math.round(Number(rate) * 1048576),
    });
    setProposal(null);
    onStarted();
    sayOutcomes(outcomes, 'The replicas move.');
  });
  return html`<h2>Propose</h2><${Loaded} state=${brokers}>${(list) => html`<form onSubmit=${propose}>
    <${Field} label="Topics" rows="3" value=${names} onValue=${(v) => { setProposal(null); setNames(v); }} hint="One a line" required />
    <fieldset><legend class="label">Brokers that may hold them</legend>${list.rows.map((b) => html`<${Check} label=${html`${b.id}${b.rack ? html` <span class="quiet">(${visible(b.rack)})</span>` : ''}\u2003`} value=${!left.has(b.id)} onValue=${(on) => { setProposal(null); toggle(b.id, on); }} />`)}</fieldset>
    <div class="fields"><${Field} label="Replicas of each partition" type="number" min="1" value=${replication} onValue=${(v) => { setProposal(null); setReplication(v); }} hint="Empty: as many as now" /></div>
    <div class="actions"><button class=${proposal ? '' : 'primary'}>Propose</button></div>
  </form>`}</${Loaded}>
  ${proposal && (proposal.partitions.length === 0 ? html`<p></p><${Empty} title="Nothing has to move">All ${number(proposal.ofPartitions)} partitions lie well.</${Empty}>` : html`
    <h2>Review</h2><p>${number(proposal.partitions.length)} of ${number(proposal.ofPartitions)} partitions change${proposal.bytes === undefined ? '' : `; ${bytes(proposal.bytes)} are copied`}.</p>
    <${Table} label="Proposal" rows=${proposal.partitions} keyOf=${(p) => `${p.topic}-${p.partition}`} columns=${[
    { title: 'Partition', wide: true, cell: (p) => `${visible(p.topic)} ${p.partition}` },
    { title: 'Now on', cell: (p) => p.now.join(', ') },
    { title: 'Then on', cell: (p) => p.then.map((id) => (p.now.includes(id) ? `${id} ` : html`<strong>${id}</strong> `)) },
    { title: 'Copied', num: true, cell: (p) => bytes(p.bytes) },
  ]} />
    ${may('admin') ? html`<form class="bar" onSubmit=${start}><${Field} label="Throttle, MiB/s" type="number" min="0.001" step="any" value=${rate} onValue=${setRate} hint="Empty: as fast as it goes" />
      <div class="field"><button class="primary">Start</button></div></form>` : html`<p class="quiet">An admin can start this.</p>`}`)}
  <${Failure} of=${failure} />`;
}

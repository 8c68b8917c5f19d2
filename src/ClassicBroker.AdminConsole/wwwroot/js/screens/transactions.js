import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { Badge, ConfirmDialog, Empty, Failure, Field, Head, Loaded, Loading, Pager, Search, Table, Tabs, toast, useLoad } from '../ui.js';
import { duration, number, time, visible } from '../format.js';
import { change, link } from '../route.js';

export function Transactions({ route }) {
  const tab = route.params.tab || 'all';
  return html`<${Head} title="Transactions" />
    <${Tabs} label="Transactions" active=${tab} tabs=${[
    { id: 'all', title: 'Transactional ids', href: link('transactions') },
    can('producers') && { id: 'hanging', title: 'Hanging', href: link('transactions', { tab: 'hanging' }) },
  ]} />
    ${tab === 'hanging' ? html`<${Hanging} />` : html`<${All} route=${route} />`}`;
}

function All({ route }) {
  const { search, page = '0' } = route.params;
  const state = useLoad(() => get('/api/transactions', { search, page }), [search, page], 5000);
  return html`<div class="bar"><${Search} label="Find transactional ids" value=${search} onSearch=${(text) => change(route, { search: text, page: 0 })} /></div>
    <${Loaded} state=${state}>${(list) => (list.total === 0
    ? html`<${Empty} title=${search ? 'No transactional id matches' : 'There are no transactional ids'}>A producer with a transactional.id makes one.</${Empty}>`
    : html`<${Table} label="Transactional ids" rows=${list.rows} keyOf=${(t) => t.transactionalId} columns=${[
      { title: 'Transactional id', wide: true, cell: (t) => html`<a href=${link('transactions', t.transactionalId)}>${visible(t.transactionalId)}</a>` },
      { title: 'State', cell: (t) => html`<${Badge} kind=${t.state === 'Ongoing' ? 'accent' : ''}>${t.state}</${Badge}>` },
      { title: 'Producer id', num: true, cell: (t) => t.producerId },
      { title: 'Coordinator', cell: (t) => html`<a href=${link('brokers', t.coordinator)}>${t.coordinator}</a>` },
    ]} /><${Pager} page=${list} onPage=${(to) => change(route, { page: to })} />`)}</${Loaded}>`;
}

export function Transaction({ route }) {
  const id = route.parts[1];
  const state = useLoad(() => get('/api/transaction', { id }), [id], 5000);
  return html`<${Head} title=${id} crumb=${html`<a href="#/transactions">Transactions</a>`} />
    <${Loaded} state=${state}>${(t) => html`<dl class="facts">
      <dt>State</dt><dd><${Badge} kind=${t.state === 'Ongoing' ? 'accent' : ''}>${t.state}</${Badge}></dd>
      <dt>Producer</dt><dd>id ${t.producerId}, epoch ${t.producerEpoch}</dd>
      <dt>Coordinator</dt><dd><a href=${link('brokers', t.coordinator)}>${t.coordinator}</a></dd>
      <dt>Timeout</dt><dd>${duration(t.timeoutMs)}</dd>
      <dt>Last begun</dt><dd>${time(t.startMs)}</dd>
      <dt>Partitions</dt><dd>${t.partitions.length ? t.partitions.map((p) => html`<code>${visible(p)}</code> `) : 'none'}</dd>
    </dl>`}</${Loaded}>`;
}

function Hanging() {
  const [minutes, setMinutes] = useState('15');
  const [topic, setTopic] = useState('');
  const [state, setState] = useState(null);
  const [aborted, setAborted] = useState(null);
  const find = async (e) => {
    e?.preventDefault();
    setState({ isLoading: true });
    try {
      setState({ data: await get('/api/transactions/hanging', { minutes, topic }) });
    } catch (failure) {
      setState({ failure });
    }
  };
  const nameOf = (t) => `${t.topic}-${t.partition}`;
  return html`<p>A transaction that no coordinator will end holds up consumers that read only what is committed. Looking for them asks every leader.</p>
    <form class="bar" onSubmit=${find}>
      <${Field} label="Open for longer than, minutes" type="number" min="0" value=${minutes} onValue=${setMinutes} />
      <${Field} label="Topic" value=${topic} onValue=${setTopic} placeholder="all" />
      <div class="field"><button class="primary">Look</button></div></form>
    ${state?.isLoading && html`<${Loading} />`}<${Failure} of=${state?.failure} />
    ${state?.data && (state.data.transactions.length === 0
    ? html`<${Empty} title="None hangs">${number(state.data.partitionsLookedAt)} partitions were looked at${state.data.partitionsNotLookedAt ? `, ${number(state.data.partitionsNotLookedAt)} were not: name a topic` : ''}.</${Empty}>`
    : html`<${Table} label="Hanging transactions" rows=${state.data.transactions} keyOf=${(t) => `${nameOf(t)}/${t.producerId}`} columns=${[
      { title: 'Partition', cell: (t) => html`<a href=${link('topics', t.topic)}>${visible(t.topic)}</a> ${t.partition}` },
      { title: 'Transactional id', wide: true, cell: (t) => visible(t.transactionalId) || html`<span class="quiet">unknown</span>` },
      { title: 'Producer', num: true, cell: (t) => `${t.producerId}, epoch ${t.epoch}` },
      { title: 'From offset', num: true, cell: (t) => number(t.startOffset) },
      { title: 'Last written', cell: (t) => time(t.lastTimestampMs) },
      ...(may('admin') ? [{ title: html`<span class="visually-hidden">Abort</span>`, cell: (t) => html`<button type="button" class="danger" aria-label=${`Abort the transaction in ${nameOf(t)}`} onClick=${() => setAborted(t)}>Abort</button>` }] : []),
    ]} />`)}
    ${aborted && html`<${ConfirmDialog} title="Abort a transaction" text="An abort marker is written into the partition: what the producer wrote is never seen by consumers that read only what is committed."
      submit="Abort" expected=${nameOf(aborted)} onClose=${() => setAborted(null)} run=${async (confirm) => {
    await post('/api/transactions/abort', { topic: aborted.topic, partition: aborted.partition, producerId: aborted.producerId, startOffset: aborted.startOffset, confirm });
    toast('The transaction is aborted.');
    find();
  }} />`}`;
}

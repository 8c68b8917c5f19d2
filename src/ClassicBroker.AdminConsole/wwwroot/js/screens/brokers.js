import { html } from '../html.js';
import { get, can } from '../api.js';
import { Badge, Head, Loaded, Table, Tabs, useLoad } from '../ui.js';
import { bytes, number, percent, visible } from '../format.js';
import { link } from '../route.js';
import { Configs } from './configs.js';

const disk = (b) => (b.diskTotalBytes ? html`${bytes(b.diskFreeBytes)} <span class="quiet">of ${bytes(b.diskTotalBytes)}</span>` : '–');

export function Brokers({ route }) {
  const tab = route.params.tab || 'list';
  return html`<${Head} title="Brokers" />
    <${Tabs} label="Brokers" active=${tab} tabs=${[
    { id: 'list', title: 'Live brokers', href: link('brokers') },
    can('configs') && { id: 'defaults', title: 'Configs of all brokers', href: link('brokers', { tab: 'defaults' }) },
  ]} />
    ${tab === 'defaults' ? html`<${Configs} source="/api/broker/configs" params=${{}} target="/api/broker/configs" body=${{}} role="admin" />` : html`<${List} />`}`;
}

function List() {
  const state = useLoad(() => get('/api/brokers'), [], 10000);
  return html`<${Loaded} state=${state}>${(list) => html`
    <${Table} label="Live brokers" rows=${list.rows} keyOf=${(b) => b.id} columns=${[
    { title: 'Broker', cell: (b) => html`<a href=${link('brokers', b.id)}>${b.id}</a>${b.isController ? html` <${Badge} kind="accent">controller</${Badge}>` : ''}` },
    { title: 'Address', cell: (b) => html`<code>${visible(b.host)}:${b.port}</code>` },
    { title: 'Rack', cell: (b) => visible(b.rack) || html`<span class="quiet">none</span>` },
    { title: 'Leads', num: true, cell: (b) => number(b.leaders) },
    { title: 'Replicas', num: true, cell: (b) => number(b.replicas) },
    { title: 'Out of sync', num: true, cell: (b) => (b.outOfSync ? html`<${Badge} kind="warn">${number(b.outOfSync)}</${Badge}>` : '0') },
    ...(can('logDirs') ? [{ title: 'Logs', num: true, cell: (b) => bytes(b.bytes) }, { title: 'Disk free', num: true, cell: disk }] : []),
  ]} />
    <p class="quiet small">The busiest broker leads ${percent(list.leaderSkewPercent)} more partitions than the average and holds ${percent(list.replicaSkewPercent)} more replicas.</p>
  `}</${Loaded}>`;
}

export function Broker({ route }) {
  const id = route.parts[1];
  const tab = route.params.tab || 'directories';
  const state = useLoad(() => get('/api/broker', { id }), [id], 10000);
  return html`<${Head} title=${`Broker ${id}`} crumb=${html`<a href="#/brokers">Brokers</a>`} />
    <${Tabs} label="Broker" active=${tab} tabs=${[
    { id: 'directories', title: 'Log directories', href: link('brokers', id) },
    can('configs') && { id: 'configs', title: 'Configs', href: link('brokers', id, { tab: 'configs' }) },
  ]} />
    ${tab === 'configs' ? html`<${Configs} source="/api/broker/configs" params=${{ id }} target="/api/broker/configs" body=${{ id: Number(id) }} role="admin" />`
    : html`<${Loaded} state=${state}>${(view) => html`
      <dl class="facts">
        <dt>Address</dt><dd><code>${visible(view.broker.host)}:${view.broker.port}</code></dd>
        <dt>Rack</dt><dd>${visible(view.broker.rack) || 'none'}</dd>
        <dt>Leads</dt><dd>${number(view.broker.leaders)} of ${number(view.broker.replicas)} partitions it holds</dd>
      </dl>
      ${view.directories.map((d) => html`<h2><code>${visible(d.path)}</code> ${d.error ? html`<${Badge} kind="bad">${d.error}</${Badge}>` : ''}</h2>
        <p>${number(d.replicas)} replicas, ${bytes(d.bytes)}${d.totalBytes ? `; ${bytes(d.freeBytes)} of ${bytes(d.totalBytes)} free` : ''}${d.moving ? `; ${number(d.moving)} moving here` : ''}</p>
        ${d.largest.length > 0 && html`<${Table} label=${`The largest replicas in ${d.path}`} rows=${d.largest} keyOf=${(r) => `${r.topic}-${r.partition}`} columns=${[
    { title: 'Partition', cell: (r) => html`<a href=${link('topics', r.topic)}>${visible(r.topic)}</a> ${r.partition}` },
    { title: 'Size', num: true, cell: (r) => bytes(r.bytes) },
    { title: 'Behind', num: true, cell: (r) => number(r.offsetLag) },
  ]} />`}`)}
    `}</${Loaded}>`}`;
}

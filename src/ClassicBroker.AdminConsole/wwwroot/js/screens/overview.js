import { html } from '../html.js';
import { get, can } from '../api.js';
import { Head, Loaded, Table, useLoad, Badge } from '../ui.js';
import { bytes, number, time, visible } from '../format.js';
import { link } from '../route.js';

const Card = ({ title, value, note, kind, href }) => html`<div class=${`card ${kind || ''}`}>
  <dt>${href ? html`<a href=${href}>${title}</a>` : title}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`;

export function Overview() {
  const state = useLoad(() => get('/api/overview'), [], 5000);
  return html`<${Head} title="Overview" />
    <${Loaded} state=${state}>${(o) => html`
      ${o.unreachable.map((broker) => html`<div class="note bad" role="alert"><p><strong>Broker ${broker.id} is registered and does not answer.</strong></p>
        <p>${visible(broker.reason)}</p></div>`)}
      ${o.offlineDirectories.map((directory) => html`<div class="note bad" role="alert"><p><strong>A log directory is offline: ${visible(directory)}</strong></p>
        <p>Replace the disk, then restart the broker.</p></div>`)}
      <dl class="cards">
        <${Card} title="Brokers" href="#/brokers" value=${number(o.brokers)} note=${o.controllerId >= 0 ? `controller ${o.controllerId}` : 'no controller'}
          kind=${o.controllerId < 0 ? 'bad' : o.unreachable.length ? 'warn' : ''} />
        <${Card} title="Partitions without leader" value=${number(o.offline)} kind=${o.offline ? 'bad' : ''} note=${o.offline ? 'cannot be read or written' : 'all have one'} />
        <${Card} title="Under min ISR" value=${number(o.underMinIsr)} kind=${o.underMinIsr ? 'bad' : ''} note=${o.underMinIsr ? 'acks=all is refused' : undefined} />
        <${Card} title="Under-replicated" value=${number(o.underReplicated)} kind=${o.underReplicated ? 'warn' : ''} note=${`of ${number(o.partitions)} partitions`} />
        <${Card} title="Not led by the preferred replica" value=${number(o.notPreferred)} />
        <${Card} title="Topics" href="#/topics" value=${number(o.topics)} note=${`${number(o.partitions)} partitions, ${number(o.replicas)} replicas`} />
        ${can('groups') && html`<${Card} title="Groups" href="#/groups" value=${number(o.groups)} />`}
        ${can('logDirs') && html`<${Card} title="Stored" value=${bytes(o.bytes)} note="all replicas" />`}
      </dl>
      <h2>Cluster</h2>
      <dl class="facts">
        <dt>Cluster id</dt><dd><code>${visible(o.clusterId || 'unknown')}</code></dd>
        ${o.versions.map((v) => html`<dt>Speaks as Kafka</dt><dd>${v.version} ${o.versions.length > 1 && html`<span class="quiet">(brokers ${v.brokers.join(', ')})</span>`}</dd>`)}
        ${o.zooKeeper && html`<dt>ZooKeeper</dt><dd>${visible(o.zooKeeper.state)}${o.zooKeeper.sessionId && html`, session of the console or its broker <code>${o.zooKeeper.sessionId}</code>`}</dd>`}
      </dl>
      ${o.zooKeeper && o.zooKeeper.brokers.length > 0 && html`<h2>Sessions of the brokers</h2>
        <${Table} label="Sessions of the brokers" rows=${o.zooKeeper.brokers} keyOf=${(s) => s.brokerId} columns=${[
    { title: 'Broker', cell: (s) => html`<a href=${link('brokers', s.brokerId)}>${s.brokerId}</a>${s.brokerId === o.controllerId ? html` <${Badge} kind="accent">controller</${Badge}>` : ''}` },
    { title: 'Session', cell: (s) => html`<code>${s.sessionId}</code>` },
    { title: 'Registered since', cell: (s) => time(s.sinceMs) },
  ]} />`}
    `}</${Loaded}>`;
}

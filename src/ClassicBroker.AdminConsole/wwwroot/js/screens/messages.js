// Records of a topic: pages, searches, and a live tail that can be paused and keeps its rows.
import { html, useState, useEffect, useRef } from '../html.js';
import { get, query } from '../api.js';
import { Badge, Check, Dialog, Empty, Failure, Field, Loading } from '../ui.js';
import { bytes, full, number, preview, time, visible } from '../format.js';
import { change } from '../route.js';

const rowsMax = 500;
const filters = ['partitions', 'key', 'value', 'header', 'where', 'control'];
const pick = (params) => Object.fromEntries(filters.map((name) => [name, params[name]]));

function download(topic, rows) {
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([lines], { type: 'application/x-ndjson' }));
  link.download = `${topic}.ndjson`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function Payload({ title, payload, href }) {
  const missing = payload?.size === undefined;
  return html`<h3>${title} <span class="quiet small">${missing ? '' : bytes(payload.size)}</span></h3>
    ${missing ? html`<p class="quiet">null</p>` : html`<pre tabindex="0" aria-label=${title}>${full(payload)}</pre>`}
    ${payload?.isCut && html`<p class="small">Only the beginning is shown. <a href=${href} download>Save all ${bytes(payload.size)}</a></p>`}`;
}

function MessageDialog({ topic, row, onClose }) {
  const raw = (part, header) => `/api/topic/payload${query({ topic, partition: row.partition, offset: row.offset, part, header })}`;
  return html`<${Dialog} title=${`${topic}, partition ${row.partition}, offset ${row.offset}`} onClose=${onClose} large>
    <dl class="facts">
      <dt>Time</dt><dd>${time(row.timestampMs)}${row.timestampType === 'append' ? ' (when the broker appended it)' : ''}</dd>
      ${row.compression && html`<dt>Compression</dt><dd>${row.compression}</dd>`}
      ${row.producerId !== undefined && html`<dt>Producer</dt><dd>id ${row.producerId}, epoch ${row.producerEpoch}${row.isTransactional ? ', in a transaction' : ''}</dd>`}
      ${row.leaderEpoch !== undefined && html`<dt>Leader epoch</dt><dd>${row.leaderEpoch}</dd>`}
    </dl>
    ${row.kind !== 'record' ? html`<p>This is the marker that a transaction ended: <strong>${row.kind}</strong>.</p>` : html`
      <${Payload} title="Key" payload=${row.key} href=${raw('key')} />
      <${Payload} title="Value" payload=${row.value} href=${raw('value')} />
      <h3>Headers</h3>
      ${row.headers ? row.headers.map((h, i) => html`<${Payload} title=${visible(h.name)} payload=${h.value} href=${raw('header', i)} />`) : html`<p class="quiet">none</p>`}`}
    <div class="actions"><button type="button" onClick=${onClose}>Close</button></div>
  </${Dialog}>`;
}

function Rows({ rows, onOpen }) {
  const open = (row) => (e) => { e.preventDefault(); onOpen(row); };
  return html`<div class="table" role="region" aria-label="Messages" tabindex="0"><table>
    <thead><tr><th scope="col">Time</th><th scope="col" class="num">Partition</th><th scope="col" class="num">Offset</th>
      <th scope="col">Key</th><th scope="col">Value</th><th scope="col" class="num">Size</th><th scope="col">Headers</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${`${row.partition}:${row.offset}`}>
      <td class="mono">${time(row.timestampMs)}</td><td class="num">${row.partition}</td>
      <td class="num"><button type="button" class="link" onClick=${open(row)} aria-label=${`Open offset ${row.offset} of partition ${row.partition}`}>${row.offset}</button></td>
      ${row.kind === 'record' ? html`<td class="cut">${preview(row.key)}</td><td class="cut">${preview(row.value)}</td>
        <td class="num">${bytes((row.key?.size || 0) + (row.value?.size || 0))}</td>
        <td class="cut">${row.headers ? row.headers.map((h) => visible(h.name)).join(', ') : ''}</td>`
    : html`<td colspan="4"><${Badge} kind=${row.kind === 'abort' ? 'warn' : 'accent'}>${row.kind} marker</${Badge}></td>`}
    </tr>`)}</tbody></table></div>`;
}

export function Messages({ topic, route }) {
  const { params } = route;
  const live = params.from === 'live';
  const [form, setForm] = useState({ from: 'newest', limit: '50', ...params });
  const [shown, setShown] = useState(null);
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const submit = (e) => {
    e.preventDefault();
    const at = form.from === 'time' && form.when ? { time: new Date(form.when).getTime() } : {};
    change({ ...route, params: {} }, { ...form, ...at });
  };
  return html`<form onSubmit=${submit}>
      <div class="fields">
        <${Field} label="Show" value=${form.from} onValue=${set('from')} options=${[
    { value: 'newest', label: 'Newest' }, { value: 'oldest', label: 'Oldest' }, { value: 'offset', label: 'From an offset' },
    { value: 'time', label: 'From a time' }, { value: 'live', label: 'Live: as they come' }]} />
        ${form.from === 'offset' && html`<${Field} label="Offset" type="number" min="0" required value=${form.offset || ''} onValue=${set('offset')} />`}
        ${form.from === 'time' && html`<${Field} label="Time" type="datetime-local" step="1" required value=${form.when || ''} onValue=${set('when')} />`}
        <${Field} label="Partitions" value=${form.partitions || ''} onValue=${set('partitions')} hint="All, or such as 0,2" pattern="[0-9, ]*" />
        <${Field} label="Key holds" value=${form.key || ''} onValue=${set('key')} />
        <${Field} label="Value holds" value=${form.value || ''} onValue=${set('value')} />
        <${Field} label="A header holds" value=${form.header || ''} onValue=${set('header')} />
      </div>
      <div class="bar top"><div class="grow"><${Field} label="Where" value=${form.where || ''} onValue=${set('where')}
          hint=${html`Such as <code>value.total > 100 && header.source == "web"</code>`} /></div>
        <${Check} label="Markers of transactions" value=${form.control === 'true'} onValue=${(on) => set('control')(on ? 'true' : '')} />
        <button class="primary">Show</button></div>
    </form>
    ${live ? html`<${Tail} key=${JSON.stringify(params)} topic=${topic.name} params=${params} onOpen=${setShown} />`
    : html`<${Page} key=${JSON.stringify(params)} topic=${topic.name} params=${params} onOpen=${setShown} />`}
    ${shown && html`<${MessageDialog} topic=${topic.name} row=${shown} onClose=${() => setShown(null)} />`}`;
}

function Page({ topic, params, onOpen }) {
  const [state, setState] = useState({ rows: [], scanned: 0, isLoading: true });
  const read = async (at) => {
    setState((before) => ({ ...before, isLoading: true, failure: null }));
    try {
      const from = at && params.from !== undefined && params.from !== 'newest' ? 'oldest' : params.from;
      const page = await get('/api/topic/messages', { topic, ...pick(params), from, offset: params.offset, time: params.time, limit: params.limit, at });
      setState((before) => ({ rows: [...before.rows, ...page.rows].slice(-rowsMax), scanned: before.scanned + page.scanned, next: page.next }));
    } catch (failure) {
      setState((before) => ({ ...before, failure, isLoading: false }));
    }
  };
  useEffect(() => { read(); }, []);
  const filtered = filters.some((name) => params[name]);
  return html`<${Failure} of=${state.failure} />
    ${state.rows.length > 0 && html`<${Rows} rows=${state.rows} onOpen=${onOpen} />`}
    ${state.isLoading ? html`<${Loading} />` : state.rows.length === 0 && !state.failure && (filtered
    ? html`<${Empty} title="Nothing matches so far">${number(state.scanned)} records were looked at.${state.next ? ' Look further, or filter for less.' : ''}</${Empty}>`
    : html`<${Empty} title="There are no records here">Produce one, or choose another place to begin.</${Empty}>`)}
    <div class="pager"><span role="status">${number(state.rows.length)} shown, ${number(state.scanned)} looked at</span>
      ${state.rows.length > 0 && html`<button type="button" onClick=${() => download(topic, state.rows)}>Save these</button>`}
      ${state.next && html`<button type="button" disabled=${state.isLoading} onClick=${() => read(state.next)}>${filtered ? 'Look further' : 'More'}</button>`}</div>`;
}

/** Keeps the newest rows; the rest of a fast topic is counted. Pausing closes the stream and resuming goes on where it was. */
function Tail({ topic, params, onOpen }) {
  const [rows, setRows] = useState([]);
  const [counts, setCounts] = useState({ scanned: 0, notShown: 0 });
  const [isPaused, setPaused] = useState(false);
  const [isFollowing, setFollowing] = useState(false);
  const [failure, setFailure] = useState(null);
  const next = useRef(null);
  useEffect(() => {
    if (isPaused) return undefined;
    let stream;
    let again;
    const open = () => {
      stream = new EventSource(`/api/topic/tail${query({ topic, ...pick(params), at: next.current })}`);
      stream.addEventListener('rows', (event) => {
        const batch = JSON.parse(event.data);
        next.current = batch.next;
        // The first tells where the topic ends: records from here on are not missed.
        setFollowing(true);
        setFailure(null);
        if (batch.scanned > 0) setCounts((before) => ({ scanned: before.scanned + batch.scanned, notShown: before.notShown + batch.notShown }));
        if (batch.rows.length > 0) setRows((before) => [...batch.rows.reverse(), ...before].slice(0, rowsMax));
      });
      // The browser would go on with the address of before: the stream is opened again where it was.
      stream.onerror = () => {
        stream.close();
        setFailure({ message: 'The stream ended.', hint: 'It goes on in a moment, with nothing left out.' });
        again = setTimeout(open, 1000);
      };
    };
    open();
    return () => { clearTimeout(again); stream.close(); };
  }, [isPaused]);
  return html`<div class="bar"><button type="button" class="primary" onClick=${() => setPaused(!isPaused)}>${isPaused ? 'Resume' : 'Pause'}</button>
      <button type="button" onClick=${() => setRows([])}>Clear</button>
      <button type="button" onClick=${() => download(topic, rows)} disabled=${rows.length === 0}>Save these</button>
      <span class="quiet small" role="status">${isPaused ? 'Paused. ' : ''}${number(counts.scanned)} have come; ${number(rows.length)} are shown${counts.notShown ? `, ${number(counts.notShown)} were too many to show` : ''}.</span></div>
    <${Failure} of=${failure} />
    ${rows.length === 0 ? html`<${Empty} title=${isPaused ? 'Paused' : isFollowing ? 'Waiting for records' : 'Looking for the end of the topic'}>They appear here as they come, the newest first.</${Empty}>`
    : html`<${Rows} rows=${rows} onOpen=${onOpen} />`}`;
}

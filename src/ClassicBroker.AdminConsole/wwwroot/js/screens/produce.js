import { html, useState, useRef } from '../html.js';
import { post } from '../api.js';
import { Check, Field, FormDialog, toast } from '../ui.js';

const toBase64 = (buffer) => {
  let text = '';
  const all = new Uint8Array(buffer);
  for (let at = 0; at < all.length; at += 0x8000) text += String.fromCharCode(...all.subarray(at, at + 0x8000));
  return btoa(text);
};

export function ProduceDialog({ topic, onClose }) {
  const [form, setForm] = useState({ partition: '', key: '', value: '', headers: '', compression: 'none', repeat: '1' });
  const [isTombstone, setTombstone] = useState(false);
  const [file, setFile] = useState(null);
  const picker = useRef();
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const run = async () => {
    const headers = form.headers.split('\n').filter((line) => line.trim()).map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? { name: line, value: null } : { name: line.slice(0, at), value: line.slice(at + 1) };
    });
    const written = await post('/api/topic/messages', {
      topic: topic.name,
      partition: form.partition === '' ? null : Number(form.partition),
      key: form.key === '' ? null : form.key,
      value: isTombstone ? null : file ? toBase64(await file.arrayBuffer()) : form.value,
      valueIsBase64: Boolean(file) && !isTombstone,
      headers,
      compression: form.compression,
      repeat: Number(form.repeat),
    });
    toast(`${written.count === 1 ? 'Written' : `${written.count} written`}: partition ${written.partition}, offset ${written.offset}.`);
  };
  return html`<${FormDialog} title=${`Produce to ${topic.name}`} submit="Produce" run=${run} onClose=${onClose} large>
    <div class="fields">
      <${Field} label="Partition" value=${form.partition} onValue=${set('partition')} options=${[{ value: '', label: 'By the key' }, ...topic.partitions.map((p) => ({ value: String(p.partition), label: String(p.partition) }))]} />
      <${Field} label="Compression" value=${form.compression} onValue=${set('compression')} options=${['none', 'gzip', 'snappy', 'lz4', 'zstd']} />
      <${Field} label="How often" type="number" min="1" max="1000" value=${form.repeat} onValue=${set('repeat')} />
    </div>
    <${Field} label="Key" value=${form.key} onValue=${set('key')} hint="Empty: no key" />
    <${Check} label="No value: a tombstone, which deletes the key from a compacted topic" value=${isTombstone} onValue=${setTombstone} />
    ${!isTombstone && !file && html`<${Field} label="Value" rows="8" value=${form.value} onValue=${set('value')} />`}
    ${!isTombstone && html`<div class="field"><label for="produce-file">Value from a file</label>
      <input id="produce-file" type="file" ref=${picker} onChange=${(e) => setFile(e.target.files[0] || null)} />
      ${file && html`<button type="button" class="link" onClick=${() => { picker.current.value = ''; setFile(null); }}>Type it instead</button>`}</div>`}
    <${Field} label="Headers" rows="3" value=${form.headers} onValue=${set('headers')} hint="One name=value a line" />
  </${FormDialog}>`;
}

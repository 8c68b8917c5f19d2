// Configs of a topic or a broker: shown with their sources, changed one by one.
import { html, useState } from '../html.js';
import { get, post, may, can } from '../api.js';
import { Badge, Check, Empty, Field, FormDialog, Loaded, Table, toast, useLoad } from '../ui.js';
import { visible } from '../format.js';

const sources = {
  DynamicTopic: 'topic', DynamicBroker: 'broker', DynamicDefaultBroker: 'all brokers', StaticBroker: 'server.properties', Default: 'default', DynamicBrokerLogger: 'logger',
};

function ConfigDialog({ config, onSave, onClose }) {
  const [value, setValue] = useState(config.value ?? '');
  return html`<${FormDialog} title=${config.name} submit="Save" onClose=${onClose} run=${() => onSave({ [config.name]: value })}>
    <${Field} label="Value" value=${value} onValue=${setValue} rows=${String(value).length > 80 ? 4 : undefined}
      type=${config.isSensitive ? 'password' : 'text'} hint=${config.defaultValue !== undefined ? `Without it: ${config.defaultValue}` : undefined} />
    ${!config.isDefault && html`<p><button type="button" class="link" onClick=${async () => { await onSave({ [config.name]: null }); onClose(); }}>Take it back to its default</button></p>`}
  </${FormDialog}>`;
}

export function Configs({ source, params, target, body, role }) {
  const state = useLoad(() => get(source, params), [source, JSON.stringify(params)]);
  const [search, setSearch] = useState('');
  const [onlyChanged, setOnlyChanged] = useState(false);
  const [edited, setEdited] = useState(null);
  const save = async (changes) => {
    await post(target, { ...body, changes, dryRun: false });
    toast('Saved.');
    state.reload();
  };
  const editable = may(role) && can('alterConfigs');
  return html`<${Loaded} state=${state}>${(data) => {
    const rows = data.configs.filter((c) => c.name.includes(search.trim()) && (!onlyChanged || !c.isDefault));
    return html`<div class="bar"><div class="grow"><label for="config-search">Find a config</label>
        <input id="config-search" type="search" value=${search} onInput=${(e) => setSearch(e.target.value)} autocomplete="off" /></div>
        <${Check} label="Only those that are set" value=${onlyChanged} onValue=${setOnlyChanged} /></div>
      ${rows.length === 0 ? html`<${Empty} title="No config matches">Clear the search to see all ${data.configs.length}.</${Empty}>`
    : html`<${Table} label="Configs" rows=${rows} keyOf=${(c) => c.name} columns=${[
      { title: 'Name', cell: (c) => html`<code>${visible(c.name)}</code>` },
      { title: 'Value', wide: true, cell: (c) => (c.isSensitive ? html`<span class="quiet">hidden</span>` : c.value === undefined || c.value === '' ? html`<span class="quiet">empty</span>` : html`<code>${visible(c.value)}</code>`) },
      { title: 'From', cell: (c) => html`<${Badge} kind=${c.isDefault ? '' : 'accent'}>${sources[c.source] || c.source}</${Badge}>` },
      ...(editable ? [{ title: html`<span class="visually-hidden">Change</span>`, cell: (c) => (c.isReadOnly ? html`<span class="quiet small">read-only</span>` : html`<button type="button" aria-label=${`Change ${c.name}`} onClick=${() => setEdited(c)}>Change</button>`) }] : []),
    ]} />`}
      ${edited && html`<${ConfigDialog} config=${edited} onSave=${save} onClose=${() => setEdited(null)} />`}`;
  }}</${Loaded}>`;
}

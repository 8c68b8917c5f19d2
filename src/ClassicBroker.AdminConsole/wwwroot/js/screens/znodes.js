import { html } from '../html.js';
import { get } from '../api.js';
import { Empty, Head, Loaded, Pager, Search, useLoad } from '../ui.js';
import { bytes, hex, number, time, visible } from '../format.js';
import { change, link } from '../route.js';

const pretty = (text) => {
  try {
    return visible(JSON.stringify(JSON.parse(text), null, 2), true);
  } catch {
    return visible(text, true);
  }
};

export function Znodes({ route }) {
  const { path = '/', search, page = '0' } = route.params;
  const state = useLoad(() => get('/api/znode', { path, search, page, size: 100 }), [path, search, page]);
  const parts = path.split('/').filter(Boolean);
  const crumb = html`<nav aria-label="Path"><a href=${link('znodes')}>/</a>${parts.slice(0, -1).map((part, i) => html` <a href=${link('znodes', { path: `/${parts.slice(0, i + 1).join('/')}` })}>${visible(part)}</a> /`)}</nav>`;
  return html`<${Head} title=${path === '/' ? 'Znodes' : path} crumb=${crumb} />
    <${Loaded} state=${state}>${(node) => html`<div class="split">
      <section aria-label="Children"><h2>Children <span class="quiet">${number(node.children.total)}</span></h2>
        <${Search} label="Find children" value=${search} onSearch=${(text) => change(route, { search: text, page: 0 })} />
        ${node.children.total === 0 ? html`<p class="quiet">${search ? 'None matches.' : 'It has none.'}</p>`
    : html`<ul class="tree">${node.children.rows.map((name) => html`<li key=${name}><a href=${link('znodes', { path: `${path === '/' ? '' : path}/${name}` })}>${visible(name)}</a></li>`)}</ul>`}
        <${Pager} page=${node.children} onPage=${(to) => change(route, { page: to })} /></section>
      <section aria-label="Data"><h2>Data <span class="quiet">${bytes(node.size)}</span></h2>
        ${node.isHidden ? html`<${Empty} title="Hidden">It holds a secret.</${Empty}>`
    : node.text ? html`<pre tabindex="0" aria-label="Data">${pretty(node.text)}</pre>` : node.base64 ? html`<pre tabindex="0" aria-label="Data">${hex(node.base64)}</pre>` : html`<p class="quiet">It has none.</p>`}
        <h2>About it</h2><dl class="facts">
          <dt>Version</dt><dd>${number(node.version)}</dd>
          <dt>Created</dt><dd>${time(node.createdMs)} <code>${node.czxid}</code></dd>
          <dt>Changed</dt><dd>${time(node.modifiedMs)} <code>${node.mzxid}</code></dd>
          ${node.ephemeralOwner && html`<dt>Ephemeral, of session</dt><dd><code>${node.ephemeralOwner}</code></dd>`}
          <dt>ACL</dt><dd>${node.acl.map((entry) => html`<code>${visible(entry)}</code> `)}</dd></dl></section>
    </div>`}</${Loaded}>`;
}

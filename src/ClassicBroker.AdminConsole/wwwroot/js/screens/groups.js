import { html } from '../html.js';
import { get } from '../api.js';
import { Badge, Empty, Head, Loaded, Pager, Search, Table, useLoad } from '../ui.js';
import { number, visible } from '../format.js';
import { change, link } from '../route.js';

export const stateKind = (state) => (state === 'Stable' ? 'good' : state === 'Dead' ? 'bad' : state === 'Empty' ? '' : 'warn');

export function Groups({ route }) {
  const { search, state: only = '', sort = 'id', desc, page = '0' } = route.params;
  const state = useLoad(() => get('/api/groups', { search, state: only, sort, desc, page }), [search, only, sort, desc, page], 10000);
  return html`<${Head} title="Consumer groups" />
    <div class="bar"><${Search} label="Find groups" value=${search} onSearch=${(text) => change(route, { search: text, page: 0 })} />
      <div><label for="group-state">State</label><select id="group-state" value=${only} onChange=${(e) => change(route, { state: e.target.value, page: 0 })}>
        ${['', 'Stable', 'Empty', 'PreparingRebalance', 'CompletingRebalance', 'Dead'].map((s) => html`<option value=${s} selected=${s === only}>${s || 'All'}</option>`)}</select></div></div>
    <${Loaded} state=${state}>${(list) => (list.total === 0
    ? search || only ? html`<${Empty} title="No group matches">Search for another part of its id, or show all states.</${Empty}>`
      : html`<${Empty} title="There are no groups yet">A consumer with a group.id makes one.</${Empty}>`
    : html`<${Table} label="Groups" rows=${list.rows} keyOf=${(g) => g.groupId} sort=${sort} desc=${desc === 'true'}
        onSort=${(by, down) => change(route, { sort: by, desc: down, page: 0 })} columns=${[
      { title: 'Group', sort: 'id', wide: true, cell: (g) => html`<a href=${link('groups', g.groupId)}>${visible(g.groupId)}</a>` },
      { title: 'State', sort: 'state', cell: (g) => html`<${Badge} kind=${stateKind(g.state)}>${g.state || 'unknown'}</${Badge}>` },
      { title: 'Members are', cell: (g) => visible(g.protocolType) || html`<span class="quiet">none</span>` },
      { title: 'Lag', sort: 'lag', num: true, cell: (g) => (g.lag === undefined ? html`<span class="quiet">soon</span>` : number(g.lag)) },
    ]} />
      <${Pager} page=${list} onPage=${(to) => change(route, { page: to })} />`)}</${Loaded}>`;
}

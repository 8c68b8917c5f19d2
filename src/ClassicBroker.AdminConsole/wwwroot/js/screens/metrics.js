import { html } from '../html.js';
import { get } from '../api.js';
import { Empty, Head, Loaded, useLoad } from '../ui.js';
import { Chart } from '../chart.js';

export function Metrics() {
  const state = useLoad(() => get('/api/metrics'), [], 10000);
  return html`<${Head} title="Metrics of the last hour" />
    <${Loaded} state=${state}>${(view) => {
    const drawn = view.series.filter((series) => series.values.length > 1);
    return drawn.length === 0 ? html`<${Empty} title="Nothing to draw yet">The console looks at the cluster every ten seconds. The first charts come after twenty.</${Empty}>`
      : html`<div class="charts">${drawn.map((series) => html`<${Chart} key=${series.name} series=${series} />`)}</div>`;
  }}</${Loaded}>`;
}

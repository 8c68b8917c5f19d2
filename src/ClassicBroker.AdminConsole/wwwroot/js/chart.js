// A chart of a series of the API.
import { html, useEffect, useRef } from './html.js';
import uPlot from '/vendor/uplot.js';
import { bytes, number } from './format.js';

export function unitText(value, unit) {
  if (value === undefined || value === null) return '–';
  if (unit === 'bytes') return bytes(value);
  if (unit === 'bytes/s') return `${bytes(value)}/s`;
  if (unit === 'share') return `${Math.round(value * 1000) / 10} %`;
  const rounded = value >= 100 ? number(value) : String(Math.round(value * 10) / 10);
  return unit === 'partitions' || unit === 'brokers' || unit === 'records' ? rounded : `${rounded} ${unit}`;
}

/** Beside the scale: the title has the unit. */
const scaleText = (value, unit) => (unit.startsWith('bytes') || unit === 'share' ? unitText(value, unit) : Number.isInteger(value) ? number(value) : String(value));

export function Chart({ series, title }) {
  const box = useRef();
  const plot = useRef();
  const data = [series.timesMs.map((ms) => ms / 1000), series.values];
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const clock = (seconds) => new Date(seconds * 1000).toTimeString().slice(0, 8);
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    plot.current = new uPlot({
      width: box.current.clientWidth,
      height: 170,
      legend: { show: false },
      cursor: { y: false },
      scales: { y: { range: (u, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
      axes: [{ ...axis, space: 80, values: (u, all) => all.map(clock) }, { ...axis, size: 74, values: (u, all) => all.map((value) => scaleText(value, series.unit)) }],
      series: [{}, { stroke: colour('--accent'), width: 2, fill: `${colour('--accent')}22`, points: { show: false } }],
    }, data, box.current);
    const resize = new ResizeObserver(() => {
      if (box.current) plot.current.setSize({ width: box.current.clientWidth, height: 170 });
    });
    resize.observe(box.current);
    return () => { resize.disconnect(); plot.current.destroy(); };
  }, [series.unit]);
  useEffect(() => plot.current.setData(data), [series]);
  const last = series.values.at(-1);
  return html`<figure class="chart" aria-label=${`${title || series.name}: ${unitText(last, series.unit)} now`}>
    <h2>${title || series.name} <span class="quiet">${unitText(last, series.unit)}</span></h2><div ref=${box}></div></figure>`;
}

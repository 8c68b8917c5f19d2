// What all pages are made of.
import { html, useState, useEffect, useLayoutEffect, useRef, useCallback } from './html.js';
import { visible, number } from './format.js';

/** Loads something, again when what it depends on changes, and every few seconds where that is asked for. */
export function useLoad(load, depends, everyMs) {
  const [state, setState] = useState({ isLoading: true });
  const round = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++round.current;
    try {
      const data = await load();
      if (mine === round.current) setState({ data });
    } catch (failure) {
      if (mine === round.current && failure.name !== 'AbortError') setState((before) => ({ data: before.data, failure }));
    }
  }, depends);
  useEffect(() => {
    setState((before) => ({ ...before, isLoading: true }));
    reload();
    if (!everyMs) return undefined;
    const timer = setInterval(() => { if (!document.hidden) reload(); }, everyMs);
    return () => clearInterval(timer);
  }, [reload]);
  useEffect(() => () => { round.current = -1; }, []);
  return { ...state, reload };
}

export function Head({ title, crumb, children }) {
  const heading = useRef();
  // Before the page is seen: later it would take the focus from where a user has put it.
  useLayoutEffect(() => {
    document.title = `${visible(title)} · ClassicBroker console`;
    heading.current?.focus();
  }, [title]);
  return html`<div class="head">
    <div>${crumb && html`<div class="crumb">${crumb}</div>`}<h1 ref=${heading} tabindex="-1">${visible(title)}</h1></div>
    <div class="actions">${children}</div>
  </div>`;
}

export function Failure({ of }) {
  if (!of) return null;
  return html`<div class="note bad" role="alert"><p><strong>${visible(of.message)}</strong></p>
    ${of.hint && html`<p>${visible(of.hint)}</p>`}
    ${of.code && html`<p class="quiet small">${of.code}</p>`}</div>`;
}

export const Loading = () => html`<p class="quiet" role="status">Loading…</p>`;

export const Empty = ({ title, children }) => html`<div class="empty"><strong>${title}</strong>${children}</div>`;

export const Badge = ({ kind, children }) => html`<span class=${`badge ${kind || ''}`}>${children}</span>`;

/** What a load has come to: its failure, that it goes on, or what is made of its data. */
export function Loaded({ state, children }) {
  return html`<${Failure} of=${state.failure} />${state.data ? children(state.data) : !state.failure && html`<${Loading} />`}`;
}

/**
 * A table. A column is { title, cell(row), num, wide, cut, sort }; with sort its heading is a button, of which onSort hears.
 */
export function Table({ label, columns, rows, keyOf, sort, desc, onSort }) {
  const head = (column) => {
    const kind = column.num ? 'num' : undefined;
    if (!column.sort || !onSort) return html`<th scope="col" class=${kind}>${column.title}</th>`;
    const active = sort === column.sort;
    return html`<th scope="col" class=${kind} aria-sort=${active ? (desc ? 'descending' : 'ascending') : undefined}>
      <button type="button" onClick=${() => onSort(column.sort, active ? !desc : false)}>${column.title}${active ? (desc ? ' ↓' : ' ↑') : ''}</button></th>`;
  };
  const kindOf = (column) => [column.num && 'num', column.wide && 'wide', column.cut && 'cut'].filter(Boolean).join(' ') || undefined;
  return html`<div class="table" role="region" aria-label=${label} tabindex="0"><table>
    <thead><tr>${columns.map(head)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${keyOf(row)}>${columns.map((column) => html`<td class=${kindOf(column)}>${column.cell(row)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

export function Pager({ page, onPage }) {
  const last = Math.max(0, Math.ceil(page.total / page.size) - 1);
  if (page.total === 0) return null;
  const from = page.page * page.size + 1;
  return html`<nav class="pager" aria-label="Pages">
    <span>${number(from)}–${number(Math.min(page.total, from + page.size - 1))} of ${number(page.total)}</span>
    <button type="button" disabled=${page.page === 0} onClick=${() => onPage(page.page - 1)}>Previous</button>
    <button type="button" disabled=${page.page >= last} onClick=${() => onPage(page.page + 1)}>Next</button>
  </nav>`;
}

/** A search box that waits until the typing pauses. */
export function Search({ label, value, onSearch }) {
  const [text, setText] = useState(value || '');
  useEffect(() => {
    if (text === (value || '')) return undefined;
    const timer = setTimeout(() => onSearch(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<div class="grow"><label for="search">${label}</label>
    <input id="search" type="search" value=${text} onInput=${(e) => setText(e.target.value)} autocomplete="off" spellcheck=${false} /></div>`;
}

let fieldNumber = 0;
export function Field({ label, hint, type, options, value, onValue, rows, ...rest }) {
  const id = useRef(`field-${++fieldNumber}`).current;
  const described = hint ? `${id}-hint` : undefined;
  const common = { id, value, 'aria-describedby': described, ...rest };
  const set = (e) => onValue(e.target.value);
  return html`<div class="field"><label for=${id}>${label}</label>
    ${options
    ? html`<select ...${common} onChange=${set}>${options.map((o) => html`<option value=${o.value ?? o} selected=${(o.value ?? o) === value}>${o.label ?? o}</option>`)}</select>`
    : rows
      ? html`<textarea ...${common} rows=${rows} onInput=${set} spellcheck=${false}></textarea>`
      : html`<input ...${common} type=${type || 'text'} onInput=${set} autocomplete=${rest.autocomplete || 'off'} spellcheck=${false} />`}
    ${hint && html`<div class="hint" id=${described}>${hint}</div>`}</div>`;
}

export const Check = ({ label, value, onValue, ...rest }) => html`<label class="check">
  <input type="checkbox" checked=${value} onChange=${(e) => onValue(e.target.checked)} ...${rest} />${label}</label>`;

export function Dialog({ title, onClose, large, children }) {
  const box = useRef();
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${box} class=${large ? 'large' : undefined} aria-labelledby="dialog-title" onClose=${onClose} onCancel=${onClose}>
    <h2 id="dialog-title">${visible(title)}</h2>${children}</dialog>`;
}

/** A dialog with fields that does something. run() is awaited; where it fails the dialog stays and says why. */
export function FormDialog({ title, submit, danger, run, onClose, isReady = true, large, children }) {
  const [failure, setFailure] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const go = async (e) => {
    e.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await run();
      onClose();
    } catch (wrong) {
      setFailure(wrong);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose} large=${large}><form onSubmit=${go}>
    ${children}<${Failure} of=${failure} />
    <div class="actions"><button type="button" onClick=${onClose}>Cancel</button>
      <button class=${danger ? 'danger' : 'primary'} disabled=${isBusy || !isReady}>${submit}</button></div>
  </form></${Dialog}>`;
}

/** What cannot be undone is typed. */
export function ConfirmDialog({ title, text, expected, submit, run, onClose }) {
  const [typed, setTyped] = useState('');
  return html`<${FormDialog} title=${title} submit=${submit} danger run=${() => run(typed)} onClose=${onClose} isReady=${typed === expected}>
    <p>${text}</p>
    <${Field} label=${html`Type <code>${visible(expected)}</code> to confirm`} value=${typed} onValue=${setTyped} />
  </${FormDialog}>`;
}

const listeners = new Set();
export function toast(text) {
  for (const listener of listeners) listener(text);
}

export function Toasts() {
  const [all, setAll] = useState([]);
  useEffect(() => {
    const add = (text) => {
      const one = { text };
      setAll((before) => [...before.slice(-3), one]);
      setTimeout(() => setAll((before) => before.filter((each) => each !== one)), 5000);
    };
    listeners.add(add);
    return () => listeners.delete(add);
  }, []);
  return html`<div class="toasts" role="status" aria-live="polite">${all.map((each) => html`<div class="toast">${visible(each.text)}</div>`)}</div>`;
}

export const Tabs = ({ label, tabs, active }) => html`<nav class="tabs" aria-label=${label}>
  ${tabs.filter(Boolean).map((tab) => html`<a href=${tab.href} aria-current=${tab.id === active ? 'page' : undefined}>${tab.title}</a>`)}</nav>`;

/** Outcomes of the API: says what failed. */
export function sayOutcomes(outcomes, done) {
  const failed = outcomes.items.filter((item) => item.failure);
  if (failed.length === 0) {
    toast(done);
    return;
  }
  throw Object.assign(new Error(failed.map((item) => `${item.name}: ${item.failure}`).join('\n')), {});
}

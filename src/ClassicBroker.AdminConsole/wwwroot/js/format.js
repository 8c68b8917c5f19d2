// Numbers with units, times, and text that may hold anything.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const none = '–';

export const number = (value) => (value === undefined || value === null ? none : whole.format(value));

export function bytes(value) {
  if (value === undefined || value === null) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? whole.format(value) : short.format(value)} ${units[unit]}`;
}

export const rate = (value, unit = 'rec/s') => (value === undefined || value === null ? none : `${short.format(value)} ${unit}`);

export const percent = (value) => (value === undefined || value === null ? none : `${short.format(value)} %`);

export function time(ms) {
  if (ms === undefined || ms === null || ms < 0) return none;
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms} ms`;
  const pad = (n, width = 2) => String(n).padStart(width, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} `
    + `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

export function duration(ms) {
  if (ms === undefined || ms === null) return none;
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (ms < 120000) return `${short.format(ms / 1000)} s`;
  if (ms < 7200000) return `${short.format(ms / 60000)} min`;
  if (ms < 172800000) return `${short.format(ms / 3600000)} h`;
  return `${short.format(ms / 86400000)} days`;
}

// Control characters have pictures of their own; marks that turn text around could make one name look like another.
export function visible(text, keepLines = false) {
  if (text === undefined || text === null) return '';
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    if (keepLines && (character === '\n' || character === '\t')) return character;
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
  });
}

export function hex(base64) {
  const binary = atob(base64);
  const lines = [];
  for (let at = 0; at < binary.length; at += 16) {
    const part = [...binary.slice(at, at + 16)].map((c) => c.charCodeAt(0));
    const digits = part.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    const text = part.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${digits}  ${text}`);
  }
  return lines.join('\n');
}

/** A payload of the API in one line. */
export function preview(payload) {
  if (!payload || payload.size === undefined) return 'null';
  if (payload.text !== undefined) return visible(payload.text.length > 300 ? `${payload.text.slice(0, 300)}…` : payload.text);
  return `${hex(payload.base64.slice(0, 32)).slice(8, 55).trim()}…`;
}

/** A payload of the API in full, as far as it was sent; JSON is indented. */
export function full(payload) {
  if (!payload || payload.size === undefined) return 'null';
  if (payload.text === undefined) return hex(payload.base64);
  if (!payload.isCut && /^\s*[[{]/.test(payload.text)) {
    try {
      return visible(JSON.stringify(JSON.parse(payload.text), null, 2), true);
    } catch {
      return visible(payload.text, true);
    }
  }
  return visible(payload.text, true);
}

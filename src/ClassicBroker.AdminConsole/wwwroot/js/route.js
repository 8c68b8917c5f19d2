// Deep links: everything a page shows is in the address, behind the #.

export const link = (...parts) => {
  const params = typeof parts.at(-1) === 'object' ? parts.pop() : null;
  const text = params ? new URLSearchParams(Object.entries(params).filter(([, v]) => v !== undefined && v !== null && v !== '' && v !== false)).toString() : '';
  return `#/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
};

export function parse(hash) {
  const [path, search] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/').filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { parts, params: Object.fromEntries(new URLSearchParams(search || '')) };
}

export const go = (...parts) => { location.hash = link(...parts); };

/** The same page with other parameters; the one of before is not in the history. */
export function change(route, params) {
  const merged = { ...route.params, ...params };
  history.replaceState(null, '', link(...route.parts, merged));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

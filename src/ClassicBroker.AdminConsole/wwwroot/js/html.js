// Preact and htm, as all pages use them. What is put into a template becomes text, whatever it holds.
import { h, render } from '/vendor/preact.js';
import htm from '/vendor/htm.js';

export { render };
export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback } from '/vendor/preact-hooks.js';
export const html = htm.bind(h);

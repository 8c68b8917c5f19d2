// Calls of the API, and the session they belong to.

export const state = { session: null, onSignedOut: () => {} };

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.message || `The console answered ${status}.`);
    this.status = status;
    this.hint = problem.hint;
    this.code = problem.code;
  }
}

export function query(params) {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(params || {})) {
    if (value !== undefined && value !== null && value !== '' && value !== false) text.set(key, String(value));
  }
  const joined = text.toString();
  return joined ? `?${joined}` : '';
}

async function answer(response) {
  if (response.ok) return response.json();
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    problem = { message: `The console answered ${response.status}.` };
  }
  if (response.status === 401 && state.session?.user) state.onSignedOut();
  throw new ApiError(response.status, problem);
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new ApiError(0, { message: 'The console cannot be reached.', hint: 'Check that its process runs; then reload the page.' });
  }
  return answer(response);
}

export const get = (path, params, signal) => request(path + query(params), { signal });

export const post = (path, body) => request(path, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': state.session?.csrf || '' },
  body: JSON.stringify(body || {}),
});

const ranks = { 'read-only': 1, operator: 2, admin: 3 };

/** Whether the user's role is at least this one. */
export const may = (role) => (ranks[state.session?.role] || 0) >= ranks[role];

/** Whether the cluster can do something, by the names of /api/session. */
export const can = (what) => state.session?.can?.[what] === true;

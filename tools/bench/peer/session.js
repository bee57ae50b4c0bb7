// The session: FusionAuth's access token in local storage, renewed with the refresh token in a cookie of FusionAuth's host. All
// requests of a tab share one renewal, and a lock lets all tabs share it, too.

export const config = JSON.parse(document.getElementById('storefront-config').textContent);

const KEY = `peer.session.${config.applicationId}`;
const RENEW_BEFORE_MS = 30_000;
const listeners = new Set();
let session = JSON.parse(localStorage.getItem(KEY));

function setSession(next) {
  session = next;
  if (next) localStorage.setItem(KEY, JSON.stringify(next));
  else localStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

addEventListener('storage', event => {
  if (event.key !== KEY) return;
  session = JSON.parse(event.newValue);
  for (const listener of listeners) listener();
});

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const currentSession = () => session;

function start({ token }) {
  const [, payload] = token.split('.');
  const { exp, iat, email } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  setSession({ token, email, renewAt: Date.now() + (exp - iat) * 1000 - RENEW_BEFORE_MS });
}

const callFusionAuth = (path, body) =>
  fetch(config.fusionauthUrl + path, {
    method: 'POST',
    credentials: 'include',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

// What the form says after a sign-in that has failed, by the status of the answer.
const MESSAGES = {
  202: 'This account is not registered here.',
  203: 'The password must be changed first.',
  212: 'Confirm your email address first.',
  404: 'The email or password is wrong.',
  409: 'Too many attempts. Try again in some minutes.',
  410: 'This account has expired.',
  423: 'This account is locked.',
};

// Signs in with the fields of the form. Returns null, or why the sign-in failed.
export async function signIn(form) {
  const fields = new FormData(form);
  try {
    const answer = await callFusionAuth('/api/login', {
      loginId: fields.get('username'),
      password: fields.get('password'),
      applicationId: config.applicationId,
    });
    if (answer.status !== 200) return MESSAGES[answer.status] ?? 'Something went wrong. Try again later.';
    start(await answer.json());
    return null;
  } catch {
    return 'No connection. Try again.';
  }
}

export function signOut() {
  setSession(null);
  callFusionAuth('/api/logout', {}).catch(() => {}); // the user is signed out here even if FusionAuth cannot be reached
}

let renewal = null;

function renew(old) {
  renewal ??= navigator.locks
    .request(KEY, async () => {
      session = JSON.parse(localStorage.getItem(KEY));
      if (session?.token !== old) return; // another tab has renewed it or signed out
      const answer = await callFusionAuth('/api/jwt/refresh', {});
      if (answer.ok) start(await answer.json());
      else if (answer.status < 500 && answer.status !== 429) setSession(null);
    })
    .finally(() => (renewal = null));
  return renewal;
}

// Sends a request with the access token to the application's server. Returns the JSON of the answer.
export async function request(path, init = {}) {
  if (session && Date.now() >= session.renewAt) await renew(session.token);
  const token = session?.token;
  let answer = await send(path, init);
  if (answer.status === 401 && token) {
    if (session?.token === token) await renew(token);
    answer = await send(path, init);
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

function send(path, { json, ...init }) {
  const headers = { ...init.headers };
  if (session) headers.authorization = `Bearer ${session.token}`;
  if (json) headers['content-type'] = 'application/json';
  return fetch(path, { ...init, headers, body: json && JSON.stringify(json) });
}

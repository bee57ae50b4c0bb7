// Stores the app's page and its hashed files, so that a repeated visit starts without the network. It answers no other requests: those to
// the backends and to FusionAuth bypass it, and their answers are never stored.
//
// A release is one entry of the cache storage, with the page and the files that the page names. The worker writes the page last, so an
// entry without a page is incomplete, and the next update deletes it. Only one update runs at a time. At each visit the worker shows the
// stored page and asks the server whether the page has changed; the next visit shows the new page. If the server's page does not name this
// script, the worker deletes all releases, and unregisters itself at the next visit.
'use strict';

// The server puts no products into the page at this path, so the page changes only with a release.
const PAGE = '/index.html';
// The name of a release is this prefix and the time of creation. The cache storage lists releases in the order of their creation.
const PREFIX = 'release-';
// Tabs with the previous release may still load parts of its program.
const KEPT_RELEASES = 2;

// The paths that the server answers with the page, without the links of guests' orders; see shop/storefront-server/src/http/static_files.rs and health.rs.
const isPage = path =>
  path === '/index.html' || !/^\/((api|assets|snippets|guest-order|\.well-known)\/|(healthz|livez|readyz)$)|\.[^/]*$/.test(path);
const isHashed = path => /-[0-9a-f]{16}\.[a-z]+$/.test(path);

self.addEventListener('install', event => event.waitUntil(update().then(() => self.skipWaiting())));

self.addEventListener('fetch', event => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  // The development world fills in the form of /login?as=.
  if (request.mode === 'navigate' && isPage(pathname) && !search.startsWith('?as=')) event.respondWith(page(event));
  else if (isHashed(pathname)) event.respondWith(file(event));
});

async function page(event) {
  const kept = (await newest())?.page;
  // Without a network the update fails, and the stored page is enough.
  event.waitUntil(update(kept).catch(() => {}));
  return kept ?? fetch(event.request);
}

async function file(event) {
  const { request } = event;
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  const copy = response.clone();
  if (response.ok) event.waitUntil(alone(() => keep(request, copy)));
  return response;
}

async function keep(request, response) {
  const release = await newest();
  if (release) await (await caches.open(release.name)).put(request, response);
}

// The name and the page of the newest complete release.
async function newest() {
  for (const name of (await releases()).reverse()) {
    const page = await caches.match(PAGE, { cacheName: name });
    if (page) return { name, page };
  }
}

async function releases() {
  return (await caches.keys()).filter(name => name.startsWith(PREFIX));
}

// Opens a release only while no other task deletes one, because `caches.open` would create it again.
const alone = task => navigator.locks.request('storefront-update', task);
const update = shown => alone(() => updateAlone(shown));

// `shown` is the stored page that this visit shows, if there was one. Throws if the server is unreachable or does not answer with the page.
async function updateAlone(shown) {
  const response = await fetch(PAGE, { cache: 'no-cache' });
  if (!response.ok) throw new Error('the page was refused');
  const html = await response.clone().text();
  if (!html.includes(' data-service-worker=')) return switchOff(shown);
  const kept = (await newest())?.page;
  const policy = it => it.headers.get('content-security-policy');
  if (kept && policy(kept) === policy(response) && await kept.text() === html) return;
  // A release without a page is left over from an interrupted update.
  for (const name of await releases()) {
    if (!await caches.match(PAGE, { cacheName: name })) await caches.delete(name);
  }
  const release = await caches.open(PREFIX + Date.now());
  await release.addAll([...new Set(html.match(/\/[\w/.-]+-[0-9a-f]{16}\.[a-z]+/g))]);
  await release.put(PAGE, response);
  for (const name of (await releases()).slice(0, -KEPT_RELEASES)) await caches.delete(name);
}

// While a stored page starts, Chromium stores the compiled code of its scripts, and for that opens a deleted release again, empty. So the
// worker stays for one more visit, whose page comes from the server, and deletes that release, too.
async function switchOff(shown) {
  for (const name of await releases()) await caches.delete(name);
  if (!shown) await self.registration.unregister();
}

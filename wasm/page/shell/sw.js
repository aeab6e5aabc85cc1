// The service worker, for those who ask for it in the menu: it keeps a copy of
// the page that goes on working when the network does not.
import { all } from './bundle.js';
import { cacheName } from './offline.js';

const start = './';
/** All but what another page is for. */
const files = all().filter((f) => !/^(index\.html|embed\.js|sw\.js|course-demo|data\/full\/)/.test(f));

/** @type {any} */
const scope = self;
/** One host may serve the page below several paths: each has a copy of its own. */
const name = cacheName(scope.registration.scope);

// All of it or nothing, so that the parts fit together.
scope.addEventListener('install', (/** @type {any} */ e) => e.waitUntil((async () => {
  const cache = await caches.open(name);
  await cache.addAll([start, ...files]);
  await scope.skipWaiting();
})()));

scope.addEventListener('activate', (/** @type {any} */ e) => e.waitUntil((async () => {
  const cache = await caches.open(name);
  const wanted = [start, ...files].map((f) => new URL(f, scope.location.href).href);
  for (const { url } of await cache.keys()) if (!wanted.includes(url)) await cache.delete(url);
  await scope.clients.claim();
})()));

scope.addEventListener('fetch', (/** @type {any} */ e) => {
  const { request } = e;
  if (request.cache === 'no-store') return; // the page asks what the server has now
  if (request.method === 'GET' && new URL(request.url).origin === scope.location.origin) e.respondWith(answer(request));
});

/** The page's own addresses; below its path there may be other pages. */
const pages = [start, './index.html'].map((f) => new URL(f, scope.registration.scope).pathname);

/** Files are found by the hash of their content; the page itself is fetched while that can be. */
async function answer(/** @type {Request} */ request) {
  const cache = await caches.open(name);
  const kept = await cache.match(request, { ignoreVary: true, ignoreSearch: true });
  const page = request.mode === 'navigate' && request.destination === 'document' && pages.includes(new URL(request.url).pathname);
  if (kept && !page) return kept;
  try {
    return await fetch(request);
  } catch (e) {
    const copy = kept ?? (page && (await cache.match(start, { ignoreVary: true })));
    if (copy) return copy;
    throw e;
  }
}

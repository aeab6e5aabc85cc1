/**
 * Whether a copy of the page can be kept for when there is no network: not in
 * a frame, and only where the browser trusts the connection, by HTTPS or on
 * this machine.
 */
export const canKeep = () => top === self && isSecureContext && 'serviceWorker' in navigator;

/** The service worker of this page: none of a folder above it. */
async function registered() {
  const found = await navigator.serviceWorker.getRegistration('./');
  return found?.scope === new URL('./', location.href).href ? found : undefined;
}

/** Whether one is kept. */
export const isKept = async () => canKeep() && !!(await registered())?.active;

/** Keeps a copy. */
export async function keepCopy() {
  const registration = await navigator.serviceWorker.register('sw.js');
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  await new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve(undefined);
      if (worker.state === 'redundant') reject(new Error('not all of it could be fetched'));
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** Removes the copy: this page's, of those that one host may serve below several paths. */
export async function dropCopy() {
  const registration = await registered();
  if (!registration) return;
  await registration.unregister();
  await caches.delete(cacheName(registration.scope));
}

/** The name of the cache for the page at a path. */
export const cacheName = (/** @type {string} */ scope) => `lenet ${scope}`;

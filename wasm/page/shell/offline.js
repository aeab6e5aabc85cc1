/**
 * Whether a copy of the page can be kept for when there is no network: not in
 * a frame, and only where the browser trusts the connection, by HTTPS or on
 * this machine.
 */
export const canKeep = () => top === self && isSecureContext && 'serviceWorker' in navigator;

/** Whether one is kept. */
export const isKept = async () => canKeep() && !!(await navigator.serviceWorker.getRegistration('./'))?.active;

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

/** Lets the copy go. */
export async function dropCopy() {
  await (await navigator.serviceWorker.getRegistration('./'))?.unregister();
  await caches.delete('lenet');
}

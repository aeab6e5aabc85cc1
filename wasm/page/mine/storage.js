import { Database, over, result } from '../shell/database.js';

const version = 1;
const stores = ['kinds', 'items'];

/** @typedef {import('./collection.js').Patch} Patch @typedef {import('./collection.js').Kind} Kind @typedef {import('./collection.js').Item} Item */

/**
 * Storage keeps a collection in this browser, in IndexedDB: each change in one
 * transaction. Other tabs of the page hear of it.
 */
export class Storage {
  /** @param {{heard: (patch: Patch) => void, trouble: (e: Error) => void}} on  heard: another tab has made a change; trouble: a change was not stored */
  constructor(on) {
    this.on = on;
    this.db = new Database('lenet-mine', version, stores, { keyPath: 'id' });
    this.channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('lenet-mine') : null;
    this.channel?.addEventListener('message', ({ data }) => on.heard(sound(data?.kinds, data?.items)));
  }

  /** What is stored, as a change to nothing. Fails where storage is refused. @returns {Promise<Patch>} */
  async recall() {
    const tx = await this.db.transaction();
    const [kinds, items] = await Promise.all(stores.map((name) => result(tx.objectStore(name).getAll())));
    return sound(kinds.map((/** @type {any} */ kind) => [kind?.id, kind]), items.map((/** @type {any} */ item) => [item?.id, item]));
  }

  /** Stores a change, and tells other tabs of it. */
  async write(/** @type {Patch} */ patch) {
    try {
      const tx = await this.db.transaction('readwrite');
      for (const name of /** @type {const} */ (['kinds', 'items'])) {
        const store = tx.objectStore(name);
        for (const [id, value] of patch[name]) value ? store.put(value) : store.delete(id);
      }
      await over(tx);
      this.channel?.postMessage(patch);
    } catch (e) {
      this.on.trouble(/** @type {Error} */ (e));
    }
  }
}

/** A change of which each part may be anything: what is not sound is left out. @returns {Patch} */
export function sound(/** @type {any} */ kinds, /** @type {any} */ items) {
  const pairs = (/** @type {any} */ list) => (Array.isArray(list) ? list : []).filter((pair) => Array.isArray(pair) && Number.isFinite(pair[0]));
  const is = (/** @type {(v: any) => boolean} */ ok) => (/** @type {any} */ [id, v]) => v === null || (typeof v === 'object' && v.id === id && ok(v));
  return {
    kinds: pairs(kinds).filter(is(({ name }) => typeof name === 'string' && name !== '')),
    items: pairs(items).filter(is(({ kind, pixels, strokes }) => Number.isFinite(kind) && pixels instanceof Uint8Array && pixels.length === 784 && (strokes === null || isStrokes(strokes)))),
  };
}

const isStrokes = (/** @type {any} */ strokes) => Array.isArray(strokes) && strokes.every((s) => Array.isArray(s) && s.length > 0 && s.every((p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite)));

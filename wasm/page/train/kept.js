const version = 1;
const most = 32; // moments of a run's past that are kept
const room = 16 << 20; // bytes for them
const patience = 2000; // milliseconds for a storage that does not answer
const states = ['paused', 'finished', 'diverged'];

/** @typedef {import('../shell/types.js').Params} Params */
/** @typedef {import('../shell/types.js').Kept} Kept */

/**
 * Keeper keeps one training run over a reload, in IndexedDB: the newest one of
 * this site. A run is written in one transaction, so that what is read is one
 * state of one run, never half of it.
 */
export class Keeper {
  constructor() {
    this.id = 0; // of the run, among all that this browser has kept
    /** @type {Set<number>|null} steps of its moments that are in the storage; null before the first */
    this.stored = null;
    /** @type {Promise<IDBDatabase>|null} */
    this.db = null;
    /** @type {(() => Promise<void>)|null} what to write next */
    this.next = null;
    /** @type {Promise<void>|null} until all is written */
    this.working = null;
  }

  /** A new run is to be kept from now on. */
  begin() {
    this.id = Math.random();
    this.stored = null;
  }

  /** Writes how the run stands; of several that wait, the newest. Fails where storage is refused. */
  save(/** @type {Kept} */ run) {
    return this.put(() => this.write(run));
  }

  /** Gives the kept run up. */
  forget() {
    return this.put(async () => {
      const { tx, run, past, ended } = await this.change();
      run.clear();
      past.clear();
      tx.commit();
      await ended;
      this.stored = null;
    });
  }

  put(/** @type {() => Promise<void>} */ write) {
    this.next = write;
    this.working ??= (async () => {
      try {
        while (this.next) {
          const now = this.next;
          this.next = null;
          await now();
        }
      } finally {
        this.working = null;
      }
    })();
    return this.working;
  }

  async write(/** @type {Kept} */ { past: moments, ...run }) {
    const wanted = new Map(thin(moments).map((m) => [m.step, m]));
    const { id, stored } = this;
    const { tx, run: runs, past, ended } = await this.change();
    try {
      if (!stored) past.clear();
      for (const step of stored ?? []) if (!wanted.has(step)) past.delete([id, step]);
      for (const [step, m] of wanted) if (!stored?.has(step)) past.put({ ...m, id }, [id, step]);
      runs.put({ ...run, v: version, id }, 'run');
      tx.commit();
    } catch (e) {
      tx.abort();
      await ended.catch(() => {});
      throw e;
    }
    await ended;
    if (id === this.id) this.stored = new Set(wanted.keys());
  }

  async change() {
    const tx = (await this.open()).transaction(['run', 'past'], 'readwrite');
    return { tx, run: tx.objectStore('run'), past: tx.objectStore('past'), ended: over(tx) };
  }

  open() {
    this.db ??= new Promise((resolve, reject) => {
      const request = indexedDB.open('lenet', version);
      request.onupgradeneeded = () => ['run', 'past'].forEach((name) => request.result.createObjectStore(name));
      request.onsuccess = () => {
        const db = request.result;
        db.onclose = db.onversionchange = () => {
          db.close();
          this.db = null;
        };
        resolve(db);
      };
      request.onerror = () => reject(request.error);
    });
    this.db.catch(() => {
      this.db = null;
    });
    return this.db;
  }

  /**
   * The run that was kept, if there is one and it is sound. Storage may be
   * refused, and what it holds may be anything.
   * @returns {Promise<Kept|null>}
   */
  async recall() {
    try {
      return await Promise.race([this.read(), new Promise((resolve) => setTimeout(resolve, patience, null))]);
    } catch (e) {
      console.warn('no run was kept:', e);
      return null;
    }
  }

  async read() {
    const tx = (await this.open()).transaction(['run', 'past']);
    const [run, past] = await Promise.all([result(tx.objectStore('run').get('run')), result(tx.objectStore('past').getAll())]);
    if (!run) return null;
    if (!sound(run)) throw new Error('what is stored is no run');
    return { ...run, past: past.filter((/** @type {any} */ m) => m.id === run.id && alike(m.config, run.params.config) && finite(m)) };
  }
}

/** @returns {Promise<any>} */
const result = (/** @type {IDBRequest} */ request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** @returns {Promise<void>} until a transaction is complete */
const over = (/** @type {IDBTransaction} */ tx) => new Promise((resolve, reject) => {
  tx.oncomplete = () => resolve();
  tx.onabort = () => reject(tx.error ?? new Error('storing was given up'));
});

/**
 * Some of a run's past, evenly spread: as far as that goes the same ones when
 * it has grown.
 * @template {Params} T
 * @param {T[]} moments
 */
function thin(moments) {
  if (!moments.length) return [];
  const n = Math.min(most, Math.floor(room / moments[0].data.byteLength));
  const apart = 2 ** Math.ceil(Math.log2(Math.max(moments[moments.length - 1].step / n, 1)));
  let from = 0;
  return moments.filter(({ step }) => {
    if (step < from || !n) return false;
    from = (Math.floor(step / apart) + 1) * apart;
    return true;
  });
}

/** Whether a run from the storage is one. */
function sound(/** @type {any} */ { v, settings, job, state, progress, params, points }) {
  return v === version && states.includes(state) && typeof settings === 'object' && typeof job?.dataset === 'string'
    && Number.isInteger(progress?.step) && Array.isArray(points) && alike(job.recipe, params.config) && finite(params);
}

/** @typedef {import('../shell/types.js').Config} Config */
const alike = (/** @type {Config} */ a, /** @type {Config} */ b) => /** @type {const} */ (['activation', 'pooling', 'channels', 'units'])
  .every((key) => String(a[key]) === String(b[key]));

/** Whether there are as many weights as the network has, all of them numbers. */
function finite(/** @type {Params} */ { config, data }) {
  const [[c, d], [u, w]] = [config.channels, config.units];
  const n = 26 * c + (25 * c + 1) * d + (25 * d + 1) * u + (u + 1) * w + (w + 1) * 10;
  return data instanceof Float32Array && data.length === n && data.every(Number.isFinite);
}

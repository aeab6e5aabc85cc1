import { Database, over, result } from '../shell/database.js';
import { sets as builtIn } from '../shell/constants.js';
import { examples, sizeOf } from './own.js';

const version = 1;
const most = 32; // moments of a run's past that are kept
const room = 16 << 20; // bytes for them, and for a data set of the reader's own
const patience = 2000; // milliseconds for a storage that does not answer
const mostPoints = 20000; // of the curves: 1,000 epochs have 11,001
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
    this.db = new Database('lenet', version, ['run', 'past']);
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
      /** @type {any} */
      let trouble; // of the last write: one that fails does not keep a newer one from being tried
      while (this.next) {
        const now = this.next;
        this.next = null;
        trouble = undefined;
        try {
          await now();
        } catch (e) {
          trouble = e;
        }
      }
      this.working = null;
      if (trouble) throw trouble;
    })();
    return this.working;
  }

  async write(/** @type {Kept} */ { past: moments, own, ...run }) {
    const wanted = new Map(thin(moments).map((m) => [m.step, m]));
    const { id, stored } = this;
    const { tx, run: runs, past, ended } = await this.change();
    try {
      if (!stored) {
        past.clear();
        runs.put({ ...own, id }, 'own'); // once: it does not change
      }
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
    const tx = await this.db.transaction('readwrite');
    return { tx, run: tx.objectStore('run'), past: tx.objectStore('past'), ended: over(tx) };
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
    const tx = await this.db.transaction();
    const [run, own, past] = await Promise.all([result(tx.objectStore('run').get('run')), result(tx.objectStore('run').get('own')), result(tx.objectStore('past').getAll())]);
    if (!run) return null;
    const kept = revive(run, past, own);
    if (!kept) throw new Error('what is stored is no run');
    return kept;
  }
}

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

/**
 * The run that the storage holds, whose every part may be anything. Without
 * sound weights, or where it is not clear how far they are, there is none. Of
 * the rest, points and moments that are not sound are left out.
 * @param {any} run
 * @param {any} past
 * @param {any} [own]  the data set of the reader's own that the run is on
 * @returns {Kept|null}
 */
export function revive(run, past, own) {
  const { v, id, link, settings, job, state, progress, params, points, others } = run ?? {};
  const onOwn = isObject(job) && !Object.hasOwn(builtIn, job.dataset);
  const sound = v === version && states.includes(state) && isJob(job) && (!onOwn || (own?.id === id && isOwn(own))) && isProgress(progress) && isParams(params, job.recipe);
  if (!sound) return null;
  return {
    ...(onOwn && { own }), link: String(link ?? ''), settings: isObject(settings) ? settings : {}, job, state, progress, params,
    points: list(points).filter(isPoint).slice(0, mostPoints),
    past: list(past).filter((m) => m?.id === id && isParams(m, job.recipe)),
    others: list(others).filter((o) => isAbout(o?.about)).map(({ about, points }) => ({ about, points: list(points).filter(isPoint).slice(0, mostPoints) })).filter((o) => o.points.length),
  };
}

const isObject = (/** @type {any} */ v) => typeof v === 'object' && v !== null && !Array.isArray(v);
const list = (/** @type {any} */ v) => /** @type {any[]} */ (Array.isArray(v) ? v : []);
const count = (/** @type {any} */ v) => Number.isSafeInteger(v) && v >= 0;
const positive = (/** @type {any} */ v) => Number.isFinite(v) && v > 0;

/** Whether a set can be kept beside its run. */
export const fits = (/** @type {import('./own.js').Prepared} */ set) => sizeOf(set) <= room;

const isJob = (/** @type {any} */ job) => isObject(job) && typeof job.dataset === 'string' && typeof job.size === 'string'
  && isConfig(job.recipe) && [job.recipe.epochs, job.recipe.batch, job.recipe.lr].every(positive) && count(job.recipe.seed);

const isAbout = (/** @type {any} */ a) => isObject(a) && (a.file === undefined ? isConfig(a) && typeof a.dataset === 'string' && (Object.hasOwn(builtIn, a.dataset) || count(a.images)) && [a.lr, a.batch].every(positive) && count(a.seed) : typeof a.file === 'string');

/** Whether this is a data set with as many images as labels, each of one of its classes. */
const isOwn = (/** @type {any} */ o) => isObject(o) && typeof o.title === 'string' && Array.isArray(o.classes) && o.classes.length >= 2 && o.classes.length <= 64
  && o.classes.every((/** @type {any} */ c) => typeof c === 'string') && isObject(o.recipe) && [o.train, o.test].every((part) => isPart(part, o.classes.length));

const isPart = (/** @type {any} */ p, /** @type {number} */ classes) => isObject(p) && [p.images, p.labels].every((file) => file instanceof Uint8Array && file.length > 8)
  && p.labels.length === 8 + examples(p.labels) && p.images.length === 16 + 784 * examples(p.labels) && p.labels.subarray(8).every((/** @type {number} */ label) => label < classes);

const isProgress = (/** @type {any} */ p) => isObject(p) && [p.epoch, p.epochs, p.done, p.total, p.step, p.seen].every(count) && p.total > 0 && p.epochs > 0
  && Number.isFinite(p.seconds) && [p.loss, p.acc, p.test].every((v) => typeof v === 'number'); // NaN where there is none yet

const isPoint = (/** @type {any} */ p) => isObject(p) && [p.epoch, p.loss, p.acc].every(Number.isFinite) && p.epoch >= 0
  && (p.done === undefined || (isObject(p.done) && [p.done.loss, p.done.acc, p.done.test].every(Number.isFinite)));

const isConfig = (/** @type {any} */ c) => isObject(c) && typeof c.activation === 'string' && typeof c.pooling === 'string'
  && [c.channels, c.units].every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((n) => count(n) && n > 0)) && count(classesOf(c));

/** How many classes a network has; of a page that knew ten only, it does not say. */
export const classesOf = (/** @type {import('../shell/types.js').Config} */ { classes = 10 }) => classes;

/** Numbers of how far a run was, as package protocol's Mark has them. */
const marks = ['epoch', 'done', 'judged', 'right', 'step', 'seen', 'seconds', 'loss', 'correct', 'test', 'pointDone', 'pointLoss', 'pointCorrect'];

/** Whether these are a network's weights: as many as it has, all of them numbers, and how far the run was. */
function isParams(/** @type {any} */ p, /** @type {import('../shell/types.js').Config} */ config) {
  if (!isObject(p) || !isConfig(p.config) || !count(p.step) || !Number.isFinite(p.epoch) || !isObject(p.mark)) return false;
  if (typeof p.mark.testing !== 'boolean' || !marks.every((key) => Number.isFinite(p.mark[key]))) return false;
  const alike = /** @type {const} */ (['activation', 'pooling', 'channels', 'units']).every((key) => String(p.config[key]) === String(config[key])) && classesOf(p.config) === classesOf(config);
  const [[c, d], [u, w]] = [config.channels, config.units];
  const n = 26 * c + (25 * c + 1) * d + (25 * d + 1) * u + (u + 1) * w + (w + 1) * classesOf(config);
  return alike && p.data instanceof Float32Array && p.data.length === n && p.data.every(Number.isFinite);
}

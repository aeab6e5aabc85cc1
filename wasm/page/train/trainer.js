import { blobs } from './data.js';
import { Client } from './rpc.js';

/** @typedef {import('../shell/types.js').Recipe} Recipe */
/** @typedef {import('../shell/types.js').Params} Params */
/** @typedef {{dataset: string, full: boolean, workers: string, reproducible: boolean, own: import('./own.js').OwnSet|null, init?: Uint8Array}} How  own: the reader's own set, as the run began with it; init: a file of weights to start from */

const patience = 5; // seconds that a worker may leave a question open before it counts as lost
const seldom = 1000; // milliseconds between news for the page where showing them takes the workers' processors
const mostLosses = 12; // without a step in between, before a run is given up

/**
 * Trainer runs one training run at a time, on several workers that share it.
 * Each has the images and the whole run; between themselves they exchange
 * gradients (see team.js), so that the weights do not depend on how many they
 * are. The first one speaks for all. When a worker is lost, the others go on
 * from the last step; when none is left, a new one does, from the last weights
 * that the page got.
 */
export class Trainer {
  /**
   * @param {Promise<WebAssembly.Module>} module
   * @param {{loading: (share: number) => void, progress: (p: import('../shell/types.js').Progress) => void,
   *   params: (p: Params) => void, fewer: (workers: number, e: Error) => void, lost: (e: Error) => void}} on
   */
  constructor(module, on) {
    this.module = module;
    this.on = on;
    /** @type {Client[]} those that live; the first of them share the run */
    this.clients = [];
    /** @type {WeakMap<Client, string>} which sets a worker has */
    this.has = new WeakMap();
    /** @type {{sets: string, train?: any, test?: any}} the files of the sets, for workers to come */
    this.files = { sets: '' };
    this.losses = 0; // of the run; after one, workers are only opened when none is left
    this.vain = 0; // losses since the run got further
    this.reached = 0; // the latest step that the page was told of
    this.active = false; // events of a run that was given up are not passed on
    this.going = false;
    this.pace = 0; // steps a second, 0 for as many as can be
    this.sparing = false; // what the page draws, the processors draw
    /** @type {(() => void)[]} what the page is to be told */
    this.news = [];
    this.toldAt = 0;
    /** @type {Params|null} where the run stood last */
    this.kept = null;
    this.shown = -1; // the epoch of the last point of the curves
    /** @type {Promise<any>} until the workers are ready, at the start and after a loss */
    this.ready = Promise.resolve();
    /** @type {any} */
    this.watching = undefined; // the timer that looks after the workers
    this.busy = false; // getting ready
  }

  /**
   * Starts a run with fresh weights or where an earlier one stood, without a step yet.
   * @param {Recipe} recipe
   * @param {How} how
   * @param {{params: Params|null, shown: number}} [from]  its weights, and the epoch of the last point of its curves
   */
  start(recipe, how, from = { params: null, shown: -1 }) {
    this.active = this.going = false;
    this.news = [];
    this.recipe = recipe;
    this.how = how;
    this.kept = from.params;
    this.shown = from.shown;
    this.losses = this.vain = 0;
    this.reached = from.params?.mark.step ?? 0;
    return this.prepare(async () => {
      const progress = await this.gather();
      this.active = true;
      if (this.losses > 0) this.on.fewer(this.clients.length, this.why);
      return progress;
    });
  }

  /** Gets the workers ready, one way after another. */
  prepare(/** @type {() => Promise<any>} */ how) {
    const before = this.ready; // one that was given up may still be loading
    this.ready = (async () => {
      await before.catch(() => {});
      this.busy = true;
      try {
        return await how();
      } finally {
        this.busy = false;
      }
    })();
    this.ready.catch(() => {});
    return this.ready;
  }

  /** Has workers share the run, from where it stood last. Fewer do when some are lost meanwhile. */
  async gather() {
    for (;;) {
      const losses = this.losses;
      try {
        await this.open();
        await this.load();
        const progress = await this.share();
        if (this.losses === losses) return progress;
      } catch (e) {
        if (this.losses === losses || this.vain > mostLosses) throw e;
      }
    }
  }

  /** How many workers are to share the run. */
  get size() {
    return powerBelow(Math.min(Number(this.how.workers) || processors(), useful(this.recipe.batch), this.losses ? Math.max(1, this.clients.length) : Infinity));
  }

  /** Opens the workers that are missing. */
  async open() {
    const module = await this.module;
    const { size } = this;
    this.watching ??= setInterval(() => this.watch(), 1000);
    for (let n = this.clients.length; n < size; n++) {
      /** @type {Client|undefined} */
      let client;
      try {
        client = new Client(module, `training ${n + 1}`, { event: (e) => this.event(e), lost: (e) => this.lost(client, e) });
        this.clients.push(client);
      } catch (e) {
        this.lost(undefined, e);
      }
    }
    await Promise.all(this.clients.map((c) => c.hello.catch(() => {})));
    if (this.clients.length === 0) throw this.why ?? new Error('no worker could be started');
    for (const c of this.clients.splice(this.size)) c.close();
  }

  /** Gives every worker the images, which one of them fetches. */
  async load() {
    const { dataset, full, own } = this.how;
    const sets = `${dataset} ${own ? own.generation : full}`;
    const parts = /** @type {const} */ (['train', 'test']);
    if (this.files.sets !== sets) {
      const [train, test] = await Promise.all(parts.map((part) => (own ? blobs(own[part]) : this.clients[0].call('files', { dataset, part, full }))));
      this.files = { sets, train, test };
    }
    await Promise.all(this.clients.filter((c) => this.has.get(c) !== sets).map(async (c) => {
      this.has.delete(c);
      await Promise.all(parts.map((part) => c.call('give', { part, ...this.files[part] })));
      this.has.set(c, sets);
    }));
  }

  /** Connects the workers and has them take up the run. Resolves to how it stands. */
  async share() {
    const { size } = this;
    const ports = this.clients.map(() => /** @type {MessagePort[]} */ ([]));
    for (let bit = 1; bit < size; bit *= 2) {
      for (let rank = 0; rank < size; rank++) {
        if (rank & bit) continue;
        const { port1, port2 } = new MessageChannel();
        ports[rank].push(port1);
        ports[rank | bit].push(port2);
      }
    }
    const { init } = this.how;
    const from = this.kept ? { data: this.kept.data, mark: this.kept.mark } : init && { init };
    const all = await Promise.all(this.clients.map((c, rank) => c.call('start', {
      ...this.recipe, reproducible: this.how.reproducible, rank, size, ports: ports[rank], ...from,
    }, ports[rank])));
    return all[0];
  }

  event(/** @type {any} */ e) {
    if (e.type === 'loading' && e.part === 'train') this.on.loading(e.share);
    if (!this.active) return;
    if (e.type === 'params') this.params(e.params);
    if (e.type === 'progress') this.progress(e.progress);
  }

  progress(/** @type {import('../shell/types.js').Progress} */ p) {
    // A run that went back to an earlier step comes by the same points again.
    p.points = p.points.filter((q) => q.epoch > this.shown);
    this.shown = p.points.at(-1)?.epoch ?? this.shown;
    if (p.step > this.reached) [this.reached, this.vain] = [p.step, 0];
    if (p.state !== 'training') this.going = false;
    this.tell(() => this.on.progress(p));
  }

  params(/** @type {Params} */ p) {
    this.kept = p;
    this.tell(() => this.on.params(p));
  }

  /** Tells the page the news: now, or where that would take the workers' processors, all together once in a while. */
  tell(/** @type {() => void} */ f) {
    this.news.push(f);
    if (!(this.sparing && this.going && !this.pace) || performance.now() - this.toldAt > seldom) this.flush();
  }

  flush() {
    this.toldAt = performance.now();
    for (const f of this.news.splice(0)) f();
  }

  /** A worker is gone: the run goes on without it. */
  lost(/** @type {Client|undefined} */ client, /** @type {Error} */ e) {
    this.clients = this.clients.filter((c) => c !== client);
    this.why = e;
    this.losses++;
    this.vain++;
    if (!this.active || this.busy) return; // gather sees to it
    this.prepare(() => this.mend()).catch((e) => {
      this.active = false;
      this.on.lost(e);
    });
  }

  /** Has the workers that are left go on from the last step that one of them has taken. */
  async mend() {
    if (this.vain > mostLosses) throw this.why;
    await this.regroup();
    this.on.fewer(this.clients.length, this.why);
    if (this.going) this.run();
  }

  /** Stops the workers, wherever they are, and has as many as there should be go on from the latest step. */
  async regroup() {
    const states = await Promise.all(this.clients.map((c) => c.call('halt').catch(() => /** @type {any} */ (null))));
    this.kept = [this.kept, ...states].filter(Boolean).sort((a, b) => b.mark.step - a.mark.step || b.mark.judged - a.mark.judged)[0] ?? null;
    this.progress(await this.gather());
  }

  /** Changes how many workers share the run, while it is paused. */
  async resize(/** @type {string} */ workers) {
    if (workers === this.how.workers) return;
    this.how.workers = workers;
    this.losses = this.vain = 0;
    await this.prepare(() => this.regroup());
  }

  /** Asks the first worker for one thing and the others for another. What is lost meanwhile is mended. */
  async all(/** @type {string} */ first, /** @type {string} */ others) {
    const { lr, epochs } = this.recipe;
    await Promise.all(this.clients.map((c, rank) => c.call(rank ? others : first, { lr, epochs, pace: this.pace }).catch(() => {})));
    await this.ready.catch(() => {});
  }

  async run() {
    this.going = true;
    await this.all('run', 'run');
  }

  /** Resolves when the workers have stopped. */
  async pause() {
    this.going = false;
    await this.clients[0]?.call('pause').catch(() => {}); // when it is lost, the others do not go on
    await this.ready.catch(() => {});
    this.flush();
  }

  /** The weights of the run. */
  weights() {
    return this.clients[0].call('snapshot');
  }

  /** One SGD step on one batch. */
  step() {
    return this.all('step', 'run');
  }

  /** Changes the learning rate, the epochs and the pace, from the next step on. */
  async tune(/** @type {number} */ lr, /** @type {number} */ epochs, /** @type {number} */ pace) {
    Object.assign(this.recipe, { lr, epochs });
    this.pace = pace;
    if (this.going) await this.clients[0]?.call('tune', { lr, epochs, pace }).catch(() => {});
  }

  /** The gradient on the current batch as pictures and histograms, with that of a linear unit's weights; null where there is no run. */
  async gradients(/** @type {import('../shell/types.js').Unit|null} */ unit) {
    const { active, recipe } = this;
    const reply = active ? await this.clients[0]?.call('parts', { of: 'gradients', ...unit }) : null;
    return this.active && recipe === this.recipe ? reply : null; // it was not given up meanwhile
  }

  /** Gives the run up. */
  async reset() {
    this.active = this.going = false;
    this.news = [];
    await Promise.all(this.clients.map((c) => Promise.all(['cancel', 'pause'].map((type) => c.call(type))))).catch(() => {});
  }

  /** Asks the workers whether they are there. */
  watch() {
    if (!this.going && !this.busy) return;
    for (const c of this.clients) c.ask(this.busy ? 12 * patience : patience);
  }
}

/** How many workers have something to do in a step: a batch is cut into blocks of 16 examples. */
const useful = (/** @type {number} */ batch) => Math.ceil(batch / 16);

/** How many workers there are when nothing else is asked for: one for each processor, up to 8. */
const processors = () => Math.min(navigator.hardwareConcurrency || 1, 8);

/** The largest power of two up to n. */
const powerBelow = (/** @type {number} */ n) => 2 ** Math.floor(Math.log2(n));

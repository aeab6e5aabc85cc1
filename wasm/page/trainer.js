import { Client } from './rpc.js';

/**
 * Trainer runs one training run at a time, in a worker that is started with the
 * first run. The worker keeps the run; the page only tells it when to go on.
 *
 * Training on several workers will live behind these same methods.
 */
export class Trainer {
  /**
   * @param {Promise<WebAssembly.Module>} module
   * @param {{loading: (share: number) => void, progress: (p: import('./types.js').Progress) => void,
   *   params: (p: import('./types.js').Params) => void, lost: (e: Error) => void}} on
   */
  constructor(module, on) {
    this.module = module;
    this.on = on;
    /** @type {Client|null} */
    this.client = null;
    this.loaded = ''; // which sets the worker has
    /** @type {Promise<any>|undefined} */
    this.starting = undefined;
    this.active = false; // events of a run that was given up are not passed on
  }

  /**
   * Starts a run with fresh weights, without a step yet.
   * @param {import('./types.js').Recipe} recipe
   * @param {string} dataset
   * @param {boolean} full  train on all of it
   */
  async start(recipe, dataset, full) {
    this.active = false;
    const before = this.starting; // one that was given up may still be loading
    this.starting = (async () => {
      await before?.catch(() => {});
      const client = await this.open();
      const sets = `${dataset} ${full}`;
      if (this.loaded !== sets) {
        this.loaded = '';
        await Promise.all(['train', 'test'].map((part) => client.call('fetch', { dataset, part, full })));
        this.loaded = sets;
      }
      return client.call('start', recipe);
    })();
    const progress = await this.starting;
    this.active = true;
    return progress;
  }

  /** The worker, started when it is not there. */
  async open() {
    this.client ??= new Client(await this.module, 'training', {
      event: (e) => this.event(e),
      lost: (e) => {
        this.client = null;
        this.loaded = '';
        this.on.lost(e);
      },
    });
    await this.client.hello;
    return this.client;
  }

  event(/** @type {any} */ e) {
    if (e.type === 'loading' && e.part === 'train') this.on.loading(e.share);
    if (!this.active) return;
    if (e.type === 'progress') this.on.progress(e.progress);
    if (e.type === 'params') this.on.params(e.params);
  }

  run() {
    return this.client.call('run');
  }

  /** Resolves when the worker has stopped. */
  pause() {
    return this.client.call('pause');
  }

  /** One SGD step on one batch. */
  async step() {
    this.on.progress(await this.client.call('step'));
  }

  /** The weights of the run. */
  params() {
    return this.client.call('snapshot');
  }

  tune(/** @type {number} */ lr, /** @type {number} */ epochs) {
    return this.client.call('tune', { lr, epochs });
  }

  /** Gives the run up. */
  async reset() {
    this.active = false;
    await Promise.all(['cancel', 'pause'].map((type) => this.client?.call(type))).catch(() => {});
  }
}

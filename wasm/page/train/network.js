import { Client } from './rpc.js';

const pace = 100; // milliseconds between answers about what is watched: they are there to be read

/**
 * Network is the network on show: it turns what is in the pad into a
 * prediction, in a worker of its own that training never keeps busy. Of several
 * drawings or weights that come while the worker is busy, the newest counts.
 */
export class Network {
  /**
   * @param {WebAssembly.Module} module
   * @param {{network: (n: import('../shell/types.js').Network) => void,
   *   prediction: (p: import('../shell/types.js').Prediction, of: import('../shell/types.js').Input) => void, settled: (yes: boolean) => void,
   *   refused: (e: Error, of: import('../shell/types.js').Input) => void, failed: (e: Error) => void}} on  settled: whether the newest
   *   weights and input are on show; refused: the input cannot be read
   */
  constructor(module, on) {
    this.module = module;
    this.on = on;
    /** @type {import('../shell/types.js').Input|null} */
    this.input = null; // what to predict
    /** @type {object} fields of a predict request that change the image */
    this.changes = {};
    /** @type {{type: string, fields: object, promise?: any}|null} */
    this.weights = null; // what to show next
    /** @type {{type: string, fields: object, promise?: any}|null} */
    this.after = null; // and then
    /** @type {{type: string, fields: object, promise?: any}|null} */
    this.shown = null; // what is on show, to be shown again by a new worker
    /** @type {import('../shell/types.js').Input|null} */
    this.last = null; // the last one predicted
    this.config = '';
    /** @type {Map<string, {type: string, fields: object, got: (reply: any) => void}>} what is asked after each prediction */
    this.watched = new Map();
    this.told = 0; // when what is watched was asked last
    this.asked = false; // something watched has not been asked yet
    /** @type {Promise<void>|null} that nothing newer is waiting */
    this.working = null;
    this.losses = 0; // since the last time that all was on show
    this.start();
  }

  start() {
    this.client = new Client(this.module, 'network', { lost: (e) => this.lost(e) });
  }

  get hello() {
    return this.client.hello;
  }

  /** A worker that dies is replaced, unless that happens time and again. */
  lost(/** @type {Error} */ e) {
    if (++this.losses > 2) {
      this.weights?.promise?.reject(e);
      return this.on.failed(e);
    }
    this.config = '';
    this.weights ??= this.shown;
    this.start();
    this.work();
  }

  /** Shows the network of a safetensors file. */
  load(/** @type {Uint8Array} */ file) {
    this.show('load', { file });
  }

  /**
   * Shows the network of a safetensors file that may be anything: fails where it is refused.
   * @param {Uint8Array} file
   * @returns {Promise<import('../shell/types.js').Network>} it has predicted what is in the pad
   */
  async attempt(file) {
    const network = await new Promise((resolve, reject) => this.show('load', { file }, { resolve, reject }));
    await this.working;
    return network;
  }

  /** Shows a network. */
  params(/** @type {import('../shell/types.js').Params} */ { config, data }) {
    this.show('show', { ...config, data });
  }

  show(/** @type {string} */ type, /** @type {object} */ fields, /** @type {any} */ promise = undefined) {
    const next = { type, fields, promise };
    if (this.weights?.promise) this.after = next; // a run's weights do not take a file's place before it was looked at
    else this.weights = next;
    this.work();
  }

  /** Predicts what is in the pad. */
  predict(/** @type {import('../shell/types.js').Input} */ input) {
    this.input = input;
    this.work();
  }

  /**
   * Asks something of what is on show, now and after each prediction, until
   * another request of that name takes its place; null ends it.
   * @param {string} name @param {string|null} type @param {object} [fields] @param {(reply: any) => void} [got]
   */
  watch(name, type, fields = {}, got = () => {}) {
    this.watched.delete(name);
    if (!type) return;
    this.watched.set(name, { type, fields, got });
    this.asked = true;
    this.work();
  }

  work() {
    if (this.working || !this.client.worker) return;
    this.on.settled(false);
    this.working = this.loop().then(() => {
      this.working = null;
      if (this.waiting()) this.work();
      else this.on.settled(true);
    });
  }

  waiting() {
    return this.weights || (this.shown && (this.input || this.asked));
  }

  /** Has what is watched asked once more: what it was about has changed since. */
  again() {
    this.soon = undefined;
    this.asked = true;
    this.work();
  }

  /** Asks what is watched. */
  async tell(/** @type {Client} */ client) {
    this.asked = false;
    this.told = performance.now();
    for (const [name, w] of [...this.watched]) {
      const reply = await client.call(w.type, w.fields);
      if (this.watched.get(name) === w) w.got(reply);
    }
  }

  /** Hands the worker the newest weights, then the newest input, until there are no newer ones. */
  async loop() {
    const client = this.client;
    try {
      await client.hello;
      while (this.waiting()) {
        if (this.weights) {
          const w = this.weights;
          [this.weights, this.after] = [this.after, null];
          const network = await client.call(w.type, w.fields).catch((e) => {
            if (!w.promise || !client.worker) throw e;
            w.promise.reject(e);
          });
          if (!network) continue;
          w.promise?.resolve(network);
          this.shown = w;
          const config = JSON.stringify(network.config);
          if (config !== this.config) this.on.network(network);
          this.config = config;
          this.input ??= this.last;
          continue;
        }
        if (this.input) {
          const input = (this.last = this.input);
          this.input = null;
          const p = await client.call('predict', flat(input, this.changes)).catch((e) => {
            if (!client.worker) throw e;
            this.on.refused(e, input);
          });
          if (!p) continue;
          this.on.prediction(p, input);
        }
        if (this.asked || performance.now() - this.told > pace) await this.tell(client);
        else this.soon ??= setTimeout(() => this.again(), pace);
      }
      this.losses = 0;
    } catch (e) {
      if (client.worker) this.on.failed(e); // the worker lives: it refused what it was given
      else this.input ??= this.last;
    }
  }

  /** The 28 × 28 pixels that a drawing becomes, without the changes of the Input tab; null where it has no ink. @returns {Promise<Uint8Array|null>} */
  async pixels(/** @type {import('../shell/types.js').Input} */ input) {
    const { empty, pixels } = await this.call('predict', flat(input, {}));
    if (Object.values(this.changes).some(Boolean)) this.predict(this.last);
    return empty ? null : pixels;
  }

  /** Any other request to the worker, answered by the newest weights. */
  async call(/** @type {string} */ type, /** @type {object} */ fields) {
    await this.working;
    return this.client.call(type, fields);
  }
}

/** The fields of a predict request. */
function flat(/** @type {import('../shell/types.js').Input} */ { strokes, picture }, /** @type {any} */ { raw, ...distort }) {
  if (picture) return { pixels: picture.pixels, ...distort };
  return { points: new Float32Array(strokes.flat(2)), lengths: strokes.map((s) => s.length), raw: !!raw, ...distort };
}

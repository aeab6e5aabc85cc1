import { Client, compileReaders } from './rpc.js';

const idle = 60_000; // milliseconds without a question after which the worker ends, and its memory with it

/** @typedef {import('../shell/types.js').Stroke} Stroke */
/**
 * Examples of a data set: the training set's, then the test set's.
 * @typedef {{classes: string[], images: Uint8Array, labels: Uint8Array, tests: number,
 *   strokes?: (Stroke[])[]|null}} Examples  images: 784 bytes each; tests: how many at the end are the test set's; strokes: null for images
 * @typedef {Examples & {name: string, format: string, sha256: string, notes: string[]}} Read
 *
 * IDX files, plain or gzip.
 * @typedef {{images: Uint8Array<ArrayBuffer>, labels: Uint8Array<ArrayBuffer>}} Pair
 * @typedef {Pair & {test: Pair, classes: string[], take?: number}} Mix  a built-in training set; take: how many of its images, otherwise all
 *
 * Recipe for a small set. rates: the learning rate for each activation, where weights bring another.
 * @typedef {{activation: string, lr: number, batch: number, epochs: number, decay: string, rates: Record<string, number>}} Recipe
 * @typedef {{classes: string[], train: Pair, test: Pair, held: number[], recipe: Recipe, notes: string[]}} Prepared
 */

/**
 * Files reads and writes data sets of somebody's own, in a worker that it opens
 * when there is something to do and ends after a while. It fails with the
 * engine's text, which names the thing and the remedy.
 */
export class Files {
  /** @param {(share: number) => void} [progress]  how much of what takes long is done, 0 to 1 */
  constructor(progress = () => {}) {
    this.progress = progress;
    /** @type {Promise<WebAssembly.Module>|null} */
    this.module = null;
    /** @type {Client|null} */
    this.client = null;
    /** @type {Promise<any>} until what was asked for so far is done: files of two data sets are never mixed */
    this.queue = Promise.resolve();
    /** @type {any} */
    this.timer = undefined;
  }

  /**
   * Reads the data set that files are. Their bytes are handed over: they are gone afterwards.
   * @param {{path: string, bytes: Uint8Array<ArrayBuffer>}[]} files  paths with slashes: set/house/1.png
   * @param {(sums: string[]) => void} [check]  is given the files' SHA-256 before they are read, and fails to refuse them
   * @returns {Promise<Read>}
   */
  read(files, check) {
    return this.use(async (client) => {
      const put = files.map(({ path, bytes }) => client.call('put', { path, data: bytes, ...(check && { sum: true }) }, whole(bytes)));
      try {
        const taken = await Promise.all(put);
        check?.(taken.map(({ sha256 }) => sha256));
      } catch (e) {
        this.close(e); // with the files that it has taken
        throw e;
      }
      const { points, lengths, ...set } = await client.call('read');
      return { ...set, strokes: lengths ? unpacked(points, lengths) : null };
    });
  }

  /**
   * Writes a data set as one file; several are put into a zip archive.
   * @param {'strokes'|'idx'|'npz'|'png'|'csv'} form
   * @param {Examples} set
   * @param {string} [name]  the beginning of the file's name
   * @returns {Promise<{name: string, data: Uint8Array<ArrayBuffer>}>}
   */
  write(form, set, name = 'mine') {
    return this.use((client) => client.call('write', { form, name, ...fields(set) }));
  }

  /**
   * Makes the sets to train with and to test on. Few examples are copied, about 2,000 in all, and the copies of
   * drawings are turned, scaled and shifted; beside a set that is mixed in they are about a quarter.
   * @param {Examples & {share: number, seed: number, each?: number, mix?: Mix}} how  share: of each class to hold out for the test, where
   *   there are no tests, 0 for none; each: copies of each training example, otherwise as many as suit
   * @returns {Promise<Prepared>}  test: one's own examples come first; held: which ones they are
   */
  prepare({ share, seed, each, mix, ...set }) {
    return this.use(async (client) => {
      /** @type {Record<string, any>} */
      const message = { share, seed, ...fields({ ...set, strokes: null }) };
      if (each) message.each = each;
      if (mix) {
        const { images, labels, test, classes, take } = mix;
        message.mix = { images, labels, testImages: test.images, testLabels: test.labels, classes };
        if (take !== undefined) message.mix.take = take;
      }
      const { images, labels, testImages, testLabels, held, ...rest } = await client.call('prepare', message);
      return { ...rest, train: { images, labels }, test: { images: testImages, labels: testLabels }, held: Array.from(held) };
    });
  }

  /** Ends the worker and gives up what it does. */
  close(error = new Error('reading was given up')) {
    clearTimeout(this.timer);
    this.client?.close(error);
    this.client = null;
  }

  /**
   * Asks the worker after what was asked before.
   * @template T
   * @param {(client: Client) => Promise<T>} ask
   * @returns {Promise<T>}
   */
  use(ask) {
    const asked = this.queue.then(async () => {
      clearTimeout(this.timer);
      this.module ??= compileReaders(() => {});
      this.module.catch(() => {
        this.module = null; // to be tried again
      });
      const module = await this.module;
      this.client ??= new Client(module, 'files', {
        event: (e) => e.type === 'working' && this.progress(e.share),
        lost: () => (this.client = null),
      });
      try {
        await this.client.hello;
        return await ask(this.client);
      } finally {
        if (this.client) this.timer = setTimeout(() => this.close(), idle);
      }
    });
    this.queue = asked.catch(() => {});
    return asked;
  }
}

/** What may be handed over without a copy: bytes that are all of their buffer. */
const whole = (/** @type {Uint8Array<ArrayBuffer>} */ b) => (b.byteLength === b.buffer.byteLength ? [b.buffer] : []);

/** A data set as the fields of a request. */
function fields(/** @type {Examples} */ { classes, images, labels, tests, strokes }) {
  return { classes, images, labels, tests, ...(strokes ? packed(strokes) : {}) };
}

/** Strokes as x and y of all points, and for each example how many strokes it has and how many points each of them has. */
function packed(/** @type {(Stroke[])[]} */ examples) {
  const points = new Float64Array(examples.flat(3));
  const lengths = new Float32Array(examples.flatMap((e) => [e.length, ...e.map((s) => s.length)]));
  return { points: new Uint8Array(points.buffer), lengths };
}

function unpacked(/** @type {Uint8Array<ArrayBuffer>} */ bytes, /** @type {Float32Array} */ lengths) {
  const points = new Float64Array(bytes.buffer);
  let [n, p] = [0, 0];
  const next = () => /** @type {[number, number]} */ ([points[p++], points[p++]]);
  const examples = [];
  while (n < lengths.length) {
    examples.push(Array.from({ length: lengths[n++] }, () => /** @type {Stroke} */ (Array.from({ length: lengths[n++] }, next))));
  }
  return examples;
}

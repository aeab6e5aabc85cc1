import { best } from '../shell/trace.js';

/** @typedef {import('./timeline.js').Checkpoint} Checkpoint */
/** @typedef {{epoch: number, step: number, p: Float32Array}} Reading */

const rest = 150; // milliseconds without a change after which a drawing counts as done

/**
 * Readings is how the run read what is in the pad, at each moment that the
 * timeline keeps: ten probabilities each. When there is something else in the
 * pad, all moments read that; the old readings stay until then.
 */
export class Readings {
  /**
   * @param {(c: Checkpoint, pixels: Uint8Array) => Promise<Float32Array>} ask  has a moment's network read an image
   * @param {() => void} changed
   */
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
    /** @type {Checkpoint[]} */
    this.moments = [];
    /** @type {Sheet} */
    this.shown = blank(null);
    /** @type {Sheet} what is to be shown: the same, or of another image */
    this.next = this.shown;
    this.working = false;
    /** @type {any} */
    this.timer = undefined;
  }

  /** The image that the network now gets, null for none. */
  see(/** @type {Uint8Array|null} */ pixels) {
    if (same(pixels, this.next.pixels)) return;
    this.next = blank(pixels && new Uint8Array(pixels));
    if (!pixels) this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.work(), rest);
  }

  /** The moments that the timeline now keeps. */
  follow(/** @type {Checkpoint[]} */ moments) {
    if (!moments.length && !this.moments.length) return;
    const other = moments[0] !== this.moments[0];
    this.moments = moments;
    if (other) this.next = this.shown = blank(this.next.pixels); // of another run
    this.changed();
    this.work();
  }

  /** The readings in the order of time. @returns {Reading[]} */
  get list() {
    const { shown: { read }, moments } = this;
    return moments.filter((c) => read.has(c)).map((c) => ({ epoch: c.epoch, step: c.step, p: read.get(c) }));
  }

  show() {
    this.shown = this.next;
    this.changed();
  }

  /** Has the moments that have not read the image do so, one after the other. */
  async work() {
    if (this.working) return;
    this.working = true;
    try {
      for (let of; (of = this.open()); ) {
        const { next } = this;
        next.read.set(of, await this.ask(of, next.pixels));
        if (next === this.next && (next === this.shown || !this.open())) this.show();
      }
    } catch {
      // The worker was lost; with the next moment or image there is another one.
    } finally {
      this.working = false;
    }
  }

  /** A moment that has not read the image: the newest, then the others. */
  open() {
    const { next, moments } = this;
    return next.pixels && moments.findLast((c) => !next.read.has(c));
  }
}

/** @typedef {{pixels: Uint8Array|null, read: WeakMap<Checkpoint, Float32Array>}} Sheet */

/** @returns {Sheet} */
const blank = (/** @type {Uint8Array|null} */ pixels) => ({ pixels, read: new WeakMap() });

const same = (/** @type {Uint8Array|null} */ a, /** @type {Uint8Array|null} */ b) => a === b || (!!a && !!b && a.length === b.length && a.every((v, i) => v === b[i]));

/** The class that a reading makes the answer. */
export const answerOf = (/** @type {Reading} */ { p }) => best(p);

/**
 * The reading of a moment, and the last one before it with another answer.
 * @param {Reading[]} list
 * @param {number} step  the moment's
 */
export function turn(list, step) {
  const until = list.filter((r) => r.step <= step);
  const now = until.at(-1);
  return { now, before: now && until.findLast((r) => answerOf(r) !== answerOf(now)) };
}

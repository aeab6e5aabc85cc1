import { maxPoints, maxStrokes } from '../shell/constants.js';

/** @typedef {import('../shell/types.js').Input} Input */

/** Whether strokes are few enough to be read. */
export const fits = (/** @type {any[][]} */ strokes) => strokes.length <= maxStrokes && strokes.reduce((n, s) => n + s.length, 0) <= maxPoints;

/** Drawing is what is in the pad, and what was in it before. */
export class Drawing {
  /** @param {(input: Input, fromPad: boolean) => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Input} */
    this.input = { strokes: [], picture: null };
    this.kept = this.input; // after the last finished stroke or action
    /** @type {Input[]} */
    this.past = [];
  }

  get empty() {
    return !this.input.picture && !this.input.strokes.length;
  }

  /** Nobody has put anything into the pad. */
  get untouched() {
    return this.empty || !!this.input.example;
  }

  /** The pad reports strokes, the last of them finished or not. */
  ink(/** @type {import('../shell/types.js').Stroke[]} */ strokes, /** @type {boolean} */ done) {
    this.input = { strokes, picture: null };
    if (done) this.keep();
    this.changed(this.input, true);
  }

  /** Puts something else into the pad. */
  set(/** @type {Input} */ input) {
    this.input = input;
    this.keep();
    this.changed(input, false);
  }

  keep() {
    // Undo brings no example back.
    if (!this.kept.example) this.past.push(this.kept);
    else if (!this.empty) this.past.push({ strokes: [], picture: null });
    if (this.past.length > 200) this.past.shift();
    this.kept = this.input;
  }

  clear() {
    if (!this.empty) this.set({ strokes: [], picture: null });
  }

  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.input = this.kept = before;
    this.changed(before, false);
  }
}

import { find } from '../shell/keys.js';
import { sameUnit } from '../shell/trace.js';

/** @typedef {import('../shell/types.js').Unit} Unit */

const finger = 8; // a fingertip may miss a map by this much, CSS px
const gap = 3; // a mouse may cross the gap between two maps
const pace = 100; // milliseconds between what is told of a kernel that slides

/**
 * Pointer keeps which unit one points at on a canvas that shows the stage, by
 * mouse, finger or keyboard. Where units lie and what is lit with them package
 * view knows, which is asked: the same as in the stage's frame.
 */
export class Pointer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{find: (request: object) => Promise<any>, lit: () => void,
   *   pointed: (unit: Unit|null, held: boolean, at: {top: number, bottom: number}|null) => void}} on
   */
  constructor(canvas, on) {
    this.on = on;
    /** @type {Unit|null} */
    this.unit = null;
    this.held = false;
    /** @type {any} what is lit: the last answer to a "find" request */
    this.lit = null;
    this.weights = false; // the panels show weights
    this.votes = new Float32Array(0);
    this.still = false; // reduced motion
    /** @type {number[]|null} where the mouse is, not looked at yet */
    this.over = null;
    this.queue = Promise.resolve(); // until what was asked for is on show
    this.sliding = 0; // which slide goes on; 0 for none
    this.dragged = false; // the held unit was moved since the pointer went down

    const at = (/** @type {MouseEvent} */ e, /** @type {number} */ slack) => [e.offsetX, e.offsetY, slack];
    canvas.addEventListener('pointerdown', () => (this.dragged = false));
    canvas.addEventListener('pointermove', (e) => {
      if (e.pointerType === 'touch') return;
      if (this.held) {
        if (e.buttons & 1) this.next(() => this.drag(at(e, 0)));
        return;
      }
      if (!this.over) this.next(() => this.hover());
      this.over = at(e, gap);
    });
    canvas.addEventListener('click', (e) => {
      if (this.dragged) return;
      const place = at(e, /** @type {PointerEvent} */ (e).pointerType === 'touch' ? finger : gap);
      this.next(() => this.tap(place));
    });
    canvas.addEventListener('keydown', (e) => {
      const key = find('stage', e);
      if (!key) return;
      e.preventDefault();
      if (key.action === 'leave') return this.point(null, false);
      if (key.action === 'hold') return this.hold();
      this.next(() => this.move(key.action, ...key.way));
    });
  }

  /** Does one thing after another. What fails was asked of a worker that is gone; the next one has it all again. */
  next(/** @type {() => Promise<void>|void} */ job) {
    this.queue = this.queue.then(job).catch(() => {});
    return this.queue;
  }

  find(/** @type {object} */ request) {
    return this.on.find({ weights: this.weights, ...this.unit, ...request });
  }

  async hover() {
    const place = this.over;
    this.over = null;
    const found = await this.find({ at: new Float32Array(place) });
    if (found.unit && !this.held) this.take(found, false);
  }

  /** Moves the held unit to a place in its own map. */
  async drag(/** @type {number[]} */ place) {
    const { unit } = await this.find({ at: new Float32Array(place), weights: false });
    if (!this.held || unit?.layer !== this.unit.layer || unit.channel !== this.unit.channel || sameUnit(unit, this.unit)) return;
    this.dragged = true;
    this.point(unit, true);
  }

  async tap(/** @type {number[]} */ place) {
    const found = await this.find({ at: new Float32Array(place) });
    const again = this.held && sameUnit(found.unit, this.unit);
    if (found.unit) this.take(found, !again);
    else this.point(null, false);
  }

  async move(/** @type {string} */ way, /** @type {number} */ dx, /** @type {number} */ dy) {
    if (this.weights && this.sliding) this.unit = this.lit.unit; // a kernel on its way is caught where it is
    this.take(await this.find({ [way]: new Float32Array([dx, dy]) }), this.held);
  }

  /** Holds the unit that one points at. */
  hold() {
    if (this.unit) this.point(this.lit?.unit ?? this.unit, true);
  }

  /** Points at what was found. */
  take(/** @type {any} */ found, /** @type {boolean} */ held) {
    const { unit } = found;
    const other = unit.layer !== this.unit?.layer || unit.channel !== this.unit.channel;
    if (sameUnit(unit, this.unit)) {
      if (held === this.held) return;
    } else {
      this.forget();
      this.lit = found;
    }
    this.unit = unit;
    this.held = held;
    this.tell();
    if (other && this.weights && found.kernel) this.slide(true);
  }

  /** Points at a unit, or at none, as the page wants it. */
  point(/** @type {Unit|null} */ unit, /** @type {boolean} */ held) {
    if (!sameUnit(unit, this.unit)) this.forget();
    this.unit = unit;
    this.held = held && !!unit;
    this.tell();
    this.again();
  }

  forget() {
    this.lit = null;
    this.sliding = 0;
    this.votes = new Float32Array(0);
  }

  tell() {
    const unit = this.lit?.unit ?? this.unit;
    const box = this.lit?.box;
    this.on.pointed(unit, this.held, box ? { top: box[1], bottom: box[1] + box[3] } : null);
    this.on.lit();
  }

  /** Has what is lit found anew: the layout, the view or the votes are others. */
  again() {
    if (!this.unit || this.sliding) return this.on.lit();
    this.next(async () => {
      const unit = this.unit;
      const found = unit && (await this.find({ votes: this.votes }));
      if (unit !== this.unit || this.sliding) return;
      if (unit && !found.unit) return this.point(null, false); // there is no such unit any more
      this.lit = found;
      this.on.lit();
    });
  }

  vote(/** @type {number[]} */ pairs) {
    this.votes = new Float32Array(pairs);
    this.again();
  }

  /** Lets the kernel of the unit slide over its map, once. */
  async slide(/** @type {boolean} */ on) {
    const { unit } = this;
    if (!on || !unit || this.still) {
      if (this.sliding) this.rest();
      return;
    }
    const run = (this.sliding = performance.now());
    let told = 0;
    for (let now = run; run === this.sliding; now = await new Promise(requestAnimationFrame)) {
      const found = await this.on.find({ weights: this.weights, ...unit, slide: Math.max(now - run, 0) }).catch(() => ({ unit: /** @type {any} */ (null) }));
      if (run !== this.sliding) return;
      if (!found.unit) return this.rest();
      this.lit = found;
      this.on.lit();
      if (!this.weights || now - told < pace) continue;
      told = now;
      this.tell();
    }
  }

  /** Ends a slide where it began. */
  rest() {
    this.sliding = 0;
    if (this.weights) this.on.pointed(this.unit, this.held, null);
    this.again();
  }
}

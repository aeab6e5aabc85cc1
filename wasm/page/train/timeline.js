import { count, relabel, t } from '../shell/i18n.js';

const most = 64; // checkpoints kept
const room = 32 << 20; // bytes for them: the 64 of the classical network take 15 MB, one of the largest network 5 MB
const replayed = 8000; // milliseconds that a replay of all of them takes, but for its slowest and fastest
const pace = { least: 60, most: 500 }; // milliseconds between two of them

/** @typedef {import('../shell/types.js').Params & {epoch: number, step: number}} Checkpoint */

/**
 * Timeline keeps the weights of a run's past and lets one go back to them: a
 * slider along the curves' axis of epochs. It follows the run until it is
 * moved, and again once it is at the end.
 */
export class Timeline {
  /**
   * @param {HTMLInputElement} range  in thousandths of the axis
   * @param {HTMLElement} replay  a button that shows the run again
   * @param {HTMLElement} now  is there while the past is on show, and leads back to the present: a button in it
   * @param {{show: (c: Checkpoint, gone: boolean) => void, moved: (at: Checkpoint|null, past: boolean, kept: Checkpoint[]) => void}} on  gone: somebody went there; moved: the
   *   moment on show or those kept are others; at is null where there is no run
   */
  constructor(range, replay, now, on) {
    this.range = range;
    this.button = replay;
    this.now = now;
    this.on = on;
    /** @type {any} the timer of a replay */
    this.timer = undefined;
    /** @type {Checkpoint[]} in the order of time */
    this.kept = [];
    /** @type {Checkpoint|null} the moment on show; null follows the run */
    this.past = null;
    range.addEventListener('input', () => this.go((Number(range.value) / 1000) * this.epochs));
    replay.addEventListener('click', () => this.replay());
    now.querySelector('button').addEventListener('click', () => {
      this.go(Infinity);
      range.focus();
    });
    this.clear(1);
  }

  /** Forgets the run. */
  clear(/** @type {number} */ epochs) {
    this.rest();
    this.kept = [];
    this.epochs = epochs;
    this.apart = 0; // steps between those kept, at least
    this.past = null;
    this.write();
  }

  /** The run is at these weights now. They are shown unless an earlier moment is. */
  add(/** @type {Checkpoint} */ c) {
    const { kept } = this;
    const tail = kept.length - 1;
    if (tail >= 0 && c.step <= kept[tail].step) return;
    // The newest is always there; what it replaces was too near to the one before.
    if (tail > 0 && kept[tail].step - kept[tail - 1].step < this.apart) kept.pop();
    kept.push(c);
    const fit = Math.min(most, Math.max(2, Math.floor(room / c.data.byteLength)));
    if (kept.length > fit) {
      this.kept = kept.filter((k, i) => i % 2 === 0 || k === c || k === this.past);
      this.apart = Math.max(2 * this.apart, (2 * c.step) / fit);
    }
    if (!this.past) this.on.show(c, false);
    this.write();
  }

  extend(/** @type {number} */ epochs) {
    this.epochs = epochs;
    this.write();
  }

  /** Goes to the moment kept that is nearest to an epoch. */
  go(/** @type {number} */ epoch) {
    this.rest();
    if (!this.kept.length) return;
    const far = (/** @type {Checkpoint} */ c) => Math.abs(c.epoch - epoch);
    const last = this.kept[this.kept.length - 1];
    const found = epoch >= last.epoch ? last : this.kept.reduce((a, b) => (far(b) < far(a) ? b : a));
    this.at(found);
  }

  at(/** @type {Checkpoint} */ c) {
    const before = this.past;
    this.past = c === this.kept.at(-1) ? null : c;
    if (this.past !== before) this.on.show(c, true);
    this.write();
  }

  /** Shows the run again, from its beginning or the moment on show on; while it does, it stops there. */
  replay() {
    if (this.timer || this.kept.length < 2) return this.rest();
    if (!this.past) this.at(this.kept[0]);
    const each = Math.min(Math.max(replayed / this.kept.length, pace.least), pace.most);
    this.timer = setInterval(() => {
      this.at(this.kept[this.kept.indexOf(this.past) + 1]);
      if (!this.past) this.rest();
    }, each);
    this.write();
  }

  /** Ends the replay. */
  rest() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.write();
  }

  write() {
    const { range, now, kept, past, epochs } = this;
    const last = kept[kept.length - 1];
    const at = past ?? last;
    range.hidden = kept.length < 2;
    range.title = t('timeline');
    this.button.setAttribute('aria-disabled', String(kept.length < 2));
    this.button.dataset.playing = String(!!this.timer);
    relabel(this.button, this.timer ? 'timeline.stop' : 'timeline.replay');
    now.hidden = !past;
    this.on.moved(at ?? null, !!past, kept);
    if (!at) return;
    range.value = String(Math.round((1000 * at.epoch) / epochs));
    range.setAttribute('aria-valuetext', t('timeline.at', { epoch: at.epoch.toFixed(1), step: count(at.step) }));
  }
}

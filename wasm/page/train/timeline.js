import { count, t } from '../shell/i18n.js';

const most = 64; // checkpoints kept
const room = 32 << 20; // bytes for them: the 64 of the classical network take 15 MB, one of the largest network 5 MB

/** @typedef {import('../shell/types.js').Params & {epoch: number, step: number}} Checkpoint */

/**
 * Timeline keeps the weights of a run's past and lets one go back to them: a
 * slider along the curves' axis of epochs. It follows the run until it is
 * moved, and again once it is at the end.
 */
export class Timeline {
  /**
   * @param {HTMLInputElement} range  in thousandths of the axis
   * @param {HTMLElement} now  says where it is and goes back to the present: a button in it
   * @param {{show: (c: Checkpoint, gone: boolean) => void, moved: (epoch: number|null) => void}} on  gone: somebody went there
   */
  constructor(range, now, on) {
    this.range = range;
    this.now = now;
    this.on = on;
    range.addEventListener('input', () => this.go((Number(range.value) / 1000) * this.epochs));
    now.querySelector('button').addEventListener('click', () => {
      this.go(Infinity);
      range.focus();
    });
    this.clear(1);
  }

  /** Forgets the run. */
  clear(/** @type {number} */ epochs) {
    /** @type {Checkpoint[]} in the order of time */
    this.kept = [];
    this.epochs = epochs;
    this.apart = 0; // steps between those kept, at least
    /** @type {Checkpoint|null} the moment on show; null follows the run */
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
    if (!this.kept.length) return;
    const far = (/** @type {Checkpoint} */ c) => Math.abs(c.epoch - epoch);
    const last = this.kept[this.kept.length - 1];
    const found = epoch >= last.epoch ? last : this.kept.reduce((a, b) => (far(b) < far(a) ? b : a));
    const before = this.past;
    this.past = found === last ? null : found;
    if (this.past !== before) this.on.show(found, true);
    this.write();
  }

  write() {
    const { range, now, kept, past, epochs } = this;
    const last = kept[kept.length - 1];
    const at = past ?? last;
    range.hidden = kept.length < 2;
    now.hidden = !past;
    this.on.moved(past?.epoch ?? null);
    if (!at) return;
    range.value = String(Math.round((1000 * at.epoch) / epochs));
    const text = t('timeline.at', { epoch: at.epoch.toFixed(1), step: count(at.step) });
    range.setAttribute('aria-valuetext', text);
    now.querySelector('span').textContent = text;
  }
}

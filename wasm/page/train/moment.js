import { count, t, write } from '../shell/i18n.js';
import { answerOf, turn } from './readings.js';

/**
 * Moment is the sentence beside the answer: after how many of the run's steps
 * the network on show reads what it reads, and when its answer was another one.
 */
export class Moment {
  /** @param {HTMLElement} root @param {(epoch: number) => void} go  to a moment of the run */
  constructor(root, go) {
    this.root = root;
    this.after = root.querySelector('.after');
    this.then = /** @type {HTMLElement} */ (root.querySelector('.then'));
    this.epoch = 0; // of the moment that the link leads to
    this.then.addEventListener('click', () => go(this.epoch));
  }

  /**
   * @param {import('./timeline.js').Checkpoint|null} at  the moment on show; null where there is no run
   * @param {number} steps  of the whole run
   * @param {import('./readings.js').Reading[]} readings
   * @param {string[]} names  of the classes
   */
  show(at, steps, readings, names) {
    this.root.toggleAttribute('data-idle', !at); // its place stays
    if (!at) return;
    write(this.after, t('moment.after', { step: count(at.step), steps: count(Math.max(steps, at.step)) }));
    const { before } = turn(readings, at.step);
    this.then.hidden = !before;
    if (!before) return;
    this.epoch = before.epoch;
    write(this.then, t('moment.then', { step: count(before.step), answer: names[answerOf(before)] }));
  }
}

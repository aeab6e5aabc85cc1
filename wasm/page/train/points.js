import { percent } from '../shell/i18n.js';

/** @typedef {import('../shell/types.js').Point} Point */

export const curves = [
  { name: 'loss', of: (/** @type {Point} */ p) => p.loss },
  { name: 'acc', of: (/** @type {Point} */ p) => p.acc },
  { name: 'test', of: (/** @type {Point} */ p) => p.done?.test },
];

/** A loss above the first is chance, one below the second has left it: shares of ln n, which is 2.303 for ten classes. */
const chance = { above: 2.25 / Math.log(10), below: 2.2 / Math.log(10) };

/** Whether a loss is that of guessing among so many classes. */
export const guesses = (/** @type {number} */ loss, /** @type {number} */ classes) => loss >= chance.above * Math.log(classes);

/**
 * What a run had come to at an epoch, counted as d2l counts: loss and training
 * accuracy are means over the images of the running epoch so far, or of the
 * whole epoch at its end; the test accuracy is that of the last evaluation.
 * @param {Point[]} points
 * @param {number} epoch
 * @param {number} [steps]  in an epoch, where that is known: the first point is of the first step alone
 * @returns {{epoch: number, loss: number, acc: number, test?: number}|null}  null where there is no point yet
 */
export function counted(points, epoch, steps = 0) {
  let last = points.length - 1;
  while (last >= 0 && points[last].epoch > epoch + 1e-6) last--;
  if (last < 0) return null;
  let evaluated = last;
  while (evaluated >= 0 && !points[evaluated].done) evaluated--;
  return { epoch: points[last].epoch, ...meanOf(points, last, steps), test: points[evaluated]?.done.test };
}

/** The mean of loss and accuracy over the epoch of a point, up to that point. */
export function meanOf(/** @type {Point[]} */ points, /** @type {number} */ at, steps = 0) {
  const p = points[at];
  if (p.done) return { loss: p.done.loss, acc: p.done.acc };
  const begin = Math.max(Math.ceil(p.epoch - 1e-6) - 1, 0);
  const first = steps && points[0].epoch === 0 ? 1 / steps : 1e-9; // of an epoch: the first step
  let [loss, acc, all] = [0, 0, 0];
  for (let i = at; i >= 0 && (points[i].epoch > begin || (i === 0 && begin === 0)); i--) {
    const from = Math.max(points[i - 1]?.epoch ?? begin, begin);
    let share = points[i].epoch - from;
    if (points[i].epoch === 0) share = first;
    else if (from === 0 && i === 1) share -= first;
    loss += share * points[i].loss;
    acc += share * points[i].acc;
    all += share;
  }
  return { loss: loss / all, acc: acc / all };
}

/** The numbers of a run as the page writes them everywhere. */
export const written = (/** @type {{loss: number, acc: number, test?: number}} */ { loss, acc, test }) => ({
  loss: loss.toFixed(3), acc: percent(acc), test: test === undefined || Number.isNaN(test) ? '' : percent(test),
});

/** The epoch of the point nearest to another one. */
export function nearest(/** @type {Point[]} */ points, /** @type {number} */ epoch) {
  return points.reduce((best, p) => (Math.abs(p.epoch - epoch) <= Math.abs(best - epoch) ? p.epoch : best), Infinity);
}

/** The epoch at which the loss left chance, or null where it was not there for long or still is. */
export function takeOff(/** @type {Point[]} */ points, classes = 10) {
  const flat = points.findIndex((p) => !guesses(p.loss, classes));
  const left = points.findIndex((p) => p.loss < chance.below * Math.log(classes));
  return flat >= 4 && left > 0 ? points[left].epoch : null;
}

/** As many of the points as can be told apart on a line, the last and each epoch's end among them where there is room. */
export function drawable(/** @type {Point[]} */ points, most = 1000) {
  if (points.length <= most) return points;
  const every = Math.ceil(points.length / most);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

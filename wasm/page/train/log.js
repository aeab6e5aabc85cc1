import { t } from '../shell/i18n.js';

const most = 2000; // points of a log that are drawn, of steps and of epochs each

/** @typedef {import('../shell/types.js').Point} Point */

/**
 * Reads the log of a run as package runlog writes it, JSON lines or CSV, as
 * points of the curves. A last line that is cut off is left out.
 * @param {string} text
 * @returns {Point[]}
 */
export function readLog(text) {
  const kinds = { steps: new Thinned(), epochs: new Thinned() };
  /** @type {(line: string, i: number) => any} */
  let row = json;
  let i = 0;
  for (const line of lines(text)) {
    if (i === 0 && !text.startsWith('{')) row = csv(line);
    else {
      const p = point(row(line, i));
      if (p) kinds[p.done ? 'epochs' : 'steps'].add(p);
    }
    i++;
  }
  const points = [...kinds.steps.list, ...kinds.epochs.list].sort((a, b) => a.epoch - b.epoch || (a.done ? 1 : 0) - (b.done ? 1 : 0));
  if (!points.length) throw new Error(t('log.empty'));
  return points;
}

/** The lines of a text, but for one at the end that is cut off: one after the other, as a log may have millions. */
function* lines(/** @type {string} */ text) {
  let from = 0;
  for (let to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) yield text.slice(from, to).replace(/\r$/, '');
}

/** Thinned keeps every nth of the points that it is given, and the last: as many as are drawn. */
class Thinned {
  constructor() {
    /** @type {Point[]} */
    this.kept = [];
    /** @type {Point|null} */
    this.last = null;
    this.seen = 0;
    this.every = 1;
  }

  add(/** @type {Point} */ p) {
    this.last = p;
    if (this.seen++ % this.every) return;
    this.kept.push(p);
    if (this.kept.length < most) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.every *= 2;
  }

  get list() {
    const { kept, last } = this;
    return last && last !== kept.at(-1) ? [...kept, last] : kept;
  }
}

function json(/** @type {string} */ line, /** @type {number} */ i) {
  if (!line) return {};
  try {
    return JSON.parse(line) ?? {};
  } catch {
    throw new Error(t('log.line', { line: String(i + 1) }));
  }
}

/** How to read the rows of a table with that heading; fields that are empty are left out. */
function csv(/** @type {string} */ heading) {
  const names = heading.split(',');
  if (!['event', 'epoch', 'loss', 'train_acc', 'test_acc'].every((name) => names.includes(name))) throw new Error(t('log.line', { line: '1' }));
  return (/** @type {string} */ line) => Object.fromEntries(line.split(',').map((v, i) => [names[i], v]).filter(([, v]) => v !== ''));
}

/** A line of a step or an epoch as a point; null for others, and where the loss was not finite. */
function point(/** @type {any} */ { event, epoch, loss, train_acc: acc, test_acc: test }) {
  const [e, l, a, v] = [epoch, loss, acc, test].map((n) => Number(n ?? NaN));
  if (!['step', 'epoch'].includes(event) || ![e, l, a].every(Number.isFinite)) return null;
  return { epoch: e, loss: l, acc: a, ...(event === 'epoch' && Number.isFinite(v) && { done: { loss: l, acc: a, test: v } }) };
}

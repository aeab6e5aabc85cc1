import { t } from '../shell/i18n.js';

const most = 2000; // points of a log that are drawn

/** @typedef {import('../shell/types.js').Point} Point */

/**
 * Reads the log of a run as package runlog writes it, JSON lines or CSV, as
 * points of the curves. A last line that is cut off is left out.
 * @param {string} text
 * @returns {Point[]}
 */
export function readLog(text) {
  const lines = text.split(/\r?\n/);
  lines.pop(); // '' where the last line is whole
  const rows = text.startsWith('{') ? lines.map(json) : csv(lines);
  const all = rows.map(point).filter(Boolean);
  if (!all.length) throw new Error(t('log.empty'));
  const every = Math.ceil(all.length / most);
  return all.filter((p, i) => p.done || i % every === 0);
}

function json(/** @type {string} */ line, /** @type {number} */ i) {
  if (!line) return {};
  try {
    return JSON.parse(line) ?? {};
  } catch {
    throw new Error(t('log.line', { line: String(i + 1) }));
  }
}

/** The rows of a table with a heading; fields that are empty are left out. */
function csv(/** @type {string[]} */ [heading, ...lines]) {
  const names = (heading ?? '').split(',');
  if (!['event', 'epoch', 'loss', 'train_acc', 'test_acc'].every((name) => names.includes(name))) throw new Error(t('log.line', { line: '1' }));
  return lines.map((line) => Object.fromEntries(line.split(',').map((v, i) => [names[i], v]).filter(([, v]) => v !== '')));
}

/** A line of a step or an epoch as a point; null for others, and where the loss was not finite. */
function point(/** @type {any} */ { event, epoch, loss, train_acc: acc, test_acc: test }) {
  const [e, l, a, v] = [epoch, loss, acc, test].map((n) => Number(n ?? NaN));
  if (!['step', 'epoch'].includes(event) || ![e, l, a].every(Number.isFinite)) return null;
  return { epoch: e, loss: l, acc: a, ...(event === 'epoch' && Number.isFinite(v) && { done: { loss: l, acc: a, test: v } }) };
}

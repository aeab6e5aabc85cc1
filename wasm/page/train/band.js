import { answerOf } from './readings.js';
import { node, text } from '../shell/svg.js';

const least = 0.1; // a class that never comes to this is one of the others
const shown = 0.12; // a class with less at the end has no label
const line = 13; // CSS pixels between two labels

/**
 * The probabilities of what is in the pad over the run, one above the other:
 * the answer at the end lies lowest, classes that never mattered lie together
 * on top.
 * @param {import('./readings.js').Reading[]} readings
 * @param {{left: number, right: number, top: number, bottom: number, x: (epoch: number) => number}} box
 * @param {string[]} names
 * @param {(name: string) => string} label
 * @param {number} size  of the text, CSS pixels
 */
export function band(readings, { left, right, top, bottom, x }, names, label, size) {
  const parts = [node('rect', { class: 'none', x: left, y: top, width: right - left, height: bottom - top })];
  if (readings.length < 2) return parts;
  const last = readings[readings.length - 1];
  const most = names.map((_, i) => Math.max(...readings.map((r) => r.p[i])));
  const order = [...most.keys()].filter((i) => most[i] >= least).sort((a, b) => last.p[b] - last.p[a] || most[b] - most[a]);
  const y = (/** @type {number} */ share) => bottom - share * (bottom - top);
  const below = readings.map(() => 0);
  const edge = (/** @type {number[]} */ shares) => readings.map((r, i) => `${x(r.epoch).toFixed(1)} ${y(shares[i]).toFixed(1)}`);
  /** @type {{i: number, y: number}[]} */
  const labels = [];
  const answers = new Set(readings.map(answerOf));
  for (const i of order) {
    const from = edge(below).reverse();
    readings.forEach((r, k) => (below[k] = Math.min(1, below[k] + (r.p[i] || 0))));
    parts.push(node('path', { class: `share class-${i % 10}`, d: `M${from.join('L')}L${edge(below).join('L')}Z` }));
    const end = below[below.length - 1];
    if (last.p[i] >= shown && answers.has(i)) labels.push({ i, y: y(end - last.p[i] / 2) });
  }
  const rest = edge(below).reverse();
  parts.push(node('path', { class: 'share others', d: `M${rest.join('L')}L${edge(below.map(() => 1)).join('L')}Z` }));

  const far = x(last.epoch);
  labels.sort((a, b) => b.y - a.y).slice(0, 3).forEach((l, k, all) => {
    const at = Math.min(l.y + size / 3, bottom - 1, k ? all[k - 1].y - line : Infinity);
    l.y = at;
    const words = label(names[l.i]);
    const beside = far + 8 + 0.62 * size * words.length <= right + 52;
    parts.push(text(beside ? far + 8 : far - 6, at, beside ? 'start' : 'end', words, `reads class-${l.i % 10}${beside ? '' : ' over'}`));
  });
  return parts;
}

import { everything } from '../shell/constants.js';

/**
 * The place along the flow that an image on its way through the network has come
 * to, or the error on its way back, as view.Front has it; null where all is lit.
 * @param {any} layout  the answer of a "stage" request @param {number} level @param {boolean} back
 */
export function front({ vertical, pad, panels, width, height }, level, back) {
  if (!back && level >= everything) return null;
  const k = vertical ? 1 : 0;
  const ends = [pad[k] + pad[k + 2], ...panels.map((/** @type {any} */ p) => span(p, vertical)[1]), vertical ? height : width];
  const whole = Math.floor(Math.min(Math.max(level, 0), everything));
  const from = ends[whole];
  return from + (ends[Math.min(whole + 1, everything)] - from) * (Math.min(level, everything) - whole);
}

/**
 * Where a panel of a layout begins and ends along the flow.
 * @param {{tiles: Float32Array}} panel @param {boolean} vertical  the flow runs down @returns {[number, number]}
 */
export function span({ tiles }, vertical) {
  let [from, to] = [Infinity, -Infinity];
  for (let i = vertical ? 1 : 0; i < tiles.length; i += 3) [from, to] = [Math.min(from, tiles[i]), Math.max(to, tiles[i] + tiles[2])];
  return [from, to];
}

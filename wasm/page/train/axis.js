const most = 1e6; // of its lower end an axis in powers of ten goes that far up

/**
 * An axis of losses: where a value lies on it, from 0 at its lower end to 1,
 * and the values that are written beside it.
 * @typedef {{at: (v: number) => number, ticks: number[]}} Axis
 */

/** The largest finite loss; 0 where there is none. */
export const worst = (/** @type {number[]} */ losses) => losses.reduce((a, v) => (Number.isFinite(v) && v > a ? v : a), 0);

/**
 * The axis on which losses fit.
 * @param {number[]} losses
 * @param {boolean} log  equal factors are equally far apart
 * @param {number} divisions  of an axis that is not
 * @returns {Axis}
 */
export function lossAxis(losses, log, divisions = 5) {
  if (!log) {
    const top = ceiling(worst(losses));
    return { at: (v) => v / top, ticks: Array.from({ length: divisions + 1 }, (_, i) => (top * i) / divisions) };
  }
  const high = Math.max(ceiling(worst(losses)), 2.5);
  const least = losses.reduce((a, v) => (v > 0 && v < a ? v : a), Infinity);
  const low = Math.max(10 ** Math.floor(Math.log10(Math.min(least, 0.1))), high / most);
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const ticks = [];
  const far = to - from > 4; // powers of ten alone
  for (let p = Math.ceil(from - 1e-9); p <= to; p++) for (const m of far ? [1] : [1, 2, 5]) if (m * 10 ** p >= low * 0.999 && m * 10 ** p <= high) ticks.push(Number((m * 10 ** p).toPrecision(1)));
  return { at: (v) => (Math.log10(Math.max(v, low / 10)) - from) / (to - from), ticks };
}

/** The upper end of an axis for losses up to a worst one: 2.5, or a round number. */
export function ceiling(/** @type {number} */ w) {
  const worst = w / 1.02;
  const power = 10 ** Math.floor(Math.log10(Math.max(worst, 1)));
  return worst <= 2.5 ? 2.5 : [2.5, 3, 4, 5, 10].map((m) => m * power).find((m) => worst <= m) ?? worst;
}

/** A number beside an axis, in at most five characters. */
export function tick(/** @type {number} */ v) {
  const size = Math.abs(v);
  if (size >= 1e6) return v.toExponential(0).replace('e+', 'e');
  if (size >= 1000) return `${Number((v / 1000).toPrecision(3))}k`;
  if (size && size < 0.001) return v.toExponential(0);
  return String(Number(v.toPrecision(3)));
}

/**
 * The values of a layer in a trace, as engine.Trace.Data has them: the input,
 * then the output of each module but Flatten.
 * @param {Float32Array|undefined} trace
 * @param {import('./types.js').Layer[]} layers
 * @param {number} layer  -1 is the input
 * @returns {Float32Array|null} null where nothing is drawn
 */
export function valuesOf(trace, layers, layer) {
  if (!trace) return null;
  if (layer < 0) return trace.subarray(0, 784);
  let at = 784;
  for (const l of layers) {
    const size = l.shape.reduce((a, b) => a * b, 1);
    if (l.index === layer) return trace.subarray(at, at + size);
    if (l.name !== 'Flatten') at += size;
  }
  return null;
}

/** The class that probabilities make the answer. */
export const best = (/** @type {Float32Array} */ p) => p.indexOf(Math.max(...p));

/** A layer's shape: maps, rows and columns, or how many units. @returns {number[]} */
export const shapeOf = (/** @type {import('./types.js').Layer[]} */ layers, /** @type {number} */ layer) => (layer < 0 ? [1, 28, 28] : layers[layer].shape);

/** Whether both are the same unit, or none. */
export const sameUnit = (/** @type {import('./types.js').Unit|null|undefined} */ a, /** @type {import('./types.js').Unit|null|undefined} */ b) =>
  a === b || (!!a && !!b && a.layer === b.layer && a.channel === b.channel && a.y === b.y && a.x === b.x);

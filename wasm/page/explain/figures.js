import { node } from '../shell/svg.js';

/**
 * The small figures of the inspector: colour maps of a few values, histograms,
 * columns of numbers.
 */

/** An element with a class and a text. */
export function tag(/** @type {string} */ name, className = '', text = '') {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}

/** A number with four decimals, its sign as wide as none. */
export function number(/** @type {number} */ v) {
  if (Number.isNaN(v)) return ' NaN';
  const size = Math.abs(v);
  const text = size === Infinity ? '∞' : size >= 1000 || (size > 0 && size < 0.00005) ? size.toExponential(2).replace('-', '−') : size.toFixed(4);
  return (v < 0 ? '−' : '\u2007') + text;
}

/** A number with two decimals, as a sentence has it. */
export function brief(/** @type {number} */ v) {
  if (!Number.isFinite(v)) return number(v).trim();
  const text = Math.abs(v).toFixed(2);
  return (v < 0 && Number(text) ? '−' : '') + text;
}

/** The same as a term of a sum. */
export const term = (/** @type {number} */ v) => `${brief(v)[0] === '−' ? '−' : '+'}\u2009${brief(Math.abs(v))}`;

/**
 * Values as rows of pixels, by default a square; NaN is left transparent.
 * @param {ArrayLike<number>} values
 * @param {number} width
 * @param {Uint32Array} scale  256 colours from low to high
 * @param {number} low
 * @param {number} high
 */
export function drawing(values, width, scale, low, high) {
  const canvas = empty();
  paint(canvas, values, width, scale, low, high);
  return canvas;
}

/** A canvas to paint on. */
export function empty() {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  return canvas;
}

/**
 * Paints values as rows of pixels on a canvas.
 * @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} values @param {number} width
 * @param {Uint32Array} scale @param {number} low @param {number} high
 */
export function paint(canvas, values, width, scale, low, high) {
  const height = Math.ceil(values.length / width);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const c = canvas.getContext('2d', { willReadFrequently: true }); // few pixels: they stay with the processor
  const image = c.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < values.length; i++) {
    const at = step(values[i], low, high);
    if (at >= 0) pixels[i] = scale[at];
  }
  c.putImageData(image, 0, 0);
}

/** Where a value lies on a scale of 256 colours. */
export const step = (/** @type {number} */ v, /** @type {number} */ low, /** @type {number} */ high) => Math.round(Math.min(Math.max(((v - low) / (high - low)) * 255, 0), 255));

/** The colours of pixels of an image. */
export const greys = new Uint32Array(256).map((_, v) => 0xff000000 | (v * 0x010101));

/**
 * Makes an element's children like those given, by changing those that are
 * there: the focus and what the pointer is over stay where they are.
 */
export function renew(/** @type {Element} */ parent, /** @type {Node[]} */ children) {
  const old = [...parent.childNodes];
  children.forEach((child, i) => {
    const was = old[i];
    if (was && alike(was, child)) update(was, child);
    else if (was) was.replaceWith(child);
    else parent.append(child);
  });
  for (const extra of old.slice(children.length)) extra.remove();
}

function alike(/** @type {Node} */ a, /** @type {Node} */ b) {
  const [x, y] = /** @type {any[]} */ ([a, b]);
  return a.nodeName === b.nodeName && x.width === y.width && x.height === y.height;
}

function update(/** @type {Node} */ was, /** @type {Node} */ now) {
  if (!(was instanceof Element && now instanceof Element)) {
    if (was.nodeValue !== now.nodeValue) was.nodeValue = now.nodeValue;
    return;
  }
  for (const { name } of [...was.attributes]) if (!now.hasAttribute(name)) was.removeAttribute(name);
  for (const { name, value } of now.attributes) {
    if (was.getAttribute(name) === value) continue;
    if (name === 'style') /** @type {any} */ (was).style.cssText = value; // an attribute would break the policy
    else was.setAttribute(name, value);
  }
  if (was instanceof HTMLCanvasElement) {
    const c = was.getContext('2d');
    c.globalCompositeOperation = 'copy';
    c.drawImage(/** @type {HTMLCanvasElement} */ (now), 0, 0);
  } else renew(was, [...now.childNodes]);
}

/** The distribution of a layer's values. */
export function histogram(/** @type {import('../shell/types.js').Histogram} */ h, /** @type {string} */ suffix) {
  const box = tag('figure', 'histogram');
  const top = Math.max(...h.counts, 1);
  const n = h.counts.length;
  const graph = node('svg', { viewBox: `0 0 ${n} 1`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  // Heights as roots, so that the thin ends show beside a high middle.
  graph.append(node('path', { d: h.counts.map((c, i) => (c ? `M${i + 0.08} 1V${(1 - Math.sqrt(c / top)).toFixed(3)}h.84V1z` : '')).join('') }));
  const symmetric = h.low === -h.high && suffix;
  const text = tag('div', 'spread');
  text.append(
    tag('span', '', symmetric ? `±${short(h.high)}` : `${short(h.low)} … ${short(h.high)}`),
    tag('span', '', symmetric ? `s ${short(h.std)}` : `μ ${short(h.mean)}`),
  );
  box.append(tag('figcaption', '', suffix ? `${h.layer}${suffix}` : `${h.layer} ${h.module}`), graph, text);
  return box;
}

/** A number in a few characters. */
export function short(/** @type {number} */ v) {
  const size = Math.abs(v);
  const text = size === 0 ? '0' : size < 0.001 || size >= 10000 ? size.toExponential(1) : String(Number(size.toPrecision(3)));
  return (v < 0 ? '−' : '') + text.replace('e-', 'e−');
}

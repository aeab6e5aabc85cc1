const ns = 'http://www.w3.org/2000/svg';

/** An element of a drawing. */
export function node(/** @type {string} */ name, /** @type {Record<string, any>} */ attributes) {
  const e = document.createElementNS(ns, name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  return e;
}

/** A text in a drawing. */
export function text(/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ anchor, /** @type {string} */ content, kind = '') {
  const e = node('text', { x, y, 'text-anchor': anchor, class: kind });
  e.textContent = content;
  return e;
}

/** A line of one pixel looks sharp in the middle of a pixel. */
export const crisp = (/** @type {number} */ v) => Math.round(v) + 0.5;

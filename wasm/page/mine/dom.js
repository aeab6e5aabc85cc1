import { relabel, t } from '../shell/i18n.js';

/**
 * An element with attributes and children. text: the key of its text, label: of its accessible name; both follow the page's language.
 * @param {string} name @param {Record<string, any>} [attributes] @param {(Node|string)[]} children
 * @returns {any}
 */
export function make(name, { text, label, ...attributes } = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) e.setAttribute(key, value === true ? '' : String(value));
  if (text) Object.assign(e, { textContent: t(text) }).dataset.t = text;
  if (label) relabel(e, label);
  e.append(...children);
  return e;
}

const shapes = {
  go: ['M4 2.5v11l9-5.5z', true],
  hold: ['M3 2.5h3.5v11H3zm6.5 0H13v11H9.5z', true],
  pen: ['M2.5 13.5 3 10.6 10.8 2.8a1 1 0 0 1 1.4 0l1 1a1 1 0 0 1 0 1.4L5.4 13z', false],
  cross: ['m4 4 8 8M12 4l-8 8', false],
  bin: ['M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4', false],
  back: ['M3.2 6A5.2 5.2 0 1 1 3 9.6M3 2.5V6.2h3.7', false],
};

/** A sign of 16 by 16. */
export function icon(/** @type {keyof typeof shapes} */ name) {
  const [d, filled] = shapes[name];
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const look = filled ? { fill: 'currentColor' } : { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  for (const [key, value] of Object.entries({ d, ...look })) path.setAttribute(key, String(value));
  svg.append(path);
  return svg;
}

import { colourOf } from './lights.js';

/**
 * Writes a text in which *stars* mark the names of buttons, fields and tabs,
 * and [words](thing) those that name a thing on the page.
 */
export function mark(/** @type {HTMLElement} */ e, /** @type {string} */ text) {
  for (const [, plain, bold, words, thing] of text.matchAll(/([^*[]+)|\*([^*]+)\*|\[([^\]]+)\]\((\w+)\)/g)) {
    if (thing) e.append(make('span', { class: 'named', role: 'button', tabindex: 0, 'data-thing': thing, 'data-colour': colourOf(thing) }, words));
    else e.append(bold ? make('b', {}, bold) : plain);
  }
  return e;
}

/** The things that texts name, each once. @returns {string[]} */
export function namesIn(/** @type {Iterable<Element>} */ texts) {
  const all = [...texts].flatMap((e) => /** @type {HTMLElement[]} */ ([...e.querySelectorAll('[data-thing]')]));
  return [...new Set(all.map((e) => e.dataset.thing))];
}

export function make(/** @type {string} */ name, /** @type {Record<string, any>} */ attributes = {}, text = '') {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  e.textContent = text;
  return e;
}

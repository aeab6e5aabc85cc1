import en from '../../../assets/strings/en.json' with { type: 'json' };
import zh from '../../../assets/strings/zh.json' with { type: 'json' };

/** @type {Record<string, any>} */
const languages = { en, zh };

let lang = 'en';

/** The page's language, "en" or "zh". */
export const language = () => lang;

/** The language that the browser asks for. */
export const preferred = () => (navigator.languages?.[0] ?? navigator.language ?? 'en').startsWith('zh') ? 'zh' : 'en';

/**
 * Sets the language and writes it into the document: data-t names an element's
 * text, data-label its accessible name and tooltip.
 */
export function setLanguage(/** @type {string} */ l) {
  lang = l in languages ? l : 'en';
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = t('title');
  for (const e of all('[data-t]')) e.textContent = t(e.dataset.t);
  for (const e of all('[data-label]')) relabel(e, e.dataset.label);
}

/** @returns {NodeListOf<HTMLElement>} */
const all = (/** @type {string} */ selector) => document.querySelectorAll(selector);

/** Gives an element without text its accessible name and tooltip. */
export function relabel(/** @type {any} */ e, /** @type {string} */ key) {
  e.dataset.label = key;
  e.setAttribute('aria-label', t(key));
  if (e.tagName === 'BUTTON') e.title = t(key);
}

/**
 * The text of a key, with {names} filled in.
 * @param {string} key
 * @param {Record<string, any>} [values]
 */
export function t(key, values) {
  const text = languages[lang][key] ?? en[/** @type {keyof typeof en} */ (key)] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (/** @type {string} */ m, /** @type {string} */ name) => values[name] ?? m) : text;
}

/** The classes of a data set by label. */
export const classes = (/** @type {string} */ dataset) =>
  dataset === 'fashion' ? languages[lang]['classes.fashion'] : ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** A whole number with its thousands apart. */
export const count = (/** @type {number} */ n) => Math.round(n).toLocaleString(lang);

/** A share as a percentage with one decimal. */
export const percent = (/** @type {number} */ p) => `${(100 * p).toFixed(1)}\u00a0%`;

/** Sets a text, but leaves the page as it is where it says that already: it need not be painted again. */
export function write(/** @type {Element} */ e, /** @type {string} */ text) {
  if (e.textContent !== text) e.textContent = text;
}

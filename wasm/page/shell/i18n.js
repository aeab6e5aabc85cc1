import en from '../../../assets/strings/en.json' with { type: 'json' };
import { languages, url } from './bundle.js';
import { sets } from './sets.js';

/**
 * The texts of the languages that were chosen so far, by language. English is
 * part of the page: it stands in for a text that another language lacks.
 * @type {Record<string, Record<string, any>>}
 */
const texts = { en };

let lang = 'en';
let wanted = lang; // chosen last, maybe still on its way

/** The page's language: the name of its file in assets/strings. */
export const language = () => lang;

/**
 * The language of the page that suits somebody best: the first that the page
 * has of those that they read. zh-Hant-TW takes zh-Hant-TW, zh-Hant, zh, or
 * any other zh, in this order.
 * @param {readonly string[]} read  BCP 47 tags, the best first
 * @returns {string} English where the page has none of them
 */
export function choose(read) {
  const names = Object.keys(languages);
  for (const tag of read) {
    const parts = tag.split('-');
    for (let n = parts.length; n > 0; n--) {
      const same = names.find((name) => name.toLowerCase() === parts.slice(0, n).join('-').toLowerCase());
      if (same) return same;
    }
    const near = names.find((name) => primary(name) === primary(tag));
    if (near) return near;
  }
  return 'en';
}

/** Whether the page has a language, or one near to it. */
export const speaks = (/** @type {string} */ tag) => Object.keys(languages).some((name) => primary(name) === primary(tag));

const primary = (/** @type {string} */ tag) => tag.toLowerCase().split('-')[0];

/**
 * Sets the language, once its texts have come. Resolves to whether it did, and
 * did not leave that to a language chosen since. Fails where the texts cannot
 * be fetched; the language stays then.
 */
export async function setLanguage(/** @type {string} */ l) {
  wanted = l;
  texts[l] ??= await fetchTexts(l);
  if (l === 'en' && lang !== 'en') await laterTexts(); // a lesson may be open, or Mine
  if (wanted !== l) return false;
  lang = l;
  return true;
}

let whole = false; // English has all its texts

/** The texts of parts that one opens later, as the lessons' steps; English has them in a file of its own. Fails where that cannot be fetched. */
export async function laterTexts() {
  if (whole) return;
  Object.assign(texts.en, await fetchTexts('en'));
  whole = true;
}

/** Whether they are there. */
export const hasLaterTexts = () => whole || lang !== 'en';

async function fetchTexts(/** @type {string} */ l) {
  const response = await fetch(url(`strings/${l}.json`));
  if (!response.ok) throw new Error(`strings/${l}.json: HTTP ${response.status}`);
  return response.json();
}

/** Writes the language into the document: data-t names an element's text, data-label its accessible name and tooltip. */
export function translate() {
  document.documentElement.lang = t('language.tag');
  document.title = t('title');
  for (const e of all('[data-t]')) e.textContent = t(e.dataset.t);
  for (const e of all('[data-label]')) relabel(e, e.dataset.label);
}

/** Offers the page's languages, each by the name it has itself. */
export function offerLanguages(/** @type {HTMLSelectElement} */ select) {
  select.replaceChildren(...Object.entries(languages).map(([value, name]) => new Option(name, value)));
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
  const text = texts[lang][key] ?? texts.en[key] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (/** @type {string} */ m, /** @type {string} */ name) => values[name] ?? m) : text;
}

/**
 * The classes of a data set by label, in the page's language where it has them.
 * @returns {string[]}
 */
export function classes(/** @type {string} */ dataset) {
  const { own, classes } = sets[dataset];
  const key = `classes.${dataset}`;
  return own ? classes : texts[lang][key] ?? texts.en[key] ?? classes;
}

/** The name of a data set, in the page's language where it is the page's. */
export function titleOf(/** @type {string} */ dataset) {
  const key = `set.${dataset}`;
  return texts[lang][key] ?? texts.en[key] ?? sets[dataset]?.title ?? dataset;
}

/**
 * The same in a letter or two, where they are words.
 * @returns {string[]}
 */
export function shortClasses(/** @type {string} */ dataset) {
  const key = `short.${dataset}`;
  return texts[lang][key] ?? texts.en[key] ?? classes(dataset).map((name) => [...name].slice(0, 2).join(''));
}

/** A whole number with its thousands apart. */
export const count = (/** @type {number} */ n) => Math.round(n).toLocaleString(lang);

/** A share as a percentage with one decimal. */
export const percent = (/** @type {number} */ p) => `${(100 * p).toFixed(1)}\u00a0%`;

const almost = 0.9995; // a probability from here on would be rounded to 100.0 %, and is never that

/** A probability as a percentage with one decimal, in words where it is more. */
export const sure = (/** @type {number} */ p) => (p < almost ? percent(p) : t('percent.over', { p: percent(0.999) }));

/** The same where there is less room. */
export const sureShort = (/** @type {number} */ p) => (p < almost ? percent(p) : `>${percent(0.999)}`);

/** Sets a text, but leaves the page as it is where it says that already: it need not be painted again. */
export function write(/** @type {Element} */ e, /** @type {string} */ text) {
  if (e.textContent !== text) e.textContent = text;
}

/** Sentences one after the other; what is empty is left out. After a Chinese full stop there is no space. */
export const sentences = (/** @type {(string|false|null|undefined)[]} */ ...parts) => parts.filter(Boolean).join(' ').replaceAll('。 ', '。');

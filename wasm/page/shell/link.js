import { datasets, maxStrokes, presets, side, views } from './constants.js';
import { attributes, changes, experiment, flags } from './linkkeys.js';
import { linked } from './sets.js';

/**
 * A link to the page says in its fragment how the page is to be set up:
 * #v=1&preset=d2l&data=fashion&lr=0.5. assets/EMBEDDING.md lists the keys.
 * A key that is missing leaves the page as it is by itself. Unknown keys and
 * values that are not valid are ignored, numbers are brought into range.
 */
const version = 1;
export const longest = 1 << 15; // characters of a fragment that are read: a drawing of maxInk, and the rest
export const maxInk = 9 * maxStrokes; // characters of a drawing: both ends of every stroke always fit

/** Parts of the page that a link may choose from. */
export const panels = ['header', 'answers', 'tools', 'training', 'experiment', 'look', 'footer'];
/** Buttons that a link may lock, besides the fields of the experiment. */
const buttons = ['train', 'step', 'reset', 'clear', 'undo', 'pick'];

/** @typedef {(value: string) => boolean} Test */
const among = (/** @type {string[]} */ ...values) => /** @type {Test} */ ((value) => values.includes(value));
const like = (/** @type {RegExp} */ pattern) => /** @type {Test} */ ((value) => pattern.test(value));
/** @type {Test} */
const numeric = (value) => /^[-+\d.eE]{1,20}$/.test(value) && Number.isFinite(Number(value));
/** The path of a file beside the page that may be a data set, or its whole URL, of which the page takes those of its own site. */
const beside = /^(https?:\/\/[\w.:[\]-]{1,200}\/)?(?!.*\.\.)\w[\w./-]{0,180}\.(npz|zip|json|csv|csv\.gz)$/;
const pair = like(/^\d{1,9}[\s,;]+\d{1,9}$/);

/** Whether a key may have a value, but for the lists panels and lock. @type {Record<string, Test>} */
const valid = {
  preset: among(...presets, 'custom'), data: (value) => linked.includes(value) || beside.test(value), size: among('subset', 'full'), from: among('random', 'shown'), freeze: among('none', 'conv', 'all-but-last'), activation: among('sigmoid', 'tanh', 'relu'), pooling: among('avg', 'max'),
  lr: numeric, batch: numeric, epochs: numeric, seed: numeric, channels: pair, units: pair, pace: among('full', '10', '1'), workers: among('auto', '1', '2', '4', '8'),
  rotate: numeric, x: numeric, y: numeric, noise: numeric,
  ...Object.fromEntries(flags.map((key) => [key, among('0', '1', 'true', 'false')])),
  tab: among('inspect', 'samples', 'mistakes', 'input', 'lessons'),
  lesson: like(/^\w{0,20}(\.\d{1,3})?$/),
  lang: like(/^[a-z]{2,3}(-[a-z\d]{2,8}){0,3}$/i), // of which the page takes those it has
  theme: among('light', 'dark'),
  view: among(...views),
  unit: like(/^-?\d{1,2}(\.\d{1,3}){0,3}$/),
  load: among('click', 'visible'),
  // Of a built-in network, or a file beside the page: never of another site.
  weights: (value) => datasets.includes(value) || /^(?!.*\.\.)[\w][\w./-]{0,180}\.safetensors$/.test(value),
  sha256: like(/^[\da-f]{64}$/i),
  origin: like(/^https?:\/\/[\w.:[\]-]{1,200}$/),
  ink: (value) => value.length <= maxInk && /^[\w.-]*$/.test(value),
  image: like(/^\d{1,5}$/),
};

/** How a value is read where it is no text. @type {Record<string, (value: string) => any>} */
const read = {
  ...Object.fromEntries(changes.map((key) => [key, Number])),
  ...Object.fromEntries(flags.map((key) => [key, among('1', 'true')])),
  unit, ink: decodeInk, image: Number,
};

const known = ['v', 'embed', 'origin', ...attributes];
const texts = ['sha256', 'tab', 'lesson', 'lang', 'theme', 'view', 'load', 'weights', 'origin'];

/**
 * @typedef {object} Setup
 * @property {Record<string, any>} experiment  by the form's names
 * @property {Record<string, any>} changes  how the input is changed
 * @property {string} [file]  a data set: its path; '' where the experiment has one that the page knows
 * @property {string} [sha256]  of that file
 * @property {string} [tab]
 * @property {string} [lesson]
 * @property {boolean} [mine]  the view of one's own drawings
 * @property {string} [lang]
 * @property {string} [theme]
 * @property {string} [view]
 * @property {import('./types.js').Unit} [unit]  not yet held against a network
 * @property {string[]} [panels]
 * @property {string[]} [lock]  fields of the experiment, by the form's names, and buttons
 * @property {string} [weights]
 * @property {string} [load]
 * @property {string} [origin]
 * @property {boolean} [embed]
 * @property {boolean} [autoplay]
 * @property {import('./types.js').Stroke[]} [strokes]
 * @property {number} [image]
 */

/**
 * Reads a fragment, which may hold anything.
 * @param {string} fragment  with its #
 * @returns {Setup|null} null where it has no key of a link, or is of another version
 */
export function parseLink(fragment) {
  const given = pairsOf(fragment);
  if (given.has('v') && given.get('v') !== String(version)) return null;
  return [...given.keys()].some((key) => known.includes(key)) ? readKeys(given) : null;
}

/**
 * The keys and values of a fragment's text, with its # or without. Editors and
 * templates write an ampersand as HTML does, some of them twice.
 */
export function pairsOf(/** @type {string} */ fragment) {
  let text = fragment.replace(/^#/, '').replace(/&(?:(?:amp|#0*38|#x0*26);)+/gi, '&');
  if (text.length > longest) text = text.slice(0, Math.max(0, text.lastIndexOf('&', longest)));
  return new URLSearchParams(text);
}

/**
 * Reads pairs of keys and values.
 * @param {Iterable<[string, string]>} given
 * @param {(key: string, value: string) => void} [refuse]  gets each pair that is not valid, and is ignored otherwise
 * @returns {Setup}
 */
export function readKeys(given, refuse = () => {}) {
  /** @type {any} */
  const setup = { experiment: {}, changes: {} };
  for (const [key, value] of given) {
    if (key === 'panels' || key === 'lock') {
      const names = value.split(',').map((name) => name.trim()).filter(Boolean);
      const found = key === 'panels' ? names.filter((name) => panels.includes(name)) : names.filter((name) => name === 'all' || buttons.includes(name) || Object.hasOwn(experiment, name));
      if (found.length < names.length) refuse(key, value);
      setup[key] = key === 'panels' ? [...new Set(found)] : locks(found);
    } else if (!Object.hasOwn(valid, key) || !valid[key](value)) {
      if (key !== 'v' || value !== String(version)) refuse(key, value);
    } else {
      const v = Object.hasOwn(read, key) ? read[key](value) : value;
      if (key === 'data') setup.file = linked.includes(value) ? '' : value;
      if (setup.file && key === 'data') delete setup.experiment.dataset;
      else if (Object.hasOwn(experiment, key)) setup.experiment[experiment[key]] = v;
      else if (changes.includes(key)) setup.changes[key] = v;
      else setup[key === 'ink' ? 'strokes' : key] = v;
    }
  }
  return setup;
}

/** What is locked, by the form's names, each once. */
function locks(/** @type {string[]} */ names) {
  return [...new Set(names.flatMap((name) => (name === 'all' ? Object.values(experiment) : experiment[name] ?? name)))];
}

/** A unit as LAYER.CHANNEL.Y.X, of which those left out at the end are 0. */
function unit(/** @type {string} */ value) {
  const [layer, channel = 0, y = 0, x = 0] = value.split('.').map(Number);
  return { layer, channel, y, x };
}

/** Writes the fragment of a setup, with its #. */
export function formatLink(/** @type {Setup} */ setup) {
  const out = new URLSearchParams({ v: String(version) });
  for (const key of ['embed', 'autoplay', 'mine']) if (/** @type {any} */ (setup)[key]) out.set(key, '1');
  for (const [key, name] of Object.entries(experiment)) {
    const value = setup.experiment[name];
    if (value !== undefined && value !== unsaid[key]) out.set(key, value === true ? '1' : String(value));
  }
  if (setup.file) out.set('data', setup.file);
  for (const key of changes) if (setup.changes[key]) out.set(key, key === 'raw' ? '1' : String(setup.changes[key]));
  for (const key of texts) if (/** @type {any} */ (setup)[key]) out.set(key, /** @type {any} */ (setup)[key]);
  if (setup.panels) out.set('panels', setup.panels.join());
  if (setup.lock?.length) out.set('lock', setup.lock.map((name) => Object.keys(experiment).find((key) => experiment[key] === name) ?? name).join());
  if (setup.unit) out.set('unit', Object.values(setup.unit).join('.'));
  if (setup.strokes?.length) out.set('ink', encodeInk(setup.strokes));
  if (setup.image !== undefined) out.set('image', String(setup.image));
  return `#${out}`.replaceAll('%2C', ',');
}

/** Values that are the page's own and need not be said. @type {Record<string, any>} */
const unsaid = { from: 'random', freeze: 'none', pace: 'full', workers: 'auto', reproducible: false };

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const finest = 64 * 64 - 1; // a coordinate is two digits, over the pad's side

/**
 * Strokes as text, four digits to the base of 64 for each point, a dot between
 * strokes: at most maxInk characters. In a longer drawing, points near the one
 * before are left out, just as many as necessary; every stroke and its ends stay.
 */
export function encodeInk(/** @type {import('./types.js').Stroke[]} */ strokes) {
  const number = (/** @type {number} */ v) => {
    const n = Math.round((Math.min(Math.max(v, 0), side) / side) * finest);
    return digits[n >> 6] + digits[n & 63];
  };
  const kept = strokes.slice(0, maxStrokes);
  for (let apart = 0; ; apart = apart * 1.25 || 1 / 64) { // units; beyond the pad's side only the ends are left
    const text = kept.map((s) => thinned(s, apart).map(([x, y]) => number(x) + number(y)).join('')).join('.');
    if (text.length <= maxInk) return text;
  }
}

/** The points of a stroke that lie at least so far from the one before, and its ends. */
function thinned(/** @type {import('./types.js').Stroke} */ stroke, /** @type {number} */ apart) {
  let [x, y] = [0, 0];
  return stroke.filter((p, i) => {
    if (i > 0 && i < stroke.length - 1 && !(Math.abs(p[0] - x) >= apart || Math.abs(p[1] - y) >= apart)) return false;
    [x, y] = p;
    return true;
  });
}

/** @returns {import('./types.js').Stroke[]} without what is not valid */
export function decodeInk(/** @type {string} */ text) {
  const number = (/** @type {string} */ s) => ((digits.indexOf(s[0]) * 64 + digits.indexOf(s[1])) / finest) * side;
  return text.slice(0, maxInk).split('.').map((stroke) => {
    const quads = stroke.match(/[\w-]{4}/g) ?? [];
    return quads.map((q) => /** @type {[number, number]} */ ([number(q.slice(0, 2)), number(q.slice(2))]));
  }).filter((s) => s.length).slice(0, maxStrokes);
}

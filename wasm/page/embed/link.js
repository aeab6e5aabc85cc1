import { datasets } from '../shell/constants.js';

/**
 * A link to the page says in its fragment how the page is to be set up:
 * #v=1&preset=d2l&data=fashion&lr=0.5. assets/EMBEDDING.md lists the keys.
 * What is not there is as the page has it by itself; keys that are not known
 * and values that are not valid are ignored, numbers are brought into range.
 */
const version = 1;
const longest = 16384; // characters of a fragment that are read: twice what formatLink ever writes
const longestValue = 20; // characters of an experiment's setting: those of the largest seed

/** Keys of the experiment, and what the form calls them. @type {Record<string, string>} */
export const experiment = { preset: 'preset', data: 'dataset', size: 'size', activation: 'activation', pooling: 'pooling', lr: 'lr', batch: 'batch', epochs: 'epochs', seed: 'seed', channels: 'channels', units: 'units', pace: 'pace', workers: 'workers', reproducible: 'reproducible' };
const changes = ['raw', 'rotate', 'x', 'y', 'noise'];
const flags = ['embed', 'autoplay'];
/** Parts of the page that a link may choose from. */
export const panels = ['header', 'answers', 'tools', 'training', 'experiment', 'look', 'footer'];
/** Buttons that a link may lock, besides the fields of the experiment. */
const buttons = ['train', 'step', 'reset', 'clear', 'undo', 'pick'];
const views = ['activations', 'weights', 'gradients'];

/** What other keys may say. @type {Record<string, RegExp>} */
const texts = {
  tab: /^(inspect|samples|mistakes|input|lessons)$/,
  lesson: /^\w{0,20}(\.\d{1,3})?$/,
  lang: /^[a-z]{2,3}(-[a-z\d]{2,8}){0,3}$/i, // of which the page takes those it has
  theme: /^(light|dark)$/,
  view: new RegExp(`^(${views.join('|')})$`),
  load: /^(click|visible)$/,
  // Of a built-in network, or a file beside the page: never of another site.
  weights: new RegExp(`^(${datasets.join('|')}|(?!.*\\.\\.)[\\w][\\w./-]{0,180}\\.safetensors)$`),
  origin: /^https?:\/\/[\w.:[\]-]{1,200}$/,
};

const known = new Set(['v', ...Object.keys(experiment), ...changes, ...flags, ...Object.keys(texts), 'panels', 'lock', 'unit', 'ink', 'image']);

/**
 * @typedef {object} Setup
 * @property {Record<string, any>} experiment  by the form's names
 * @property {Record<string, any>} changes  how the input is changed
 * @property {string} [tab]
 * @property {string} [lesson]
 * @property {string} [lang]
 * @property {string} [theme]
 * @property {string} [view]
 * @property {import('../shell/types.js').Unit} [unit]  not yet held against a network
 * @property {string[]} [panels]
 * @property {string[]} [lock]  fields of the experiment, by the form's names, and buttons
 * @property {string} [weights]
 * @property {string} [load]
 * @property {string} [origin]
 * @property {boolean} [embed]
 * @property {boolean} [autoplay]
 * @property {import('../shell/types.js').Stroke[]} [strokes]
 * @property {number} [image]
 */

/**
 * Reads a fragment, which may hold anything.
 * @param {string} fragment  with its #
 * @returns {Setup|null} null where it says nothing of that, or is of another version
 */
export function parseLink(fragment) {
  let text = fragment.slice(1);
  if (text.length > longest) text = text.slice(0, Math.max(0, text.lastIndexOf('&', longest)));
  const given = new URLSearchParams(text);
  if (given.has('v') && given.get('v') !== String(version)) return null;
  return [...given.keys()].some((key) => known.has(key)) ? readKeys(given) : null;
}

/**
 * Reads pairs of keys and values.
 * @param {Iterable<[string, string]>} given
 * @returns {Setup}
 */
export function readKeys(given) {
  /** @type {any} */
  const setup = { experiment: {}, changes: {} };
  for (const [key, value] of given) {
    if (key === 'reproducible') setup.experiment[key] = value === '1';
    else if (Object.hasOwn(experiment, key)) value.length <= longestValue && (setup.experiment[experiment[key]] = value);
    else if (key === 'raw') setup.changes.raw = value === '1';
    else if (changes.includes(key) && Number.isFinite(Number(value))) setup.changes[key] = Number(value);
    else if (flags.includes(key)) setup[key] = value === '1';
    else if (Object.hasOwn(texts, key)) texts[key].test(value) && (setup[key] = value);
    else if (key === 'panels') setup.panels = [...new Set(value.split(','))].filter((name) => panels.includes(name));
    else if (key === 'lock') setup.lock = locks(value);
    else if (key === 'unit') setup.unit = unit(value) ?? setup.unit;
    else if (key === 'ink') setup.strokes = decodeInk(value);
    else if (key === 'image' && /^\d{1,5}$/.test(value)) setup.image = Number(value);
  }
  return setup;
}

function locks(/** @type {string} */ value) {
  const names = new Set(value.split(',').flatMap((name) => (name === 'all' ? Object.keys(experiment) : name)));
  return [...names].filter((name) => buttons.includes(name) || Object.hasOwn(experiment, name)).map((name) => experiment[name] ?? name);
}

/** A unit as LAYER.CHANNEL.Y.X, of which those left out at the end are 0. */
function unit(/** @type {string} */ value) {
  if (!/^-?\d{1,2}(\.\d{1,3}){0,3}$/.test(value)) return undefined;
  const [layer, channel = 0, y = 0, x = 0] = value.split('.').map(Number);
  return { layer, channel, y, x };
}

/** Writes the fragment of a setup, with its #. */
export function formatLink(/** @type {Setup} */ setup) {
  const out = new URLSearchParams({ v: String(version) });
  for (const key of flags) if (/** @type {any} */ (setup)[key]) out.set(key, '1');
  for (const [key, name] of Object.entries(experiment)) {
    const value = setup.experiment[name];
    if (value !== undefined && value !== unsaid[key]) out.set(key, value === true ? '1' : String(value));
  }
  for (const key of changes) if (setup.changes[key]) out.set(key, key === 'raw' ? '1' : String(setup.changes[key]));
  for (const key of Object.keys(texts)) if (/** @type {any} */ (setup)[key]) out.set(key, /** @type {any} */ (setup)[key]);
  if (setup.panels) out.set('panels', setup.panels.join());
  if (setup.lock?.length) out.set('lock', setup.lock.map((name) => Object.keys(experiment).find((key) => experiment[key] === name) ?? name).join());
  if (setup.unit) out.set('unit', Object.values(setup.unit).join('.'));
  if (setup.strokes?.length) out.set('ink', encodeInk(setup.strokes));
  if (setup.image !== undefined) out.set('image', String(setup.image));
  return `#${out}`.replaceAll('%2C', ',');
}

/** Values that are the page's own and need not be said. @type {Record<string, any>} */
const unsaid = { pace: 'full', workers: 'auto', reproducible: false };

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const finest = 64 * 64 - 1; // a coordinate is two digits, over the pad's 28 units
const points = 1200; // of a drawing in a link

/** Strokes as text: four digits to the base of 64 for each point, a dot between strokes. */
export function encodeInk(/** @type {import('../shell/types.js').Stroke[]} */ strokes) {
  const total = strokes.reduce((n, s) => n + s.length, 0);
  const every = Math.ceil(total / points); // long drawings are thinned out
  const number = (/** @type {number} */ v) => {
    const n = Math.round((Math.min(Math.max(v, 0), 28) / 28) * finest);
    return digits[n >> 6] + digits[n & 63];
  };
  return strokes.map((s) => s.filter((_, i) => i % every === 0 || i === s.length - 1).map(([x, y]) => number(x) + number(y)).join('')).join('.');
}

/** @returns {import('../shell/types.js').Stroke[]} without what is not valid */
export function decodeInk(/** @type {string} */ text) {
  const number = (/** @type {string} */ s) => ((digits.indexOf(s[0]) * 64 + digits.indexOf(s[1])) / finest) * 28;
  return text.slice(0, 5 * points).split('.').map((stroke) => {
    const quads = stroke.match(/[\w-]{4}/g) ?? [];
    return quads.map((q) => /** @type {[number, number]} */ ([number(q.slice(0, 2)), number(q.slice(2))]));
  }).filter((s) => s.length);
}

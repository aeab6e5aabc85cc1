/**
 * A link to the page says in its fragment how the page is to be set up:
 * #v=1&preset=d2l&data=fashion&lr=0.5. What is not there is as the page has it by
 * itself; keys that are not known and values that are not valid are ignored.
 *
 * v        version of the keys, 1
 * preset data size activation pooling lr batch epochs seed channels units   the experiment
 * tab      inspect, samples, mistakes, input or lessons: the panel on show
 * lesson   NAME or NAME.STEP
 * lang theme   en or zh; light or dark
 * raw rotate x y noise   how the input is changed
 * ink      strokes of the drawing, as encodeInk has them
 * image    index of a test image
 */
const version = 1;
const longest = 8192; // characters of a fragment that are read

/** What is read or written besides the drawing, by key. @type {Record<string, string>} */
const experiment = { preset: 'preset', data: 'dataset', size: 'size', activation: 'activation', pooling: 'pooling', lr: 'lr', batch: 'batch', epochs: 'epochs', seed: 'seed', channels: 'channels', units: 'units' };
const changes = ['raw', 'rotate', 'x', 'y', 'noise'];
const texts = ['tab', 'lesson', 'lang', 'theme'];

/**
 * @typedef {object} Setup
 * @property {Record<string, string>} experiment
 * @property {Record<string, any>} changes
 * @property {string} [tab]
 * @property {string} [lesson]
 * @property {string} [lang]
 * @property {string} [theme]
 * @property {import('./types.js').Stroke[]} [strokes]
 * @property {number} [image]
 */

/**
 * Reads a fragment, which may hold anything.
 * @param {string} fragment  with its #
 * @returns {Setup|null} null where it says nothing
 */
export function parseLink(fragment) {
  const given = new URLSearchParams(fragment.slice(1, longest));
  if (!fragment || (given.has('v') && given.get('v') !== String(version))) return null;
  /** @type {any} */
  const setup = { experiment: {}, changes: {} };
  let known = false;
  for (const [key, value] of given) {
    known = true;
    if (Object.hasOwn(experiment, key)) setup.experiment[experiment[key]] = value;
    else if (key === 'raw') setup.changes.raw = value === '1';
    else if (changes.includes(key) && Number.isFinite(Number(value))) setup.changes[key] = Number(value);
    else if (texts.includes(key)) setup[key] = value;
    else if (key === 'ink') setup.strokes = decodeInk(value);
    else if (key === 'image' && /^\d{1,5}$/.test(value)) setup.image = Number(value);
  }
  return known ? setup : null;
}

/** Writes the fragment of a setup, with its #. */
export function formatLink(/** @type {Setup} */ setup) {
  const out = new URLSearchParams({ v: String(version) });
  for (const [key, name] of Object.entries(experiment)) if (setup.experiment[name] !== undefined) out.set(key, String(setup.experiment[name]));
  for (const key of changes) if (setup.changes[key]) out.set(key, key === 'raw' ? '1' : String(setup.changes[key]));
  for (const key of texts) if (/** @type {any} */ (setup)[key]) out.set(key, /** @type {any} */ (setup)[key]);
  if (setup.strokes?.length) out.set('ink', encodeInk(setup.strokes));
  if (setup.image !== undefined) out.set('image', String(setup.image));
  return `#${out}`;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const finest = 64 * 64 - 1; // a coordinate is two digits, over the pad's 28 units
const points = 1200; // of a drawing in a link

/** Strokes as text: four digits to the base of 64 for each point, a dot between strokes. */
export function encodeInk(/** @type {import('./types.js').Stroke[]} */ strokes) {
  const total = strokes.reduce((n, s) => n + s.length, 0);
  const every = Math.ceil(total / points); // long drawings are thinned out
  const number = (/** @type {number} */ v) => {
    const n = Math.round((Math.min(Math.max(v, 0), 28) / 28) * finest);
    return digits[n >> 6] + digits[n & 63];
  };
  return strokes.map((s) => s.filter((_, i) => i % every === 0 || i === s.length - 1).map(([x, y]) => number(x) + number(y)).join('')).join('.');
}

/** @returns {import('./types.js').Stroke[]} without what is not valid */
export function decodeInk(/** @type {string} */ text) {
  const number = (/** @type {string} */ s) => ((digits.indexOf(s[0]) * 64 + digits.indexOf(s[1])) / finest) * 28;
  return text.split('.').map((stroke) => {
    const quads = stroke.match(/[\w-]{4}/g) ?? [];
    return quads.map((q) => /** @type {[number, number]} */ ([number(q.slice(0, 2)), number(q.slice(2))]));
  }).filter((s) => s.length);
}

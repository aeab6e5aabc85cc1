import { maxPoints, maxStrokes, side } from '../shell/constants.js';
import { fits } from '../stage/drawing.js';
import { decodeInk, maxInk, pairsOf, readKeys } from '../shell/link.js';

/**
 * Messages between the page and the one that has it in a frame, as
 * assets/EMBEDDING.md documents them: {lenet: 1, type, ...}. In come commands,
 * with an id to be answered by; out go events, "done" and "error" among them.
 *
 * Commands are taken from the embedding page only, and from the origin that
 * the link names, where it names one. What is not such a message is passed over.
 */
const version = 1;
const most = { file: 4 << 20, keys: 64, steps: 1000, waiting: 32, id: 64, label: 200 };
const pace = 100; // milliseconds between events of one kind that come all the time

/**
 * What a command does, once those before it are done. What it resolves to is
 * the answer; {until} is an answer that the next command does not wait for.
 *
 * @typedef {(m: any, origin: string) => Promise<object|void>} Command  origin: where the message is from
 */

export class Host {
  /** @param {string} origin  that messages go to and come from; '' for any @param {Record<string, Command>} commands */
  constructor(origin, commands) {
    this.origin = origin;
    this.commands = commands;
    this.window = window.parent === window ? null : window.parent;
    this.queue = Promise.resolve();
    this.waiting = 0;
    /** @type {Record<string, {at: number, timer: any}>} events that come all the time */
    this.told = {};
    if (this.window) addEventListener('message', (e) => this.receive(e));
  }

  send(/** @type {string} */ type, /** @type {object} */ fields = {}) {
    this.window?.postMessage({ lenet: version, type, ...fields }, this.origin || '*');
  }

  /** Sends an event that comes all the time, the last one in any case. fields is called when it is sent. */
  sendSoon(/** @type {string} */ type, /** @type {() => object} */ fields) {
    if (!this.window) return;
    const told = (this.told[type] ??= { at: 0, timer: 0 });
    clearTimeout(told.timer);
    const send = () => {
      told.at = performance.now();
      this.send(type, fields());
    };
    const wait = told.at + pace - performance.now();
    if (wait > 0) told.timer = setTimeout(send, wait);
    else send();
  }

  receive(/** @type {MessageEvent} */ e) {
    const m = e.data;
    if (e.source !== this.window || (this.origin && e.origin !== this.origin)) return;
    if (typeof m !== 'object' || m?.lenet !== version || typeof m.type !== 'string') return;
    const { type } = m;
    const id = Number.isFinite(m.id) || (typeof m.id === 'string' && m.id.length <= most.id) ? { id: m.id } : {};
    const fail = (/** @type {Error} */ error) => this.send('error', { ...id, of: type.slice(0, most.id), message: error.message });
    if (!Object.hasOwn(this.commands, type)) return fail(new Error('there is no such command'));
    if (this.waiting >= most.waiting) return fail(new Error(`${most.waiting} commands are waiting already`));
    this.waiting++;
    const turn = this.queue.then(() => this.commands[type](m, e.origin));
    this.queue = turn.then(() => {}, () => {}).then(() => {
      this.waiting--;
    });
    turn.then((/** @type {any} */ r) => r?.until ?? r).then((/** @type {any} */ r) => this.send('done', { ...id, of: type, ...r })).catch(fail);
  }
}

/** The keys of a message: an object of them, or a fragment's text. @returns {import('../shell/link.js').Setup} */
export function keysOf(/** @type {any} */ keys) {
  if (typeof keys !== 'string' && (typeof keys !== 'object' || !keys || Array.isArray(keys))) throw new Error('keys: want an object of keys and values, or the text of a link');
  const given = typeof keys === 'string' ? [...pairsOf(keys)] : Object.entries(keys).map(([key, value]) => /** @type {[string, string]} */ ([key, text(value)]));
  if (given.length > most.keys) throw new Error(`keys: ${given.length} of them: want at most ${most.keys}`);
  return readKeys(given, (key, value) => {
    throw new Error(`${short(key)}: ${short(value)}: want a key and a value that EMBEDDING.md lists`);
  });
}

/** A value as a link has it, a list with commas. @type {(value: any) => string} */
const text = (value) => (Array.isArray(value) ? value.map(text).join() : JSON.stringify(value ?? {}).replace(/^"(.*)"$/s, () => value));

const short = (/** @type {string} */ text) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

/**
 * The input that a draw message asks for; null where it names a test image.
 * @returns {import('../shell/types.js').Input|null}
 */
export function inputOf(/** @type {any} */ { strokes, ink, pixels, image }) {
  if (image !== undefined) {
    if (!Number.isInteger(image) || image < 0) throw new Error('image: want the index of a test image, a whole number from 0');
    return null;
  }
  if (pixels !== undefined) {
    const list = pixels?.length === 784 ? Array.from(pixels) : [];
    if (list.length !== 784 || !list.every(Number.isFinite)) throw new Error('pixels: want 784 grey values, 0 to 255, row by row');
    return { strokes: [], picture: { pixels: Uint8Array.from(list, (v) => Math.min(Math.max(Math.round(v), 0), 255)), label: -1, index: -1, dataset: '' } };
  }
  if (ink !== undefined) {
    if (typeof ink !== 'string' || ink.length > maxInk) throw new Error(`ink: want a text of at most ${maxInk} characters`);
    return { strokes: decodeInk(ink), picture: null };
  }
  if (strokes === undefined) return { strokes: [], picture: null };
  const ok = Array.isArray(strokes) && strokes.every(Array.isArray) && fits(strokes) && strokes.every((s) => s.every((p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite)));
  if (!ok) throw new Error(`strokes: want at most ${maxStrokes} lists of points [x, y], 0 to ${side}, ${maxPoints} points in all`);
  const within = (/** @type {number} */ v) => Math.min(Math.max(v, -4), side + 4);
  return { strokes: strokes.filter((s) => s.length).map((s) => s.map((/** @type {number[]} */ [x, y]) => /** @type {[number, number]} */ ([within(x), within(y)]))), picture: null };
}

/** The file of a loadWeights message. */
export function fileOf(/** @type {any} */ { data }) {
  const file = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  if (!(file instanceof Uint8Array) || file.length > most.file) throw new Error(`data: want a safetensors file as an ArrayBuffer or Uint8Array, at most ${most.file >> 20} MB`);
  return file;
}

/** The name of the class that a label message has. */
export function labelOf(/** @type {any} */ { label }) {
  if (typeof label !== 'string' || label.length > most.label) throw new Error(`label: want the name of a class, a text of at most ${most.label} characters`);
  return label;
}

/** How many steps a step message asks for. */
export function stepsOf(/** @type {any} */ { n = 1 }) {
  if (!Number.isInteger(n) || n < 1 || n > most.steps) throw new Error(`n: want a whole number from 1 to ${most.steps}`);
  return n;
}

/**
 * Where a goto message leads.
 * @returns {{epoch?: number, place: Partial<import('../shell/link.js').Setup>}} epoch: Infinity is now
 */
export function placeOf(/** @type {any} */ { epoch, keys = {}, ...fields }) {
  const given = Object.fromEntries(places.filter((key) => fields[key] !== undefined).map((key) => [key, fields[key]]));
  const { experiment, changes, ...place } = { ...keysOf(keys), ...keysOf(given) };
  const named = Object.keys(place);
  if (Object.keys(experiment).length || Object.keys(changes).length || named.some((key) => !places.includes(key)) || (epoch === undefined && !named.length)) {
    throw new Error(`goto: want epoch, ${places.join(', ')}, one of them at least`);
  }
  if (epoch === 'now') epoch = Infinity;
  else if (epoch !== undefined && !(Number.isFinite(epoch) && epoch >= 0)) throw new Error("epoch: want a number from 0, or 'now'");
  return { epoch, place };
}

const places = ['lesson', 'unit', 'view', 'tab'];

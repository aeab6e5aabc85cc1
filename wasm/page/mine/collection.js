/**
 * What one has drawn and named: classes, and drawings of each.
 *
 * @typedef {import('../shell/types.js').Stroke} Stroke
 * @typedef {{id: number, name: string}} Kind  a class
 * @typedef {{id: number, kind: number, pixels: Uint8Array, strokes: Stroke[]|null}} Item
 *   kind: the class's id; pixels: 28 × 28 grey values, as the network sees the drawing; strokes: null of an image
 *
 * A change: what is there afterwards under an id, null for nothing.
 * @typedef {{kinds: [number, Kind|null][], items: [number, Item|null][]}} Patch
 */

export const limits = { kinds: 64, items: 5000, name: 100 }; // name: bytes in UTF-8, as the program reads them
const steps = 200; // that can be taken back

/** Collection keeps classes and drawings in the order in which they came, and can take changes back. */
export class Collection {
  /** @param {(patch: Patch) => void} changed  told of each change, once it is made */
  constructor(changed) {
    this.changed = changed;
    /** @type {Map<number, Kind>} */
    this.byKind = new Map();
    /** @type {Map<number, Item>} */
    this.byItem = new Map();
    /** @type {Patch[]} what takes the last changes back */
    this.past = [];
    this.last = 0; // id
    this.version = 0; // another one after each change
  }

  /** @returns {Kind[]} in the order in which they were named */
  get kinds() {
    return inOrder(this.byKind);
  }

  /** @returns {Item[]} */
  get items() {
    return inOrder(this.byItem);
  }

  get size() {
    return this.byItem.size;
  }

  /** How many drawings each class has that has some. @returns {Map<number, number>} */
  get numbers() {
    const numbers = new Map();
    for (const { kind } of this.byItem.values()) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
    return numbers;
  }

  /**
   * Drawings as a data set: the classes that they have, in the program's order.
   * @param {Item[]} items
   * @returns {import('../train/files.js').Examples}
   */
  examples(items) {
    const used = new Set(items.map(({ kind }) => kind));
    const kinds = this.kinds.filter(({ id }) => used.has(id));
    const classes = sortNames(kinds.map(({ name }) => name));
    const at = new Map(kinds.map(({ id, name }) => [id, classes.indexOf(name)]));
    const images = new Uint8Array(784 * items.length);
    items.forEach(({ pixels }, i) => images.set(pixels, 784 * i));
    return { classes, images, labels: Uint8Array.from(items, ({ kind }) => at.get(kind)), tests: 0 };
  }

  /** The drawings of a class. */
  of(/** @type {number} */ kind) {
    return this.items.filter((item) => item.kind === kind);
  }

  /** An id that is larger than those before, and hardly the same as one of another tab. */
  id() {
    this.last = Math.max(this.last + 1, Date.now() + Math.random());
    return this.last;
  }

  /** A class by its name. */
  named(/** @type {string} */ name) {
    return this.kinds.find((kind) => kind.name === name);
  }

  /**
   * Why a class cannot have a name: the key of a sentence, '' where it can.
   * @param {string} name  as cleanName has it
   * @param {number} [kind]  the class that is to be renamed
   */
  refuses(name, kind) {
    if (!name) return 'mine.name.empty';
    if (new TextEncoder().encode(name).length > limits.name) return 'mine.name.long';
    const same = this.named(name);
    if (same && same.id !== kind) return 'mine.name.taken';
    return kind === undefined && this.byKind.size >= limits.kinds ? 'mine.name.many' : '';
  }

  /** Adds a class. Its name was looked at. */
  addKind(/** @type {string} */ name) {
    const kind = { id: this.id(), name };
    this.change({ kinds: [[kind.id, kind]], items: [] });
    return kind;
  }

  rename(/** @type {number} */ id, /** @type {string} */ name) {
    if (this.byKind.get(id)?.name !== name) this.change({ kinds: [[id, { id, name }]], items: [] });
  }

  /** Removes a class with its drawings. */
  removeKind(/** @type {number} */ id) {
    this.change({ kinds: [[id, null]], items: this.of(id).map((item) => /** @type {[number, null]} */ ([item.id, null])) });
  }

  /**
   * Files drawings, each under the class of a name, which is made where there is none yet; all in one change.
   * Drawings that have no room are left out.
   * @param {{name: string, pixels: Uint8Array, strokes: Stroke[]|null}[]} drawings
   * @param {string[]} [names]  classes to have, with drawings or without
   * @returns {{kinds: Kind[], items: Item[], left: number}} what was added, and how many were left out
   */
  file(drawings, names = []) {
    /** @type {Map<string, Kind>} */
    const known = new Map(this.kinds.map((kind) => [kind.name, kind]));
    /** @type {Kind[]} */
    const kinds = [];
    const kindOf = (/** @type {string} */ name) => {
      if (!known.has(name) && known.size < limits.kinds) {
        kinds.push({ id: this.id(), name });
        known.set(name, kinds[kinds.length - 1]);
      }
      return known.get(name);
    };
    names.forEach(kindOf);
    /** @type {Item[]} */
    const items = [];
    for (const { name, pixels, strokes } of drawings) {
      const kind = this.size + items.length < limits.items ? kindOf(name) : undefined;
      if (kind) items.push({ id: this.id(), kind: kind.id, pixels, strokes });
    }
    if (kinds.length || items.length) this.change({ kinds: kinds.map((kind) => [kind.id, kind]), items: items.map((item) => [item.id, item]) });
    return { kinds, items, left: drawings.length - items.length };
  }

  /** Removes a drawing. */
  remove(/** @type {number} */ id) {
    if (this.byItem.has(id)) this.change({ kinds: [], items: [[id, null]] });
  }

  /** Takes the last change back. Returns what that changed, null where there was nothing. */
  undo() {
    const patch = this.past.pop();
    if (!patch) return null;
    this.apply(patch);
    this.changed(patch);
    return patch;
  }

  /** @param {Patch} patch */
  change(patch) {
    const before = {
      kinds: /** @type {[number, Kind|null][]} */ (patch.kinds.map(([id]) => [id, this.byKind.get(id) ?? null])),
      items: /** @type {[number, Item|null][]} */ (patch.items.map(([id]) => [id, this.byItem.get(id) ?? null])),
    };
    this.past.push(before);
    if (this.past.length > steps) this.past.shift();
    this.apply(patch);
    this.changed(patch);
  }

  /** Makes a change that is not to be taken back: one of the storage, or of another tab. A drawing without its class is left out. */
  apply(/** @type {Patch} */ { kinds, items }) {
    this.version++;
    for (const [id, kind] of kinds) put(this.byKind, id, kind);
    for (const [id, item] of items) put(this.byItem, id, item && this.byKind.has(item.kind) ? item : null);
    for (const id of [...kinds, ...items].map(([id]) => id)) this.last = Math.max(this.last, id);
  }
}

/** @template T @param {Map<number, T>} map @param {number} id @param {T|null} value */
function put(map, id, value) {
  if (value) map.set(id, value);
  else map.delete(id);
}

/** @template {{id: number}} T @param {Map<number, T>} map @returns {T[]} */
const inOrder = (map) => [...map.values()].sort((a, b) => a.id - b.id);

/** A name as it was meant: without spaces around it and control characters, composed as keyboards write it. */
export const cleanName = (/** @type {string} */ text) => text.normalize('NFC').replace(/\p{Cc}+/gu, ' ').trim();

/** Names in the order in which the program has classes: numbers by value, else by their letters. */
export function sortNames(/** @type {string[]} */ names) {
  const points = (/** @type {string} */ s) => Array.from(s, (c) => c.codePointAt(0));
  const byLetters = (/** @type {string} */ a, /** @type {string} */ b) => {
    const [x, y] = [points(a), points(b)];
    const i = x.findIndex((v, k) => v !== y[k]);
    return i < 0 ? x.length - y.length : x[i] - (y[i] ?? -1);
  };
  return [...names].sort(names.every((name) => /^\d+$/.test(name)) ? (a, b) => Number(a) - Number(b) : byLetters);
}

const digits = '1234567890';
const letters = 'ABCDEGHIJKLNOQRSTUVWXYZ'; // but for those with which the page does something else

/**
 * The key that files a drawing under a class: its own where its name is a digit or a letter, else the next digit that is
 * free; '' where there is none.
 */
export function keysOf(/** @type {string[]} */ names) {
  const own = names.map((name) => {
    const key = name.toUpperCase();
    return key.length === 1 && (digits + letters).includes(key) ? key : '';
  });
  const keys = own.map((key, i) => (own.indexOf(key) === i ? key : '')); // of a and A the first has it
  const free = [...digits].filter((key) => !keys.includes(key));
  return keys.map((key) => key || (free.shift() ?? ''));
}

import { addSet, dropSet, sets } from '../shell/sets.js';

/**
 * A part of a data set: IDX files, not compressed.
 * @typedef {{images: Uint8Array<ArrayBuffer>, labels: Uint8Array<ArrayBuffer>}} Files
 *
 * How to train on it: as Recipe has it, and decay, a schedule of the learning rate.
 * @typedef {{activation?: string, lr?: number, batch?: number, epochs?: number, decay?: string, rates?: Record<string, number>}} OwnRecipe  rates: learning
 *   rates by activation, where the network on show brings one
 *
 * @typedef {{title: string, classes: string[], train: Files, test: Files, recipe: OwnRecipe, learned?: number, teaches?: {n: number, alone: boolean, given: string}}} Prepared
 *   learned: how many examples there are to learn from, without the copies of them; teaches: how many drawings, alone or among others, as Hand makes it
 * @typedef {Prepared & {generation: number}} OwnSet  generation: of all sets that there were, so that each has another
 */

/** @type {Map<string, OwnSet>} */
const all = new Map();
let generations = 0;
/** @type {((name: string, other: boolean) => void)[]} */
const told = [];

/** The set that teaches the network on show a drawing: none to choose. */
export const taught = 'teach';

/** The reader's own data sets: prepared for training, with a part to test on. */
export const own = {
  /** Keeps a set under a name, in place of the one before. */
  put(/** @type {string} */ name, /** @type {Prepared} */ set) {
    const before = all.get(name);
    all.set(name, { ...set, generation: before && alike(before, set) ? before.generation : ++generations });
    const other = Object.hasOwn(sets, name) && JSON.stringify(sets[name].classes) !== JSON.stringify(set.classes);
    if (other) addSet(earlier(name), sets[name], false); // the network on show may have those
    addSet(name, { title: set.title, classes: set.classes, digits: set.classes.every((c) => /^\d$/.test(c)), own: true }, name !== taught);
    for (const f of told) f(name, other);
  },

  /** The set of a run that was kept: the one of that name where it is the same, otherwise as it was then. @returns {OwnSet} */
  adopt(/** @type {string} */ name, /** @type {Prepared} */ set) {
    if (!all.has(name)) own.put(name, set);
    const now = all.get(name);
    return alike(now, set) ? now : { ...set, generation: ++generations };
  },

  /** Takes a set away. */
  drop(/** @type {string} */ name) {
    if (!all.delete(name)) return;
    dropSet(name);
    for (const f of told) f(name, false);
  },

  /** @returns {OwnSet|undefined} */
  get: (/** @type {string} */ name) => all.get(name),

  /** Calls f with the name of each set that is put or dropped from now on, and whether it has other classes than before. */
  watch(/** @type {(name: string, other: boolean) => void} */ f) {
    told.push(f);
  },
};

/** The name of the classes that a set had before it got others. */
export const earlier = (/** @type {string} */ name) => `${name} before`;

/** The name of the classes that a run on a set has, which may have got others since. */
export function namesOf(/** @type {string} */ name, /** @type {OwnSet|null} */ set) {
  if (!set || JSON.stringify(set.classes) === JSON.stringify(sets[name].classes)) return name;
  addSet(earlier(name), { title: set.title, classes: set.classes, digits: false, own: true }, false);
  return earlier(name);
}

/** How many bytes it takes to keep a set. */
export const sizeOf = (/** @type {Prepared} */ set) => parts(set).reduce((sum, file) => sum + file.length, 0);

const parts = (/** @type {Prepared} */ { train, test }) => [train.images, train.labels, test.images, test.labels];

/** Whether two sets have the same classes, images and labels. */
function alike(/** @type {Prepared} */ a, /** @type {Prepared} */ b) {
  if (JSON.stringify(a.classes) !== JSON.stringify(b.classes)) return false;
  const others = parts(b);
  return parts(a).every((file, i) => same(file, others[i]));
}

function same(/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) {
  if (a === b || a.length !== b.length) return a === b;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false; // they may have tens of megabytes
  return true;
}

/** How many examples there are to learn from, without copies. */
export const learnedOf = (/** @type {Prepared} */ { learned, train }) => learned ?? examples(train.labels);

/** How many examples an IDX file has. */
export const examples = (/** @type {Uint8Array} */ { buffer, byteOffset }) => new DataView(buffer, byteOffset).getUint32(4);

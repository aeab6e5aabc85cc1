import { datasets as builtIn, sets as known } from './constants.js';

/**
 * What the page knows of a data set. digits: its classes are the ten digits, or some of them; right: the share of the test
 * images that the network which was trained beforehand reads right; own: it is the reader's.
 * @typedef {{title: string, classes: string[], digits: boolean, right?: number, own?: true}} Info
 */

/** A data set by its name: the built-in ones, and those added since. @type {Record<string, Info>} */
export const sets = Object.assign(Object.create(null), known); // a name may be any word

/** Names of those that one can choose, in the order of the form. */
export const datasets = [...builtIn];

/** Names of sets of the reader's drawings: by itself, and with a built-in one mixed in. A link may name them. */
export const mine = ['mine', 'mine+mnist'];

/** Names that a link may have. */
export const linked = [...builtIn, ...mine];

/** Adds a data set, or says something else of one; one that is not listed only names the classes of a network. */
export function addSet(/** @type {string} */ name, /** @type {Info} */ info, listed = true) {
  sets[name] = info;
  if (listed && !datasets.includes(name)) datasets.push(name);
}

/** Takes an own set from those that one can choose. Its name stays known: a network on show may have its classes. */
export function dropSet(/** @type {string} */ name) {
  const at = datasets.indexOf(name);
  if (at >= builtIn.length) datasets.splice(at, 1);
}

/** Whether two data sets have the same classes, by label. */
export const sameClasses = (/** @type {string} */ a, /** @type {string} */ b) =>
  a === b || (!!sets[a] && !!sets[b] && JSON.stringify(sets[a].classes) === JSON.stringify(sets[b].classes));

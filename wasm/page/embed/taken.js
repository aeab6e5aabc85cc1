import { count, sentences, t } from '../shell/i18n.js';
import { Files } from '../train/files.js';
import { own } from '../train/own.js';

const share = 0.2; // of each class is held out where a data set has no test part, as lenet does

/** @type {Files|null} */
let files = null;
let taken = ''; // the name of the one that was read last

/**
 * Reads files as a data set, prepares it for training and keeps it among those that one can choose.
 * @param {import('../shell/dropped.js').Dropped[]} list
 * @param {number} seed  of the test part, where one is held out
 * @param {(sums: string[]) => void} [check]  as Files has it
 * @returns {Promise<{name: string, sha256: string, said: string, before: string}>} said: what was read; before: the set that was read
 *   before it, which is to go: there is one at a time
 */
export async function take(list, seed, check) {
  files ??= new Files();
  const { name, classes, images, labels, tests, sha256, notes } = await files.read(list, check);
  const n = labels.length;
  const { train, test, recipe, held } = await files.prepare({ classes, images, labels, tests, share, seed });
  own.put(name, { title: name, classes, train, test, recipe, learned: n - held.length });
  const before = taken === name ? '' : taken;
  taken = name;
  return { name, sha256, before, said: sentences(t('set.read', { name, n: classes.length, images: count(n - held.length), tests: count(held.length) }), ...notes) };
}

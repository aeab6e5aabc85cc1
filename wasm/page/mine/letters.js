import { own } from '../train/own.js';
import { t } from '../shell/i18n.js';

const most = 10; // drawings of each to learn from; the others are tested on
const copies = 16; // of each in a pass

/**
 * Makes a data set of drawings that a lesson gives: some of each to learn from, those after the first ten to test on.
 * @param {Record<string, import('../shell/types.js').Stroke[][]>} drawings  by class
 * @param {number} n  of each to learn from
 * @param {() => Promise<import('../train/files.js').Files>} files
 */
export async function putLetters(drawings, n, files) {
  const title = t('set.letters');
  const learned = n * Object.keys(drawings).length;
  if (own.get('letters')?.learned === learned) return;
  const parts = [(/** @type {any[]} */ list) => list.slice(0, n), (/** @type {any[]} */ list) => list.slice(most)];
  const all = parts.flatMap((part) => Object.entries(drawings).flatMap(([label, list]) => part(list).map((strokes) => ({ label, strokes }))));
  const reader = await files();
  const { classes, images, labels } = await reader.read([{ path: 'letters.json', bytes: new TextEncoder().encode(JSON.stringify(all)) }]);
  const { train, test, recipe } = await reader.prepare({ classes, images, labels, tests: all.length - learned, share: 0, seed: 0, each: copies });
  own.put('letters', { title, classes, train, test, recipe, learned });
}

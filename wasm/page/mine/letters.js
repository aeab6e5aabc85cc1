import { own } from '../train/own.js';
import { t } from '../shell/i18n.js';

const most = 10; // drawings of each to learn from; the others are tested on
const copies = 16; // of each in a pass

/**
 * Makes a data set of drawings that a lesson gives: some of each to learn from, those after the first ten to test on.
 * @param {Record<string, import('../shell/types.js').Stroke[][]>} drawings  by class
 * @param {number} n  of each to learn from
 * @param {{network: () => Promise<import('../train/network.js').Network>, files: () => Promise<import('../train/files.js').Files>}} on
 */
export async function putLetters(drawings, n, { network, files }) {
  const [classes, lists] = [Object.keys(drawings), Object.values(drawings)];
  const title = t('set.letters');
  const learned = n * classes.length;
  if (own.get('letters')?.learned === learned) return;
  const parts = [(/** @type {any[]} */ list) => list.slice(0, n), (/** @type {any[]} */ list) => list.slice(most)];
  const all = parts.flatMap((part) => lists.flatMap((list, label) => part(list).map((strokes) => ({ strokes, label }))));
  const images = new Uint8Array(784 * all.length);
  const reader = await network();
  for (const [i, { strokes }] of all.entries()) images.set(await reader.pixels({ strokes, picture: null }), 784 * i);
  const { train, test, recipe } = await (await files()).prepare({
    classes, images, labels: Uint8Array.from(all, ({ label }) => label), tests: all.length - learned, share: 0, seed: 0, each: copies,
  });
  own.put('letters', { title, classes, train, test, recipe, learned });
}

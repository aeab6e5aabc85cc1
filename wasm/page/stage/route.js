import { count } from '../shell/i18n.js';

/**
 * What the sentences speak of. network is the one on show; p the answer's
 * probability and answer its name, as the page writes them; learning: a run is under way, with
 * its batch, loss and learning rate.
 * @typedef {{empty: boolean, picture: boolean, raw: boolean, network: import('../shell/types.js').Network, answer: string, p: string,
 *   learning: boolean, batch: string, loss: string, lr: string, freeze?: string}} Facts
 *
 * A place where the image, or the error, rests: the level of view.Reveal, a sentence, and what the layers show.
 * @typedef {{level: number, back: boolean, shows: string, key: string, values: Record<string, string>}} Stop
 */

const input = 28;

/** The way of the image from the pad to the answers. @returns {Stop[]} */
export function forward(/** @type {Facts} */ { empty, picture, raw, network, answer, p }) {
  const { config: { pooling }, layers } = network;
  const side = (/** @type {number} */ layer) => String(layers[layer].shape[1]);
  const [one, two] = [layers[0], layers[3]].map((l) => count(l.shape[0]));
  const size = (/** @type {number} */ layer) => count(layers[layer].shape.reduce((a, b) => a * b, 1));
  const act = layers[1].name;
  const stops = [
    [empty ? 'through.empty' : picture ? 'through.picture' : 'through.pad', {}],
    [picture ? 'through.input.picture' : raw ? 'through.input.raw' : 'through.input', {}],
    ['through.conv1', { maps: one, side: side(0), input: String(input), act }],
    [`through.pool.${pooling}`, { maps: one, side: side(2) }],
    ['through.conv2', { maps: two, of: one, side: side(3), act }],
    [`through.pool2.${pooling}`, { maps: two, side: side(5), values: size(5) }],
    ['through.linear', { units: size(8), values: size(5), act }],
    ['through.linear2', { units: size(10), values: size(8), act }],
    [empty ? 'through.answers.empty' : 'through.answers', { n: size(11), answer, p }],
  ];
  return stops.map(([key, values], level) => ({ level, back: false, shows: '', key: /** @type {string} */ (key), values: /** @type {any} */ (values) }));
}

/** The way of the error from the loss to the first kernels, and the weights' step. @returns {Stop[]} */
export function backward(/** @type {Facts} */ { network, batch, loss, lr, freeze = 'none' }) {
  const { config: { pooling }, layers } = network;
  const weights = (/** @type {number} */ layer) => count(layers[layer].params);
  const places = (/** @type {number} */ layer) => count(layers[layer].shape[1] ** 2);
  const first = { conv: 7, 'all-but-last': 11 }[freeze] ?? 0; // layer that learns
  const all = count(layers.reduce((sum, l) => sum + (l.index < first ? 0 : l.params), 0));
  /** @type {[number, string, Record<string, string>][]} */
  const stops = [
    [8, 'through.back.loss', { batch, loss }],
    [7, 'through.back.answers', { weights: weights(11) }],
    [6, 'through.back.linear', { weights: weights(9), units: count(layers[9].shape[0]) }],
    [5, 'through.back.linear', { weights: weights(7), units: count(layers[7].shape[0]) }],
    [4, `through.back.${pooling}`, {}],
    [3, 'through.back.conv', { weights: weights(3), places: places(3) }],
    [2, `through.back.${pooling}`, {}],
    [1, 'through.back.conv', { weights: weights(0), places: places(0) }],
  ];
  const last = { conv: 4, 'all-but-last': 2 }[freeze]; // of the stops that the error comes to
  if (last) stops.splice(last, Infinity, [stops[last - 1][0], 'through.back.frozen', {}]);
  return [
    ...stops.map(([level, key, values]) => ({ level, back: true, shows: 'gradients', key, values })),
    { level: 8, back: false, shows: 'weights', key: 'through.step', values: { weights: all, lr } },
  ];
}

import { views as names } from '../shell/constants.js';
import { t } from '../shell/i18n.js';

/**
 * What the layers can show, in the order of the buttons. The names are those of
 * protocol.Views; the strings view.NAME and hist.NAME say what a view is.
 *
 * @typedef {object} View
 * @property {string} name
 * @property {boolean} run  its values are the run's, and are asked for while that changes them
 * @property {string} suffix  of the names of what its histograms count, as PyTorch writes it; '' for activations, which the stage shows by itself
 * @property {boolean} weighs  its values are weights: a unit's inputs are multiplied by them
 * @property {string} hint  how to look closer
 * @property {string} none  why there is nothing to show
 */
const activations = { run: false, suffix: '', weighs: false, hint: 'inspect.hint', none: 'inspect.empty' };
const tensors = { ...activations, hint: 'inspect.hint.weights' };

/** @type {Record<string, Omit<View, 'name'>>} */
const table = {
  activations,
  weights: { ...tensors, suffix: '.weight', weighs: true },
  gradients: { ...tensors, suffix: '.weight.grad', run: true, none: 'hist.train' },
};

/** @type {View[]} */
export const views = names.map((name) => ({ name, ...table[name] }));

/** The view of that name; the first one where there is none. */
export const viewOf = (/** @type {string} */ name) => views.find((v) => v.name === name) ?? views[0];

/**
 * What the layers hold in a view, as the stage shows it.
 * @param {any} list  the answer of a "parts" request @param {string} view @param {import('./sums.js').Row|null} row
 */
export function asParts({ labels, parts, sides }, view, row) {
  for (const l of labels) l.detail ||= t('inspect.none');
  return { parts, sides, row, labels, legend: { name: t(`view.${view}`).toLowerCase(), low: '-3s', high: '3s' } };
}

import { classes, count, sureShort, t } from '../shell/i18n.js';
import { brief, number } from './figures.js';

/** @typedef {import('../shell/types.js').Unit} Unit @typedef {import('../shell/types.js').Inspection} Inspection */

/** What computes a unit, by PyTorch's names. */
export const title = (/** @type {Inspection} */ { kind, module, act }) => (kind === 'input' ? t('input') : [module, act].filter(Boolean).join(' + '));

/**
 * Where a unit is, in words: places count from 1.
 * @param {Unit} unit @param {number} [of]  how many maps or units its layer has @param {string} [dataset]  names the outputs
 */
export function where({ layer, channel, y, x }, of = 0, dataset = '') {
  if (layer === 11) return t('inspect.class', { name: classes(dataset)[channel] });
  if (layer < 0) return t('inspect.at', { y: y + 1, x: x + 1 });
  const nth = t(`inspect.${layer > 6 ? 'unit' : 'map'}${of ? '.of' : ''}`, { n: channel + 1, of });
  return layer > 6 ? nth : t('inspect.in', { map: nth, at: t('inspect.at', { y: y + 1, x: x + 1 }) });
}

/** How the value comes about, in one sentence with its numbers. */
export function sentence(/** @type {Inspection} */ { kind, module, act, unit, inputs, sums, z, value, p }, /** @type {string} */ dataset) {
  const values = { value: brief(value), z: brief(z), act: act && t(`zoom.${act.toLowerCase()}`) };
  switch (kind) {
    case 'input':
      return t('zoom.words.input', { ...values, v: Math.round(value * 255) });
    case 'pool':
      return t(module === 'MaxPool2d' ? 'zoom.words.max' : 'zoom.words.avg', values);
    case 'conv':
      return t(unit.layer <= 1 ? 'zoom.words.image' : sums.length === 1 ? 'zoom.words.one' : 'zoom.words.maps', { ...values, n: count(sums.length) });
  }
  return t(unit.layer === 11 ? 'zoom.words.output' : 'zoom.words.linear', { ...values, n: count(inputs.length), p: sureShort(p), name: classes(dataset)[unit.channel] });
}

/**
 * The sum, term by term: what each is called, its value, maybe a class.
 * @param {Inspection} seen @param {Float32Array} logits
 * @returns {[string, string, string?][]}
 */
export function terms(seen, logits) {
  const { kind, act, module, unit, z, bias, value, p } = seen;
  /** @type {[string, string, string?][]} */
  const lines = [];
  if (kind === 'conv') lines.push([t('zoom.sum', { n: count(seen.inputs.length) }), number(z - bias)]);
  if (kind === 'linear') {
    const strongest = [...seen.for, ...seen.against];
    lines.push([t('zoom.strongest', { n: strongest.length }), number(strongest.reduce((sum, v) => sum + v.product, 0))]);
    if (seen.others) lines.push([t('inspect.rest', { n: count(seen.others) }), number(seen.rest)]);
  }
  if (kind === 'conv' || kind === 'linear') lines.push([t('zoom.bias'), number(bias)], [t(unit.layer === 11 ? 'inspect.logit' : 'zoom.z'), number(z), act ? 'total' : 'total outcome']);
  if (act) lines.push([{ Sigmoid: 'σ(z)', Tanh: 'tanh(z)', ReLU: 'max(0, z)' }[act], number(value), 'outcome']);
  if (kind === 'pool') lines.push([t(module === 'MaxPool2d' ? 'inspect.max' : 'inspect.avg'), number(value), 'outcome']);
  if (kind === 'input') lines.push(['x', number(value), 'outcome']);
  if (unit.layer === 11) {
    lines.push(['e^z', number(Math.exp(z))], [t('zoom.all', { n: logits.length }), number(logits.reduce((sum, v) => sum + Math.exp(v), 0))], [t('zoom.share'), sureShort(p), 'answer']);
  }
  return lines;
}

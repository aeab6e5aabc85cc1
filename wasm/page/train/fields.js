import { maxBatch, maxChannels, maxEpochs, maxLR, maxSeed, maxUnits } from '../shell/constants.js';

/**
 * Reads the fields that one types into. A field's text is read as it was meant,
 * or refused with a reason; never is it taken for another value.
 *
 * @typedef {{value?: string, refused?: string, values?: Record<string, any>}} Read  value: as the form writes it; refused: the key of a sentence
 */

/** @type {Record<string, {min: number, max: number, whole: boolean}>} */
export const numbers = {
  lr: { min: 0.0001, max: maxLR, whole: false },
  batch: { min: 1, max: maxBatch, whole: true },
  epochs: { min: 1, max: maxEpochs, whole: true },
  seed: { min: 0, max: maxSeed, whole: true },
};
/** Pairs of whole numbers, written "6, 16", and the most of each. @type {Record<string, number>} */
export const pairs = { channels: maxChannels, units: maxUnits };

/** Digits and signs as an East Asian keyboard writes them become those of ASCII. */
const plain = (/** @type {string} */ text) => text.normalize('NFKC').replace(/[−–]/g, '-').replaceAll('、', ',').trim();

/**
 * Reads the text of a field.
 * @param {string} key
 * @param {string} text
 * @returns {Read}
 */
export function read(key, text) {
  return key in pairs ? readPair(plain(text), pairs[key]) : readNumber(plain(text), numbers[key]);
}

/**
 * A decimal point or a decimal comma; in whole numbers a comma, a space or an
 * apostrophe may set thousands apart. "1,000" is 1 in some countries and 1,000
 * in others: where a fraction may be meant it is refused.
 */
function readNumber(/** @type {string} */ text, /** @type {{min: number, max: number, whole: boolean}} */ { min, max, whole }) {
  const grouped = /^[+-]?[1-9]\d{0,2}([,' ]\d{3})+$/.test(text);
  if (grouped && !whole) return { refused: 'field.unclear' };
  if (grouped) text = text.replace(/[,' ]/g, '');
  else text = text.replace(/^([+-]?\d*),(\d+(e[+-]?\d+)?)$/i, '$1.$2');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return { refused: 'field.number' };
  const value = Number(text);
  if (whole && !Number.isInteger(value)) return { refused: 'field.whole' };
  if (!(value >= min && value <= max)) return { refused: 'field.range', values: { min, max } };
  return { value: String(value) };
}

/** Two whole numbers with a comma, a semicolon, a cross or a space between. */
function readPair(/** @type {string} */ text, /** @type {number} */ max) {
  const pair = text.match(/^[([]?\s*(\d+)\s*[,;x×*/\s]\s*(\d+)\s*[)\]]?$/i)?.slice(1).map(Number);
  if (!pair) return { refused: 'field.pair' };
  if (!pair.every((n) => n >= 1 && n <= max)) return { refused: 'field.range', values: { min: 1, max } };
  return { value: pair.join(', ') };
}

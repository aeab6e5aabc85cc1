import { classes, sureShort } from '../shell/i18n.js';
import { node } from '../shell/svg.js';
import { tag } from './figures.js';

const [width, height] = [300, 76]; // of the curve's picture, its own units

/** @type {Record<string, (z: number) => number>} */
const activations = { Sigmoid: (z) => 1 / (1 + Math.exp(-z)), Tanh: Math.tanh, ReLU: (z) => Math.max(z, 0) };

/** The curve of an activation with the unit's point on it. @param {string} act @param {number} z @param {number} value */
export function curve(act, z, value) {
  const f = activations[act];
  let reach = 4; // of z, to both sides: doubled until the point is on it
  while (reach < Math.abs(z) && reach < 1e9) reach *= 2;
  const [low, high] = act === 'ReLU' ? [-reach / 8, reach] : [act === 'Tanh' ? -1 : 0, 1];
  const x = (/** @type {number} */ v) => 6 + ((v + reach) / (2 * reach)) * (width - 12);
  const y = (/** @type {number} */ v) => height - 10 - ((v - low) / (high - low)) * (height - 20);
  const at = (/** @type {number} */ v, /** @type {number} */ w) => `${x(v).toFixed(1)} ${y(w).toFixed(1)}`;
  const points = Array.from({ length: 97 }, (_, i) => (2 * i * reach) / 96 - reach);
  const picture = node('svg', { class: 'curve', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' });
  picture.append(
    node('path', { class: 'axis', d: `M0 ${y(0).toFixed(1)}H${width}M${x(0)} 0V${height}` }),
    node('path', { class: 'line', d: `M${points.map((v) => at(v, f(v))).join('L')}` }),
  );
  if (Number.isFinite(z)) {
    picture.append(
      node('path', { class: 'leads', d: `M${at(z, 0)}L${at(z, value)}L${at(0, value)}` }),
      node('circle', { cx: x(z).toFixed(1), cy: y(value).toFixed(1), r: 5 }),
    );
  }
  return picture;
}

/** The probabilities that softmax makes of the logits, one marked. @param {Float32Array} logits @param {number} channel @param {string} dataset */
export function softmax(logits, channel, dataset) {
  const top = Math.max(...logits);
  const shares = Array.from(logits, (z) => Math.exp(z - top));
  const sum = shares.reduce((a, b) => a + b, 0);
  const box = tag('ol', logits.length > 16 ? 'shares many' : 'shares');
  box.setAttribute('aria-hidden', 'true');
  classes(dataset).forEach((name, i) => {
    const column = tag('li', i === channel ? 'chosen' : '');
    const bar = tag('i');
    bar.style.transform = `scaleY(${shares[i] / sum})`;
    const track = tag('span', 'bar');
    track.append(bar);
    column.append(track, tag('b', '', logits.length > 16 ? '' : [...name].length > 2 ? String(i) : name));
    column.title = `${name}: ${sureShort(shares[i] / sum)}`;
    box.append(column);
  });
  return box;
}

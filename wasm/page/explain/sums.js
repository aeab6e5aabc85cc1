import { kernel } from '../shell/constants.js';
import { t } from '../shell/i18n.js';
import { brief, drawing, empty, greys, number, paint, renew, short, step, tag, term } from './figures.js';
import { where } from './words.js';
import { viewOf } from './views.js';

/** @typedef {import('../shell/types.js').Inspection} Inspection @typedef {import('../shell/types.js').Unit} Unit */
/** @typedef {{unit: Unit, weights: Float32Array, values: Float32Array, spread: number}} Row  of a linear unit; values: -1..1 for ±3 times spread */
/**
 * What a unit is shown with. trace: of the network that computed it; row: its weights or
 * their gradients, in those views; colors: of the theme and the network
 * @typedef {{seen: Inspection, row: Row|null, view: string, config: import('../shell/types.js').Config, layers: import('../shell/types.js').Layer[],
 *   dataset: string, trace?: Float32Array, pixels?: Uint8Array, colors: {scale: Uint32Array, signed: Uint32Array, low: number}}} Shown
 */

const area = kernel * kernel;

/** The colours of a layer's values, and the values at their ends. -1 is the input. */
export function scaleOf(/** @type {Shown} */ { colors, config }, /** @type {number} */ layer, /** @type {Float32Array} */ values) {
  if (layer < 0) return { scale: greys, low: 0, high: 1 };
  const high = config.activation === 'relu' ? Math.max(...values, 1e-9) : 1;
  return { scale: colors.scale, low: colors.low * high, high };
}

/** The largest of the values, whatever their signs. */
const most = (/** @type {Float32Array} */ values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;

/**
 * Sums is the left half of a unit that is opened: its inputs, their weights and
 * what they come to.
 */
export class Sums {
  /** @param {HTMLElement} root @param {(unit: Unit) => void} point */
  constructor(root, point) {
    this.root = root;
    /** @type {Shown|null} */
    this.shown = null;
    this.cell = -1; // the cell of a window that is pointed at
    this.place = -1; // the cell of a row that is pointed at
    /** @type {{input: Patch, weight: Patch, product?: Patch, sum?: Element}[]} of a convolution, one for each map before */
    this.rows = [];
    for (const type of ['pointermove', 'pointerdown']) { // a tap does not move
      root.addEventListener(type, (/** @type {any} */ e) => this.over(e));
    }
    root.addEventListener('click', (e) => {
      const vote = /** @type {HTMLElement|null} */ (/** @type {Element} */ (e.target).closest('[data-from]'));
      if (vote) point(JSON.parse(vote.dataset.from));
    });
  }

  show(/** @type {Shown} */ shown) {
    const { kind, unit } = shown.seen;
    const before = this.shown?.seen;
    this.shown = shown;
    if (before?.unit.layer !== unit.layer || before.unit.channel !== unit.channel) this.cell = this.place = -1;
    this.root.dataset.kind = kind;
    if (kind === 'conv') return this.conv(before?.unit.layer);
    this.rows = [];
    if (kind === 'linear') return renew(this.root, this.linear());
    renew(this.root, kind === 'pool' ? this.pool() : [this.pixel()]);
  }

  /** The windows that the kernel lies on, times the kernel; of a single one the products too. */
  conv(/** @type {number|undefined} */ before) {
    const { shown, root, rows } = this;
    const { seen, colors } = shown;
    const { unit } = seen;
    const maps = seen.sums.length;
    if (rows.length !== maps || before !== unit.layer || !root.contains(rows[0].input.box)) this.build(maps);
    const { scale, low, high } = scaleOf(shown, unit.layer <= 1 ? -1 : 2, seen.inputs);
    const heaviest = most(seen.weights);
    const products = seen.inputs.map((v, i) => v * seen.weights[i]);
    this.rows.forEach(({ input, weight, product, sum }, m) => {
      const of = (/** @type {Float32Array} */ values) => values.subarray(area * m, area * m + area);
      input.paint(of(seen.inputs), scale, low, high);
      weight.paint(of(seen.weights), colors.signed, -heaviest, heaviest);
      product?.paint(products, colors.signed, -most(products), most(products));
      if (!sum) return;
      sum.textContent = term(seen.sums[m]);
      sum.className = seen.sums[m] < 0 ? 'against' : 'for';
    });
    this.products = products;
    this.mark();
  }

  build(/** @type {number} */ maps) {
    const image = this.shown.seen.unit.layer <= 1;
    const list = tag('ol', `sums${maps === 1 ? ' one' : maps > 6 ? ' many' : ''}`);
    this.rows = Array.from({ length: maps }, (_, m) => {
      const single = maps === 1;
      const row = tag('li', 'sum');
      const [input, weight] = [new Patch(m, 'input', single), new Patch(m, 'kernel', single)];
      const parts = { input, weight, product: single ? new Patch(m, 'product', true) : undefined, sum: single ? undefined : tag('output') };
      if (single) row.append(input.named(t(image ? 'zoom.pixels' : 'zoom.inputs')), op('×'), weight.named(t('zoom.weights')), op('='), parts.product.named(t('zoom.products')));
      else row.append(tag('span', 'unseen', t('inspect.nth', { n: m + 1 })), input.box, op('×'), weight.box, parts.sum);
      list.append(row);
      return parts;
    });
    this.root.replaceChildren(list, tag('p', 'cell'));
  }

  /** Marks the cell that one points at, or the one with the largest product, and writes the product. */
  mark() {
    const { seen } = this.shown;
    const { products } = this;
    const i = this.cell >= 0 ? this.cell : products.reduce((best, v, i) => (Math.abs(v) > Math.abs(products[best]) ? i : best), 0);
    const m = Math.floor(i / area);
    this.rows.forEach(({ input, weight, product }, k) => {
      for (const patch of [input, weight, product]) patch?.mark(k === m ? i % area : -1);
    });
    const line = `${number(seen.inputs[i])} × ${number(seen.weights[i])} = ${number(products[i])}`;
    this.root.querySelector('.cell').textContent = (this.rows.length > 1 ? `${t('inspect.nth', { n: m + 1 })} ` : '') + line;
  }

  /** The pointer is over a cell. */
  over(/** @type {PointerEvent} */ e) {
    const target = /** @type {Element} */ (e.target);
    const row = /** @type {HTMLCanvasElement|null} */ (target.closest('.row canvas'));
    const at = (/** @type {Element} */ box, /** @type {number} */ width, /** @type {number} */ height) => {
      const r = box.getBoundingClientRect();
      const cell = (/** @type {number} */ share, /** @type {number} */ n) => Math.min(Math.max(Math.floor(share * n), 0), n - 1);
      return cell((e.clientY - r.y) / r.height, height) * width + cell((e.clientX - r.x) / r.width, width);
    };
    if (row) {
      this.place = at(row, row.width, row.height);
      this.show(this.shown);
    }
    const patch = /** @type {HTMLElement|null} */ (target.closest('.patch[data-map]'));
    if (!patch) return;
    this.cell = area * Number(patch.dataset.map) + at(patch, kernel, kernel);
    this.mark();
  }

  /** The window of a pooling, its numbers written in. */
  pool() {
    const { seen } = this.shown;
    const { scale, low, high } = scaleOf(this.shown, seen.unit.layer, seen.inputs);
    const best = Math.max(...seen.inputs);
    const box = tag('div', 'window');
    for (const v of seen.inputs) {
      const cell = tag('span', seen.module === 'MaxPool2d' && v === best ? 'best' : '', number(v).trim());
      cell.prepend(drawing([v], 1, scale, low, high));
      box.append(cell);
    }
    const list = Array.from(seen.inputs, (v) => number(v).trim());
    const mean = seen.module !== 'MaxPool2d';
    return [box, tag('p', 'cell', `${mean ? `(${list.join(' + ')}) / 4` : `max(${list.join(', ')})`} = ${number(seen.value).trim()}`)];
  }

  /** The image, with the pixel marked. */
  pixel() {
    const { seen: { unit: { y, x } }, trace } = this.shown;
    const box = tag('div', 'patch image');
    const mark = tag('span', 'mark');
    mark.style.translate = `${100 * x}% ${100 * y}%`;
    box.append(drawing(trace.subarray(0, 784), 28, greys, 0, 1), mark);
    return box;
  }

  /** All inputs, weights and products of a linear unit, and the strongest products for and against. */
  linear() {
    const { seen, row, colors } = this.shown;
    const products = seen.inputs.map((v, i) => v * seen.weights[i]);
    const { scale, low, high } = scaleOf(this.shown, 5, seen.inputs);
    const [heaviest, largest] = [most(seen.weights), most(products)];
    const pictures = row ? [] : [
      this.picture(seen.inputs, scale, low, high, t('zoom.inputs')),
      this.picture(seen.weights, colors.signed, -heaviest, heaviest, t('zoom.weights')),
      this.picture(products, colors.signed, -largest, largest, t('zoom.products')),
    ];
    const box = tag('div', 'pictures');
    box.append(...pictures, ...(row ? this.row() : []));
    return [box, votes(seen)];
  }

  picture(/** @type {Float32Array} */ values, /** @type {Uint32Array} */ scale, /** @type {number} */ low, /** @type {number} */ high, /** @type {string} */ name) {
    const figure = tag('figure');
    figure.append(tag('figcaption', '', name), laid(values, this.maps(), scale, low, high).canvas);
    return figure;
  }

  /** How many maps of 5 × 5 a linear unit's inputs lie on; 0 for single units. */
  maps() {
    const { seen, config } = this.shown;
    return seen.unit.layer === 8 ? config.channels[1] : 0;
  }

  /** The weights of a linear unit, or the gradient on them, one a value of the layer before. */
  row() {
    const { seen, row: { unit, weights, spread }, view, colors } = this.shown;
    const n = weights.length;
    const maps = this.maps();
    const { canvas, places } = laid(weights, maps, colors.signed, -3 * spread, 3 * spread);
    const head = tag('p', 'cell');
    const name = `${unit.layer === 11 ? 11 : unit.layer - 1}${viewOf(view).suffix}[${unit.channel}]`;
    head.append(tag('b', '', name), `  ${n}${maps ? ` = ${maps} × 5 × 5` : ''} · 3s = ${short(3 * spread)}`);
    const picture = tag('div', 'row');
    picture.append(canvas);
    const best = weights.reduce((b, w, i) => (Math.abs(w) > Math.abs(weights[b]) ? i : b), 0);
    const pointed = places.indexOf(this.place);
    const i = pointed < 0 ? best : pointed;
    const at = maps ? [Math.floor(i / area), Math.floor(i / kernel) % kernel, i % kernel].join(', ') : i;
    const x = viewOf(view).weighs && seen.inputs?.length === n ? `${number(seen.inputs[i])} × ` : '';
    return [head, picture, tag('p', 'cell', `[${at}]  ${x}${number(weights[i])}${x && ` = ${number(seen.inputs[i] * weights[i])}`}`)];
  }
}

/** Patch is a picture of 5 × 5 values, in which a cell may be marked and the numbers may be written. */
class Patch {
  /** @param {number} map @param {string} kind @param {boolean} written */
  constructor(map, kind, written) {
    this.box = tag('span', `patch ${kind}`);
    this.box.dataset.map = String(map);
    this.canvas = empty();
    this.frame = tag('span', 'mark');
    this.cells = Array.from({ length: written ? area : 0 }, () => tag('span'));
    const numbers = tag('span', 'written');
    numbers.setAttribute('aria-hidden', 'true');
    numbers.append(...this.cells);
    this.box.append(this.canvas, ...(written ? [numbers] : []), this.frame);
  }

  /** @param {Float32Array} values @param {Uint32Array} scale @param {number} low @param {number} high */
  paint(values, scale, low, high) {
    paint(this.canvas, values, kernel, scale, low, high);
    this.cells.forEach((cell, i) => {
      const text = brief(values[i]);
      if (cell.textContent !== text) cell.textContent = text;
      cell.classList.toggle('on-light', light(scale[step(values[i], low, high)] ?? 0));
    });
  }

  /** The picture with its name below. */
  named(/** @type {string} */ name) {
    const figure = tag('figure');
    figure.append(this.box, tag('figcaption', '', name));
    return figure;
  }

  /** Marks a cell, -1 for none. */
  mark(/** @type {number} */ cell) {
    this.box.classList.toggle('on', cell >= 0);
    if (cell >= 0) this.frame.style.translate = `${100 * (cell % kernel)}% ${100 * Math.floor(cell / kernel)}%`;
  }
}

/** Whether dark letters are read better on a colour of an image. */
const light = (/** @type {number} */ rgb) => 0.299 * (rgb & 255) + 0.587 * ((rgb >> 8) & 255) + 0.114 * ((rgb >> 16) & 255) > 140;

const op = (/** @type {string} */ sign) => tag('span', 'op', sign);

/** The strongest products of a linear unit, for and against. */
function votes(/** @type {Inspection} */ seen) {
  const large = Math.max(...[...seen.for, ...seen.against].map((v) => Math.abs(v.product)), 1e-12);
  const list = tag('div', 'votes');
  for (const [key, terms] of /** @type {[string, import('../shell/types.js').Term[]][]} */ ([['for', seen.for], ['against', seen.against]])) {
    if (!terms.length) continue;
    list.append(tag('span', 'side', t(`inspect.${key}`)), tag('span', 'side terms', 'x · w'));
    for (const v of terms) {
      const row = tag('button', `vote ${key}`);
      row.setAttribute('type', 'button');
      const bar = tag('i');
      bar.style.transform = `scaleX(${Math.abs(v.product) / large})`;
      const track = tag('span', 'bar');
      track.append(bar);
      row.append(tag('span', 'name', where(v.from)), track, tag('span', 'value', number(v.product)), tag('span', 'value dim', `${number(v.x)} · ${number(v.w)}`));
      row.dataset.from = JSON.stringify(v.from);
      list.append(row);
    }
  }
  return list;
}

/** Values of the layer before a linear unit as a picture, and where each of them lies in it. */
function laid(/** @type {Float32Array} */ values, /** @type {number} */ maps, /** @type {Uint32Array} */ scale, /** @type {number} */ low, /** @type {number} */ high) {
  const { places, width } = arrange(values.length, maps);
  const cells = new Float32Array(width * (Math.floor(Math.max(...places) / width) + 1)).fill(NaN);
  values.forEach((v, i) => (cells[places[i]] = v));
  return { canvas: drawing(cells, width, scale, low, high), places };
}

/**
 * Where in its picture each of n values before a linear unit lies, and how wide
 * that is: those on maps as the maps are, beside each other with gaps, those of
 * single units in rows.
 */
export function arrange(/** @type {number} */ n, /** @type {number} */ maps) {
  if (!maps) {
    let width = Math.min(24, n);
    while (width > 12 && n % width) width--;
    return { places: Array.from({ length: n }, (_, i) => i), width };
  }
  const beside = Math.min(maps, 8);
  const width = beside * 6 - 1;
  const places = Array.from({ length: n }, (_, i) => {
    const m = Math.floor(i / 25);
    return (Math.floor(m / beside) * 6 + (Math.floor(i / 5) % 5)) * width + (m % beside) * 6 + (i % 5);
  });
  return { places, width };
}

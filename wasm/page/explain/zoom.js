import { copySelected } from '../shell/copy.js';
import { relabel, t, write } from '../shell/i18n.js';
import { nameOf } from '../shell/keys.js';
import { shapeOf, valuesOf } from '../shell/trace.js';
import { curve, softmax } from './curve.js';
import { empty, greys, paint, renew, tag } from './figures.js';
import { arrange, scaleOf, Sums } from './sums.js';
import { sentence, terms, title, where } from './words.js';

/** @typedef {import('../shell/types.js').Unit} Unit @typedef {import('./sums.js').Shown} Shown */

const units = 6; // of a linear layer, passed in a second while playing; of a map it is a row

/** @type {Record<string, [number, number]>} */
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Zoom is the unit that is held, opened over the stage: its inputs, weights and
 * products, the sum and the activation, its place in its map, and what it sees of
 * the image. The place can be moved, and moves over the whole map by itself. It
 * shows what it is given, and reports which unit is wanted.
 */
export class Zoom {
  /**
   * @param {HTMLElement} root
   * @param {{point: (unit: Unit) => void, close: () => void, back: () => void}} on  back: the focus goes back to the stage
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    /** @type {Shown|null} */
    this.shown = null;
    this.at = 0; // the place on show, counted row by row
    this.wanted = -1; // the place that was asked for and is not computed yet; -1 for none
    this.filling = false; // places after this one are not computed yet
    this.playing = 0; // the animation frame that is to come; 0 where it rests
    this.byHand = false; // it was opened on the stage
    const $ = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.parts = {
      title: $('h2'), where: $('.where'), words: $('.words'), terms: $('.terms'), graph: $('.graph'), formula: $('.formula'), torch: $('.torch'), places: $('.places'),
      map: $('.map'), mark: $('.map .mark'), field: $('.sees .mark'), sees: $('.sees'), seen: $('.sees figcaption'), play: $('.play'),
    };
    this.slider = /** @type {HTMLInputElement} */ ($('.at'));
    this.sums = new Sums($('.sums-box'), (unit) => on.point(unit));
    this.canvas = empty();
    this.image = empty();
    this.parts.map.prepend(this.canvas);
    this.parts.field.before(this.image);
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    this.still.addEventListener('change', () => this.rest());

    $('.close').addEventListener('click', () => on.close());
    this.parts.play.addEventListener('click', () => this.toggle());
    this.slider.addEventListener('input', () => {
      this.go(Number(this.slider.value));
    });
    $('.copy').addEventListener('click', () => this.copy());
    this.parts.map.addEventListener('keydown', (e) => this.key(e));
    for (const type of ['pointerdown', 'pointermove']) {
      this.parts.map.addEventListener(type, (/** @type {any} */ e) => this.drag(e));
    }
    document.addEventListener('keydown', (e) => {
      if (e.key !== 'Escape' || e.defaultPrevented || !this.shown || document.querySelector('dialog[open], :popover-open')) return;
      e.preventDefault();
      on.close();
    });
    addEventListener('popstate', () => this.shown && !history.state?.zoom && on.close());
  }

  /** Opens, follows, or with null closes. byHand: somebody opened it on the stage */
  show(/** @type {Shown|null} */ shown, byHand = false) {
    const before = this.shown;
    this.shown = shown;
    this.root.hidden = !shown;
    this.root.classList.remove('blank');
    if (!shown) return before && this.left();
    if (this.keyOf(before?.seen.unit) !== this.keyOf(shown.seen.unit)) {
      this.rest();
      this.filling = false;
      this.wanted = -1;
    }
    if (!before) this.entered(byHand);
    const at = this.indexOf(shown.seen.unit);
    if (this.wanted === at) this.wanted = -1;
    if (this.wanted < 0) this.at = at;
    this.write();
  }

  /** Nothing is drawn any more: it stays open, without numbers. */
  blank() {
    this.rest();
    this.root.classList.add('blank');
  }

  /** The map, or the layer of single units, that a unit lies in. */
  keyOf(/** @type {Unit|undefined} */ u) {
    return u && `${u.layer},${u.layer > 6 ? '' : u.channel}`;
  }

  /** How the units lie among which this one is: of its map, or of its layer. */
  get places() {
    const { layers, seen: { unit: { layer } } } = this.shown;
    const [n, rows, columns] = shapeOf(layers, layer);
    return layer > 6 ? { n, width: arrange(n, 0).width } : { n: rows * columns, width: columns };
  }

  indexOf(/** @type {Unit} */ { layer, channel, y, x }) {
    return layer > 6 ? channel : y * this.places.width + x;
  }

  unitAt(/** @type {number} */ i) {
    const { layer, channel } = this.shown.seen.unit;
    const { width } = this.places;
    return layer > 6 ? { layer, channel: i, y: 0, x: 0 } : { layer, channel, y: Math.floor(i / width), x: i % width };
  }

  entered(/** @type {boolean} */ byHand) {
    this.byHand = byHand;
    if (!byHand) return;
    this.parts.map.focus({ preventScroll: true });
    if (top === self && !history.state?.zoom) history.pushState({ zoom: true }, ''); // Back closes it
  }

  left() {
    this.rest();
    this.filling = false;
    if (this.byHand && (this.root.contains(document.activeElement) || document.activeElement === document.body)) this.on.back();
    if (history.state?.zoom) history.back();
  }

  // ---- what it shows -------------------------------------------------------

  write() {
    const { shown, parts, root } = this;
    const { seen, layers, dataset, trace, row } = shown;
    const { unit } = seen;
    Object.assign(root.dataset, { unit: [unit.layer, unit.channel, unit.y, unit.x].join(), kind: seen.kind, value: String(seen.value), engine: String(seen.engine) });
    const [of] = shapeOf(layers, unit.layer);
    write(parts.title, title(seen));
    write(parts.where, where(unit, of, dataset));
    write(parts.words, sentence(seen, dataset));
    write(parts.formula, seen.formula);
    write(parts.torch, seen.torch);
    this.sums.show(shown);
    const logits = valuesOf(trace, layers, 11);
    renew(parts.terms, [numbers(terms(seen, logits))]);
    renew(parts.graph, unit.layer === 11 ? [softmax(logits, unit.channel, dataset)] : seen.act ? [curve(seen.act, seen.z, seen.value)] : []);
    root.classList.toggle('weights', !!row);
    this.writeSees();
    this.writePlace();
  }

  /** What of the image the unit sees. */
  writeSees() {
    const { shown: { seen: { sees: [y0, x0, y1, x1], kind }, pixels }, parts: { sees, seen, field } } = this;
    sees.hidden = !pixels || kind === 'input';
    if (sees.hidden) return;
    const [rows, columns] = [y1 - y0 + 1, x1 - x0 + 1];
    paint(this.image, pixels, 28, greys, 0, 255);
    frame(field, x0, y0, columns, rows, 28, 28);
    write(seen, t('zoom.sees', { rows, columns }));
  }

  /** Where the unit lies among its like. */
  writePlace() {
    const { shown, parts, at, slider, filling } = this;
    const { seen: { unit }, layers, trace } = shown;
    const { n, width } = this.places;
    const values = valuesOf(trace, layers, unit.layer);
    const from = unit.layer > 6 ? 0 : unit.channel * n;
    const own = values.subarray(from, from + n);
    const output = unit.layer === 11;
    const { scale, low, high } = output ? { scale: shown.colors.signed, low: -10, high: 10 } : scaleOf(shown, unit.layer, values);
    paint(this.canvas, filling ? own.map((v, i) => (i > at ? NaN : v)) : own, width, scale, low, high);
    frame(parts.mark, at % width, Math.floor(at / width), 1, 1, width, Math.ceil(n / width));
    slider.max = String(n - 1);
    slider.value = String(at);
    slider.setAttribute('aria-valuetext', where(this.unitAt(at), 0, shown.dataset));
    const label = this.playing ? 'zoom.pause' : this.still.matches ? 'zoom.step' : 'zoom.play';
    if (parts.play.dataset.label !== label) relabel(parts.play, label);
  }

  // ---- moving --------------------------------------------------------------

  /** Another place is wanted. */
  move(/** @type {number} */ i) {
    const at = Math.min(Math.max(i, 0), this.places.n - 1);
    if (at === this.at) return;
    this.at = this.wanted = at;
    this.writePlace();
    this.on.point(this.unitAt(at));
  }

  key(/** @type {KeyboardEvent} */ e) {
    const name = nameOf(e);
    const [dx, dy] = ways[e.key] ?? [0, 0];
    const { n, width } = this.places;
    if (name === 'Home' || name === 'End') this.go(name === 'Home' ? 0 : n - 1);
    else if (name === e.key && (dx || dy)) {
      const [x, y] = [(this.at % width) + dx, Math.floor(this.at / width) + dy];
      if (x >= 0 && x < width && y >= 0 && y * width + x < n) this.go(y * width + x);
    } else if (name === `Shift+${e.key}` && (dx || dy)) this.skip(dx + dy);
    else return;
    e.preventDefault();
  }

  /** Somebody moves it. */
  go(/** @type {number} */ i) {
    this.rest();
    this.move(i);
  }

  /** The same place in the next map, or in the one before. */
  skip(/** @type {number} */ by) {
    const { layers, seen: { unit } } = this.shown;
    const channel = unit.channel + by;
    if (unit.layer <= 6 && channel >= 0 && channel < shapeOf(layers, unit.layer)[0]) this.on.point({ ...this.unitAt(this.at), channel });
  }

  /** The pointer moves the place over the map. */
  drag(/** @type {PointerEvent} */ e) {
    if (!(e.buttons & 1)) return;
    const { map } = this.parts;
    map.setPointerCapture(e.pointerId);
    if (e.type === 'pointerdown') this.filling = false;
    const r = this.canvas.getBoundingClientRect();
    const { n, width } = this.places;
    const cell = (/** @type {number} */ share, /** @type {number} */ of) => Math.min(Math.max(Math.floor(share * of), 0), of - 1);
    this.go(Math.min(cell((e.clientY - r.y) / r.height, Math.ceil(n / width)) * width + cell((e.clientX - r.x) / r.width, width), n - 1));
  }

  /** Plays from here on, or from the beginning; pauses; or, where no motion is wanted, goes on by one place. */
  toggle() {
    if (this.playing) return this.rest();
    const { n, width } = this.places;
    const end = this.at >= n - 1;
    if (this.still.matches) return this.move(end ? 0 : this.at + 1);
    const pace = (this.shown.seen.unit.layer > 6 ? units : width) / 1000; // places in a millisecond
    let place = end ? 0 : this.at;
    let last = performance.now();
    this.filling = true;
    const next = (/** @type {number} */ now) => {
      place += pace * Math.min(Math.max(now - last, 0), 100); // a tab that was hidden goes on where it was
      last = now;
      this.playing = place < n - 1 ? requestAnimationFrame(next) : 0;
      this.move(Math.floor(Math.min(place, n - 1)));
      if (!this.playing) this.rest();
    };
    this.playing = requestAnimationFrame(next);
    if (end) this.move(0);
    this.writePlace();
  }

  rest() {
    cancelAnimationFrame(this.playing);
    const played = this.playing || this.filling;
    this.playing = 0;
    if (this.shown && this.at >= this.places.n - 1) this.filling = false;
    if (this.shown && played) this.writePlace();
  }

  /** Copies the line of PyTorch, or selects it where the clipboard is refused. */
  async copy() {
    const { torch } = this.parts;
    getSelection().selectAllChildren(torch);
    if (!(await copySelected(torch.textContent))) return;
    const button = this.root.querySelector('.copy span');
    button.textContent = t('zoom.copied');
    clearTimeout(this.said);
    this.said = setTimeout(() => (button.textContent = t('share.copy')), 2000);
  }
}

/** Lays a frame around cells of a picture of so many columns and rows. */
function frame(/** @type {HTMLElement} */ e, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h, /** @type {number} */ columns, /** @type {number} */ rows) {
  const percent = (/** @type {number} */ v, /** @type {number} */ of) => `${(100 * v) / of}%`;
  Object.assign(e.style, { left: percent(x, columns), top: percent(y, rows), width: percent(w, columns), height: percent(h, rows) });
}

/** Numbers below each other, each with its name. */
function numbers(/** @type {[string, string, string?][]} */ lines) {
  const list = tag('dl', 'numbers');
  for (const [name, value, className] of lines) {
    const row = tag('div', className);
    row.append(tag('dt', '', name), tag('dd', '', value));
    list.append(row);
  }
  return list;
}

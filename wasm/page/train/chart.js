import { count, t } from '../shell/i18n.js';
import { crisp, node, text } from '../shell/svg.js';
import { ceiling, lossAxis, tick, worst } from './axis.js';
import { band } from './band.js';
import { counted, curves, drawable, meanOf, nearest, takeOff, written } from './points.js';
import { Runs } from './runs.js';

/** @typedef {import('../shell/types.js').Point} Point */
/** @typedef {import('../shell/types.js').About} About */

const long = 20; // epochs of a run whose loss goes far below the first: its axis is in powers of ten unless somebody chose
const wild = 10; // likewise, a loss of one that diverges

/** Where 130 published runs of d2l's LeNet on Fashion-MNIST ended after ten epochs. */
const published = { epochs: 10, loss: [0.45, 0.49], acc: [0.81, 0.835], test: [0.77, 0.835] };

/**
 * Chart draws the curves of a run against epochs, as d2l's Animator does: the
 * loss on the left axis, the accuracies on the right one, and below them how
 * the run read what is in the pad. Training's curves are means over a tenth of
 * an epoch. The legend counts as d2l does (see counted): the newest numbers, or
 * those below the pointer or at the moment of the timeline; a table has the
 * epochs' results. Earlier runs stay to compare with.
 */
export class Chart {
  /** @param {SVGSVGElement} svg @param {HTMLElement} legend @param {HTMLTableElement} table @param {HTMLElement} log  the button of the loss axis */
  constructor(svg, legend, table, log) {
    this.svg = svg;
    this.table = table;
    this.button = log;
    /** @type {Point[]} */
    this.points = [];
    this.epochs = 10;
    /** @type {About|null} the run on show */
    this.about = null;
    this.band = false; // show where the published runs ended
    this.stepsPerEpoch = 0;
    this.classes = 10; // of the run on show
    /** @type {number|null} epoch of the timeline, where that is in the past */
    this.moment = null;
    /** @type {number|null} epoch of the network on show, where that is a moment of the run */
    this.handle = null;
    /** @type {import('./readings.js').Reading[]} */
    this.readings = [];
    /** what is in the pad, and the names of the classes that it may be read as */
    this.drawing = { title: '', names: /** @type {string[]} */ ([]) };
    this.width = this.height = 0;
    this.size = 11; // of the text, CSS pixels
    this.wanted = false;
    /** @type {number|null} epoch below the pointer */
    this.pointed = null;
    /** @type {boolean|null} whether somebody wants the loss in powers of ten */
    this.chosen = null;
    this.legend = legend;
    this.runs = new Runs(legend.querySelector('.runs'), () => this.draw());
    this.outputs = new Map(curves.map(({ name }) => [name, legend.querySelector(`[data-curve="${name}"] output`)]));
    new ResizeObserver(([e]) => {
      this.width = e.contentRect.width;
      this.height = e.contentRect.height;
      this.size = parseFloat(getComputedStyle(svg).fontSize) || 11;
      this.draw();
    }).observe(svg);
    svg.addEventListener('pointermove', (e) => this.point(e));
    svg.addEventListener('pointerdown', (e) => this.point(e));
    svg.addEventListener('pointerleave', () => this.point(null));
    log.addEventListener('click', () => {
      this.chosen = !this.log;
      this.draw();
    });
  }

  /**
   * Begins empty curves. A run that was on show long enough stays to compare with.
   * @param {number} epochs
   * @param {About|null} [about]  the run, where one begins
   * @param {{band: boolean, steps: number, classes?: number}} [more]  whether the published runs are its like, and its steps in an epoch
   */
  clear(epochs, about = null, { band, steps, classes = 10 } = { band: false, steps: 0 }) {
    if (this.about && this.points.some((p) => p.done)) this.runs.add(this.about, this.points);
    Object.assign(this, { points: [], readings: [], epochs, about: about && structuredClone(about), band, stepsPerEpoch: steps, classes });
    this.table.tBodies[0].replaceChildren();
    this.draw();
  }

  /** Shows another run's curves to compare with, or none any more. @param {Point[]|null} points @param {string} [name] */
  compare(points, name = '') {
    if (points) this.runs.add({ file: name }, points);
    else this.runs.clear();
  }

  add(/** @type {Point[]} */ points, /** @type {number} */ epochs) {
    if (!points.length && epochs === this.epochs) return;
    this.points = this.points.concat(points); // a run that is kept may have more than arguments can be
    this.epochs = epochs;
    for (const { epoch, done } of points) {
      if (!done) continue;
      const { loss, acc, test } = written(done);
      this.addRow([String(epoch), loss, acc, test]);
    }
    this.draw();
  }

  addRow(/** @type {string[]} */ cells) {
    const row = this.table.tBodies[0].insertRow();
    for (const text of cells) row.insertCell().textContent = text;
  }

  point(/** @type {PointerEvent|null} */ e) {
    this.pointed = null;
    if (e && this.points.length) {
      const { left, right } = this.box;
      const x = e.clientX - this.svg.getBoundingClientRect().left;
      this.pointed = ((x - left) / (right - left)) * this.epochs;
    }
    this.draw();
  }

  /** Draws with the next frame. */
  draw() {
    if (this.wanted) return;
    this.wanted = true;
    requestAnimationFrame(() => {
      this.wanted = false;
      this.paint();
    });
  }

  /** Where things lie: the curves, and the band of the drawing below them. The slider in show.css keeps to it. */
  get box() {
    const { width, height, size } = this;
    const [left, right, top, foot] = [3.4 * size, width - 4.6 * size, 1.6 * size, height - 1.6 * size];
    const room = foot - top - 1.3 * size;
    if (room < 4.5 * size) return { left, right, top, bottom: Math.max(foot, top), band: foot, foot }; // for the curves alone
    const high = Math.max(0.3 * room, 1.6 * size);
    return { left, right, top, bottom: foot - high - 1.3 * size, band: foot - high, foot };
  }

  /** The epochs of the axis: those of the run, or of the runs to compare with where there is none. */
  get span() {
    const ends = this.points.length ? [] : this.runs.list.map(({ points }) => Math.ceil(points[points.length - 1].epoch - 1e-6));
    return ends.length ? Math.max(...ends, 1) : this.epochs;
  }

  /** The losses that the axis has to show: those of others as far as they lie not far above the run's own. */
  get losses() {
    const own = this.points.map((p) => p.loss);
    const others = this.runs.list.flatMap(({ points }) => drawable(points).map((p) => p.loss));
    const most = own.length ? 2 * ceiling(worst(own)) : Infinity;
    return own.concat(others.filter((v) => v <= most));
  }

  /** Whether the loss is in powers of ten: as somebody chose, otherwise where a run is long or diverges. */
  get log() {
    return this.chosen ?? ((this.points.length > 0 && this.epochs >= long) || worst(this.losses) > wild);
  }

  paint() {
    const { svg, points, width, height, size, span } = this;
    if (!width) return;
    const { left, right, top, bottom } = this.box;
    const divisions = [5, 2, 1].find((n) => (bottom - top) / n >= 1.3 * size) ?? 1;
    const axis = lossAxis(this.losses, this.log, divisions);
    const x = (/** @type {number} */ epoch) => left + (epoch / span) * (right - left);
    const y = (/** @type {number} */ share) => bottom - share * (bottom - top);
    const share = (/** @type {string} */ name, /** @type {number} */ v) => y(name === 'loss' ? axis.at(v) : v);
    const middle = 0.36 * size; // from a line to the base of a text beside it

    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const plot = node('clipPath', { id: 'plot' });
    plot.append(node('rect', { x: 0, y: top - 2, width: right + 2, height: bottom - top + 4 }));
    const parts = [plot];
    for (let i = 0; i <= divisions; i++) {
      const at = y(i / divisions);
      parts.push(node('path', { class: i ? 'grid' : 'axis', d: `M${left} ${crisp(at)}H${right}` }));
      parts.push(text(right + 0.7 * size, at + middle, 'start', `${(100 * i) / divisions}${i === divisions ? ' %' : ''}`, 'acc'));
    }
    let free = Infinity; // where the label before has left room
    for (const v of axis.ticks) {
      const at = y(axis.at(v));
      if (free - at < 1.15 * size) continue;
      free = at;
      parts.push(text(left - 0.6 * size, at + middle, 'end', tick(v), 'loss'));
    }
    parts.push(...this.epochAxis(x));

    const left0 = takeOff(points, this.classes);
    if (left0 !== null) {
      const to = x(left0);
      parts.push(node('rect', { class: 'plateau', x: x(0), y: top, width: to - x(0), height: bottom - top }));
      parts.push(node('path', { class: 'take-off', d: `M${crisp(to)} ${top}V${bottom}` }));
      const step = Math.round(left0 * this.stepsPerEpoch);
      parts.push(text(to + 6, bottom - 8, 'start', t('chart.takeoff', { step: count(step) }), 'note'));
      if (to - x(0) > 6 * size) parts.push(text(to - 6, bottom - 8, 'end', t('chart.plateau'), 'note'));
    }
    const banded = this.band && span === published.epochs;
    if (banded) {
      for (const { name } of curves) {
        const [lo, hi] = published[/** @type {'loss'|'acc'|'test'} */ (name)].map((v) => share(name, v));
        parts.push(node('rect', { class: `band ${name}`, x: left, y: hi, width: right - left, height: lo - hi }));
      }
    }
    for (const { points, slot } of this.runs.list) {
      for (const name of ['loss', 'test']) parts.push(...this.curve(points, name, { x, share, kind: `pale run-${slot}`, span }));
    }
    for (const { name } of curves) parts.push(...this.curve(points, name, { x, share, kind: '', span }));
    parts.push(...this.reading(x), ...this.cursor(x));
    svg.replaceChildren(...parts);
    this.write(banded);
  }

  /** The numbers of the epochs, and lines up from them. */
  epochAxis(/** @type {(epoch: number) => number} */ x) {
    const { size, span } = this;
    const { left, right, top, bottom, foot } = this.box;
    const step = [1, 2, 5, 10, 20, 50, 100, 200].find((s) => (span / s) * 4 * size <= right - left) ?? span;
    const parts = [];
    for (let e = 0; e <= span; e += step) {
      if (e) parts.push(node('path', { class: 'grid', d: `M${crisp(x(e))} ${top}V${bottom}` }));
      parts.push(text(x(e), foot + 1.2 * size, 'middle', String(e)));
    }
    parts.push(text(right + 0.9 * size, foot + 1.2 * size, 'start', t('epoch')));
    return parts;
  }

  /**
   * One curve of a run; that of the test accuracy has a dot at each epoch.
   * @param {Point[]} points @param {string} name
   * @param {{x: (epoch: number) => number, share: (name: string, v: number) => number, kind: string, span: number}} how
   */
  curve(points, name, { x, share, kind, span }) {
    const { of } = curves.find((c) => c.name === name);
    const own = drawable(points.filter((p) => of(p) !== undefined && p.epoch <= span));
    if (!own.length) return [];
    const places = own.map((p) => [x(p.epoch), share(name, of(p))].map((v) => v.toFixed(1)));
    const parts = [node('path', { class: `curve ${name} ${kind}`, 'clip-path': 'url(#plot)', d: `M${places.map((p) => p.join(' ')).join('L')}` })];
    if (name === 'test' && own.length <= 100) for (const [cx, cy] of places) parts.push(node('circle', { class: `test ${kind}`, cx, cy, r: kind ? 2 : 2.5 }));
    return parts;
  }

  /** How the run read what is in the pad. */
  reading(/** @type {(epoch: number) => number} */ x) {
    const { size, readings, drawing: { title, names } } = this;
    const { left, right, band: top, foot: bottom } = this.box;
    if (top === bottom) return [];
    return [
      text(left, top - 0.35 * size, 'start', title, 'note'),
      ...band(readings, { left, right, top, bottom, x }, names, (name) => t('chart.reads', { name }), size),
    ];
  }

  /** The line of the moment on show, under the slider's handle, and that of the pointer. */
  cursor(/** @type {(epoch: number) => number} */ x) {
    const { size, handle, pointed, points } = this;
    const { top, bottom, foot } = this.box;
    const parts = [];
    if (handle !== null) parts.push(node('path', { class: 'moment', d: `M${crisp(x(handle))} ${top - 0.8 * size}V${foot}` }));
    if (pointed !== null && points.length) {
      const epoch = nearest(points, pointed);
      parts.push(node('path', { class: 'pointer', d: `M${crisp(x(epoch))} ${top}V${bottom}` }));
      parts.push(text(x(epoch), top - 0.2 * size, 'middle', `${t('epoch')} ${epoch.toFixed(1)}`, 'pointer'));
    }
    return parts;
  }

  /** The numbers that the legend shows: the newest, or those known at the pointer or the moment. */
  values() {
    const { points, pointed, moment, stepsPerEpoch } = this;
    return counted(points, pointed === null ? moment ?? Infinity : nearest(points, pointed), stepsPerEpoch);
  }

  /** Writes the legend. */
  write(/** @type {boolean} */ banded) {
    const now = this.values();
    const said = now ? written(now) : { loss: '', acc: '', test: '' };
    for (const { name } of curves) this.outputs.get(name).textContent = said[/** @type {'loss'|'acc'|'test'} */ (name)];
    this.legend.title = t('chart.how');
    /** @type {HTMLElement} */ (this.legend.querySelector('.published')).hidden = !banded;
    this.runs.write(this.points.length ? this.about : null);
    this.button.setAttribute('aria-pressed', String(this.log));
  }

  /** The curves as comma-separated values, a line for each point: the numbers of the legend, then the drawn means over a tenth of an epoch. */
  csv() {
    const { points, stepsPerEpoch } = this;
    const rows = points.map(({ epoch, loss, acc, done }, i) => {
      const so = meanOf(points, i, stepsPerEpoch);
      return [epoch, so.loss, so.acc, done?.test ?? '', loss, acc].join(',');
    });
    return ['epoch,train_loss,train_acc,test_acc,tenth_loss,tenth_acc', ...rows, ''].join('\n');
  }
}

import { count, percent, t } from '../shell/i18n.js';

const ns = 'http://www.w3.org/2000/svg';
/** @typedef {import('../shell/types.js').Point} Point */

const curves = [
  { name: 'loss', of: (/** @type {Point} */ p) => p.loss },
  { name: 'acc', of: (/** @type {Point} */ p) => p.acc },
  { name: 'test', of: (/** @type {Point} */ p) => p.done?.test },
];
const edge = { left: 40, right: 52, top: 20, bottom: 28 }; // the slider in app.css keeps to them
const divisions = 5;

/** Where 130 published runs of d2l's LeNet on Fashion-MNIST ended after ten epochs. */
const published = { epochs: 10, loss: [0.45, 0.49], acc: [0.81, 0.835], test: [0.77, 0.835] };
/** A loss above the first is chance, ln 10 = 2.303; one below the second has left it. */
const chance = { above: 2.25, below: 2.2 };

/**
 * Chart draws the curves of a run against epochs, as d2l's Animator does: the
 * accuracies on the left axis, the loss on the right one. Training's curves are
 * means over a tenth of an epoch. The legend has the newest values, or those
 * below the pointer or at the moment of the timeline; a table has the epochs'
 * results, which are means over a whole epoch, as in d2l. The run before the
 * one on show stays as pale curves to compare with.
 */
export class Chart {
  /** @param {SVGSVGElement} svg @param {HTMLElement} legend @param {HTMLTableElement} table */
  constructor(svg, legend, table) {
    this.svg = svg;
    this.table = table;
    /** @type {Point[]} */
    this.points = [];
    this.epochs = 10;
    this.name = () => ''; // of the run on show, in the page's language
    /** @type {{name: () => string, points: Point[]}|null} the run before it */
    this.before = null;
    this.band = false; // show where the published runs ended
    this.stepsPerEpoch = 0;
    /** @type {number|null} epoch of the timeline, where that is in the past */
    this.moment = null;
    this.width = this.height = 0;
    this.wanted = false;
    /** @type {number|null} epoch below the pointer */
    this.pointed = null;
    this.legend = legend;
    this.outputs = new Map(curves.map(({ name }) => [name, legend.querySelector(`[data-curve="${name}"] output`)]));
    new ResizeObserver(([e]) => {
      this.width = e.contentRect.width;
      this.height = e.contentRect.height;
      this.draw();
    }).observe(svg);
    svg.addEventListener('pointermove', (e) => this.point(e));
    svg.addEventListener('pointerdown', (e) => this.point(e));
    svg.addEventListener('pointerleave', () => this.point(null));
    legend.querySelector('.before button').addEventListener('click', () => {
      this.before = null;
      this.draw();
    });
  }

  /**
   * Begins empty curves. A run that was on show long enough stays to compare with.
   * @param {number} epochs
   * @param {() => string} [name]  of the run, where one begins
   * @param {{band: boolean, steps: number}} [about]  whether the published runs are its like, and its steps in an epoch
   */
  clear(epochs, name = () => '', { band, steps } = { band: false, steps: 0 }) {
    if (this.points.some((p) => p.done)) this.before = { name: this.name, points: this.points };
    Object.assign(this, { points: [], epochs, name, band, stepsPerEpoch: steps });
    this.table.tBodies[0].replaceChildren();
    this.draw();
  }

  /** Shows another run's curves to compare with, or none. @param {Point[]|null} points @param {string} [name] */
  compare(points, name = '') {
    this.before = points && { name: () => name, points };
    this.draw();
  }

  add(/** @type {Point[]} */ points, /** @type {number} */ epochs) {
    if (!points.length && epochs === this.epochs) return;
    this.points = this.points.concat(points); // a run that is kept may have more than arguments can be
    this.epochs = epochs;
    for (const { epoch, done } of points) if (done) this.addRow([String(epoch), done.loss.toFixed(3), percent(done.acc), percent(done.test)]);
    this.draw();
  }

  addRow(/** @type {string[]} */ cells) {
    const row = this.table.tBodies[0].insertRow();
    for (const text of cells) row.insertCell().textContent = text;
  }

  point(/** @type {PointerEvent|null} */ e) {
    this.pointed = null;
    if (e && this.points.length) {
      const x = e.clientX - this.svg.getBoundingClientRect().left;
      this.pointed = ((x - edge.left) / (this.width - edge.left - edge.right)) * this.epochs;
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

  paint() {
    const { svg, points, epochs, width, height, before } = this;
    if (!width) return;
    const [right, bottom] = [width - edge.right, height - edge.bottom];
    const maxLoss = lossAxis(points.length ? points : before?.points ?? []);
    const x = (/** @type {number} */ epoch) => edge.left + (epoch / epochs) * (right - edge.left);
    const y = (/** @type {number} */ share) => bottom - share * (bottom - edge.top);

    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const plot = node('clipPath', { id: 'plot' });
    plot.append(node('rect', { x: 0, y: edge.top - 2, width: right + 2, height: height - edge.top }));
    const parts = [plot];
    for (let i = 0; i <= divisions; i++) {
      const at = y(i / divisions);
      parts.push(node('path', { class: i ? 'grid' : 'axis', d: `M${edge.left} ${crisp(at)}H${right}` }));
      parts.push(text(edge.left - 8, at + 4, 'end', `${(100 * i) / divisions}${i === divisions ? ' %' : ''}`));
      parts.push(text(right + 14, at + 4, 'start', tick((maxLoss * i) / divisions), 'loss'));
    }
    const step = [1, 2, 5, 10, 20, 50, 100, 200].find((s) => (epochs / s) * 44 <= right - edge.left) ?? epochs;
    for (let e = 0; e <= epochs; e += step) {
      if (e) parts.push(node('path', { class: 'grid', d: `M${crisp(x(e))} ${edge.top}V${bottom}` }));
      parts.push(text(x(e), bottom + 18, 'middle', String(e)));
    }
    parts.push(text(right + 14, bottom + 18, 'start', t('epoch')));
    const share = (/** @type {string} */ name, /** @type {number} */ v) => y(v / (name === 'loss' ? maxLoss : 1));

    const left = takeOff(points);
    if (left !== null) {
      const to = x(left);
      parts.push(node('rect', { class: 'plateau', x: x(0), y: edge.top, width: to - x(0), height: bottom - edge.top }));
      parts.push(node('path', { class: 'take-off', d: `M${crisp(to)} ${edge.top}V${bottom}` }));
      const step = Math.round(left * this.stepsPerEpoch);
      parts.push(text(to + 6, bottom - 8, 'start', t('chart.takeoff', { step: count(step) }), 'note'));
      if (to - x(0) > 64) parts.push(text(to - 6, bottom - 8, 'end', t('chart.plateau'), 'note'));
    }
    if (this.band && epochs === published.epochs) {
      for (const { name } of curves) {
        const [lo, hi] = published[/** @type {'loss'|'acc'|'test'} */ (name)].map((v) => share(name, v));
        const at = x(epochs - 0.5) + (name === 'test' ? 8 : 0);
        parts.push(node('rect', { class: `band ${name}`, x: x(0), y: hi, width: right - x(0), height: lo - hi })); // the whole run aims there
        parts.push(node('rect', { class: `band end ${name}`, x: at, y: hi, width: right - at, height: lo - hi }));
      }
    }
    for (const run of [before, this]) {
      for (const { name, of } of run ? curves : []) {
        const own = run.points.filter((p) => of(p) !== undefined && p.epoch <= epochs);
        const places = own.map((p) => [x(p.epoch), share(name, of(p))].map((v) => v.toFixed(1)));
        const pale = run === this ? '' : ' pale';
        if (places.length) parts.push(node('path', { class: `curve ${name}${pale}`, 'clip-path': 'url(#plot)', d: `M${places.map((p) => p.join(' ')).join('L')}` }));
        if (name === 'test') for (const [cx, cy] of places) parts.push(node('circle', { class: name + pale, cx, cy, r: 2.5 }));
      }
    }
    if (this.moment !== null) parts.push(node('path', { class: 'moment', d: `M${crisp(x(this.moment))} ${edge.top - 8}V${bottom}` }));
    const shown = this.values();
    if (this.pointed !== null && shown.acc) {
      parts.push(node('path', { class: 'pointer', d: `M${crisp(x(shown.acc.epoch))} ${edge.top}V${bottom}` }));
      parts.push(text(x(shown.acc.epoch), edge.top - 2, 'middle', `${t('epoch')} ${shown.acc.epoch.toFixed(1)}`, 'pointer'));
    }
    svg.replaceChildren(...parts);

    for (const { name, of } of curves) {
      const v = shown[name] && of(shown[name]);
      this.outputs.get(name).textContent = v === undefined ? '' : name === 'loss' ? v.toFixed(3) : percent(v);
    }
    this.key('.before', !!before);
    this.legend.querySelector('.before span').textContent = before ? t('chart.before', { name: before.name() }) : '';
    this.key('.published', this.band && epochs === published.epochs);
  }

  key(/** @type {string} */ selector, /** @type {boolean} */ on) {
    /** @type {HTMLElement} */ (this.legend.querySelector(selector)).hidden = !on;
  }

  /** The points whose values the legend shows, by curve: the newest, or those known at the pointer or the moment. */
  values() {
    const { points, pointed, moment } = this;
    return known(points, pointed === null ? moment ?? Infinity : nearest(points, pointed));
  }

  /** The curves as comma-separated values, a line for each point. */
  csv() {
    const rows = this.points.map(({ epoch, loss, acc, done }) => [epoch, loss, acc, done?.test ?? ''].join(','));
    return ['epoch,train_loss,train_acc,test_acc', ...rows, ''].join('\n');
  }
}

/** The epoch of the point nearest to another one. */
function nearest(/** @type {Point[]} */ points, /** @type {number} */ epoch) {
  return points.reduce((best, p) => (Math.abs(p.epoch - epoch) <= Math.abs(best - epoch) ? p.epoch : best), Infinity);
}

/**
 * The last point of each curve that a run had come to at an epoch: none of a later time.
 * @param {Point[]} points
 * @param {number} epoch
 */
export function known(points, epoch) {
  /** @type {Record<string, Point>} */
  const found = {};
  for (const p of points) {
    if (p.epoch > epoch + 1e-6) continue;
    for (const { name, of } of curves) if (of(p) !== undefined) found[name] = p;
  }
  return found;
}

/** The upper end of an axis that fits the losses of points: 2.5, or a round number. */
export function lossAxis(/** @type {Point[]} */ points) {
  const worst = points.reduce((most, { loss }) => (Number.isFinite(loss) ? Math.max(most, loss) : most), 0) / 1.02;
  const power = 10 ** Math.floor(Math.log10(Math.max(worst, 1)));
  return worst <= 2.5 ? 2.5 : [2.5, 3, 4, 5, 10].map((m) => m * power).find((m) => worst <= m) ?? worst;
}

/** A number beside an axis, in at most five characters. */
export function tick(/** @type {number} */ v) {
  const size = Math.abs(v);
  if (size >= 1e6) return v.toExponential(0).replace('e+', 'e');
  if (size >= 1000) return `${Number((v / 1000).toPrecision(3))}k`;
  return String(Number(v.toPrecision(3)));
}

/** The epoch at which the loss left chance, or null where it was not there for long or still is. */
export function takeOff(/** @type {Point[]} */ points) {
  const flat = points.findIndex((p) => p.loss < chance.above);
  const left = points.findIndex((p) => p.loss < chance.below);
  return flat >= 4 && left > 0 ? points[left].epoch : null;
}

/** A line of one pixel looks sharp in the middle of a pixel. */
const crisp = (/** @type {number} */ v) => Math.round(v) + 0.5;

function node(/** @type {string} */ name, /** @type {Record<string, any>} */ attributes) {
  const e = document.createElementNS(ns, name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  return e;
}

function text(/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ anchor, /** @type {string} */ content, kind = '') {
  const e = node('text', { x, y, 'text-anchor': anchor, class: kind });
  e.textContent = content;
  return e;
}

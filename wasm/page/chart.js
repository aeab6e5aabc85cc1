import { percent, t } from './i18n.js';

const ns = 'http://www.w3.org/2000/svg';
/** @typedef {import('./types.js').Point} Point */

const curves = [
  { name: 'loss', of: (/** @type {Point} */ p) => p.loss },
  { name: 'acc', of: (/** @type {Point} */ p) => p.acc },
  { name: 'test', of: (/** @type {Point} */ p) => p.done?.test },
];
const edge = { left: 40, right: 52, top: 12, bottom: 28 };
const divisions = 5;

/**
 * Chart draws the curves of a run against epochs, as d2l's Animator does: the
 * accuracies on the left axis, the loss on the right one. Training's curves are
 * means over a tenth of an epoch. The legend has the newest values, or those
 * below the pointer; a table has the epochs' results, which are means over a
 * whole epoch, as in d2l.
 */
export class Chart {
  /** @param {SVGSVGElement} svg @param {HTMLElement} legend @param {HTMLTableElement} table */
  constructor(svg, legend, table) {
    this.svg = svg;
    this.table = table;
    /** @type {Point[]} */
    this.points = [];
    this.epochs = 10;
    this.width = this.height = 0;
    this.wanted = false;
    /** @type {number|null} epoch below the pointer */
    this.pointed = null;
    this.outputs = new Map(curves.map(({ name }) => [name, legend.querySelector(`[data-curve="${name}"] output`)]));
    new ResizeObserver(([e]) => {
      this.width = e.contentRect.width;
      this.height = e.contentRect.height;
      this.draw();
    }).observe(svg);
    svg.addEventListener('pointermove', (e) => this.point(e));
    svg.addEventListener('pointerdown', (e) => this.point(e));
    svg.addEventListener('pointerleave', () => this.point(null));
  }

  /** Begins empty curves. */
  clear(/** @type {number} */ epochs) {
    this.points = [];
    this.epochs = epochs;
    this.table.tBodies[0].replaceChildren();
    this.draw();
  }

  add(/** @type {Point[]} */ points, /** @type {number} */ epochs) {
    if (!points.length && epochs === this.epochs) return;
    this.points.push(...points);
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
    const { svg, points, epochs, width, height } = this;
    if (!width) return;
    const [right, bottom] = [width - edge.right, height - edge.bottom];
    const worst = Math.max(0, ...points.map((p) => p.loss));
    const maxLoss = [2.5, 3, 4, 5, 10, 25, 50, 100].find((m) => worst <= m * 1.02) ?? worst;
    const x = (/** @type {number} */ epoch) => edge.left + (epoch / epochs) * (right - edge.left);
    const y = (/** @type {number} */ share) => bottom - share * (bottom - edge.top);

    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const parts = [];
    for (let i = 0; i <= divisions; i++) {
      const at = y(i / divisions);
      parts.push(node('path', { class: i ? 'grid' : 'axis', d: `M${edge.left} ${crisp(at)}H${right}` }));
      parts.push(text(edge.left - 8, at + 4, 'end', `${(100 * i) / divisions}${i === divisions ? ' %' : ''}`));
      parts.push(text(right + 8, at + 4, 'start', String(Math.round((maxLoss * i * 100) / divisions) / 100), 'loss'));
    }
    const step = [1, 2, 5, 10, 20, 50, 100, 200].find((s) => (epochs / s) * 44 <= right - edge.left) ?? epochs;
    for (let e = 0; e <= epochs; e += step) {
      if (e) parts.push(node('path', { class: 'grid', d: `M${crisp(x(e))} ${edge.top}V${bottom}` }));
      parts.push(text(x(e), bottom + 18, 'middle', String(e)));
    }
    parts.push(text(right + 14, bottom + 18, 'start', t('epoch')));
    for (const { name, of } of curves) {
      const own = points.filter((p) => of(p) !== undefined);
      const places = own.map((p) => [x(p.epoch), y(of(p) / (name === 'loss' ? maxLoss : 1))].map((v) => v.toFixed(1)));
      if (places.length) parts.push(node('path', { class: `curve ${name}`, d: `M${places.map((p) => p.join(' ')).join('L')}` }));
      if (name === 'test') for (const [cx, cy] of places) parts.push(node('circle', { class: name, cx, cy, r: 2.5 }));
    }
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
  }

  /** The points whose values the legend shows, by curve: the newest, or the ones nearest to the pointer. */
  values() {
    /** @type {Record<string, Point>} */
    const found = {};
    for (const p of this.points) {
      for (const { name, of } of curves) {
        const far = (/** @type {Point} */ q) => Math.abs(q.epoch - this.pointed);
        if (of(p) === undefined) continue;
        if (this.pointed === null || !found[name] || far(p) <= far(found[name])) found[name] = p;
      }
    }
    return found;
  }
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

import { everything, gap, kernel } from '../shell/constants.js';
import { front, span } from './front.js';
import { KeyPen } from './keypen.js';
import { label, legend, place } from './labels.js';
import { Pad, rgb } from './pad.js';
import { padBox } from './padbox.js';
import { Pointer } from './pointer.js';

// Colours as ImageData has them, one number each.
const greys = new Uint32Array(256).map((_, v) => 0xff000000 | (v * 0x010101));

const dim = 0.14; // how much of its light a value keeps that an image on its way has not come to

/** @typedef {{values: ArrayLike<number>|null, side: number, scale: Uint32Array, low: number, high: number}} Picture  of a panel */

/**
 * Reduced is the stage without WebGL: the same picture at the same places, drawn
 * on a plain canvas, without fades. It stands in until the frame is there, and
 * wherever the frame cannot be.
 */
export class Reduced {
  /**
   * @param {HTMLElement} root
   * @param {{drawn: (strokes: import('../shell/types.js').Stroke[], done: boolean) => void,
   *   pen: (pen: {x: number, y: number, down: boolean}) => void, find: (request: object) => Promise<any>,
   *   pointed: (unit: import('../shell/types.js').Unit|null, held: boolean, at: {top: number, bottom: number}|null) => void}} on
   */
  constructor(root, { drawn, pen, find, pointed }) {
    this.root = root;
    this.maps = /** @type {HTMLCanvasElement} */ (root.querySelector('#maps'));
    this.labels = root.querySelector('.labels');
    this.hint = /** @type {HTMLElement} */ (root.querySelector('.hint'));
    this.pad = new Pad(root.querySelector('#pad'), drawn);
    new KeyPen(this.pad.canvas, root.querySelector('.pen'), pen);
    this.pointer = new Pointer(this.maps, {
      find: (request) => find({ ...this.room, ...(this.prediction?.onto && { onto: this.prediction.onto }), ...request }),
      pointed,
      lit: () => this.draw(),
    });
    /** @type {any} where everything lies: the answer of a "stage" request */
    this.layout = null;
    /** @type {import('./padbox.js').Room|null} that it was laid out for */
    this.room = null;
    /** @type {import('../shell/types.js').Layer[]} */
    this.layers = [];
    /** @type {import('../shell/types.js').Prediction|null} */
    this.prediction = null;
    /** @type {any} what the panels show in place of activations */
    this.parts = null;
    this.scale = greys; // of activations
    this.signed = greys; // of weights
    this.relu = false; // these have no upper end
    this.level = everything; // what is lit while an image goes through, see view.Reveal
    this.back = false;
    this.strings = {};
    this.wanted = false;
    this.tile = document.createElement('canvas');
  }

  /** Places the pad before the layout of the network is known, where that will place it. */
  placePad(/** @type {import('./padbox.js').Room} */ room) {
    if (this.layout && same(room, this.room)) return;
    const { box, height } = padBox(room);
    place(this.pad.canvas, box);
    place(this.hint, box);
    if (!this.layout) this.root.style.height = `${height}px`;
    this.pad.draw();
  }

  /** @param {any} layout @param {import('../shell/types.js').Layer[]} layers @param {import('./padbox.js').Room} room */
  lay(layout, layers, room) {
    this.layout = layout;
    this.room = room;
    this.layers = layers;
    this.pad.colors = layout.colors;
    this.scale = new Uint32Array(layout.scale.buffer);
    this.signed = new Uint32Array(layout.signed.buffer);
    this.relu = layers[1].name === 'ReLU';
    this.root.style.height = `${layout.height}px`;
    this.root.classList.toggle('down', layout.vertical);
    this.root.classList.toggle('wrapped', layout.wrapped);
    place(this.pad.canvas, layout.pad);
    place(this.hint, layout.pad);
    this.write(this.strings);
    this.pointer.again();
    this.draw();
  }

  /** Sets the labels in the page's language. */
  write(/** @type {any} */ strings) {
    this.strings = strings;
    this.hint.textContent = strings.empty || (this.layout?.vertical ? strings.draw : '');
    if (!this.layout) return;
    const { labels, low, high } = this.layout;
    const ends = this.parts?.legend ?? { name: strings.legend, low, high };
    this.labels.replaceChildren(...labels.map((/** @type {any} */ l) => (l.panel === -3 ? legend(l, ends) : label(l, strings, this.parts))));
  }

  show(/** @type {import('../shell/types.js').Prediction} */ prediction) {
    this.prediction = prediction;
    if (this.pointer.unit) this.pointer.again(); // what it sees of the pad
    this.draw();
  }

  reveal(/** @type {number} */ level, /** @type {boolean} */ back) {
    this.level = level;
    this.back = back;
    this.draw();
  }

  /** Shows weights or gradients in place of the activations; null shows those again. */
  setParts(/** @type {any} */ parts) {
    const other = !!parts !== !!this.parts;
    this.parts = parts;
    this.pointer.weights = !!parts;
    this.write(this.strings);
    if (other && this.pointer.unit && !this.pointer.held) this.pointer.point(null, false); // it meant something else
    else if (other) this.pointer.again();
    this.draw();
  }

  draw() {
    this.pad.draw();
    this.hint.hidden = !!(this.pad.picture || this.pad.strokes.length);
    if (this.wanted || !this.layout) return;
    this.wanted = true;
    requestAnimationFrame(() => {
      this.wanted = false;
      this.paint();
    });
  }

  paint() {
    const { layout, maps } = this;
    const ratio = devicePixelRatio;
    const [w, h] = [Math.round(layout.width * ratio), Math.round(layout.height * ratio)];
    if (maps.width !== w || maps.height !== h) [maps.width, maps.height] = [w, h];
    const c = maps.getContext('2d');
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, layout.width, layout.height);
    c.imageSmoothingEnabled = false;
    this.band(c);
    const at = front(layout, this.level, this.back);
    if (at === null) this.panels(c);
    else this.partly(c, at);
    this.bar(c);
    this.lit(c);
  }

  /** The panels, or those of which a part of the flow has something. */
  panels(/** @type {CanvasRenderingContext2D} */ c, from = -Infinity, to = Infinity) {
    const { panels, vertical } = this.layout;
    for (let i = 0; i < panels.length; i++) {
      const [begins, ends] = span(panels[i], vertical);
      if (ends > from && begins < to) this.panel(c, i);
    }
  }

  /** The panels while an image goes through: what it has not come to is dim, the band behind it bright. */
  partly(/** @type {CanvasRenderingContext2D} */ c, /** @type {number} */ at) {
    const { vertical, width, height, colors } = this.layout;
    for (const before of [true, false]) {
      c.save();
      c.beginPath();
      const [from, to] = before ? [0, at] : [at, vertical ? height : width];
      if (vertical) c.rect(0, from, width, to - from);
      else c.rect(from, 0, to - from, height);
      c.clip();
      const lit = before !== this.back;
      if (lit) this.band(c);
      c.globalAlpha = lit ? 1 : dim;
      this.panels(c, from, to);
      c.restore();
    }
    c.save();
    this.band(c, true);
    c.clip();
    c.fillStyle = rgb(colors.front);
    for (const [wide, alpha] of [[14, 0.2], [3, 1]]) {
      c.globalAlpha = alpha;
      if (vertical) c.fillRect(0, at - wide / 2, width, wide);
      else c.fillRect(at - wide / 2, 0, wide, height);
    }
    c.restore();
  }

  /** The band behind the panels, or its outline as the path. */
  band(/** @type {CanvasRenderingContext2D} */ c, path = false) {
    const { flow, vertical, colors } = this.layout;
    c.beginPath();
    const point = (/** @type {number} */ i, /** @type {number} */ side) =>
      vertical ? c.lineTo(flow[i + side], flow[i]) : c.lineTo(flow[i], flow[i + side]);
    for (let i = 0; i < flow.length; i += 3) point(i, 1);
    for (let i = flow.length - 3; i >= 0; i -= 3) point(i, 2);
    if (path) return;
    c.fillStyle = rgb(colors.flow);
    c.fill();
  }

  /** The legend's bar. */
  bar(/** @type {CanvasRenderingContext2D} */ c) {
    const scale = this.parts ? this.signed : this.scale;
    const [x, y, w, h] = this.layout.legend;
    this.image(c, 256, 1, [x, y, w, h], (/** @type {number} */ i) => scale[i]);
  }

  /** Draws a picture of that many pixels into a box. */
  image(/** @type {CanvasRenderingContext2D} */ c, /** @type {number} */ width, /** @type {number} */ height, /** @type {ArrayLike<number>} */ box, /** @type {(i: number) => number} */ color) {
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < pixels.length; i++) pixels[i] = color(i);
    [this.tile.width, this.tile.height] = [width, height];
    this.tile.getContext('2d').putImageData(image, 0, 0);
    c.drawImage(this.tile, box[0], box[1], box[2], box[3]);
  }

  /** @returns {Picture} what a panel shows */
  picture(/** @type {number} */ i) {
    const { layout, parts, signed } = this;
    const { layer, side } = layout.panels[i];
    const { unit, lit } = this.pointer;
    const before = !!parts && !!unit && layer === this.before(unit.layer); // what one points at weighs this panel
    if (before && parts.row?.unit.layer === unit.layer && parts.row.unit.channel === unit.channel) {
      return { values: parts.row.values, side, scale: signed, low: -1, high: 1 };
    }
    if (parts && layer >= 0 && !(before && lit?.kernel)) {
      return { values: this.weights(i), side: parts.sides[i] || 1, scale: signed, low: -1, high: 1 };
    }
    const values = this.values(layer);
    if (layer < 0) return { values, side, scale: greys, low: 0, high: 1 };
    const top = values && this.relu ? values.reduce((a, b) => Math.max(a, b), 0) || 1 : 1;
    return { values, side, scale: this.scale, low: layout.low * top, high: top };
  }

  panel(/** @type {CanvasRenderingContext2D} */ c, /** @type {number} */ i) {
    const { colors, panels } = this.layout;
    const { tiles, side: units } = panels[i];
    const { values, side, scale, low, high } = this.picture(i);
    const color = (/** @type {number} */ v) => (v === gap ? 0 : scale[Math.round(Math.min(Math.max(((v - low) / (high - low)) * 255, 0), 255)) || 0]);
    const area = side * side;
    for (let m = 0; 3 * m < tiles.length; m++) {
      const [x, y, s] = tiles.subarray(3 * m, 3 * m + 3);
      c.fillStyle = rgb(colors.tile);
      if (units === 1) {
        if (values) c.fillStyle = rgb(bytes(color(values[m])));
        c.beginPath();
        c.roundRect(x, y, s, s, s * 0.22);
        c.fill();
        continue;
      }
      c.fillRect(x, y, s, s);
      if (values) this.image(c, side, side, [x, y, s, s], (/** @type {number} */ k) => color(values[m * area + k]));
      c.strokeStyle = rgb(colors.line);
      c.lineWidth = 1 / devicePixelRatio;
      c.strokeRect(x, y, s, s);
    }
  }

  /** A layer's output in the trace, null when there is nothing drawn; -1 is the input. */
  values(/** @type {number} */ layer) {
    const trace = this.prediction?.trace;
    if (!trace) return null;
    if (layer < 0) return trace.subarray(0, 784);
    let at = 784;
    for (const l of this.layers) {
      const size = l.shape.reduce((a, b) => a * b, 1);
      if (l.index === layer) return trace.subarray(at, at + size);
      if (l.name !== 'Flatten') at += size;
    }
    return null;
  }

  /** A panel's pictures of weights; null where it has none. */
  weights(/** @type {number} */ panel) {
    const { sides, parts } = this.parts;
    const size = (/** @type {number} */ i) => (this.layout.panels[i].tiles.length / 3) * sides[i] ** 2;
    let at = 0;
    for (let i = 0; i < panel; i++) at += size(i);
    return sides[panel] ? parts.subarray(at, at + size(panel)) : null;
  }

  /** The layer whose panel comes before that of a layer. */
  before(/** @type {number} */ layer) {
    const { panels } = this.layout;
    const i = panels.findIndex((/** @type {any} */ p) => p.layer === layer);
    return panels[i < 0 ? panels.length - 1 : i - 1]?.layer;
  }

  /** What one points at: the unit, what it sees of earlier panels, and threads from what it is computed from. */
  lit(/** @type {CanvasRenderingContext2D} */ c) {
    const { lit, sliding, weights } = this.pointer;
    if (!lit?.unit) return;
    const { colors } = this.layout;
    if (sliding && !weights) this.ahead(c, lit.unit);
    each(lit.windows, 6, (w) => this.kernel(c, w));
    each(lit.field, 4, (r) => this.frame(c, r));
    each(lit.windows, 6, (w) => this.frame(c, w.subarray(2)));
    const far = lit.trail.length / 8;
    each(lit.trail, 8, (l) => thread(c, l, 1, colors.thread, Math.min(Math.max(10 / far, 0.12), 0.6)));
    const count = lit.links.length / 8;
    each(lit.links, 8, (l) => {
      if (count <= 20) thread(c, l, 2.75, colors.halo, 0.5);
      thread(c, l, 1.25, colors.thread, count > 20 ? Math.max(20 / count, 0.15) : 1); // many threads, each the fainter
    });
    let top = 0;
    each(lit.voters, 13, (v) => (top = Math.max(top, Math.abs(v[0]))));
    each(lit.voters, 13, (v) => {
      const color = v[0] < 0 ? colors.against : colors.for;
      const width = 0.75 + (3 * Math.abs(v[0])) / (top || 1);
      thread(c, v.subarray(5), width + 1.5, colors.halo, 0.5);
      thread(c, v.subarray(5), width, color);
      outline(c, v.subarray(1, 5), 1.25, 1.5, color);
    });
    this.frame(c, lit.box);
    if (this.room.presenting) ring(c, lit.box, colors);
  }

  /** Covers what of its map a kernel on its way has not come to yet. */
  ahead(/** @type {CanvasRenderingContext2D} */ c, /** @type {import('../shell/types.js').Unit} */ { layer, channel, y, x }) {
    const { side, tiles } = this.layout.panels.find((/** @type {any} */ p) => p.layer === layer);
    const [left, top, s] = tiles.subarray(3 * channel, 3 * channel + 3);
    const cell = s / side;
    c.fillStyle = rgb(this.layout.colors.tile);
    c.fillRect(left + (x + 1) * cell, top + y * cell, s - (x + 1) * cell, cell);
    c.fillRect(left, top + (y + 1) * cell, s, s - (y + 1) * cell);
  }

  /** A kernel where it lies on the layer before, so that this shines through. */
  kernel(/** @type {CanvasRenderingContext2D} */ c, /** @type {Float32Array} */ [px, py, x, y, w, h]) {
    const { unit } = this.pointer.lit;
    const panel = this.layout.panels.findIndex((/** @type {any} */ p) => p.layer === unit.layer);
    const side = this.parts.sides[panel];
    const values = this.weights(panel);
    const color = (/** @type {number} */ v) => this.signed[Math.round(Math.min(Math.max((v + 1) * 127.5, 0), 255)) || 0];
    c.globalAlpha = 0.8;
    this.image(c, kernel, kernel, [x, y, w, h], (/** @type {number} */ k) => color(values[(unit.channel * side + py + Math.floor(k / kernel)) * side + px + (k % kernel)]));
    c.globalAlpha = 1;
  }

  frame(/** @type {CanvasRenderingContext2D} */ c, /** @type {ArrayLike<number>} */ box) {
    const { halo, point } = this.layout.colors;
    outline(c, box, 0.75, 3.5, halo);
    outline(c, box, 0.75, 1.5, point);
  }
}

/** Whether two rooms are the same. */
export const same = (/** @type {any} */ a, /** @type {any} */ b) => !!b && Object.keys(a).every((key) => a[key] === b[key]);

/** Calls f with one piece of numbers after the other; of none not at all. */
function each(/** @type {Float32Array|null} */ numbers, /** @type {number} */ size, /** @type {(piece: Float32Array) => void} */ f) {
  for (let i = 0; i < (numbers?.length ?? 0); i += size) f(numbers.subarray(i, i + size));
}

/** A line around a box, that far away from it. */
function outline(/** @type {CanvasRenderingContext2D} */ c, /** @type {ArrayLike<number>} */ box, /** @type {number} */ by, /** @type {number} */ width, /** @type {number[]} */ color) {
  c.beginPath();
  c.roundRect(box[0] - by, box[1] - by, box[2] + 2 * by, box[3] + 2 * by, 2);
  c.lineWidth = width;
  c.strokeStyle = rgb(color);
  c.stroke();
}

/** A large circle around a unit, as the stage has it while presenting. */
function ring(/** @type {CanvasRenderingContext2D} */ c, /** @type {Float32Array} */ [x, y, w, h], /** @type {any} */ colors) {
  for (const [width, color] of [[6, colors.halo], [4, colors.point]]) {
    c.beginPath();
    c.arc(x + w / 2, y + h / 2, Math.max(w, h) / 2 + 18, 0, 7);
    c.lineWidth = width;
    c.strokeStyle = rgb(color);
    c.stroke();
  }
}

/** A curve of four points. */
function thread(/** @type {CanvasRenderingContext2D} */ c, /** @type {Float32Array} */ p, /** @type {number} */ width, /** @type {number[]} */ color, alpha = 1) {
  c.beginPath();
  c.moveTo(p[0], p[1]);
  c.bezierCurveTo(p[2], p[3], p[4], p[5], p[6], p[7]);
  c.lineWidth = width;
  c.strokeStyle = rgb([...color.slice(0, 3), alpha * (color[3] ?? 255)]);
  c.stroke();
}

/** Red, green, blue and alpha of a colour as ImageData has it. */
const bytes = (/** @type {number} */ v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24];

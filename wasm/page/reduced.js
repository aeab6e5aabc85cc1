import { label, place } from './labels.js';
import { Pad, rgb } from './pad.js';

// Colours as ImageData has them, one number each.
const greys = new Uint32Array(256).map((_, v) => 0xff000000 | (v * 0x010101));

/**
 * Reduced is the stage without WebGL: the same picture at the same places, drawn
 * on a plain canvas, without hovering and motion. It stands in until the frame
 * is there, and wherever the frame cannot be.
 */
export class Reduced {
  /**
   * @param {HTMLElement} root
   * @param {(strokes: import('./types.js').Stroke[], done: boolean) => void} drawn
   */
  constructor(root, drawn) {
    this.root = root;
    this.maps = /** @type {HTMLCanvasElement} */ (root.querySelector('#maps'));
    this.labels = root.querySelector('.labels');
    this.hint = /** @type {HTMLElement} */ (root.querySelector('.hint'));
    this.pad = new Pad(root.querySelector('#pad'), drawn);
    /** @type {any} where everything lies: the answer of a "stage" request */
    this.layout = null;
    /** @type {import('./types.js').Layer[]} */
    this.layers = [];
    /** @type {import('./types.js').Prediction|null} */
    this.prediction = null;
    this.scale = greys; // of activations
    this.relu = false; // these have no upper end
    this.strings = {};
    this.wanted = false;
    this.tile = document.createElement('canvas');
  }

  /** Lays the pad out before the layout of the network is known; wasm/view has the same numbers. */
  placePad(/** @type {number} */ width) {
    if (this.layout?.width === width) return;
    const down = width < 640;
    const side = Math.round(down ? Math.min(width * 0.74, 300) : Math.min(Math.max(width * 0.225, 156), 340));
    const top = down ? 22 : width < 1400 ? 56 : 44;
    place(this.pad.canvas, [down ? Math.round((width - side) / 2) : 0, top, side, side]);
    place(this.hint, [down ? Math.round((width - side) / 2) : 0, top, side, side]);
    if (!this.layout) this.root.style.height = `${down ? side * 3 + 270 : side + top + 30}px`;
    this.pad.draw();
  }

  /** @param {any} layout @param {import('./types.js').Layer[]} layers */
  lay(layout, layers) {
    this.layout = layout;
    this.layers = layers;
    this.pad.colors = layout.colors;
    this.scale = new Uint32Array(layout.scale.buffer);
    this.relu = layers[1].name === 'ReLU';
    this.root.style.height = `${layout.height}px`;
    this.root.classList.toggle('down', layout.vertical);
    this.root.classList.toggle('small', !layout.vertical && layout.width < 960);
    place(this.pad.canvas, layout.pad);
    place(this.hint, layout.pad);
    this.write(this.strings);
    this.draw();
  }

  /** Sets the labels in the page's language. */
  write(/** @type {any} */ strings) {
    this.strings = strings;
    this.hint.textContent = strings.empty ?? '';
    if (!this.layout) return;
    this.labels.replaceChildren(...this.layout.labels.map((/** @type {any} */ l) => label(l, strings)));
  }

  show(/** @type {import('./types.js').Prediction} */ prediction) {
    this.prediction = prediction;
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
    for (const p of layout.panels) this.panel(c, p);
  }

  /** The band behind the panels. */
  band(/** @type {CanvasRenderingContext2D} */ c) {
    const { flow, vertical, colors } = this.layout;
    c.beginPath();
    const point = (/** @type {number} */ i, /** @type {number} */ side) =>
      vertical ? c.lineTo(flow[i + side], flow[i]) : c.lineTo(flow[i], flow[i + side]);
    for (let i = 0; i < flow.length; i += 3) point(i, 1);
    for (let i = flow.length - 3; i >= 0; i -= 3) point(i, 2);
    c.fillStyle = rgb(colors.flow);
    c.fill();
  }

  panel(/** @type {CanvasRenderingContext2D} */ c, /** @type {any} */ { layer, side, tiles }) {
    const { low, colors } = this.layout;
    const values = this.values(layer);
    const scale = layer < 0 ? greys : this.scale;
    let top = 1; // the value with the scale's last colour
    if (values && layer >= 0 && this.relu) top = values.reduce((a, b) => Math.max(a, b), 0) || 1;
    const [from, by] = layer < 0 ? [0, 255] : [low, 255 / (1 - low)];
    const color = (/** @type {number} */ v) => scale[Math.round(Math.min(Math.max((v / top - from) * by, 0), 255)) || 0];

    const area = side * side;
    const image = new ImageData(side, side);
    const pixels = new Uint32Array(image.data.buffer);
    this.tile.width = this.tile.height = side;
    const t = this.tile.getContext('2d');
    for (let m = 0; 3 * m < tiles.length; m++) {
      const [x, y, s] = tiles.subarray(3 * m, 3 * m + 3);
      if (!values) {
        c.fillStyle = rgb(colors.tile);
        c.fillRect(x, y, s, s);
        continue;
      }
      for (let i = 0; i < area; i++) pixels[i] = color(values[m * area + i]);
      t.putImageData(image, 0, 0);
      c.drawImage(this.tile, x, y, s, s);
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
}

import { beyond, ink, minStep, side } from '../shell/constants.js';
import { Hand } from './hand.js';

/** @typedef {import('../shell/types.js').Stroke} Stroke */

/** Pad is the canvas to draw on while the frame is not there. */
export class Pad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(strokes: Stroke[], done: boolean) => void} drawn
   */
  constructor(canvas, drawn) {
    this.canvas = canvas;
    this.drawn = drawn;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {import('../shell/types.js').Picture|null} */
    this.picture = null;
    this.example = false; // the first stroke takes the place of what is on show
    /** @type {Stroke[]|null} on show in place of the strokes */
    this.sketch = null;
    this.colors = { pad: [5, 6, 10], ink: [255, 255, 255] };
    this.wanted = false;

    this.hand = new Hand(canvas, {
      down: (e) => {
        this.picture = null;
        this.strokes = [...(this.example ? [] : this.strokes), [this.place(e)]];
        this.example = false;
        this.changed(false);
      },
      move: (e) => {
        const stroke = this.strokes[this.strokes.length - 1];
        const [x, y] = this.place(e);
        const [lastX, lastY] = stroke[stroke.length - 1];
        if (Math.hypot(x - lastX, y - lastY) < minStep) return;
        stroke.push([x, y]);
        this.changed(false);
      },
      up: () => this.changed(true),
      drop: () => {
        this.strokes = this.strokes.slice(0, -1);
        this.changed(true);
      },
    });
  }

  get drawing() {
    return this.hand.draws;
  }

  /** @returns {[number, number]} in pad units */
  place(/** @type {PointerEvent} */ e) {
    const box = this.canvas.getBoundingClientRect();
    const unit = (/** @type {number} */ v) => Math.min(Math.max(v * side, -beyond), side + beyond);
    return [unit((e.clientX - box.left) / box.width), unit((e.clientY - box.top) / box.height)];
  }

  changed(/** @type {boolean} */ done) {
    this.drawn(this.strokes.map((s) => [...s]), done);
    this.draw();
  }

  /** Shows strokes or a picture that come from elsewhere. */
  show(/** @type {import('../shell/types.js').Input} */ { strokes, picture, example = false }) {
    this.strokes = strokes;
    this.picture = picture;
    this.example = example;
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
    const { canvas } = this;
    const pixels = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!pixels) return;
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const c = canvas.getContext('2d');
    c.fillStyle = rgb(this.colors.pad);
    c.fillRect(0, 0, pixels, pixels);
    if (this.picture) {
      c.imageSmoothingEnabled = false;
      c.drawImage(grey(this.picture.pixels), 0, 0, pixels, pixels);
      return;
    }
    c.save();
    c.scale(pixels / side, pixels / side);
    c.strokeStyle = c.fillStyle = rgb(this.colors.ink);
    drawStrokes(c, this.sketch ?? this.strokes);
    c.restore();
  }
}

/** Draws strokes in units of the pad, each as a smooth curve, as the stage does (Smooth in wasm/view): from midpoint to midpoint, bent towards the points between. */
export function drawStrokes(/** @type {CanvasRenderingContext2D} */ c, /** @type {Stroke[]} */ strokes) {
  c.lineWidth = ink;
  c.lineCap = c.lineJoin = 'round';
  for (const s of strokes) {
    c.beginPath();
    if (s.length === 1) {
      c.arc(s[0][0], s[0][1], ink / 2, 0, 7);
      c.fill();
      continue;
    }
    for (let i = 0; i + 1 < s.length; i++) {
      const [[x, y], [nextX, nextY]] = [s[i], s[i + 1]];
      c.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    c.lineTo(...s[s.length - 1]);
    c.stroke();
  }
}

/** A CSS colour of red, green, blue and, if given, alpha, each 0..255. */
export function rgb(/** @type {number[]} */ [r, g, b, a = 255]) {
  return `rgb(${r} ${g} ${b} / ${a / 255})`;
}

/** An image of 784 grey values as a canvas. */
export function grey(/** @type {Uint8Array} */ pixels, canvas = document.createElement('canvas')) {
  canvas.width = canvas.height = side;
  const c = canvas.getContext('2d');
  const image = c.createImageData(side, side);
  pixels.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i));
  c.putImageData(image, 0, 0);
  return canvas;
}

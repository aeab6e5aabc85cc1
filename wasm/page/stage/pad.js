/** @typedef {import('../shell/types.js').Stroke} Stroke */

const side = 28; // units along the pad
const ink = 2.25; // width of the pen, units
const minStep = 0.12; // points nearer than this to the last one are left out, units
const beyond = 4; // a pen that leaves the pad is followed this far, units

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
    this.colors = { pad: [5, 6, 10], ink: [255, 255, 255] };
    /** @type {number|null} */
    this.pointer = null;
    this.wanted = false;

    canvas.addEventListener('pointerdown', (e) => {
      if (this.pointer !== null || e.button !== 0) return;
      this.pointer = e.pointerId;
      if (e.isTrusted) canvas.setPointerCapture(e.pointerId); // not the keyboard's
      this.picture = null;
      this.strokes = [...this.strokes, [this.place(e)]];
      this.changed(false);
    });
    canvas.addEventListener('pointermove', (e) => {
      if (e.pointerId !== this.pointer) return;
      const stroke = this.strokes[this.strokes.length - 1];
      const events = e.getCoalescedEvents?.() ?? [];
      for (const p of events.length ? events : [e]) {
        const [x, y] = this.place(p);
        const [lastX, lastY] = stroke[stroke.length - 1];
        if (Math.hypot(x - lastX, y - lastY) >= minStep) stroke.push([x, y]);
      }
      this.changed(false);
    });
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      canvas.addEventListener(type, (/** @type {any} */ e) => {
        if (e.pointerId !== this.pointer) return;
        this.pointer = null;
        this.changed(true);
      });
    }
  }

  get drawing() {
    return this.pointer !== null;
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
  show(/** @type {import('../shell/types.js').Input} */ { strokes, picture }) {
    this.strokes = strokes;
    this.picture = picture;
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
    drawStrokes(c, this.strokes);
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

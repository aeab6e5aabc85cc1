import { t } from '../shell/i18n.js';
import { drawStrokes, grey } from '../stage/pad.js';

const side = 28;
/** @type {Record<string, {most: number, least: number, step: number, unit: string}>} */
const sliders = {
  rotate: { least: -180, most: 180, step: 5, unit: '°' },
  x: { least: -10, most: 10, step: 1, unit: ' px' },
  y: { least: -10, most: 10, step: 1, unit: ' px' },
  noise: { least: 0, most: 1, step: 0.05, unit: '' },
};

/**
 * InputPanel shows how a drawing becomes the network's input, step by step,
 * and lets one switch that off or change the image on its way. Its settings
 * are the fields of a predict request: raw, rotate, x, y, noise.
 */
export class InputPanel {
  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    /** @type {{input: import('../shell/types.js').Input, prediction: import('../shell/types.js').Prediction|null}} */
    this.shown = { input: { strokes: [], picture: null }, prediction: null };
    this.centre = /** @type {HTMLInputElement} */ (root.querySelector('#centre'));
    this.centre.addEventListener('change', () => this.change());
    this.inputs = Object.entries(sliders).map(([key, { least, most, step }]) => {
      const input = /** @type {HTMLInputElement} */ (root.querySelector(`#${key}`));
      Object.assign(input, { min: least, max: most, step, value: 0 });
      input.addEventListener('input', () => this.change());
      return input;
    });
    root.querySelector('#unchanged').addEventListener('click', () => this.set({}));
    this.write();
  }

  /** Takes over settings; what is not there is as MNIST has it. */
  set(/** @type {Record<string, any>} */ settings) {
    this.centre.checked = !settings.raw;
    for (const input of this.inputs) input.value = String(Number(settings[input.id]) || 0);
    this.change();
  }

  /** Only what is not as MNIST has it. */
  settings() {
    /** @type {Record<string, any>} */
    const s = {};
    if (!this.centre.checked) s.raw = true;
    for (const { id, value } of this.inputs) if (Number(value)) s[id] = Number(value);
    return s;
  }

  /** How the sliders change the image, in words; '' where they do not. */
  words() {
    const { rotate, x, y, noise } = this.settings();
    const parts = [[rotate, 'turned'], [x, x < 0 ? 'left' : 'right'], [y, y < 0 ? 'up' : 'down'], [noise, 'noisy']];
    return parts.filter(([v]) => v).map(([v, key]) => t(`changed.${key}`, { n: key === 'turned' ? String(v).replace('-', '\u2212') : Math.abs(v) })).join(t('list'));
  }

  change() {
    this.write();
    this.changed();
  }

  /** Shows what became of what is in the pad. */
  show(/** @type {import('../shell/types.js').Input} */ input, /** @type {import('../shell/types.js').Prediction} */ prediction) {
    this.shown = { input, prediction };
    if (this.root.offsetParent) this.draw();
  }

  write() {
    for (const { id, value } of this.inputs) {
      const output = this.root.querySelector(`output[for="${id}"]`);
      const { least, most, unit } = sliders[id];
      const text = (/** @type {string|number} */ v) => `${String(v).replace('-', '\u2212')}${unit}`;
      output.textContent = text(value);
      const help = `${t(`help.${id}`)} ${t('help.range', { min: text(least), max: text(most) })}`;
      for (const e of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(`#${id}, label[for="${id}"]`))) e.title = help;
    }
    this.root.querySelector('#unchanged').setAttribute('aria-disabled', String(!Object.keys(this.settings()).length));
    this.draw();
  }

  /** What is in the pad as a picture of its own, ten pixels to a unit. */
  picture() {
    const canvas = document.createElement('canvas');
    this.drawPad(canvas, undefined, 10);
    return canvas;
  }

  draw() {
    const { input, prediction } = this.shown;
    const [pad, boxed, seen] = /** @type {NodeListOf<HTMLCanvasElement>} */ (this.root.querySelectorAll('canvas'));
    const drawn = !input.picture && prediction && !prediction.empty;
    this.root.querySelector('.steps').classList.toggle('picture', !!input.picture);
    this.drawPad(pad, drawn ? prediction.box : undefined);
    if (drawn) grey(prediction.boxed, boxed);
    else boxed.getContext('2d').clearRect(0, 0, side, side);
    if (prediction?.pixels) grey(prediction.pixels, seen);
    else seen.getContext('2d').clearRect(0, 0, side, side);
    const number = (/** @type {number} */ v) => v.toFixed(1).replace('-', '\u2212');
    const [scaled, moved] = this.root.querySelectorAll('.steps .how');
    const raw = !this.centre.checked;
    scaled.textContent = drawn && !raw ? t('input.scaled', { scale: prediction.scale.toFixed(2) }) : t('input.as');
    moved.textContent = drawn && !raw ? t('input.moved', { x: number(prediction.shift[0]), y: number(prediction.shift[1]) }) : t('input.as');
  }

  /** Draws the strokes with the box around them. */
  drawPad(/** @type {HTMLCanvasElement} */ canvas, /** @type {Float32Array|undefined} */ box, scale = 4) {
    const { strokes, picture } = this.shown.input;
    if (picture) {
      grey(picture.pixels, canvas);
      return;
    }
    canvas.width = canvas.height = scale * side;
    const c = canvas.getContext('2d');
    c.fillRect(0, 0, canvas.width, canvas.height);
    c.scale(scale, scale);
    c.strokeStyle = c.fillStyle = '#fff';
    drawStrokes(c, strokes);
    if (!box) return;
    c.lineWidth = 0.4;
    c.strokeStyle = getComputedStyle(canvas).color;
    c.strokeRect(box[0], box[1], box[2], box[3]);
  }
}

import { fetchBytes } from './data.js';
import { decodeInk } from './link.js';

/**
 * Poster stands in for the engine in a page that is embedded, until somebody
 * wants more: it shows what the network made of a drawing when the page was
 * built (see wasm/bundle/poster.go), as its answer and every layer. It costs
 * two small files and, afterwards, nothing.
 */
export class Poster {
  /**
   * @param {HTMLElement} root  with the button that starts
   * @param {HTMLElement} pad  the first stroke starts too
   * @param {() => void} wipe  empties the pad for it
   */
  constructor(root, pad, wipe) {
    this.root = root;
    this.up = true; // the engine is not wanted yet
    /** @type {import('./types.js').Input|null} in the pad */
    this.input = null;
    /** @type {Promise<void>|null} it is on show */
    this.shown = null;
    /** @type {Promise<void>} the engine is wanted */
    this.begun = new Promise((resolve) => (this.resolve = resolve));
    /** @type {Promise<any>} what poster/stage.json holds */
    this.frame = json('poster/stage.json');
    root.hidden = false;
    root.querySelector('button').addEventListener('click', () => this.begin());
    // Before the pad's own listener: a drawing begins with an empty pad.
    pad.addEventListener('pointerdown', () => {
      if (!this.up) return;
      wipe();
      this.begin();
    }, { capture: true });
  }

  /** Loads the engine. */
  begin() {
    if (!this.up) return;
    this.up = false;
    this.root.hidden = true;
    document.documentElement.classList.remove('poster');
    this.resolve();
  }

  /** Begins as soon as a good part of an element is to be seen. */
  beginInSight(/** @type {HTMLElement} */ element) {
    const observer = new IntersectionObserver(([e]) => {
      if (!e.isIntersecting) return;
      observer.disconnect();
      this.begin();
    }, { threshold: 0.2 });
    observer.observe(element);
  }

  /** The data set of a preset. */
  async datasetOf(/** @type {string|undefined} */ preset) {
    const { presets } = await this.frame;
    return Object.hasOwn(presets, preset) ? presets[preset] : 'mnist';
  }

  /**
   * What it shows for a data set.
   * @returns {Promise<{network: import('./types.js').Network, input: import('./types.js').Input, prediction: import('./types.js').Prediction}>}
   */
  async show(/** @type {string} */ dataset) {
    const [{ config, layers }, { ink, pixels, label, trace, p }] = await Promise.all([this.frame, json(`poster/${dataset}.json`)]);
    const picture = ink ? null : { pixels: bytes(pixels), label, index: 0, dataset };
    return {
      network: { config, layers },
      input: { strokes: ink ? decodeInk(ink) : [], picture },
      prediction: { empty: false, trace: Float32Array.from(bytes(trace), (v) => v / 255), p: Float32Array.from(p), pixels: bytes(pixels) },
    };
  }

  /** As a "stage" request is answered: the layout made for the nearest smaller width, stretched. */
  async layout(/** @type {number} */ width, /** @type {boolean} */ dark) {
    const { layouts, ...themes } = await this.frame;
    const { scale, signed, ...theme } = themes[dark ? 'dark' : 'light'];
    const made = layouts.findLast((/** @type {any} */ l) => l.width <= width) ?? layouts[0];
    const scaled = (/** @type {number[]} */ list) => Float32Array.from(list, (v) => (v * width) / made.width);
    return {
      ...made, ...theme, scale: bytes(scale), signed: bytes(signed),
      width, height: (made.height * width) / made.width, pad: [...scaled(made.pad)], legend: [...scaled(made.legend)], flow: scaled(made.flow),
      panels: made.panels.map((/** @type {any} */ p) => ({ ...p, tiles: scaled(p.tiles) })),
      labels: made.labels.map((/** @type {any} */ l) => ({ ...l, box: [...scaled(l.box)] })),
    };
  }
}

async function json(/** @type {string} */ name) {
  return JSON.parse(new TextDecoder().decode(await fetchBytes(name)));
}

const bytes = (/** @type {string} */ base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

import { datasets } from '../shell/constants.js';
import { fetchBytes } from '../train/data.js';
import { decodeInk } from '../shell/link.js';
import { fitted, nearest } from './fitted.js';

/** @typedef {import('../stage/padbox.js').Room} Room */

/** Made is what the network made of a drawing when the page was built: poster/stage.json and one more file a data set. */
export class Made {
  constructor() {
    /** @type {Promise<any>} what poster/stage.json holds */
    this.frame = json('poster/stage.json');
  }

  /**
   * What was made for a data set.
   * @returns {Promise<{network: import('../shell/types.js').Network, input: import('../shell/types.js').Input, prediction: import('../shell/types.js').Prediction}>}
   */
  async made(/** @type {string} */ dataset) {
    const [{ config, layers }, { ink, pixels, label, trace, p }] = await Promise.all([this.frame, json(`poster/${dataset}.json`)]);
    const picture = ink ? null : { pixels: bytes(pixels), label, index: 0, dataset };
    return {
      network: { config, layers },
      input: { strokes: ink ? decodeInk(ink) : [], picture },
      prediction: { empty: false, trace: Float32Array.from(bytes(trace), (v) => v / 255), p: Float32Array.from(p), pixels: bytes(pixels) },
    };
  }

  /** As a "stage" request is answered: of the layouts there are, the one for a room most like this one, fitted into it. */
  async layout(/** @type {Room} */ room, /** @type {boolean} */ dark) {
    const { layouts, ...themes } = await this.frame;
    const { scale, signed, ...theme } = themes[dark ? 'dark' : 'light'];
    return { ...theme, scale: bytes(scale), signed: bytes(signed), ...fitted(nearest(layouts, room), room) };
  }
}

/**
 * Poster stands in for the engine in a page that is embedded, until somebody
 * wants more: it shows what the network made of a drawing when the page was
 * built (see wasm/bundle/poster.go), as its answer and every layer. It costs
 * two small files and, afterwards, nothing.
 */
export class Poster extends Made {
  /**
   * @param {{root: HTMLElement, pad: HTMLElement, explore: HTMLElement}} elements  root has the button that starts; the first stroke on
   *   the pad starts too, and that explore comes in sight, where the link wants that
   * @param {{link: import('../shell/link.js').Setup|null, wanted: Record<string, any>, blocked: boolean}} start  wanted: settings of the
   *   experiment; blocked: the engine will not run
   * @param {() => void} wipe  empties the pad for the first stroke
   */
  constructor({ root, pad, explore }, start, wipe) {
    super();
    this.root = root;
    this.explore = explore;
    this.start = start;
    this.up = true; // the engine is not wanted yet
    /** @type {import('../shell/types.js').Input|null} in the pad */
    this.input = null;
    /** @type {Promise<void>|null} it is on show */
    this.shown = null;
    /** @type {Promise<void>} the engine is wanted */
    this.begun = new Promise((resolve) => (this.resolve = resolve));
    root.hidden = false;
    root.querySelector('button').addEventListener('click', () => this.begin());
    // Before the pad's own listener: a drawing begins with an empty pad.
    pad.addEventListener('pointerdown', () => {
      if (!this.up) return;
      if (!start.link.strokes?.length) wipe();
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

  /** Begins as soon as a good part of it is to be seen. */
  beginInSight() {
    const observer = new IntersectionObserver(([e]) => {
      if (!e.isIntersecting) return;
      observer.disconnect();
      this.begin();
    }, { threshold: 0.2 });
    observer.observe(this.explore);
  }

  /** Shows what was made beforehand, or the link's own drawing. */
  show(/** @type {Pick<import('../shell/types.js').Parts, 'answer'|'experiment'|'look'|'stage'|'trained'>} */ parts) {
    this.shown = this.put(parts);
    return this.shown;
  }

  async put(/** @type {Pick<import('../shell/types.js').Parts, 'answer'|'experiment'|'look'|'stage'|'trained'>} */ { answer, experiment, look, stage, trained }) {
    const { link, wanted, blocked } = this.start;
    if (!blocked && (link.load === 'visible' || link.autoplay)) this.beginInSight();
    const dataset = datasets.includes(wanted.dataset) ? wanted.dataset : await this.datasetOf(wanted.preset);
    experiment.field('dataset').value = dataset;
    const { network, input, prediction } = await this.made(dataset);
    const mine = !blocked && (link.strokes?.length || link.image !== undefined);
    this.input = mine ? { strokes: link.strokes ?? [], picture: null } : input;
    if (!this.up) return;
    stage.setNetwork(network);
    stage.setInput(this.input);
    look.update();
    if (mine || (trained.named && !blocked)) return answer.show({ dataset, idle: true });
    stage.setPrediction(prediction);
    answer.show({ dataset, prediction, context: { learning: false, label: input.picture?.label ?? -1 } });
  }

  /** The data set of a preset. */
  async datasetOf(/** @type {string|undefined} */ preset) {
    const { presets } = await this.frame;
    return Object.hasOwn(presets, preset) ? presets[preset] : datasets[0];
  }
}

async function json(/** @type {string} */ name) {
  return JSON.parse(new TextDecoder().decode(await fetchBytes(name)));
}

const bytes = (/** @type {string} */ base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

import { fetchBytes, weightsOf } from './data.js';
import { addSet, datasets, sameClasses, sets } from '../shell/sets.js';
import { laterTexts, t } from '../shell/i18n.js';

/**
 * Trained brings weights on show that no run of this page has made: those that
 * were trained beforehand on the chosen data set, and those of a file.
 */
export class Trained {
  /**
   * @param {Promise<import('./network.js').Network>} network
   * @param {Pick<import('../shell/types.js').Parts, 'answer'|'experiment'|'run'>} parts
   * @param {{begun: Promise<void>, giveUp: () => Promise<void>, changed: () => void, shown: () => void, failed: (e: Error) => void,
   *   refused: (e: Error) => void}} on  begun: the engine is wanted; giveUp: ends the run; refused: the weights that a link names
   */
  constructor(network, parts, on) {
    this.network = network;
    this.parts = parts;
    this.on = on;
    /** @type {string|undefined} weights that a link names, on show in place of those trained on the data set */
    this.named = undefined;
    this.last = datasets[0]; // the built-in data set that was chosen last
  }

  /** The data set whose network is to be on show. */
  get wanted() {
    const { dataset } = this.parts.experiment.settings();
    if (!sets[dataset].own) this.last = dataset;
    return this.last;
  }

  /** Shows the network that was trained beforehand on the chosen data set, or the one that a link names. */
  async show() {
    const { answer, run } = this.parts;
    answer.show({ dataset: this.wanted });
    try {
      await this.on.begun;
      const dataset = this.wanted; // the page around may have chosen another one meanwhile
      const file = await fetchBytes(weightsOf(dataset));
      const n = await this.network;
      if (dataset !== this.wanted || run.job) return;
      n.load(file);
      run.file = '';
      this.on.changed();
      if (this.named) await this.showNamed();
      this.on.shown(); // after the weights: requests are answered in order
    } catch (e) {
      this.on.failed(e);
    }
  }

  /** Shows the network that a run started from. */
  async back(/** @type {import('./run.js').Origin} */ { file, dataset, name }) {
    const n = await this.network;
    if (this.parts.run.job) return;
    this.parts.answer.show({ dataset });
    n.load(file);
    this.parts.run.file = name;
    this.on.changed();
    this.on.shown();
  }

  /** Shows the weights that a link names: a data set's, or a file's. Resolves to why it could not. */
  async showNamed(name = this.named) {
    this.named = name;
    try {
      await this.load(await fetchBytes(name.includes('.') ? name : weightsOf(name)), name);
    } catch (e) {
      this.on.refused(e);
      this.named = undefined;
      return e;
    }
  }

  /** The data set whose classes the network of a file has: the chosen one, or one that the file names, or a new name for them. */
  classesOf(/** @type {number} */ n, /** @type {Record<string, string>} */ meta, /** @type {string} */ name) {
    const { dataset } = this.parts.experiment.settings();
    const names = namesIn(meta, n);
    if (!names && sets[dataset].classes.length === n) return dataset;
    const classes = names ?? Array.from({ length: n }, (_, i) => String(i));
    const key = `file ${name}`;
    addSet(key, { title: name, classes, digits: false, own: true }, false);
    return sameClasses(key, dataset) ? dataset : key;
  }

  /** Shows the network of a file that may be anything. Tells what changed. */
  async load(/** @type {Uint8Array} */ file, /** @type {string} */ name) {
    const { answer, run } = this.parts;
    const [n] = await Promise.all([this.network, laterTexts()]);
    const before = answer.prediction?.p && answer.words(answer.prediction.p);
    const { config, layers, change, assumed = [], meta } = await n.attempt(file);
    if (run.job) {
      await this.on.giveUp();
      await n.attempt(file); // the run may have shown weights meanwhile
    }
    run.file = name;
    answer.show({ dataset: this.classesOf(config.classes, meta ?? {}, name) });
    this.on.changed();
    this.on.shown();
    const told = [change ? changed(change, layers) : t('share.other', { channels: config.channels.join(', '), units: config.units.join(', '), classes: config.classes })];
    for (const name of assumed) told.push(t('share.assumed', { name: t(name), value: t(`${name}.${/** @type {any} */ (config)[name]}`) }));
    const after = answer.prediction?.p && answer.words(answer.prediction.p);
    if (before && after) told.push(t('share.reads', { before, after }));
    return told;
  }
}

/** The names of so many classes in what a file says of its weights, as lenet writes them. @returns {string[]|null} */
function namesIn(/** @type {Record<string, string>} */ meta, /** @type {number} */ n) {
  try {
    const names = JSON.parse(meta.classes);
    return Array.isArray(names) && names.length === n && names.every((name) => typeof name === 'string') ? names : null;
  } catch {
    return null; // it says none
  }
}

/** How far weights from a file are from those before, in words. */
function changed(/** @type {{max: number, tensor: string}} */ { max, tensor }, /** @type {import('../shell/types.js').Layer[]} */ layers) {
  if (!tensor) return t('share.same');
  const { name } = layers.find(({ index }) => String(index) === tensor.split('.')[0]);
  return t('share.change', { max: max.toPrecision(3), tensor: `${tensor} (${name})` });
}

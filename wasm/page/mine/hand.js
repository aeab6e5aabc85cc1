import { classes as namesOf, count, percent, sentences, sure, t, titleOf, write } from '../shell/i18n.js';
import { sets } from '../shell/sets.js';
import { best } from '../shell/trace.js';
import { fetchSet } from '../train/data.js';
import { examples, own, taught as set } from '../train/own.js';
import { icon, make } from './dom.js';

const steps = 40;
const batch = 32;
const copies = 8; // of the drawing in a batch, on average; the others are images that the network knows
const pace = 100; // steps a second, at most: the timeline keeps each

/** Measured: the drawing is learned in a few steps, and beside others they stay. @type {Record<string, number>} */
const rates = { sigmoid: 0.2, tanh: 0.03, relu: 0.03 };

/**
 * What is to be taught. label: its class in the network on show.
 * @typedef {{label: number, pixels: Uint8Array}} Drawing
 *
 * What came of it. of: the data set of the network that learned; p: what that makes of a single drawing; right: of the drawings;
 * before, after: the share of the test images that were read right, and are.
 * @typedef {{drawings: Drawing[], of: string, p: Float32Array, right: number, tests: number, before: number, after: number}} Result
 */

/** Hand has the network on show learn a drawing in a short run, among images that it knows or alone, and tells what that does to them. */
export class Hand {
  /**
   * @param {HTMLElement} root
   * @param {import('../shell/types.js').Parts} parts
   * @param {{network: () => Promise<import('../train/network.js').Network>, files: () => Promise<import('../train/files.js').Files>}} on
   */
  constructor(root, parts, on) {
    this.parts = parts;
    this.on = on;
    this.busy = false; // the images are being prepared
    this.trouble = '';
    this.of = ''; // the data set of the network that learns
    this.ended = () => {}; // the run has, and what came of it is known
    /** @type {Drawing|null} that was filed */
    this.filed = null;
    /** @type {Omit<Result, 'p'|'right'|'after'>|null} of the run on show */
    this.now = null;
    /** @type {Result|null} */
    this.result = null;
    this.alone = make('input', { type: 'radio', name: 'hand', value: 'alone', class: 'unseen' });
    this.among = make('span', {});
    this.button = make('button', { type: 'button', class: 'main' }, make('span', { text: 'mine.hand' }));
    this.said = make('p', { class: 'told', role: 'status' });
    this.back = make('button', { type: 'button', class: 'link', 'data-off': true }, icon('back'), make('span', { text: 'mine.hand.back' }));
    root.append(
      make('fieldset', { class: 'either' }, make('legend', { class: 'unseen', text: 'mine.hand.how' }), make('div', {},
        make('label', {}, make('input', { type: 'radio', name: 'hand', value: 'among', checked: true, class: 'unseen' }), this.among),
        make('label', {}, this.alone, make('span', { text: 'mine.hand.alone' })))),
      this.button, this.said, this.back);
    this.button.addEventListener('click', () => {
      if (this.button.getAttribute('aria-disabled') !== 'true') this.teach([this.filed], this.alone.checked);
    });
    this.back.addEventListener('click', async () => {
      await parts.controls.actions.reset();
      this.button.focus({ preventScroll: true });
    });
  }

  /** The run on show, where it is one that teaches. */
  get run() {
    const { run } = this.parts;
    return run.job?.dataset === set ? run : null;
  }

  /** Shows how it stands; filed: the drawing in the pad, once it is filed. */
  show(/** @type {Drawing|null} */ filed = this.filed) {
    const { answer, run } = this.parts;
    this.filed = filed;
    const knows = !!filed && filed.label >= 0;
    const busy = this.busy || ['loading', 'training'].includes(run.state);
    write(this.among, t('mine.hand.among', { set: titleOf(this.base(answer.dataset)) }));
    this.button.setAttribute('aria-disabled', String(!knows || busy));
    this.back.toggleAttribute('data-off', !this.run?.origin || busy);
    write(this.said, this.trouble || (busy ? t('mine.hand.busy') : this.tell()) || (filed && !knows ? t('mine.hand.other') : t('mine.hand.hint')));
    this.said.classList.toggle('alarm', !!this.trouble);
  }

  /** What the run has come to. */
  tell() {
    const { result } = this;
    if (!result || !this.run) return '';
    const { drawings, of, p, right, tests, before, after } = result;
    const names = namesOf(of);
    const name = names[drawings[0].label];
    const read = drawings.length > 1 ? t('mine.hand.some', { n: count(right), of: count(drawings.length) })
      : t(right ? 'mine.hand.reads' : 'mine.hand.not', { name, other: names[best(p)], p: sure(p[best(p)]) });
    return sentences(read, t('mine.hand.rest', { n: count(tests), set: titleOf(of), before: percent(before), after: percent(after) }));
  }

  /** The data set that the network on show knows, where the last one was taught. */
  base(/** @type {string} */ dataset) {
    return dataset === set && this.of ? this.of : dataset;
  }

  /**
   * Has the network on show learn drawings: among images that it knows, or alone.
   * Resolves when it has, or was stopped.
   * @param {Drawing[]} drawings @param {boolean} alone @param {string} [given]  by a lesson, under that name
   */
  async teach(drawings, alone, given = '') {
    const { answer, experiment, run, stage, tests } = this.parts;
    if (this.busy) return;
    this.busy = true;
    this.trouble = '';
    this.result = null;
    this.show();
    try {
      const of = (this.of = this.base(answer.dataset));
      const mix = await imagesOf(of);
      const n = drawings.length;
      const each = Math.ceil((alone ? steps * batch : steps * copies) / n);
      const take = alone ? 0 : steps * batch - each * n;
      const images = new Uint8Array(784 * n);
      drawings.forEach(({ pixels }, i) => images.set(pixels, 784 * i));
      const settings = experiment.settings();
      const { train, test } = await (await this.on.files()).prepare({
        classes: mix.classes, images, labels: Uint8Array.from(drawings, ({ label }) => label), tests: 0, share: 0, seed: settings.seed, each, mix: { ...mix, take },
      });
      own.put(set, { title: t('set.teach'), classes: mix.classes, train, test, recipe: {}, learned: n + take, teaches: { n, alone, given } });
      const { labels, read } = await tests.ask(set, 'examine', {});
      const before = Array.from(labels).filter((label, i) => label === read[i]).length / labels.length;
      this.now = { drawings, of, tests: examples(test.labels), before };
      const { activation, pooling, channels, units } = stage.network.config;
      const recipe = { activation, pooling, channels, units, classes: mix.classes.length, lr: rates[activation], batch, epochs: 1, seed: settings.seed };
      const ended = new Promise((resolve) => (this.ended = () => resolve(undefined)));
      run.train(recipe, { ...settings, dataset: set, size: 'own', from: 'shown', pace: String(pace), workers: 'auto' });
      this.busy = false;
      await ended;
    } catch (e) {
      this.trouble = /** @type {Error} */ (e).message;
    }
    this.busy = false;
    this.show();
  }

  /** The page's run stands otherwise. */
  ran() {
    const { now, run } = this;
    if (now && run?.state === 'finished') {
      this.now = null;
      this.look(now).finally(this.ended);
    } else if (run?.resting && run.state !== 'finished') this.ended();
    if (!run) this.result = null;
    this.show();
  }

  /** Has the network on show learn drawings of a lesson. Fails where it cannot. @param {{label: number, strokes: import('../shell/types.js').Stroke[]}[]} drawings */
  async learn(drawings, /** @type {boolean} */ alone, /** @type {string} */ given) {
    await this.teach(await Promise.all(drawings.map(async ({ label, strokes }) => ({ label, pixels: await (await this.on.network()).pixels({ strokes, picture: null }) }))), alone, given);
    if (this.trouble) throw new Error(this.trouble);
  }

  /** Looks at what the network makes of the drawings now. */
  async look(/** @type {Omit<Result, 'p'|'right'|'after'>} */ now) {
    const { stand: { params: { config, data } }, progress: { test } } = this.parts.run;
    const network = await this.on.network();
    const all = [];
    for (const { pixels } of now.drawings) all.push((await network.call('recall', { ...config, data, pixels: pixels.slice() })).p);
    this.result = { ...now, p: all[0], right: all.filter((p, i) => best(p) === now.drawings[i].label).length, after: test };
    this.show();
  }
}

/** The images that a network has learned from, and those that it is tested on. @returns {Promise<import('../train/files.js').Mix>} */
async function imagesOf(/** @type {string} */ dataset) {
  const mine = own.get(dataset);
  if (mine) return { ...mine.train, test: mine.test, classes: mine.classes };
  if (sets[dataset].own) throw new Error(t('mine.hand.gone'));
  const none = new AbortController().signal;
  const [train, test] = await Promise.all([fetchSet(dataset, 'train', false, none, () => {}), fetchSet(dataset, 'test', false, none, () => {})]);
  return { ...train, test, classes: sets[dataset].classes };
}

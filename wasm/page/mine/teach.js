import { count, percent, sentences, t, write } from '../shell/i18n.js';
import { addSet, sets } from '../shell/sets.js';
import { fetchSet } from '../train/data.js';
import { earlier, own } from '../train/own.js';
import { icon, make } from './dom.js';
import { enough } from './grid.js';

const share = 0.2; // of each class is held out to test on, as lenet does
const surely = 0.1; // the learning rate from which random weights learned with each of five seeds; with 0.3 one of four stayed at chance
const built = 'mnist'; // what is mixed in

/** @typedef {import('../train/files.js').Examples} Examples */
/**
 * A run on one's own drawings. held: how many were held out; all: whether they are the whole test part; random: it began with random weights.
 * @typedef {{name: string, key: string, random: boolean, held: number, all: boolean, learned: number, first: number, right: number}} Result
 *   key: of what it learned; first: how many of the held-out drawings were right after one pass; right: in the end; -1 where it is not known yet
 */

/** Teach has the page's run learn the collection, and says what came of it. */
export class Teach {
  /**
   * @param {HTMLElement} root
   * @param {import('./collection.js').Collection} collection
   * @param {import('../shell/types.js').Parts} parts
   * @param {{files: () => Promise<import('../train/files.js').Files>, train: () => void, settled: () => void, back: (origin: import('../train/run.js').Origin, settings: object) => Promise<void>,
   *   curves: () => void}} on  settled: the experiment's settings are others; back: brings a network on show again, and the settings; curves: shows them
   */
  constructor(root, collection, parts, on) {
    this.root = root;
    this.collection = collection;
    this.parts = parts;
    this.on = on;
    this.busy = false; // the drawings are being prepared
    this.trouble = '';
    this.made = ''; // of what the run on show was made, as wanted has it
    /** @type {Result|null} of the run on show */
    this.now = null;
    /** @type {Result[]} of those before it */
    this.before = [];
    /** @type {{origin: import('../train/run.js').Origin, settings: object}|null} the network that was on show before */
    this.origin = null;

    const choose = (/** @type {string} */ name, /** @type {string[]} */ values) => make('fieldset', { class: 'either' }, make('legend', { text: `mine.${name}` }),
      make('div', {}, ...values.map((value, i) => make('label', {}, make('input', { type: 'radio', name: `mine-${name}`, value, checked: !i, class: 'unseen' }), make('span', { text: `mine.${name}.${value}` })))));
    this.button = make('button', { type: 'button', class: 'main' }, icon('go'), icon('hold'), make('span', {}));
    this.missing = make('p', { class: 'missing' });
    this.bar = make('progress', { max: 1, value: 0, label: 'mine.progress' });
    this.result = make('p', { class: 'outcome', role: 'status' });
    this.more = make('p', { class: 'beside' });
    this.curves = make('button', { type: 'button', class: 'link', text: 'mine.curves' });
    this.back = make('button', { type: 'button', class: 'link' }, icon('back'), make('span', { text: 'mine.back' }));
    this.links = make('p', { class: 'links' }, this.curves, this.back);
    root.append(choose('on', ['mine', 'both']), choose('from', ['shown', 'random']), choose('freeze', ['none', 'conv']), this.button, this.missing, this.bar, this.result, this.more, this.links);
    root.addEventListener('change', () => this.show());
    this.button.addEventListener('click', () => this.press());
    this.curves.addEventListener('click', () => on.curves());
    this.back.addEventListener('click', () => this.takeBack());
  }

  /** @returns {string} */
  chosen(/** @type {string} */ name) {
    return /** @type {HTMLInputElement} */ (this.root.querySelector(`[name=mine-${name}]:checked`)).value;
  }

  /** The data set that is learned. */
  get name() {
    return this.chosen('on') === 'mine' ? 'mine' : `mine+${built}`;
  }

  /** What Teach would learn, and how. */
  get wanted() {
    return [this.name, this.chosen('from'), this.chosen('freeze'), this.collection.version].join();
  }

  /** Whether Teach would go on with the run on show. */
  get goesOn() {
    return this.run?.state === 'paused' && this.made === this.wanted;
  }

  /** Drawings that can be learned: of classes with one to learn from and one to test on. */
  get items() {
    const { items, numbers } = this.collection;
    return items.filter(({ kind }) => numbers.get(kind) >= 2);
  }

  /** What the run on show is, where it learns the collection. */
  get run() {
    const { run } = this.parts;
    return run.job && run.job.dataset.startsWith('mine') && this.now ? run : null;
  }

  /** Shows how it stands. */
  show() {
    const { run } = this.parts;
    const state = this.busy ? 'preparing' : run.state === 'training' ? 'training' : run.state === 'loading' && run.job ? 'preparing' : this.run?.state === 'finished' ? 'done' : '';
    this.root.dataset.state = state;
    const random = this.chosen('from') === 'random';
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (this.root.querySelectorAll('[name=mine-freeze]'))) input.disabled = random;
    for (const field of /** @type {NodeListOf<HTMLFieldSetElement>} */ (this.root.querySelectorAll('.either'))) field.disabled = ['training', 'preparing'].includes(state);
    const able = [...this.collection.numbers.values()].filter((n) => n >= 2).length;
    const few = able < (this.chosen('on') === 'mine' ? 2 : 1);
    const ready = !few && state !== 'preparing';
    this.button.setAttribute('aria-disabled', String(!(ready || state === 'training')));
    this.button.classList.toggle('holds', state === 'training');
    write(this.button.lastElementChild, t(state === 'training' ? 'pause' : state === 'preparing' ? 'mine.preparing' : this.goesOn ? 'continue' : 'mine.teach'));
    write(this.missing, this.trouble || (few ? t(this.chosen('on') === 'mine' ? 'mine.needs' : 'mine.needs.one') : state === 'training' ? run.status() : state ? '' : sentences(this.advice(), this.left())));
    this.missing.classList.toggle('alarm', !!this.trouble);
    const { progress } = run;
    this.bar.hidden = !['training', 'preparing'].includes(state);
    if (state === 'training' && progress) this.bar.value = (progress.epoch + progress.done / progress.total) / progress.epochs;
    else this.bar.removeAttribute('value');
    this.tell();
    this.links.hidden = !this.run && !this.origin;
    this.curves.hidden = !this.run;
    this.back.hidden = !this.origin || state === 'preparing';
  }

  /** Classes with few drawings, where there are some. */
  advice() {
    const { numbers } = this.collection;
    const few = this.collection.kinds.filter(({ id }) => (numbers.get(id) ?? 0) >= 2 && numbers.get(id) < enough);
    return few.length ? t('mine.advice') : '';
  }

  /** Classes that cannot be learned yet. */
  left() {
    const { numbers } = this.collection;
    const names = this.collection.kinds.filter(({ id }) => (numbers.get(id) ?? 0) < 2).map(({ name }) => name);
    return names.length ? t('mine.left', { names: names.join(t('list')) }) : '';
  }

  /** Writes what the run has come to. */
  tell() {
    const { now, run } = this;
    this.result.replaceChildren();
    if (!now || !run?.progress) return write(this.more, '');
    const right = now.right >= 0 ? now.right : rightOf(run.progress.test, now);
    if (right >= 0 && run.progress.epoch > 0) {
      const [before, after] = t('mine.right', { of: count(now.held) }).split('{n}');
      this.result.append(before, make('b', {}, count(right)), after);
    }
    const other = this.before.find((r) => r.key === now.key && r.name === now.name && r.random !== now.random && r.right >= 0);
    write(this.more, sentences(
      now.first >= 0 && run.progress.epoch > 1 && t('mine.pass', { n: count(now.first) }),
      run.state === 'finished' && t('mine.learned', { n: count(now.learned), s: run.progress.seconds.toFixed(1) }),
      run.state === 'finished' && !now.all && t('mine.mixed', { p: percent(run.progress.test) }),
      other && t(now.random ? 'mine.other.shown' : 'mine.other.random', { n: count(other.right), of: count(other.held) }),
    ));
  }

  /** The run stands otherwise. */
  async ran() {
    const { now, run } = this;
    if (now && run?.progress) {
      const { epoch, test } = run.progress;
      if (now.all && epoch === 1) now.first = rightOf(test, now);
      if (run.state === 'finished' && now.right < 0) {
        now.right = now.all ? rightOf(test, now) : -1;
        if (!now.all) this.look(now);
      }
    }
    this.show();
  }

  /** Counts how many of the held-out drawings are read right: they are the first ones of the test part. */
  async look(/** @type {Result} */ now) {
    try {
      const { labels, read } = await this.parts.tests.ask(now.name, 'samples', { from: 0, count: Math.min(now.held, 400), bare: true });
      now.right = Array.from(labels).filter((label, i) => label === read[i]).length;
      now.held = labels.length;
    } catch {
      // another set is on show by now
    }
    this.show();
  }

  /** Begins to train, or pauses. */
  press() {
    if (this.button.getAttribute('aria-disabled') === 'true') return;
    if (this.parts.run.state === 'training') this.parts.controls.press('pause');
    else if (this.goesOn) this.on.train();
    else this.teach();
  }

  /** Prepares the drawings, and has the page's run learn them. */
  async teach() {
    const { answer, experiment, run } = this.parts;
    const { name } = this;
    const [random, freeze] = [this.chosen('from') === 'random', this.chosen('freeze')];
    this.busy = true;
    this.trouble = '';
    this.show();
    try {
      const examples = this.collection.examples(this.items);
      const { seed } = experiment.settings();
      const mix = name === 'mine' ? undefined : await mixed();
      const { classes, train, test, recipe, held } = await (await this.on.files()).prepare({ ...examples, share, seed, mix });
      this.origin = { origin: await run.on.origin(), settings: experiment.settings() };
      const title = t(`mine.title.${this.chosen('on')}`);
      if (answer.dataset === name && JSON.stringify(sets[name].classes) !== JSON.stringify(classes)) { // the network on show has the classes of before
        addSet(earlier(name), sets[name], false);
        this.origin.origin.dataset = earlier(name);
        answer.show({ dataset: earlier(name) });
      }
      const learned = examples.labels.length - held.length;
      if (this.now) this.before = [this.now, ...this.before].slice(0, 8);
      this.made = this.wanted;
      own.put(name, { title, classes, train, test, recipe, learned });
      this.now = { name, key: keyOf(examples), random, held: held.length, all: !mix, learned, first: -1, right: -1 };
      experiment.pick('dataset', name);
      experiment.pick('from', random ? 'random' : 'shown');
      experiment.pick('freeze', random ? 'none' : freeze);
      if (random) experiment.set({ lr: Math.min(experiment.settings().lr, surely) });
      if (mix) experiment.set({ epochs: random ? 10 : 3 }); // of 20 the first from MNIST’s network had 98.7 %, the last 98.6 %
      this.on.settled();
      this.on.train();
    } catch (e) {
      this.trouble = /** @type {Error} */ (e).message;
    }
    this.busy = false;
    this.show();
  }

  /** Brings the network that was on show before on show again. */
  async takeBack() {
    const { origin, settings } = this.origin;
    this.origin = null;
    if (this.now) this.before = [this.now, ...this.before];
    this.now = null;
    await this.on.back(origin, settings);
    this.show();
    this.button.focus();
  }
}

/** How many of the held-out drawings are right, where all of the test part are such. */
const rightOf = (/** @type {number} */ test, /** @type {Result} */ { held, all }) => (all && Number.isFinite(test) ? Math.round(test * held) : -1);

/** Tells whether two runs learned the same: how many drawings there are of each class, and of which. */
const keyOf = (/** @type {Examples} */ { classes, labels }) => JSON.stringify([classes, labels.length]);

/** MNIST's images that come with the page. */
async function mixed() {
  const none = new AbortController().signal;
  const [train, test] = await Promise.all([fetchSet(built, 'train', false, none, () => {}), fetchSet(built, 'test', false, none, () => {})]);
  return { ...train, test, classes: sets[built].classes };
}

import { hasFull } from './data.js';
import { sets } from '../shell/sets.js';
import { count, percent, sentences, t, titleOf } from '../shell/i18n.js';
import { classesOf } from './kept.js';
import { examples, learnedOf, own } from './own.js';
import { guesses, written } from './points.js';
import { Trainer } from './trainer.js';

/**
 * Steps that d2l's sigmoid network stays at chance on Fashion-MNIST: 340 at a rate of 0.9
 * and 1,680 at 0.1 were measured. On MNIST it is more: 720 to 880 at 0.9.
 */
export const plateau = (/** @type {number} */ lr) => Number((340 * Math.max(0.9 / lr, 1) ** 0.73).toPrecision(2));

/**
 * The network that a run starts from. dataset: whose classes it has; trained: the built-in one that was trained on that; name: of its file, if any.
 * @typedef {{file: Uint8Array<ArrayBuffer>, dataset: string, trained: boolean, name: string}} Origin
 */

/**
 * Run is the state of training on the page: loading, idle, training, paused,
 * finished, diverged or error, how far it is, and what there is to say about it.
 */
export class Run {
  /**
   * @param {Promise<WebAssembly.Module>} module
   * @param {{changed: () => void, points: (p: import('../shell/types.js').Point[], epochs: number) => void,
   *   begun: (epochs: number) => void, milestone: () => void, params: (p: import('../shell/types.js').Params) => void,
   *   origin: () => Promise<Origin>, trained: () => string, stands: () => void, trouble: (e: Error) => void}} on  stands: the page knows anew where the run could go on from
   */
  constructor(module, on) {
    this.on = on;
    this.trainer = new Trainer(module, {
      loading: (share) => this.loads(share),
      progress: (p) => this.take(p),
      params: (p) => {
        this.newest = p;
        on.params(p);
      },
      fewer: (workers, e) => {
        this.mishap = t('note.fewer', { n: workers, error: e.message });
        this.on.changed();
        this.on.trouble(e);
      },
      lost: (e) => this.fail('note.lost', e),
    });
    this.state = 'loading';
    this.begin(null);
  }

  begin(/** @type {any} */ job, /** @type {import('./own.js').OwnSet|null} */ own = null) {
    /** @type {import('../shell/types.js').Job|null} */
    this.job = job;
    this.own = own; // the reader's own data set that it is on
    /** @type {Origin|null} the network that it started from; null for random weights, and after a reload */
    this.origin = null;
    /** @type {import('../shell/types.js').Params|null} weights that no progress was told of yet */
    this.newest = null;
    /** @type {{params: import('../shell/types.js').Params, progress: import('../shell/types.js').Progress}|null} where it could go on from */
    this.stand = null;
    /** @type {{params: import('../shell/types.js').Params, shown: number}|null} where its workers, not yet opened, are to take it up */
    this.asleep = null;
    this.restored = false; // it was kept over a reload, and has not gone on yet
    /** @type {import('../shell/types.js').Progress|null} */
    this.progress = null;
    this.speed = 0;
    this.mark = { seen: 0, seconds: 0 };
    this.trouble = '';
    this.mishap = ''; // a worker was lost
    this.loading = '';
    this.file = ''; // whose weights are on show where there is no run; '' for those trained beforehand
  }

  /** The steps of all its epochs. */
  get steps() {
    const { job, progress } = this;
    return job && progress ? Math.ceil(progress.total / job.recipe.batch) * progress.epochs : 0;
  }

  /** What names it among others. @returns {import('../shell/types.js').About|null} */
  get about() {
    const { job, own } = this;
    if (!job) return null;
    const { activation, pooling, channels, units, classes, freeze, lr, batch, seed } = job.recipe;
    return { activation, pooling, channels, units, classes, from: job.from, freeze, lr, batch, seed, dataset: job.dataset, full: job.full, ...(own && { images: learnedOf(own) }) };
  }

  /** Whether it has come to rest, and there is something to say about that. */
  get resting() {
    return ['paused', 'finished', 'diverged', 'error'].includes(this.state);
  }

  set(/** @type {string} */ state) {
    this.state = state;
    this.on.changed();
  }

  /** Whether Train would go on with this run rather than begin another one. */
  continues(/** @type {any} */ recipe, /** @type {any} */ { dataset, size, from, reproducible }) {
    const { job, progress } = this;
    if (!job || !progress || !['paused', 'finished'].includes(this.state)) return false;
    const same = (/** @type {any} */ { lr, epochs, ...rest }) => JSON.stringify(rest);
    if (this.own && this.own.generation !== own.get(dataset)?.generation) return false; // it has other images by now
    return same(job.recipe) === same(recipe) && job.dataset === dataset && job.size === size && (job.from ?? 'random') === from && job.reproducible === reproducible && recipe.epochs > progress.epoch;
  }

  /**
   * The built-in network that the run starts from, or the one that Train would begin: '' for random weights; null where a command
   * cannot name it, or its images.
   * @returns {string|null}
   */
  startsFrom(/** @type {any} */ recipe, /** @type {any} */ settings) {
    if (own.get(settings.dataset)) return null;
    if (this.job && (this.state === 'training' || this.continues({ ...recipe, epochs: Infinity }, settings))) return this.job.init ?? '';
    if (settings.from !== 'shown') return '';
    return this.job || this.file ? null : this.on.trained();
  }

  /** Trains; a single step where once is set. */
  async train(/** @type {import('../shell/types.js').Recipe} */ recipe, /** @type {any} */ settings, once = false) {
    if (this.continues(recipe, settings)) {
      if (this.asleep && !(await this.wake(settings))) return;
      await this.tune({ ...recipe, pace: settings.pace });
      await this.trainer.resize(settings.workers);
    } else if (!(await this.start(recipe, settings))) return;
    this.trainer.pace = Number(settings.pace) || 0;
    if (once) {
      const { job } = this;
      await this.trainer.step();
      if (job === this.job && this.progress.state === 'training') this.set('paused'); // it was not given up meanwhile
    } else {
      this.set('training');
      await this.trainer.run();
    }
  }

  /** Loads the images and the fresh network. Reports whether that went well. */
  async start(/** @type {import('../shell/types.js').Recipe} */ recipe, /** @type {any} */ { dataset, size, from, workers, reproducible }) {
    /** @type {import('../shell/types.js').Job} */
    const job = { recipe, dataset, size, full: size === 'full', from, reproducible };
    const set = own.get(dataset) ?? null;
    const shown = from === 'shown' ? this.on.origin() : null; // before this run takes the place of the one on show
    this.begin(job, set);
    this.set('loading');
    try {
      const origin = await shown;
      if (job !== this.job) return false; // given up
      this.origin = origin;
      job.init = !origin ? '' : origin.trained ? origin.dataset : null;
      job.anew = !!origin && sets[origin.dataset].classes.length !== recipe.classes;
      job.full &&= await hasFull(dataset);
      const progress = await this.trainer.start(recipe, { dataset, full: job.full, workers, reproducible, own: set, init: origin?.file });
      if (job !== this.job) return false; // given up
      this.progress = progress;
      this.on.begun(recipe.epochs);
      this.take(progress);
      this.on.params(await this.trainer.weights());
      this.on.milestone();
      return job === this.job;
    } catch (e) {
      if (job === this.job && this.state !== 'error') this.fail('note.data', e);
      return false;
    }
  }

  /** Shows a run that was kept over a reload. Its workers are opened when it goes on. */
  resume(/** @type {import('../shell/types.js').Kept} */ { job, own: set, state, progress, params, points, past }) {
    this.begin(job, set ? own.adopt(job.dataset, set) : null);
    this.restored = true;
    this.progress = progress;
    this.stand = { params, progress };
    this.asleep = { params, shown: points.at(-1)?.epoch ?? -1 };
    this.on.begun(progress.epochs);
    this.on.points(points, progress.epochs);
    for (const p of [...past, params]) this.on.params(p);
    this.on.milestone();
    this.set(state);
  }

  /** Has workers take the run up. Reports whether that went well. */
  async wake(/** @type {any} */ { workers }) {
    const { job, state } = this;
    const { recipe, dataset, full, reproducible } = job;
    this.mishap = '';
    this.set('loading');
    try {
      await this.trainer.start(recipe, { dataset, full, workers, reproducible, own: this.own }, this.asleep);
    } catch (e) {
      if (job === this.job) this.mishap = t('note.data', { error: e.message });
      this.on.trouble(e);
    }
    if (job !== this.job) return false; // given up
    this.loading = '';
    if (!this.mishap) [this.asleep, this.restored] = [null, false];
    this.set(state);
    return !this.asleep;
  }

  loads(/** @type {number} */ share) {
    if (!this.job || this.state !== 'loading') return;
    this.loading = t('status.loading.data', {
      what: titleOf(this.job.dataset), share: Number.isNaN(share) ? '…' : `${Math.round(100 * share)}\u00a0%`,
    });
    this.on.changed();
  }

  fail(/** @type {string} */ key, /** @type {Error} */ e) {
    this.trouble = t(key, { error: e.message });
    this.set('error');
    this.on.trouble(e);
  }

  /** Takes over how the run stands. */
  take(/** @type {import('../shell/types.js').Progress} */ p) {
    const ended = p.epoch > (this.progress?.epoch ?? 0);
    this.progress = p;
    if (this.newest) this.stand = { params: this.newest, progress: p };
    if (p.seconds - this.mark.seconds > 0.5 || p.state === 'finished') {
      if (p.seconds > this.mark.seconds) this.speed = (p.seen - this.mark.seen) / (p.seconds - this.mark.seconds);
      this.mark = { seen: p.seen, seconds: p.seconds };
    }
    this.on.points(p.points, p.epochs);
    if (p.state !== 'training') this.state = p.state;
    this.on.changed();
    if (this.newest) this.on.stands();
    this.newest = null;
    if (ended) this.on.milestone();
  }

  async pause() {
    await this.trainer.pause();
    if (this.state === 'training') this.set('paused');
  }

  /** Changes the learning rate, the epochs and the pace of the run. */
  async tune(/** @type {{lr: number, epochs: number, pace: string}} */ { lr, epochs, pace }) {
    if (!this.job || !['training', 'paused', 'finished'].includes(this.state)) return;
    Object.assign(this.job.recipe, { lr, epochs });
    await this.trainer.tune(lr, epochs, Number(pace) || 0);
  }

  /** Gives the run up. */
  async reset() {
    this.begin(null);
    this.set('idle');
    await this.trainer.reset();
  }

  /** One line on how it stands. */
  status() {
    const { state, progress } = this;
    if (state === 'loading') return this.loading || t('status.loading');
    if (!progress) return t(`status.${state}`);
    const parts = [state === 'training' ? '' : t(`status.${state}`)];
    const epoch = progress.epoch + progress.done / progress.total;
    parts.push(t('status.epoch', { epoch: state === 'finished' ? progress.epoch : epoch.toFixed(1), epochs: progress.epochs }));
    if (state === 'paused' || this.trainer.pace) parts.push(t('status.step', { step: count(progress.step) }));
    else if (this.speed) parts.push(t('status.speed', { n: count(this.speed) }));
    if (state === 'training' && this.trainer.clients.length > 1) parts.push(t('status.workers', { n: this.trainer.clients.length }));
    return parts.filter(Boolean).join(' · ');
  }

  /**
   * What there is to say: about the run, or about the one that Train would begin.
   * @returns {{text: string, alarm: boolean}}
   */
  note(/** @type {import('../shell/types.js').Recipe} */ next, /** @type {any} */ settings) {
    const { state, job, progress } = this;
    if (state === 'error') return { text: this.trouble, alarm: true };
    if (state === 'diverged') {
      return { text: t('note.diverged', { step: count(progress.step), lr: lower(job.recipe.lr) }), alarm: true };
    }
    const classes = classesOf(job?.recipe ?? next);
    const chance = { n: classes, chance: Math.log(classes).toFixed(3) };
    const high = progress?.step > 20 && progress.loss > 1.737 * Math.log(Math.max(classes, 10)) ? t('note.high', { lr: lower(job.recipe.lr), ...chance }) : '';
    if (state === 'finished') {
      const text = t('note.done', { ...written(progress), time: `${progress.seconds.toFixed(1)}\u00a0s` });
      return { text: sentences(this.mishap, text, high), alarm: !!(high || this.mishap) };
    }
    if (high) return { text: high, alarm: true };
    if (this.mishap) return { text: this.mishap, alarm: true };
    const { recipe, size, full } = job ?? { recipe: next, size: settings.size, full: settings.size === 'full' };
    const mine = job ? this.own : own.get(settings.dataset);
    const images = mine ? examples(mine.train.labels) : full ? 60000 : 6000;
    const steps = Math.ceil(images / recipe.batch) * recipe.epochs;
    const atChance = plateau(recipe.lr);
    const from = job ? job.from : settings.from;
    const slow = !mine && from !== 'shown' && recipe.activation === 'sigmoid' && steps < 1.3 * atChance;
    if (size === 'full' && !full) {
      return { text: sentences(t('note.subset', { epochs: recipe.epochs, steps: count(steps) }), slow && t('note.short', { plateau: count(atChance), steps: count(steps) })), alarm: slow };
    }
    if (slow) return { text: t('note.short', { plateau: count(atChance), steps: count(steps) }), alarm: true };
    if (!progress && mine) return { text: t('note.own', { name: titleOf(settings.dataset), n: classes, images: count(learnedOf(mine)), tests: count(examples(mine.test.labels)) }), alarm: false };
    if (!progress) {
      return { text: t(`note.${this.file ? 'file' : 'shown'}${from === 'shown' ? '.on' : ''}`, { name: this.file, dataset: titleOf(settings.dataset), p: percent(sets[settings.dataset].right) }), alarm: false };
    }
    if (progress.step === 0 && job.from === 'shown') return { text: t(job.anew ? 'note.begun.anew' : 'note.begun', chance), alarm: false };
    if (progress.step === 0) return { text: t(classes === 10 ? 'note.fresh' : 'note.fresh.of', chance), alarm: false };
    const flat = recipe.activation === 'sigmoid' && guesses(progress.loss, classes) && progress.step > 20;
    return { text: flat ? t(mine ? 'note.plateau.own' : 'note.plateau', { step: count(progress.step), ...chance }) : '', alarm: false };
  }
}

/** A learning rate worth trying when one is too high. */
const lower = (/** @type {number} */ lr) => Number(Math.min(lr / 3, 0.3).toPrecision(1));

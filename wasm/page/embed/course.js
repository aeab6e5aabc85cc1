import { fileOf, Host, inputOf, keysOf, labelOf, placeOf, stepsOf } from './host.js';
import { classes } from '../shell/i18n.js';
import { best } from '../shell/trace.js';

const busy = ['training', 'loading'];

/**
 * What the page does for the one around it. begin has the engine loaded; check
 * fails where a setup names a lesson, a language or a unit that the page has
 * not; set and change take a setup, set also before the engine is loaded; over
 * tells whether the run has ended and Train would begin the same one again;
 * keys is the setup on show as a link has it, without the drawing; label files
 * the drawing under a class; give resolves to the reader's drawings where they
 * agree that a site has them.
 *
 * @typedef {{begin: () => void, check: (s: Setup) => void, set: (s: Setup) => Promise<void>, change: (s: Setup) => Promise<void>,
 *   showImage: (index: number) => Promise<void>, train: () => void, step: () => Promise<void>, over: () => boolean, reset: () => Promise<void>, load: (file: Uint8Array, name: string) => Promise<any>,
 *   keys: () => Record<string, string>, label: (name: string) => Promise<object>, give: (site: string) => Promise<object>}} Page
 * @typedef {Partial<import('../shell/link.js').Setup>} Setup
 */

/**
 * Course is the page around an embedded one, a course page maybe: it has its
 * commands done, and tells it what it wants to know.
 */
export class Course {
  /**
   * @param {string} origin  of that page; '' for any
   * @param {Pick<import('../shell/types.js').Parts, 'answer'|'drawing'|'run'|'timeline'>} parts
   * @param {Page} page
   */
  constructor(origin, parts, page) {
    this.parts = parts;
    this.page = page;
    /** @type {Promise<void>} commands that need the engine wait for it, or fail where it cannot be loaded */
    this.live = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.live.catch(() => {});
    /** @type {{input: import('../shell/types.js').Input, resolve: (said: object) => void, reject: (e: Error) => void}[]} drawings to be predicted */
    this.unread = [];
    /** @type {{resolve: (r: object) => void, reject: (e: Error) => void}[]} that wait for the end of the run */
    this.runs = [];
    this.state = ''; // of the run, and its step, that were told last
    this.step = -1;
    this.mine = JSON.stringify({ counts: {}, total: 0 }); // told last
    /** @type {Record<string, string>|null} keys that were told last */
    this.told = null;
    this.host = new Host(origin, this.commands());
    if (this.host.window) new ResizeObserver(() => {
      const { width, height } = document.documentElement.getBoundingClientRect();
      this.send('resize', { width: Math.ceil(width), height: Math.ceil(height) });
    }).observe(document.body);
  }

  send(/** @type {string} */ type, /** @type {object} */ fields) {
    this.host.send(type, fields);
  }

  /** The page is there; the engine too where it is live. */
  ready(/** @type {boolean} */ live) {
    this.send('ready', { live, keys: this.keys() });
    if (live) this.live = Promise.resolve(this.resolve());
  }

  /** The engine cannot be loaded, or was lost: no command waits for it any more. */
  fail(/** @type {Error} */ e) {
    this.send('error', { of: 'load', message: e.message });
    this.reject(e);
    for (const { reject } of this.unread.splice(0)) reject(e);
  }

  /** An input cannot be read. */
  refuse(/** @type {import('../shell/types.js').Input} */ input, /** @type {Error} */ e) {
    this.unread = this.unread.filter((a) => a.input !== input || a.reject(e));
  }

  /** Resolves when the engine is there, which is loaded for that. */
  wake() {
    this.page.begin();
    return this.live;
  }

  /** @returns {Record<string, import('./host.js').Command>} */
  commands() {
    const { page, parts: { drawing, run, timeline } } = this;
    return {
      set: async (m) => {
        const { embed, origin, ...s } = keysOf(m.keys);
        page.check(s);
        await page.set(s);
      },
      draw: async (m) => {
        const input = inputOf(m);
        await this.wake();
        if (!input) await page.showImage(m.image);
        else drawing.set(input);
        const wanted = drawing.input;
        return { until: new Promise((resolve, reject) => this.unread.push({ input: wanted, resolve, reject })) };
      },
      train: async () => {
        await this.wake();
        const until = new Promise((resolve, reject) => this.runs.push({ resolve, reject }));
        if (run.state !== 'training' && !(run.state === 'loading' && run.job)) page.train();
        return { until };
      },
      pause: async () => {
        await this.wake();
        await run.pause();
        return this.result();
      },
      step: async (m) => {
        const n = stepsOf(m);
        await this.wake();
        if (run.state === 'training') await run.pause();
        // The steps are of one run: its end is theirs, and so is a reader who pauses, resets or trains.
        for (let i = 0, job; i < n && !page.over() && (i === 0 || (run.job === job && run.state === 'paused')); i++) {
          await page.step();
          job ??= run.job;
        }
        if (run.state === 'error') throw new Error(run.trouble);
        return this.result();
      },
      reset: async () => {
        await this.wake();
        await page.reset();
      },
      loadWeights: async (m) => {
        const file = fileOf(m);
        await this.wake();
        await page.load(file, typeof m.name === 'string' ? m.name.slice(0, 100) : '');
      },
      label: async (m) => {
        const name = labelOf(m);
        await this.wake();
        return page.label(name);
      },
      requestDrawings: async (_, origin) => {
        await this.wake();
        return { until: page.give(origin) };
      },
      goto: async (m) => {
        const { epoch, place } = placeOf(m);
        await this.wake();
        page.check(place);
        if (epoch !== undefined) {
          if (!timeline.kept.length) throw new Error('epoch: there is no run yet; train, then go back in it');
          timeline.go(epoch);
        }
        await page.change(place);
        return epoch === undefined ? {} : { epoch: (timeline.past ?? timeline.kept.at(-1)).epoch };
      },
    };
  }

  /** Tells what the network reads. */
  tellPrediction(/** @type {import('../shell/types.js').Prediction} */ p, /** @type {import('../shell/types.js').Input} */ input) {
    if (!this.host.window) return;
    const { drawing, answer: { dataset } } = this.parts;
    const answer = p.p ? best(p.p) : -1;
    const said = { dataset, empty: p.empty, class: answer, name: classes(dataset)[answer] ?? '', p: [...(p.p ?? [])], label: input.picture?.label ?? -1 };
    this.host.sendSoon('prediction', () => ({ ...said, final: drawing.kept === input }));
    this.unread = this.unread.filter((a) => {
      if (a.input === input) a.resolve(said);
      else if (a.input !== drawing.input) a.reject(new Error('another drawing came first'));
      else return true;
      return false;
    });
  }

  /** How the run stands. */
  result() {
    const { state, progress } = this.parts.run;
    const { step = 0, epoch = 0, epochs = 0, loss = NaN, acc = NaN, test = NaN, seconds = 0 } = progress ?? {};
    return { state, step, epoch, epochs, loss, acc, test, seconds };
  }

  /** Tells how the run stands. */
  tellRun() {
    const { state, progress, trouble } = this.parts.run;
    if (progress && progress.step !== this.step) this.host.sendSoon('step', () => this.result());
    this.step = progress?.step ?? -1;
    const before = this.state;
    this.state = state;
    if (!busy.includes(before) || busy.includes(state)) return;
    if (before === 'training' && !this.runs.length) this.send('done', { of: 'train', ...this.result() });
    for (const { resolve, reject } of this.runs.splice(0)) state === 'error' ? reject(new Error(trouble)) : resolve(this.result());
  }

  /** Tells how many drawings of their own the reader has. */
  tellMine(/** @type {{total: number}} */ all) {
    const now = JSON.stringify(all);
    if (now === this.mine) return;
    this.mine = now;
    this.host.sendSoon('mine', () => all);
  }

  /** Tells the ends of epochs. */
  tellEpochs(/** @type {import('../shell/types.js').Point[]} */ points, /** @type {number} */ epochs) {
    for (const { epoch, done } of points) if (done) this.send('epoch', { epoch: Math.round(epoch), epochs, ...done });
  }

  keys() {
    return (this.told = this.page.keys());
  }

  /** Tells what has changed of what a link would say. */
  tellChanges() {
    if (!this.host.window || !this.told) return;
    const before = this.told;
    const now = Object.entries(this.keys());
    const keys = Object.fromEntries(now.filter(([key, value]) => before[key] !== value));
    if (Object.keys(keys).length) this.send('change', { keys });
  }
}

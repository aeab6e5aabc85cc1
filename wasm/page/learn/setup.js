import { languages } from '../shell/bundle.js';
import { language, speaks, t } from '../shell/i18n.js';
import { views } from '../shell/constants.js';
import { mine, sets } from '../shell/sets.js';
import { inputOf, sheets } from './drawings.js';
import { formatLink } from '../shell/link.js';
import { hasFull } from '../train/data.js';
import { own } from '../train/own.js';
import { picture } from '../explain/samples.js';
import { same } from './deeds.js';
import { shapeOf } from '../shell/trace.js';

/** @typedef {import('../shell/types.js').Input} Input */

/**
 * Setup is how the page is set up, as a link says it: it writes the link to
 * what is on show, and changes what a link, the page around this one or a step
 * of a lesson asks for.
 */
export class Setup {
  /**
   * @param {Omit<import('../shell/types.js').Parts, 'answer'|'setup'>} parts
   * @param {{settled: () => Promise<void>|void, giveUp: () => Promise<void>, speak: (lang: string) => Promise<void>, show: () => void, withMine: (does: (mine: any) => any) => Promise<void>,
   *   fetchSet: (path: string, sha256: string) => Promise<{name: string, before: string}>}} on
   *   settled: the experiment's settings are others; giveUp: ends the run; show: the controls are others; withMine: does something with Mine, once it has come; fetchSet: has a file's data set among those that one can choose, as take does
   */
  constructor(parts, on) {
    this.parts = parts;
    this.on = on;
    /** @type {string[]|undefined} those that are to be seen, where not all are */
    this.panels = undefined;
    /** @type {{path: string, sha256: string, seed: number, name: string, set: import('../train/own.js').OwnSet}|null} a data set that was fetched */
    this.file = null;
    this.turn = 0; // of the step of a lesson that is wanted
    /** @type {Promise<void>} until the page is set up for it */
    this.turns = Promise.resolve();
  }

  /** The fragment of a link to what is on show. */
  link(/** @type {boolean} */ embed, input = this.parts.drawing.input) {
    const { controls, experiment, inputPanel, inspector, lessons, look: { theme }, tabs, trained } = this.parts;
    const mining = document.documentElement.classList.contains('mining');
    const settings = experiment.settings();
    const { strokes, picture } = input.example ? nothing : input;
    const file = this.file && own.get(settings.dataset) === this.file.set ? this.file : null;
    return formatLink({
      experiment: /** @type {any} */ ({ ...settings, ...(sets[settings.dataset].own && { dataset: mine.find((name) => name === settings.dataset), size: undefined }) }), changes: inputPanel.settings(), file: file?.path, sha256: file?.sha256, tab: tabs.shown, lesson: lessons.at || undefined, mine: mining, lang: language(), theme, strokes,
      image: picture && picture.dataset === settings.dataset ? picture.index : undefined,
      view: inspector.view === views[0] ? undefined : inspector.view, unit: inspector.held ? inspector.unit : undefined,
      weights: trained.named, panels: this.panels, lock: controls.locked, embed,
    });
  }

  /** What a link to what is on show would say, but for the drawing. @returns {Record<string, string>} */
  keys() {
    const { v, ...keys } = Object.fromEntries(new URLSearchParams(this.link(false, nothing).slice(1)));
    return keys;
  }

  /** Changes what a link may say, in a page that is there already. */
  async change(/** @type {Partial<import('../shell/link.js').Setup>} */ s) {
    const { drawing, inputPanel, inspector, lessons, look, stage, tabs, trained } = this.parts;
    const set = s.file ? await this.fetchSet(s) : null;
    if (s.theme) look.choose(s.theme);
    if (s.lang) await this.on.speak(s.lang);
    if (!!s.mine !== document.documentElement.classList.contains('mining') && s.mine !== undefined) await this.on.withMine((m) => m.open(s.mine));
    if (s.panels) this.choosePanels(s.panels);
    if (s.lock) this.lock(s.lock);
    if (s.lesson !== undefined && (await lessons.open(s.lesson, { over: s }))) return set ? this.choose(s.experiment, set) : undefined;
    if (s.changes && Object.keys(s.changes).length) inputPanel.set({ ...inputPanel.settings(), ...s.changes });
    if (set || (s.experiment && Object.keys(s.experiment).length)) await this.choose(s.experiment, set);
    const refused = s.weights && (await trained.showNamed(s.weights));
    if (s.view) inspector.look(s.view); // which shows its tab
    if (s.tab) tabs.show(s.tab);
    if (s.unit) stage.point(unitOf(stage.network, s.unit));
    if (s.strokes) drawing.set({ strokes: s.strokes, picture: null });
    if (s.image !== undefined) await this.showImage(s.image);
    if (refused) throw refused;
  }

  /**
   * Changes settings of the experiment. A data set that was fetched is chosen with its recipe, or with that of the
   * preset beside it.
   * @param {Record<string, any>} [settings] @param {{name: string, before: string}|null} [set]  as fetchSet has it
   */
  async choose(settings = {}, set = null) {
    const { experiment, run } = this.parts;
    if (set && run.state === 'training') await run.pause();
    if (set && !settings.preset) experiment.pick('dataset', set.name);
    experiment.choose(settings.preset);
    experiment.set({ ...settings, ...(set && { dataset: set.name }) });
    await this.on.settled();
    if (set?.before) own.drop(set.before);
  }

  /**
   * Fetches the file of a data set, unless it is there. Resolves to its name, and that of the set whose place it takes.
   * @param {Partial<import('../shell/link.js').Setup>} s
   */
  async fetchSet({ file: path, sha256 = '', experiment: settings }) {
    this.check({ file: path });
    const { experiment } = this.parts;
    experiment.set({ seed: settings?.seed ?? experiment.presets.find(({ name }) => name === settings?.preset)?.seed }); // of the test part, where one is held out
    const { seed } = experiment.settings();
    const { file } = this;
    if (file && same([file.path, file.sha256, file.seed], [path, sha256, seed]) && own.get(file.name) === file.set) return { name: file.name, before: '' };
    const { name, before } = await this.on.fetchSet(path, sha256);
    this.file = { path, sha256, seed, name, set: own.get(name) };
    return { name, before };
  }

  /** Fails where a setup names a lesson, a language or a unit that the page has not, or a file of another site. */
  check(/** @type {Partial<import('../shell/link.js').Setup>} */ { file, lesson, lang, unit }) {
    const { lessons, stage } = this.parts;
    const { origin } = new URL(location.href);
    if (file && new URL(file, location.href).origin !== origin) throw new Error(`data: ${file}: want a file of ${origin}, where the page is from`);
    if (lesson !== undefined && !lessons.has(lesson)) throw new Error(`lesson: there is no ${lesson}: want NAME.STEP of one that EMBEDDING.md lists`);
    if (lang && !speaks(lang)) throw new Error(`lang: the page has no ${lang}: want ${Object.keys(languages).join(' or ')}`);
    if (!unit || !stage.network) return;
    const { layer, channel, y, x } = unitOf(stage.network, unit);
    if (unit.layer < -1 || unit.layer > layer || unit.channel !== channel || unit.y !== y || unit.x !== x) throw new Error('unit: the network has no such one');
  }

  /** Sets the page up as a step of a lesson wants it, unless another step is wanted meanwhile. */
  scene(/** @type {import('./steps.js').Scene} */ s, /** @type {import('./lessons.js').How} */ how) {
    const turn = ++this.turn;
    this.turns = this.turns.catch(() => {}).then(() => (turn === this.turn ? this.put(s, how) : undefined));
    return this.turns;
  }

  /** @returns {Promise<void>} */
  async put(/** @type {import('./steps.js').Scene} */ s, /** @type {import('./lessons.js').How} */ { first, run: kept, over = {} }) {
    const { chart, drawing, inputPanel, inspector, mistakes, samples, stage, tabs, timeline } = this.parts;
    if (s.letters !== undefined) await this.letters(s.letters);
    if (!kept) await this.putNetwork(s, over);
    if (s.taught && !kept) await this.teach(s.taught);
    if (first && !kept) chart.compare(null);
    timeline.go(Infinity);
    inputPanel.set(Object.keys(over.changes ?? {}).length ? over.changes : s.changes);
    if (over.strokes) drawing.set({ strokes: over.strokes, picture: null });
    else if (over.image !== undefined || s.image !== undefined) await this.showImage(over.image ?? s.image);
    else drawing.set(inputOf(s.draw));
    const view = over.view ?? s.view;
    if (view !== inspector.view) inspector.look(view);
    const unit = over.unit ?? s.unit;
    stage.point(unit && unitOf(stage.network, unit), !!over.unit);
    mistakes.choose('sure');
    samples.rewind();
    tabs.show(over.tab ?? s.tab);
  }

  /** Fetches a lesson's drawings, and makes a data set of letters: n of each to learn from, 0 for none. */
  async letters(/** @type {number} */ n) {
    const { letters } = await sheets();
    if (n) await this.on.withMine((m) => m.letters(letters(), n));
  }

  /** Has the network on show learn drawings of a lesson. */
  async teach(/** @type {import('./steps.js').Taught} */ { given, alone }) {
    const { handOf } = await sheets();
    await this.on.withMine((m) => m.hand.learn(handOf(given), alone, given));
  }

  /** Brings the step's run on show, or the network that was trained beforehand. */
  async putNetwork(/** @type {import('./steps.js').Scene} */ s, /** @type {Partial<import('../shell/link.js').Setup>} */ over) {
    const { experiment, run, trained } = this.parts;
    const wanted = { ...s.experiment, ...over.experiment };
    experiment.set({ seed: 0, pace: 'full', workers: 'auto', reproducible: false });
    experiment.choose(wanted.preset);
    if (s.letters) trained.last = experiment.settings().dataset;
    experiment.set(wanted);
    const { dataset, size } = experiment.settings();
    if (s.subset && size === 'full' && !(await hasFull(dataset))) experiment.set({ size: 'subset', ...s.subset, ...over.experiment });
    const recipe = experiment.recipe();
    const settings = experiment.settings();
    const { job } = run;
    if (s.keeps && job && same([job.recipe, job.dataset, job.size], [recipe, settings.dataset, settings.size])) return;
    if (job) await this.on.giveUp();
    const shown = this.on.settled();
    trained.named = over.weights; // which it looks at once it has fetched its own
    if (s.keeps) run.train(recipe, settings);
    else await (shown ?? trained.show());
  }

  /** Does what a button of a lesson does. */
  async act(/** @type {import('./steps.js').Button} */ { set, change, draw, epoch, view, press, teach }) {
    const { controls, drawing, experiment, inputPanel, inspector, run, tabs, timeline } = this.parts;
    const { shown } = tabs;
    if (set) {
      experiment.set(set);
      await this.on.settled();
    }
    if (change) inputPanel.set(change);
    if (draw) drawing.set(inputOf(draw));
    if (epoch !== undefined) timeline.go(epoch);
    if (view) inspector.look(view);
    if (press && run.state !== 'loading') controls.actions[press === 'train' && run.state === 'training' ? 'pause' : press]();
    tabs.show(shown);
    if (teach) await this.teach(teach);
  }

  /** Whether the page is so as a button of a lesson would make it. */
  is(/** @type {import('./steps.js').Button} */ { set, change, draw, view, teach }) {
    const { drawing, experiment, inputPanel, inspector, run } = this.parts;
    const settings = /** @type {Record<string, any>} */ (experiment.settings());
    if (set) return Object.entries(set).every(([key, value]) => String(settings[key]) === String(value));
    if (change) return same(inputPanel.settings(), Object.fromEntries(Object.entries(change).filter(([, v]) => v)));
    if (draw) return same(drawing.input, inputOf(draw));
    if (teach) return run.own?.teaches?.given === teach.given && run.own.teaches.alone === teach.alone;
    return view === inspector.view;
  }

  /** The text of a lesson's button that trains. */
  trainText() {
    const { experiment, run } = this.parts;
    if (run.state === 'training') return t('pause');
    return t(run.continues(experiment.recipe(), experiment.settings()) ? 'continue' : 'train');
  }

  /** Puts a test image into the pad. */
  async showImage(/** @type {number} */ index, unlessDrawn = false) {
    const { drawing, experiment, tests } = this.parts;
    const { dataset } = experiment.settings();
    const list = await tests.ask(dataset, 'samples', { indices: [index] });
    if (!unlessDrawn || drawing.untouched) drawing.set({ strokes: [], picture: picture(list, 0, dataset, index) });
  }

  choosePanels(/** @type {string[]} */ names) {
    this.panels = names;
    this.showPanels();
  }

  /** Shows the panels that were chosen, where some were; in a lesson, of those below the stage, the ones that its step needs. */
  showPanels() {
    const { panels, parts: { lessons: { needs } } } = this;
    for (const e of document.querySelectorAll('[data-panel]')) {
      const name = e.getAttribute('data-panel');
      const inLesson = needs && !['header', 'footer'].includes(name);
      const on = inLesson ? ['answers', 'tools', ...needs].includes(name) : !panels || panels.includes(name);
      e.classList.toggle('off', !on);
    }
    this.parts.stage.resized(); // the tools may be there, or not
  }

  /** Keeps controls from being used: only the page around an embedded one may. */
  lock(/** @type {string[]} */ names) {
    this.parts.controls.lock(names);
    this.on.show();
  }
}

/** @type {Input} */
const nothing = { strokes: [], picture: null };

/** A unit that a network has, nearest to the one asked for: of a layer that the stage shows. */
function unitOf(/** @type {import('../shell/types.js').Network} */ { layers }, /** @type {import('../shell/types.js').Unit} */ { layer, channel, y, x }) {
  const shown = [-1, 1, 2, 4, 5, 8, 10, 11].find((l) => l >= layer) ?? 11;
  const [channels, height = 1, width = height] = shapeOf(layers, shown);
  return { layer: shown, channel: Math.min(channel, channels - 1), y: Math.min(y, height - 1), x: Math.min(x, width - 1) };
}

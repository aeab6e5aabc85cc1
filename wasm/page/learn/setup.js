import { languages } from '../shell/bundle.js';
import { language, speaks } from '../shell/i18n.js';
import { drawn, noise } from './lessons.js';
import { formatLink } from '../embed/link.js';
import { picture } from '../explain/samples.js';

/** @typedef {import('../shell/types.js').Input} Input */

/**
 * Setup is how the page is set up, as a link says it: it writes the link to
 * what is on show, and changes what a link, the page around this one or a step
 * of a lesson asks for.
 */
export class Setup {
  /**
   * @param {Omit<import('../shell/types.js').Parts, 'answer'|'setup'|'chart'|'timeline'>} parts
   * @param {{settled: () => Promise<void>|void, giveUp: () => Promise<void>, speak: (lang: string) => Promise<void>, show: () => void}} on
   *   settled: the experiment's settings are others; giveUp: ends the run; show: the controls are others
   */
  constructor(parts, on) {
    this.parts = parts;
    this.on = on;
    /** @type {string[]|undefined} those that are to be seen, where not all are */
    this.panels = undefined;
    /** @type {string[]} those that a lesson needs besides */
    this.needed = [];
    this.scenes = 0; // asked for
  }

  /** The fragment of a link to what is on show. */
  link(/** @type {boolean} */ embed, input = this.parts.drawing.input) {
    const { controls, experiment, inputPanel, inspector, lessons, look: { theme }, tabs, trained } = this.parts;
    const settings = experiment.settings();
    const { strokes, picture } = input;
    return formatLink({
      experiment: /** @type {any} */ (settings), changes: inputPanel.settings(), tab: tabs.shown, lesson: lessons.at, lang: language(), theme, strokes,
      image: picture && picture.dataset === settings.dataset ? picture.index : undefined,
      view: inspector.view === 'activations' ? undefined : inspector.view, unit: inspector.held ? inspector.unit : undefined,
      weights: trained.named, panels: this.panels, lock: controls.locked, embed,
    });
  }

  /** What a link to what is on show would say, but for the drawing. @returns {Record<string, string>} */
  keys() {
    const { v, ...keys } = Object.fromEntries(new URLSearchParams(this.link(false, { strokes: [], picture: null }).slice(1)));
    return keys;
  }

  /** Changes what a link may say, in a page that is there already. */
  async change(/** @type {Partial<import('../embed/link.js').Setup>} */ s) {
    const { drawing, experiment, inputPanel, inspector, lessons, look, stage, tabs, trained } = this.parts;
    if (s.theme) look.choose(s.theme);
    if (s.lang) await this.on.speak(s.lang);
    if (s.panels) this.choosePanels(s.panels);
    if (s.lock) this.lock(s.lock);
    if (s.changes && Object.keys(s.changes).length) inputPanel.set({ ...inputPanel.settings(), ...s.changes });
    if (s.experiment && Object.keys(s.experiment).length) {
      experiment.choose(s.experiment.preset);
      experiment.set(s.experiment);
      await this.on.settled();
    }
    const refused = s.weights && (await trained.showNamed(s.weights));
    if (s.tab) tabs.show(s.tab);
    if (s.view) inspector.look(s.view);
    if (s.unit) stage.point(unitOf(stage.network, s.unit));
    if (s.strokes) drawing.set({ strokes: s.strokes, picture: null });
    if (s.image !== undefined) await this.showImage(s.image);
    if (s.lesson !== undefined) lessons.open(s.lesson);
    if (refused) throw refused;
  }

  /** Fails where a setup names a lesson, a language or a unit that the page has not. */
  check(/** @type {Partial<import('../embed/link.js').Setup>} */ { lesson, lang, unit }) {
    const { lessons, stage } = this.parts;
    if (lesson !== undefined && !lessons.has(lesson)) throw new Error(`lesson: there is no ${lesson}: want NAME.STEP of one that EMBEDDING.md lists`);
    if (lang && !speaks(lang)) throw new Error(`lang: the page has no ${lang}: want ${Object.keys(languages).join(' or ')}`);
    if (!unit || !stage.network) return;
    const { layer, channel, y, x } = unitOf(stage.network, unit);
    if (unit.layer < -1 || unit.layer > layer || unit.channel !== channel || unit.y !== y || unit.x !== x) throw new Error('unit: the network has no such one');
  }

  /** Sets the page up as a step of a lesson wants it. */
  async scene(/** @type {import('./lessons.js').Scene} */ s) {
    const { drawing, experiment, inputPanel, run, tabs } = this.parts;
    this.need(panelsOf(s));
    const scene = ++this.scenes;
    if (s.change) inputPanel.set(s.change);
    if (s.draw || (drawing.empty && !s.noise)) drawing.set({ strokes: drawn(s.draw ?? 'five'), picture: null });
    if (s.noise) drawing.set({ strokes: [], picture: { pixels: noise(), label: -1, index: -1, dataset: '' } });
    if (s.tab) tabs.show(s.tab);
    if (!s.set) return;
    if (run.job) await this.on.giveUp();
    if (scene !== this.scenes) return; // another step was opened meanwhile
    experiment.choose(s.set.preset);
    experiment.set(s.set);
    this.on.settled();
    if (s.train) run.train(experiment.recipe(), experiment.settings());
  }

  /** Puts a test image into the pad. */
  async showImage(/** @type {number} */ index, unlessDrawn = false) {
    const { drawing, experiment, tests } = this.parts;
    const { dataset } = experiment.settings();
    const list = await tests.ask(dataset, 'samples', { indices: [index] });
    if (!unlessDrawn || drawing.empty) drawing.set({ strokes: [], picture: picture(list, 0, dataset, index) });
  }

  choosePanels(/** @type {string[]} */ names) {
    this.panels = names;
    this.showPanels();
  }

  /** Shows the panels that a lesson needs, whichever were chosen; with none, the lesson is over. */
  need(/** @type {string[]} */ names) {
    this.needed = names;
    this.showPanels();
  }

  showPanels() {
    const { panels, needed } = this;
    for (const e of document.querySelectorAll('[data-panel]')) {
      const name = e.getAttribute('data-panel');
      e.classList.toggle('off', !!panels && !panels.includes(name) && !needed.includes(name));
    }
  }

  /** Keeps controls from being used: only the page around an embedded one may. */
  lock(/** @type {string[]} */ names) {
    this.parts.controls.lock(names);
    this.on.show();
  }
}

/** The panels that a step of a lesson speaks of, going by what it sets up: all where it sets up nothing. */
function panelsOf(/** @type {import('./lessons.js').Scene} */ s) {
  const any = !Object.keys(s).length;
  return ['answers', 'tools', ...(any || s.tab ? ['look'] : []), ...(any || s.set ? ['training', 'experiment'] : [])];
}

/** A unit that a network has, nearest to the one asked for: of a layer that the stage shows. */
function unitOf(/** @type {import('../shell/types.js').Network} */ { layers }, /** @type {import('../shell/types.js').Unit} */ { layer, channel, y, x }) {
  const shown = [-1, 1, 2, 4, 5, 8, 10, 11].find((l) => l >= layer) ?? 11;
  const [channels, height = 1, width = height] = shown < 0 ? [1, 28, 28] : layers[shown].shape;
  return { layer: shown, channel: Math.min(channel, channels - 1), y: Math.min(y, height - 1), x: Math.min(x, width - 1) };
}

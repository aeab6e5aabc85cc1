import { decodeInk, parseLink } from './link.js';
import { datasets } from './sets.js';
import * as settings from './settings.js';

/** @typedef {import('./types.js').Parts} Parts @typedef {import('./types.js').Kept} Kept */

/**
 * Start is what the page starts from: a link, or what was kept when it was left.
 * A link that says what to show wins, unless the page that it led to is loaded
 * anew. An embedded page is as its link says: it keeps nothing.
 */
export class Start {
  constructor() {
    this.link = parseLink(location.hash);
    const { link } = this;
    this.embedded = !!link?.embed;
    /** @type {Record<string, any>} settings of the page */
    this.kept = this.embedded ? {} : settings.recall();
    this.asked = !!link && (this.embedded || link.strokes || [link.image, link.lesson, link.weights, link.file, link.unit, link.view].some((v) => v !== undefined)
      || [link.experiment, link.changes].some((o) => Object.keys(o).length > 0)); // the link says what to show
    /** @type {Record<string, any>} settings of the experiment */
    this.wanted = (this.asked ? link.experiment : this.kept.experiment) ?? {};
  }

  /** Whether neither the link nor the last visit has anything for the pad: the page puts an example there. */
  get bare() {
    const { asked, embedded, kept, link } = this;
    if (embedded) return false;
    return asked ? !link.strokes?.length && link.image === undefined : !kept.ink && !Number.isInteger(kept.image);
  }

  /** Whether the page greets: it is not said what to show, and no run was left. */
  get greets() {
    return !this.asked && this.bare && !this.kept.run && !this.link?.mine;
  }

  /** Keeps more settings of the page. */
  keep(/** @type {object} */ more) {
    if (!this.embedded) settings.keep(more);
  }

  /** What the link says of something, or else what was kept, if that is one of the values. */
  choice(/** @type {'theme'} */ key, /** @type {string[]} */ values) {
    return [this.link?.[key], this.kept[key]].find((value) => values.includes(value));
  }

  /** The run that is to be there again. @returns {Promise<Kept|null>} */
  async run(/** @type {import('../train/saver.js').Saver} */ saver) {
    const reloaded = /** @type {any} */ (performance.getEntriesByType('navigation')[0])?.type !== 'navigate';
    const run = this.asked && !reloaded ? null : await saver.recall();
    return run && (!this.asked || run.link === location.hash) ? run : null;
  }

  /** Sets the experiment up, once the engine has told its presets. */
  setUp(/** @type {import('./types.js').Preset[]} */ presets, /** @type {Kept|null} */ run, /** @type {Pick<Parts, 'answer'|'experiment'|'trained'>} */ { answer, experiment, trained }) {
    experiment.offer(presets);
    if (this.asked && !run) experiment.choose(this.link.experiment.preset);
    const settings = (run && this.kept.experiment) ?? this.wanted;
    if (this.asked || !settings.dataset || datasets.includes(settings.dataset)) experiment.set(settings); // those for a set that is gone suit no other
    if (run && experiment.settings().dataset !== run.job.dataset) experiment.set(run.settings);
    if (experiment.settings().dataset !== answer.dataset) trained.show(); // a preset's, or the run's
  }

  /** Brings back what the link has, or what was there before, once a network is on show. */
  async restore(/** @type {Kept|null} */ record, /** @type {import('../embed/poster.js').Poster|null} */ poster, /** @type {Pick<Parts, 'controls'|'drawing'|'lessons'|'run'|'setup'>} */ parts) {
    const { controls, drawing, lessons, run, setup } = parts;
    const { link, kept } = this;
    const mine = this.asked && !record ? link : { strokes: decodeInk(String(kept.ink ?? '')), image: kept.image };
    await poster?.shown;
    const input = poster?.input ?? { strokes: mine.strokes ?? [], picture: null };
    if (drawing.empty || (drawing.untouched && input.strokes.length)) {
      drawing.set(input);
      drawing.past = [];
    }
    controls.drawn();
    if (record && !run.job) run.resume(record);
    if (link?.lesson !== undefined && (await lessons.tryOpen(link.lesson, { addressed: true, run: !!record, over: record ? {} : link }))) return;
    if (Number.isInteger(mine.image) && drawing.untouched) await setup.showImage(mine.image, true).catch(() => {});
    await setup.change({ view: link?.view, unit: link?.unit });
  }
}

import { classes, count, percent, sure } from '../shell/i18n.js';
import { best } from '../shell/trace.js';
import { takeOff, written } from '../train/points.js';
import { inputOf } from './drawings.js';

/** @typedef {import('../shell/types.js').Parts} Parts */

/**
 * Each deed is a question to the page: is it so by now? want is the value that
 * the step has beside the deed's name; before is what the pad had at first.
 * @type {Record<string, (page: Parts, want: any, before: import('../shell/types.js').Input) => boolean>}
 */
const deeds = {
  /** Something was drawn, and the network has read it. */
  drew: (page, _, before) => page.drawing.kept !== before && page.drawing.kept.strokes.length > 0 && read(page),
  /** A drawing of the lesson is in the pad. */
  drawn: (page, name) => same(page.drawing.input, inputOf(name)) && read(page),
  /** A test image is in the pad, and not the one from before. */
  picked: (page, _, before) => !!page.drawing.input.picture?.dataset && page.drawing.input !== before && read(page),
  /** The network reads the class. */
  reads: (page, label) => read(page) && best(page.answer.prediction.p) === label,
  /** The input is changed just so. */
  changed: ({ inputPanel }, changes) => same(inputPanel.settings(), changes),
  /** The score on show is that of the network on show and of the changed test images. */
  scored: ({ mistakes, tabs }) => tabs.shown === 'mistakes' && mistakes.fresh,
  /** A unit of the layer is held. */
  holds: ({ inspector: { held, unit } }, layer) => held && unit?.layer === layer,
  views: ({ inspector }, view) => inspector.view === view,
  /** A run with such a recipe has ended, and has not been given more epochs since. */
  trained: ({ run: { job, progress, state } }, recipe) => (state === 'diverged' || (state === 'finished' && progress.epoch >= job.recipe.epochs)) && has({ ...job.recipe, from: job.from }, recipe),
  /** The network on show has learned drawings so. */
  taught: ({ run: { own, state } }, how) => state === 'finished' && !!own?.teaches && has(own.teaches, how),
  /** There is no run: the network is on show that was there before. */
  back: ({ run }) => !run.job,
  /** The loss of a run with such a recipe has fallen below 1. */
  fell: ({ run }, recipe) => run.progress?.loss < 1 && has(run.job.recipe, recipe),
  /** The loss has left its plateau. */
  left: ({ chart }) => takeOff(chart.points) !== null,
  /** The moment on show is on the plateau. */
  flat: ({ chart, timeline: { past } }) => {
    const p = past && chart.points.findLast(({ epoch }) => epoch <= past.epoch);
    return !!p && Math.abs(p.loss - Math.log(10)) < 0.05;
  },
};

/** Whether all of a deed is done. */
export function done(/** @type {Parts} */ page, /** @type {Record<string, any>} */ deed, /** @type {import('../shell/types.js').Input} */ before) {
  return Object.entries(deed).every(([name, want]) => deeds[name](page, want, before));
}

/** What the page shows just now, as a text has it. @returns {Record<string, string>} */
export function facts(/** @type {Parts} */ { answer, chart, drawing, mistakes, run }) {
  const p = answer.prediction?.p;
  const names = classes(answer.dataset);
  const left = takeOff(chart.points);
  const now = chart.values();
  const top = p ? best(p) : -1;
  return {
    class: names[top] ?? '', p: p ? sure(p[top]) : '', label: names[drawing.input.picture?.label] ?? '',
    score: mistakes.found ? percent(mistakes.right) : '',
    ...(now ? written(now) : { loss: '', acc: '', test: '' }),
    step: count(run.progress?.step ?? 0), takeoff: left === null ? '' : count(Math.round(left * chart.stepsPerEpoch)),
  };
}

/** The network has read what is in the pad. */
const read = (/** @type {Parts} */ { answer }) => !!answer.prediction?.p && answer.sentence.hasAttribute('data-settled');

/** Whether two values are written alike as JSON. */
export const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b);
const has = (/** @type {any} */ recipe, /** @type {any} */ part) => Object.entries(part).every(([key, value]) => same(recipe[key], value));

import { count, relabel, t, titleOf } from '../shell/i18n.js';

const most = 4; // runs beside the one on show

/** @typedef {import('../shell/types.js').Point} Point */
/** @typedef {import('../shell/types.js').About} About */

/** @type {Record<string, (a: any) => string>} the settings of a run in words, in the order in which a name has them */
const words = {
  activation: (a) => t(`activation.${a.activation}`),
  pooling: (a) => t(`pooling.${a.pooling}.of`),
  data: (a) => `${titleOf(a.dataset)} ${a.images === undefined ? t(`size.${a.full ? 'full' : 'subset'}`) : count(a.images)}`,
  channels: (a) => t('note.channels', { n: a.channels.join(', ') }),
  units: (a) => t('note.units', { n: a.units.join(', ') }),
  from: (a) => t(`run.from.${a.from ?? 'random'}`),
  freeze: (a) => t(`run.freeze.${a.freeze ?? 'none'}`),
  lr: (a) => t('run.lr', { n: a.lr }),
  batch: (a) => t('run.batch', { n: a.batch }),
  seed: (a) => t('run.seed', { n: a.seed }),
};
const usual = ['activation', 'data', 'lr', 'seed'];

/**
 * The names of runs: the settings in which they differ, or the usual ones of
 * runs that differ in none.
 * @param {About[]} all  those on show
 * @param {About} one
 */
export function nameOf(all, one) {
  if (one.file) return one.file;
  const others = all.filter((a) => !a.file);
  const differ = Object.keys(words).filter((key) => new Set(others.map(words[key])).size > 1);
  return (differ.length ? differ : usual).map((key) => words[key](one)).join(' · ');
}

/** The whole name of a run. */
export const fullName = (/** @type {About} */ a) => a.file ?? Object.keys(words).filter((key) => said(a, key)).map((key) => words[key](a)).join(' · ');

/** Whether a run's whole name says something: not that it starts from random weights and trains all layers. */
const said = (/** @type {any} */ a, /** @type {string} */ key) => (key === 'from' ? a.from === 'shown' : key !== 'freeze' || !!a.freeze);

/** @typedef {{about: About, points: Point[], slot: number}} Kept  slot: its colour and dashes */

/**
 * Runs are the earlier runs, and those of logs, whose curves stay to compare
 * with: each with a name, dashes and colour of its own in the legend, and a
 * button that takes it away.
 */
export class Runs {
  /** @param {HTMLElement} root  a list, with the template of an entry @param {() => void} changed */
  constructor(root, changed) {
    this.root = root;
    this.template = root.querySelector('template');
    this.changed = changed;
    /** @type {Kept[]} the newest last */
    this.list = [];
    this.written = '';
  }

  /** Keeps a run; the oldest goes where there are too many. */
  add(/** @type {About} */ about, /** @type {Point[]} */ points) {
    const list = this.list.filter((r) => !about.file || r.about.file !== about.file).slice(-(most - 1));
    const slot = [0, 1, 2, 3].find((n) => list.every((r) => r.slot !== n));
    this.list = [...list, { about, points, slot }];
    this.changed();
  }

  remove(/** @type {Kept} */ run) {
    this.list = this.list.filter((r) => r !== run);
    this.changed();
  }

  clear() {
    this.list = [];
    this.changed();
  }

  /** Writes the legend beside the run on show, if there is one. */
  write(/** @type {About|null} */ own) {
    const all = [...(own ? [own] : []), ...this.list.map((r) => r.about)];
    const names = all.map((a) => nameOf(all, a));
    const text = JSON.stringify([names, !!own, this.list.map((r) => r.slot), t('chart.drop')]);
    if (text === this.written) return;
    this.written = text;
    this.root.hidden = !all.length;
    const items = this.list.map((run, i) => this.item(run, names[i + (own ? 1 : 0)]));
    if (own) {
      const item = document.createElement('li');
      item.className = 'own';
      item.textContent = this.list.length ? t('chart.own', { name: names[0] }) : names[0];
      item.title = fullName(own);
      items.unshift(item);
    }
    const at = [...this.root.querySelectorAll('button')].indexOf(/** @type {any} */ (document.activeElement));
    this.root.replaceChildren(this.template, ...items);
    if (at >= 0) (this.root.querySelectorAll('button')[Math.min(at, this.list.length - 1)] ?? document.getElementById('timeline'))?.focus();
  }

  item(/** @type {Kept} */ run, /** @type {string} */ name) {
    const item = /** @type {HTMLElement} */ (this.template.content.firstElementChild.cloneNode(true));
    item.classList.add(`run-${run.slot}`);
    item.querySelector('span').textContent = name;
    item.title = fullName(run.about);
    const button = item.querySelector('button');
    relabel(button, 'chart.drop');
    button.setAttribute('aria-label', t('chart.drop.of', { name }));
    button.addEventListener('click', () => this.remove(run));
    return item;
  }
}

import { sameClasses, sets } from '../shell/sets.js';
import { classes, count, language, percent, sureShort, t, titleOf } from '../shell/i18n.js';
import { picture } from './samples.js';
import { Tiles } from './tiles.js';

const shown = 12; // images of a list
const few = 4; // classes whose names have room above the columns
const wide = 12; // classes whose cells fill the width; those of more scroll

/**
 * Mistakes shows where the network on show fails on the test images: the
 * confusion matrix, the accuracy of each class, and the images behind a cell,
 * those of the surest mistakes or those of the highest loss.
 */
export class Mistakes {
  /**
   * @param {HTMLElement} root
   * @param {{examine: () => Promise<any>, images: (indices: number[]) => Promise<any>,
   *   pick: (p: import('../shell/types.js').Picture) => void, shown: () => string}} on  shown: the data set of the network on show
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.dataset = '';
    /** @type {any} the examination on show */
    this.found = null;
    /** @type {string} what is listed: "sure", "loss" or a cell, "label,read" */
    this.listed = 'sure';
    this.asked = 0;
    this.shown = 0; // of those asked for, the examination on show
    this.right = 0; // share of the images that are read right in it
    this.examining = Promise.resolve();
    this.table = /** @type {HTMLTableElement} */ (root.querySelector('table'));
    this.caption = root.querySelector('.of');
    this.tiles = new Tiles(root.querySelector('.tiles'), on.pick);
    this.classes = 0; // that the table has
    /** @type {WeakMap<HTMLElement, string>} what each cell says */
    this.said = new WeakMap();
    this.table.hidden = true; // until there is something to show
    for (const b of this.lists) b.addEventListener('click', () => this.choose(b.dataset.list));
    this.table.addEventListener('keydown', (e) => this.key(e));
  }

  /** Whether no newer examination is under way. */
  get fresh() {
    return !!this.found && this.shown === this.asked;
  }

  /** The buttons that choose a list. @returns {HTMLButtonElement[]} */
  get lists() {
    return /** @type {any} */ ([...this.root.querySelectorAll('[data-list]')]);
  }

  /** Shows the table, the lists and the images, or none of them. */
  hide(on = true) {
    for (const e of [this.table, ...this.root.querySelectorAll('.axes, .choice, .of, .tiles')]) /** @type {HTMLElement} */ (e).hidden = on;
  }

  /** Makes the table of so many classes. */
  build(/** @type {number} */ n) {
    this.classes = n;
    this.table.replaceChildren();
    this.table.classList.toggle('many', n > wide);
    this.table.style.setProperty('--classes', String(n));
    const digits = Array.from({ length: n }, (_, i) => i);
    const head = this.table.createTHead().insertRow();
    const body = this.table.createTBody();
    const header = (/** @type {HTMLTableRowElement} */ row, /** @type {string} */ scope) => {
      const th = document.createElement('th');
      th.scope = scope;
      row.append(th);
    };
    head.insertCell();
    for (const _ of digits) header(head, 'col');
    header(head, 'col');
    for (const label of digits) {
      const row = body.insertRow();
      header(row, 'row');
      for (const read of digits) {
        const cell = document.createElement('button');
        cell.type = 'button';
        cell.tabIndex = label || read ? -1 : 0;
        cell.dataset.cell = `${label},${read}`;
        cell.addEventListener('click', () => this.choose(cell.dataset.cell));
        row.insertCell().append(cell);
      }
      row.insertCell();
    }
  }

  /** Examines the network on show anew. */
  async refresh(dataset = this.dataset) {
    if (dataset !== this.dataset) [this.dataset, this.listed, this.found] = [dataset, 'sure', null]; // what was found may be of other classes
    const turn = ++this.asked;
    await this.examining; // one at a time: of several that wait, the newest
    if (turn !== this.asked) return;
    this.examining = this.examine(turn);
    await this.examining;
  }

  async examine(/** @type {number} */ turn) {
    const shown = this.on.shown();
    if (!sameClasses(shown, this.dataset)) { // what it reads are no classes of these images
      this.found = null;
      this.shown = turn;
      this.hide();
      this.root.querySelector('.score').textContent = t('samples.other', { name: titleOf(shown) });
      return;
    }
    try {
      const found = await this.on.examine();
      if (turn !== this.asked) return;
      this.found = found;
      this.shown = turn;
      this.write();
    } catch {
      if (turn === this.asked) this.caption.textContent = t('samples.failed');
    }
  }

  choose(/** @type {string} */ list) {
    this.listed = list;
    this.write();
  }

  write() {
    for (const b of this.lists) b.setAttribute('aria-pressed', String(b.dataset.list === this.listed));
    if (!this.found) return;
    const { labels, read } = this.found;
    const names = classes(this.dataset);
    if (names.length !== this.classes) this.build(names.length);
    this.hide(false);
    const digits = [...names.keys()];
    const counts = digits.map(() => digits.map(() => 0));
    labels.forEach((/** @type {number} */ label, /** @type {number} */ i) => counts[label][read[i]]++);
    const right = digits.reduce((sum, i) => sum + counts[i][i], 0);
    this.right = right / labels.length;
    this.root.querySelector('.score').textContent = t('mistakes.score', { p: percent(this.right), n: count(labels.length) });

    this.table.classList.toggle('named', names.some((name) => [...name].length > 2));
    this.table.classList.toggle('few', names.length <= few);
    const heads = [...this.table.tHead.rows[0].cells];
    for (const i of digits) heads[i + 1].textContent = names[i];
    heads[names.length + 1].textContent = t('mistakes.acc');
    for (const label of digits) {
      const { cells } = this.table.tBodies[0].rows[label];
      const total = counts[label].reduce((a, b) => a + b, 0);
      cells[0].textContent = names[label];
      for (const r of digits) this.cell(/** @type {any} */ (cells[r + 1].firstChild), counts[label][r], total, { label: names[label], read: names[r] });
      cells[names.length + 1].textContent = total ? `${Math.round((100 * counts[label][label]) / total)}\u00a0%` : '';
    }
    this.list(names);
  }

  cell(/** @type {HTMLElement} */ cell, /** @type {number} */ n, /** @type {number} */ total, /** @type {Record<string, string>} */ names) {
    const said = JSON.stringify([language(), n, total, names, cell.dataset.cell === this.listed]);
    if (this.said.get(cell) === said) return; // of 64 classes there are 4,096 cells
    this.said.set(cell, said);
    const [label, read] = cell.dataset.cell.split(',');
    cell.textContent = n ? String(n) : '';
    cell.classList.toggle('right', label === read);
    // By the root, so that a single mistake among a hundred shows.
    cell.style.setProperty('--share', `${Math.round(100 * Math.sqrt(total ? n / total : 0))}%`);
    cell.title = t('mistakes.cell', { ...names, n });
    cell.setAttribute('aria-label', cell.title);
    cell.setAttribute('aria-pressed', String(cell.dataset.cell === this.listed));
  }

  /** Fetches the images of the list and shows them. */
  async list(/** @type {string[]} */ names) {
    const { labels, read, p, loss } = this.found;
    const turn = this.asked;
    const listed = this.listed;
    const all = [...labels.keys()];
    const wrong = all.filter((i) => labels[i] !== read[i]);
    const of = { sure: wrong, loss: all }[listed] ?? all.filter((i) => listed === `${labels[i]},${read[i]}`);
    const by = listed === 'loss' ? loss : p;
    const indices = of.sort((a, b) => by[b] - by[a]).slice(0, shown);
    const [label, as] = listed.split(',').map((i) => names[Number(i)]);
    const text = as ? t('mistakes.cell', { label, read: as, n: of.length }) : t(`mistakes.${listed}.of`, { n: count(wrong.length) });
    const images = indices.length ? await this.on.images(indices).catch(() => /** @type {any} */ (null)) : { labels: [] };
    if (turn !== this.asked || listed !== this.listed || !images) return;
    this.caption.textContent = text;
    this.tiles.show(indices.map((index, i) => {
      const values = { n: index + 1, label: names[labels[index]], read: names[read[index]] };
      return {
        picture: picture(images, i, this.dataset, index),
        title: `${t('samples.misread', values)} · ${sureShort(p[index])} · ${t('loss')} ${loss[index].toFixed(2)}`,
        caption: listed === 'loss' ? loss[index].toFixed(2) : `${sets[this.dataset].digits ? `${read[index]} · ` : ''}${p[index] < 0.995 ? Math.round(100 * p[index]) : '>99'}%`,
      };
    }));
  }

  /** Arrow keys move among the cells, of which Tab reaches one. */
  key(/** @type {KeyboardEvent} */ e) {
    const from = /** @type {HTMLElement} */ (e.target).dataset.cell;
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[e.key];
    if (!from || !by) return;
    e.preventDefault();
    const [label, read] = from.split(',').map((v, i) => Math.min(Math.max(Number(v) + by[i], 0), this.classes - 1));
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (this.table.querySelectorAll('[data-cell]'))) {
      cell.tabIndex = cell.dataset.cell === `${label},${read}` ? 0 : -1;
      if (!cell.tabIndex) cell.focus();
    }
  }
}

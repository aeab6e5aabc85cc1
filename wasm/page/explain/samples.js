import { classes, count, relabel, t } from '../shell/i18n.js';
import { Tiles } from './tiles.js';

const page = 36; // images shown at a time

/** Samples is the picker of test images. Those that the network on show misreads are marked. */
export class Samples {
  /**
   * @param {HTMLElement} root
   * @param {{ask: (from: number, count: number) => Promise<any>,
   *   pick: (p: import('../shell/types.js').Picture) => void}} on
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.dataset = '';
    this.from = 0;
    /** @type {any} the answer on show */
    this.list = null;
    this.range = root.querySelector('.range');
    this.score = root.querySelector('.score');
    this.tiles = new Tiles(root.querySelector('.tiles'), on.pick);
    root.querySelector('.prev').addEventListener('click', () => this.turn(-page));
    root.querySelector('.next').addEventListener('click', () => this.turn(page));
  }

  /** Shows a data set from its start, or what the network now reads in the images on show. */
  async refresh(dataset = this.dataset) {
    if (dataset !== this.dataset) [this.dataset, this.from, this.list] = [dataset, 0, null];
    const from = this.from;
    try {
      const list = await this.on.ask(from, page);
      if (dataset !== this.dataset || from !== this.from) return;
      if (from && from >= list.total) {
        this.from = 0; // there were more of them
        await this.refresh();
        return;
      }
      this.list = list;
      this.write();
    } catch {
      this.range.textContent = t('samples.failed');
    }
  }

  turn(/** @type {number} */ by) {
    const to = this.from + by;
    if (!this.list || to < 0 || to >= this.list.total) return;
    this.from = to;
    this.refresh();
  }

  write() {
    const { list } = this;
    if (!list) return;
    const names = classes(this.dataset);
    const shown = list.labels.length;
    let wrong = 0;
    this.tiles.show(Array.from({ length: shown }, (_, i) => {
      const [label, index] = [list.labels[i], list.from + i];
      const read = list.read?.[i] ?? label;
      const misread = read !== label;
      if (misread) wrong++;
      const title = t(misread ? 'samples.misread' : 'samples.one', { n: index + 1, label: names[label], read: names[read] });
      return { picture: picture(list, i, this.dataset, index), title, misread };
    }));
    this.range.textContent = t('samples.range', { from: list.from + 1, to: list.from + shown, total: count(list.total) });
    this.score.textContent = list.read ? t('samples.score', { wrong, n: shown }) : '';
    const [prev, next] = [this.root.querySelector('.prev'), this.root.querySelector('.next')];
    relabel(prev, 'samples.prev');
    relabel(next, 'samples.next');
    prev.setAttribute('aria-disabled', String(list.from === 0));
    next.setAttribute('aria-disabled', String(list.from + shown >= list.total));
  }
}

/** Image i of a list that the worker answered with. */
export function picture(/** @type {any} */ list, /** @type {number} */ i, /** @type {string} */ dataset, /** @type {number} */ index) {
  return { pixels: list.images.slice(784 * i, 784 * (i + 1)), label: list.labels[i], index, dataset };
}

import { classes, count, relabel, t } from './i18n.js';
import { grey } from './pad.js';

const page = 36; // images shown at a time

/** Samples is the picker of test images. Those that the network on show misreads are marked. */
export class Samples {
  /**
   * @param {HTMLElement} root
   * @param {{ask: (from: number, count: number) => Promise<any>,
   *   pick: (p: import('./types.js').Picture) => void}} on
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.dataset = '';
    this.from = 0;
    /** @type {any} the answer on show */
    this.list = null;
    this.grid = root.querySelector('.tiles');
    this.range = root.querySelector('.range');
    this.score = root.querySelector('.score');
    this.tiles = Array.from({ length: page }, (_, i) => {
      const tile = document.createElement('button');
      tile.type = 'button';
      tile.tabIndex = i ? -1 : 0;
      tile.append(document.createElement('canvas'));
      tile.addEventListener('click', () => this.pick(i));
      this.grid.append(tile);
      return tile;
    });
    this.grid.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => this.key(e));
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
    let wrong = 0;
    this.tiles.forEach((tile, i) => {
      const label = list.labels[i];
      tile.hidden = label === undefined;
      if (tile.hidden) return;
      const read = list.read?.[i] ?? label;
      if (read !== label) wrong++;
      grey(list.images.subarray(784 * i, 784 * (i + 1)), /** @type {HTMLCanvasElement} */ (tile.firstChild));
      tile.dataset.label = String(label);
      tile.dataset.index = String(list.from + i);
      tile.classList.toggle('misread', read !== label);
      const n = list.from + i + 1;
      tile.title = t(read === label ? 'samples.one' : 'samples.misread', { n, label: names[label], read: names[read] });
      tile.setAttribute('aria-label', tile.title);
    });
    const shown = list.labels.length;
    this.range.textContent = t('samples.range', { from: list.from + 1, to: list.from + shown, total: count(list.total) });
    this.score.textContent = list.read ? t('samples.score', { wrong, n: shown }) : '';
    const [prev, next] = [this.root.querySelector('.prev'), this.root.querySelector('.next')];
    relabel(prev, 'samples.prev');
    relabel(next, 'samples.next');
    prev.setAttribute('aria-disabled', String(list.from === 0));
    next.setAttribute('aria-disabled', String(list.from + shown >= list.total));
  }

  /** Arrow keys move among the tiles, of which Tab reaches one. */
  key(/** @type {KeyboardEvent} */ e) {
    const at = this.tiles.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const columns = this.tiles.filter((tile) => tile.offsetTop === this.tiles[0].offsetTop).length;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key];
    const to = this.tiles[at + (by ?? 0)];
    if (!by || at < 0 || !to || to.hidden) return;
    e.preventDefault();
    this.focus(to);
    to.focus();
  }

  focus(/** @type {HTMLButtonElement} */ tile) {
    for (const other of this.tiles) other.tabIndex = other === tile ? 0 : -1;
  }

  pick(/** @type {number} */ i) {
    const { list } = this;
    if (!list || i >= list.labels.length) return;
    this.focus(this.tiles[i]);
    this.on.pick({
      pixels: list.images.slice(784 * i, 784 * (i + 1)), label: list.labels[i], index: list.from + i, dataset: this.dataset,
    });
  }

  /** Marks the image that is in the pad. */
  mark(/** @type {import('./types.js').Picture|null} */ picture) {
    for (const tile of this.tiles) {
      const on = picture?.dataset === this.dataset && tile.dataset.index === String(picture.index);
      tile.classList.toggle('chosen', on);
    }
  }
}

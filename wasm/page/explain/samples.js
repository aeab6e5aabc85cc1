import { classes, count, relabel, shortClasses, t, titleOf, write } from '../shell/i18n.js';
import { sameClasses } from '../shell/sets.js';
import { Wall } from './wall.js';

const cells = { least: 18, most: 22, touch: 24 }; // CSS pixels of an image's place, with a text of 16
const many = { least: 100, wanted: 180, most: 400 }; // images
const pace = 250; // milliseconds between two looks at the network while it learns, at least
const share = 1 / 8; // of the time goes into them, at most

/**
 * Samples is a wall of test images. Those that the network on show misreads are
 * framed, with its answer; while it learns they turn from wrong to right.
 */
export class Samples {
  /**
   * @param {HTMLElement} root
   * @param {{ask: (fields: {from: number, count: number, bare?: boolean}) => Promise<any>,
   *   pick: (p: import('../shell/types.js').Picture) => void, shown: () => string}} on  shown: the data set of the network on show
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.dataset = '';
    this.from = 0;
    /** @type {any} the images and answers on show */
    this.list = null;
    /** @type {import('../shell/types.js').Picture[]} its images */
    this.pictures = [];
    /** @type {import('../shell/types.js').Picture[]|null} those that are on the wall */
    this.laid = null;
    this.room = { columns: 20, count: many.wanted };
    this.visible = false;
    /** @type {any} until the next look at a network that learns */
    this.timer = undefined;
    this.next = 0; // when that may be
    this.range = root.querySelector('.range');
    this.score = root.querySelector('.score');
    this.tiles = new Wall(root.querySelector('.tiles'), on.pick);
    root.querySelector('.prev').addEventListener('click', () => this.turn(-1));
    root.querySelector('.next').addEventListener('click', () => this.turn(1));
    new ResizeObserver(() => this.fit()).observe(root);
    new IntersectionObserver(([e]) => {
      this.visible = e.isIntersecting;
      if (this.visible && this.stale) this.refresh();
    }, { rootMargin: '64px' }).observe(root);
    this.stale = false; // the network on show is another one than the answers are of
  }

  /** Sees how many images have room. */
  fit() {
    const { root, tiles: { grid } } = this;
    const width = grid.clientWidth;
    if (!width) return;
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const scrolls = getComputedStyle(root).overflowY === 'auto'; // its height is given
    const above = grid.getBoundingClientRect().top - root.getBoundingClientRect().top + root.scrollTop;
    const height = scrolls ? root.clientHeight - above - 4 : 0;
    const columnsOf = (/** @type {number} */ cell) => Math.floor(width / (cell * unit));
    const countOf = (/** @type {number} */ cell) => columnsOf(cell) * Math.floor((height * columnsOf(cell)) / width);
    let cell = matchMedia('(pointer: coarse)').matches ? cells.touch : cells.most;
    while (cell > cells.least && cell <= cells.most && countOf(cell) < many.wanted) cell--;
    const columns = Math.max(1, columnsOf(cell));
    const fits = Math.floor(Math.min(countOf(cell), many.most) / columns) * columns;
    const room = { columns, count: fits < many.least ? Math.ceil(many.least / columns) * columns : fits };
    if (room.columns === this.room.columns && room.count === this.room.count) return;
    this.room = room;
    if (this.list) this.refresh();
  }

  /** The network on show is another one: looks at it soon, where the wall is in sight. */
  follow() {
    this.stale = true;
    this.root.toggleAttribute('data-stale', true);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.visible && !document.hidden) this.refresh();
    }, Math.max(0, this.next - performance.now()));
  }

  /** Looks at the network on show: now, or once the wall is in sight. Where it never is, no image is fetched. */
  look(/** @type {string} */ dataset) {
    this.of(dataset);
    this.stale = true;
    if (this.visible) this.refresh();
  }

  /** Another data set begins at its start, or the same with other images. */
  of(/** @type {string} */ dataset, anew = false) {
    if (anew || dataset !== this.dataset) [this.dataset, this.from, this.list] = [dataset, 0, null];
  }

  /** Shows a data set from its start, or what the network now reads in the images on show. */
  async refresh(dataset = this.dataset) {
    if (!dataset) return;
    this.of(dataset);
    const { from, room } = this;
    const bare = !!this.list && this.list.from === from && this.list.asked === room.count;
    const begun = performance.now();
    this.stale = false;
    try {
      const list = await this.on.ask({ from, count: room.count, bare });
      const now = performance.now();
      this.next = now + Math.max(pace, (now - begun) / share);
      if (dataset !== this.dataset || from !== this.from) return;
      if (from && from >= list.total) {
        this.from = 0; // there were more of them
        await this.refresh();
        return;
      }
      this.list = bare ? { ...this.list, read: list.read, total: list.total } : { ...list, asked: room.count };
      if (!bare) this.pictures = Array.from(list.labels, (_, i) => picture(list, i, dataset, list.from + i));
      this.write();
    } catch {
      this.range.textContent = t('samples.failed');
    }
  }

  /** Turns to the next images, or with -1 to those before. */
  turn(/** @type {number} */ by) {
    const to = Math.max(0, this.from + by * this.room.count);
    if (!this.list || to === this.from || to >= this.list.total) return;
    this.from = to;
    this.refresh();
  }

  /** Turns to the first images. */
  rewind() {
    if (this.from) this.turn(-Infinity);
  }

  write() {
    const { list: all, pictures } = this;
    if (!all) return;
    const shown = this.on.shown();
    const other = !sameClasses(shown, this.dataset); // what it reads are no classes of these images
    const list = other ? { ...all, read: null } : all;
    const names = classes(this.dataset);
    const brief = shortClasses(this.dataset);
    let right = 0;
    const tiles = pictures.map((picture, i) => {
      const { label, index } = picture;
      const read = list.read?.[i] ?? label;
      const misread = read !== label;
      if (!misread) right++;
      const title = t(misread ? 'samples.misread' : 'samples.one', { n: index + 1, label: names[label], read: names[read] });
      return { picture, title, misread, caption: misread ? brief[read] : '' };
    });
    if (pictures !== this.laid || this.room.columns !== this.tiles.columns) this.tiles.lay(tiles, this.room.columns);
    else this.tiles.show(tiles);
    this.laid = pictures;
    this.root.toggleAttribute('data-stale', this.stale);
    write(this.range, t('samples.range', { from: list.from + 1, to: list.from + pictures.length, total: count(list.total) }));
    this.root.dataset.right = list.read ? String(right) : '';
    const [before, after] = list.read ? t('samples.score', { n: pictures.length }).split('{right}') : ['', ''];
    const number = document.createElement('b');
    number.textContent = list.read ? String(right) : '';
    this.score.replaceChildren(...(other ? [t('samples.other', { name: titleOf(shown) })] : [before, number, after]));
    const [prev, next] = [this.root.querySelector('.prev'), this.root.querySelector('.next')];
    relabel(prev, 'samples.prev');
    relabel(next, 'samples.next');
    prev.setAttribute('aria-disabled', String(list.from === 0));
    next.setAttribute('aria-disabled', String(list.from + pictures.length >= list.total));
  }
}

/** Image i of a list that the worker answered with. */
export function picture(/** @type {any} */ list, /** @type {number} */ i, /** @type {string} */ dataset, /** @type {number} */ index) {
  return { pixels: list.images.slice(784 * i, 784 * (i + 1)), label: list.labels[i], index, dataset };
}

import { count, t, write } from '../shell/i18n.js';
import { grey } from '../stage/pad.js';
import { icon, make } from './dom.js';

/** @typedef {import('./collection.js').Kind} Kind @typedef {import('./collection.js').Item} Item */

export const enough = 10; // drawings of a class, about
const spell = 8; // milliseconds of a frame in which tiles are made

/**
 * Grid shows what was collected, by class: the drawings as the network sees
 * them, how many, and places for those that are missing.
 */
export class Grid {
  /**
   * @param {HTMLElement} root
   * @param {import('./collection.js').Collection} collection
   * @param {{rename: (kind: number, name: string) => string, removeKind: (kind: number) => void, remove: (item: number) => void, look: (item: Item) => void}} on
   *   rename: returns why not: the key of a sentence; look: puts a drawing into the pad
   */
  constructor(root, collection, on) {
    this.root = root;
    this.collection = collection;
    this.on = on;
    /** @type {Map<number, any>} the parts of each class's section */
    this.sections = new Map();
    /** @type {Map<number, any>} tiles by drawing */
    this.tiles = new Map();
    /** @type {Item[]} whose tiles are still to be made */
    this.waiting = [];
    this.cross = make('button', { type: 'button', class: 'delete icon', tabindex: -1, label: 'mine.delete' }, icon('cross')); // on the tile one points at
    this.empty = make('div', { class: 'none' }, make('p', { text: 'mine.none' }), make('p', { text: 'mine.none.how' }));
    root.addEventListener('click', (e) => this.press(/** @type {HTMLElement} */ (e.target)));
    root.addEventListener('keydown', (e) => this.key(e));
    for (const type of ['pointerover', 'focusin']) {
      root.addEventListener(type, (e) => {
        const tile = /** @type {HTMLElement} */ (e.target).closest('.tile');
        if (tile && this.cross.parentElement !== tile) tile.append(this.cross);
      });
    }
  }

  /** Shows the collection as it is. */
  show() {
    const { kinds, numbers } = this.collection;
    for (const [id, { section }] of this.sections) {
      if (this.collection.byKind.has(id)) continue;
      section.remove();
      this.sections.delete(id);
    }
    for (const [id, tile] of this.tiles) {
      if (this.collection.byItem.has(id)) continue;
      tile.remove();
      this.tiles.delete(id);
    }
    let before = null;
    for (const kind of kinds) {
      if (!this.sections.has(kind.id)) this.sections.set(kind.id, this.section(kind));
      const { section } = this.sections.get(kind.id);
      if (section.previousElementSibling !== before || !section.isConnected) before ? before.after(section) : this.root.prepend(section);
      before = section;
      this.head(kind, numbers.get(kind.id) ?? 0);
    }
    if (kinds.length) this.empty.remove();
    else this.root.append(this.empty);
    this.waiting = this.collection.items.filter((item) => !this.tiles.has(item.id));
    this.fill();
  }

  /** Makes tiles, as many as a frame has time for, then the rest with the next ones. */
  fill() {
    cancelAnimationFrame(this.frame);
    const begun = performance.now();
    while (this.waiting.length && performance.now() - begun < spell) this.add(this.waiting.shift());
    if (this.waiting.length) this.frame = requestAnimationFrame(() => this.fill());
    else for (const { list } of this.sections.values()) rove(list);
  }

  add(/** @type {Item} */ item) {
    const parts = this.sections.get(item.kind);
    if (!parts) return;
    const { name } = this.collection.byKind.get(item.kind);
    const picture = make('button', { type: 'button', tabindex: -1, 'aria-label': name }, grey(item.pixels));
    const tile = make('li', { class: 'tile', 'data-item': item.id }, picture);
    let before = parts.list.lastElementChild; // they come in order, but for gaps and one that is taken back
    while (before && !(Number(before.dataset.item) < item.id)) before = before.previousElementSibling;
    if (before) before.after(tile);
    else parts.list.prepend(tile);
    this.tiles.set(item.id, tile);
  }

  section(/** @type {Kind} */ kind) {
    const name = make('button', { type: 'button', class: 'name quiet', 'data-do': 'rename' });
    const remove = make('button', { type: 'button', class: 'remove icon quiet', 'data-do': 'remove' }, icon('bin'));
    const number = make('output', {});
    const head = make('div', { class: 'head' }, make('h3', {}, name), number, remove);
    const list = make('ul', {});
    const section = make('section', { class: 'kind', 'data-kind': kind.id }, head, list);
    return { section, head, name, number, remove, list };
  }

  /** Writes a class's name and number, and keeps places for the drawings that are missing. */
  head(/** @type {Kind} */ { id, name }, /** @type {number} */ n) {
    const parts = this.sections.get(id);
    parts.name.replaceChildren(make('span', {}, name), icon('pen'));
    parts.name.setAttribute('aria-label', t('mine.rename', { name }));
    parts.remove.setAttribute('aria-label', t('mine.remove', { name }));
    parts.name.title = parts.name.getAttribute('aria-label');
    parts.remove.title = parts.remove.getAttribute('aria-label');
    parts.list.setAttribute('aria-label', name);
    write(parts.number, n < enough ? t('mine.few', { n, of: enough }) : count(n));
    parts.number.classList.toggle('few', n < enough);
    const gaps = parts.list.querySelectorAll('.gap');
    const wanted = Math.max(enough - n, 0);
    for (const gap of [...gaps].slice(wanted)) gap.remove();
    for (let i = gaps.length; i < wanted; i++) parts.list.append(make('li', { class: 'gap', 'aria-hidden': 'true' }));
  }

  /** Says which of how many a tile is. */
  label(/** @type {any} */ tile) {
    const item = this.collection.byItem.get(Number(tile.dataset.item));
    const kind = item && this.collection.byKind.get(item.kind);
    const tiles = [...tile.parentElement.querySelectorAll('.tile')];
    if (kind) tile.firstElementChild.setAttribute('aria-label', t('mine.drawing', { name: kind.name, n: tiles.indexOf(tile) + 1, of: tiles.length }));
  }

  press(/** @type {HTMLElement} */ target) {
    const button = target.closest('button');
    const kind = Number(/** @type {HTMLElement} */ (target.closest('.kind'))?.dataset.kind);
    const tile = /** @type {HTMLElement|null} */ (target.closest('.tile'));
    if (!button) return;
    if (button === this.cross) this.delete(tile);
    else if (tile) {
      this.rove(tile);
      this.on.look(this.collection.byItem.get(Number(tile.dataset.item)));
    } else if (button.dataset.do === 'rename') this.rename(kind);
    else if (button.dataset.do === 'remove') this.ask(kind);
    else if (button.dataset.do === 'yes') this.on.removeKind(kind);
    else if (button.dataset.do === 'no') this.keep(kind);
  }

  /** Arrow keys move among the drawings of a class; Delete removes one. */
  key(/** @type {KeyboardEvent} */ e) {
    const tile = /** @type {HTMLElement|null} */ (/** @type {HTMLElement} */ (e.target).closest('.tile'));
    if (!tile || e.ctrlKey || e.metaKey || e.altKey) return;
    const tiles = /** @type {HTMLElement[]} */ ([...tile.parentElement.querySelectorAll('.tile')]);
    const at = tiles.indexOf(tile);
    const inRow = tiles.filter((other) => other.offsetTop === tiles[0].offsetTop).length;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - inRow, ArrowDown: at + inRow, Home: 0, End: tiles.length - 1 }[e.key];
    if (e.key === 'Delete' || e.key === 'Backspace') this.delete(tile);
    else if (to === undefined) return;
    else if (tiles[to]) this.rove(tiles[to], true);
    e.preventDefault();
  }

  delete(/** @type {HTMLElement} */ tile) {
    const tiles = /** @type {HTMLElement[]} */ ([...tile.parentElement.querySelectorAll('.tile')]);
    const at = tiles.indexOf(tile);
    const next = tiles[at + 1] ?? tiles[at - 1];
    const { name } = this.sections.get(Number(/** @type {HTMLElement} */ (tile.closest('.kind')).dataset.kind));
    const focused = tile.contains(document.activeElement);
    this.on.remove(Number(tile.dataset.item));
    if (!focused) return;
    if (next) this.rove(next, true);
    else name.focus();
  }

  /** Makes a tile the one of its class that Tab reaches. */
  rove(/** @type {any} */ tile, focus = false) {
    for (const other of tile.parentElement.querySelectorAll('.tile > :first-child')) other.tabIndex = other === tile.firstElementChild ? 0 : -1;
    this.label(tile);
    if (focus) tile.firstElementChild.focus();
  }

  /** Has a class renamed where its name stands. */
  rename(/** @type {number} */ kind) {
    const { name } = this.sections.get(kind);
    const before = this.collection.byKind.get(kind).name;
    const field = make('input', { type: 'text', maxlength: 100, spellcheck: 'false', autocapitalize: 'off', label: 'mine.name', size: 12 });
    field.value = before;
    name.replaceWith(field);
    field.select();
    let over = false;
    const end = (/** @type {boolean} */ take, /** @type {boolean} */ stay) => {
      if (over) return;
      if (take && field.value !== before && this.on.rename(kind, field.value) && stay) return field.select(); // refused
      over = true;
      field.replaceWith(name);
      if (stay) name.focus();
    };
    field.addEventListener('blur', () => end(true, false));
    field.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => {
      if (e.isComposing || (e.key !== 'Enter' && e.key !== 'Escape')) return;
      e.preventDefault();
      e.stopPropagation();
      end(e.key === 'Enter', true);
    });
  }

  /** Asks before a class goes with its drawings. */
  ask(/** @type {number} */ kind) {
    const n = this.collection.of(kind).length;
    if (!n) return this.on.removeKind(kind);
    const { head, remove } = this.sections.get(kind);
    const no = make('button', { type: 'button', 'data-do': 'no', text: 'mine.keep' });
    head.append(make('p', { class: 'sure' }, make('span', {}, t(n === 1 ? 'mine.sure.one' : 'mine.sure', { n: count(n) })), make('button', { type: 'button', 'data-do': 'yes', text: 'mine.yes' }), no));
    remove.hidden = true;
    no.focus();
  }

  keep(/** @type {number} */ kind) {
    const { head, remove } = this.sections.get(kind);
    head.querySelector('.sure')?.remove();
    remove.hidden = false;
    remove.focus();
  }

  /** Brings a drawing into sight. */
  see(/** @type {number} */ item) {
    const tile = this.tiles.get(item);
    if (!tile || this.root.scrollHeight <= this.root.clientHeight) return;
    const [box, own] = [this.root, tile].map((e) => e.getBoundingClientRect());
    if (own.top < box.top) this.root.scrollBy(0, own.top - box.top - 48);
    else if (own.bottom > box.bottom) this.root.scrollBy(0, own.bottom - box.bottom + 16);
  }
}

/** Sees to it that Tab reaches one of the tiles. */
function rove(/** @type {HTMLElement} */ list) {
  const tiles = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.tile > :first-child')]);
  if (tiles.length && !tiles.some((tile) => !tile.tabIndex)) tiles[0].tabIndex = 0;
}

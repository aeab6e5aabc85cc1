import { grey } from '../stage/pad.js';

/**
 * @typedef {{picture: import('../shell/types.js').Picture, title: string, caption?: string, misread?: boolean}} Tile
 */

/**
 * Tiles is a grid of images, each a button. Tab reaches one of them, arrow
 * keys move among them.
 */
export class Tiles {
  /** @param {HTMLElement} grid @param {(p: import('../shell/types.js').Picture) => void} pick */
  constructor(grid, pick) {
    this.grid = grid;
    this.pick = pick;
    /** @type {Tile[]} */
    this.list = [];
    /** @type {import('../shell/types.js').Picture|null} the one in the pad */
    this.chosen = null;
    grid.addEventListener('keydown', (e) => this.key(e));
  }

  /** @returns {HTMLButtonElement[]} */
  get buttons() {
    return /** @type {any} */ ([...this.grid.children]);
  }

  /** Shows other images. */
  show(/** @type {Tile[]} */ list) {
    this.list = list;
    for (let n = this.buttons.length; n < list.length; n++) this.append(this.button(n));
    this.buttons.forEach((button, i) => {
      button.hidden = i >= list.length;
      if (button.hidden) return;
      const { picture } = list[i];
      if (button.dataset.index !== String(picture.index)) button.dataset.index = String(picture.index);
      if (button.dataset.label !== String(picture.label)) button.dataset.label = String(picture.label);
      this.tell(button, list[i]);
    });
    const reached = this.buttons.find((b) => !b.tabIndex && !b.hidden) ?? this.buttons[0];
    if (reached) this.focus(reached);
    this.mark(this.chosen);
  }

  append(/** @type {HTMLElement} */ button) {
    this.grid.append(button);
  }

  /** Draws an image, and says what there is to say about it. */
  tell(/** @type {HTMLButtonElement} */ button, /** @type {Tile} */ { picture, title, caption }) {
    grey(picture.pixels, button.querySelector('canvas'));
    button.querySelector('span').textContent = caption ?? '';
    button.title = title;
    button.setAttribute('aria-label', title);
  }

  button(/** @type {number} */ i) {
    const button = document.createElement('button');
    button.type = 'button';
    button.tabIndex = i ? -1 : 0;
    button.append(document.createElement('canvas'), document.createElement('span'));
    button.addEventListener('click', () => {
      this.focus(button);
      this.pick(this.list[i].picture);
    });
    return button;
  }

  key(/** @type {KeyboardEvent} */ e) {
    const { buttons } = this;
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const shown = buttons.filter((b) => !b.hidden);
    const columns = shown.filter((b) => b.offsetTop === shown[0].offsetTop).length;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: shown.length - 1 - at }[e.key];
    const to = buttons[at + (by ?? 0)];
    if (!by || at < 0 || !to || to.hidden) return;
    e.preventDefault();
    this.focus(to);
    to.focus();
  }

  focus(/** @type {HTMLButtonElement} */ button) {
    for (const b of this.buttons) b.tabIndex = b === button ? 0 : -1;
  }

  /** Marks the image that is in the pad. */
  mark(/** @type {import('../shell/types.js').Picture|null} */ picture) {
    this.chosen = picture;
    this.buttons.forEach((button, i) => {
      const own = this.list[i]?.picture;
      button.classList.toggle('chosen', !!own && own.dataset === picture?.dataset && own.index === picture.index);
    });
  }
}

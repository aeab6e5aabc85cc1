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
    while (this.buttons.length < list.length) this.grid.append(this.button(this.buttons.length));
    this.buttons.forEach((button, i) => {
      button.hidden = i >= list.length;
      if (button.hidden) return;
      const { picture, title, caption, misread } = list[i];
      grey(picture.pixels, button.querySelector('canvas'));
      button.querySelector('span').textContent = caption ?? '';
      button.dataset.label = String(picture.label);
      button.dataset.index = String(picture.index);
      button.classList.toggle('misread', !!misread);
      button.title = title;
      button.setAttribute('aria-label', title);
    });
    const reached = this.buttons.find((b) => !b.tabIndex && !b.hidden) ?? this.buttons[0];
    if (reached) this.focus(reached);
    this.mark(this.chosen);
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
    const columns = buttons.filter((b) => b.offsetTop === buttons[0].offsetTop && !b.hidden).length;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key];
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

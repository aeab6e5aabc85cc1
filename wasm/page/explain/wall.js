import { side } from '../shell/constants.js';
import { Tiles } from './tiles.js';

const apart = side + 2; // pixels of the sheet from one image to the next

/**
 * Wall is many small images side by side, each a button; those that are misread
 * have a frame, and in a corner the network's answer. All of them are drawn on
 * one canvas that lies over the buttons, so that news about who is misread draws
 * no image again.
 */
export class Wall extends Tiles {
  /** @param {HTMLElement} grid @param {(p: import('../shell/types.js').Picture) => void} pick */
  constructor(grid, pick) {
    super(grid, pick);
    this.sheet = document.createElement('canvas');
    this.sheet.setAttribute('aria-hidden', 'true');
    grid.append(this.sheet);
    this.columns = 1;
  }

  /** @override */
  get buttons() {
    return super.buttons.slice(0, -1);
  }

  /** @override */
  button(/** @type {number} */ i) {
    const button = super.button(i);
    button.firstChild.remove(); // its canvas
    return button;
  }

  /** Shows images in rows of so many. @param {import('./tiles.js').Tile[]} list @param {number} columns */
  lay(list, columns) {
    this.columns = columns;
    this.grid.style.setProperty('--columns', String(columns));
    this.show(list);
    this.paint();
  }

  /** @override */
  append(/** @type {HTMLElement} */ button) {
    this.sheet.before(button);
  }

  /** Says what is to be said of an image, where that is news. @override */
  tell(/** @type {HTMLButtonElement} */ button, /** @type {import('./tiles.js').Tile} */ { title, caption, misread }) {
    if (button.title === title) return;
    button.querySelector('span').textContent = caption ?? '';
    button.classList.toggle('misread', !!misread);
    button.title = title;
    button.setAttribute('aria-label', title);
  }

  /** Draws the images, in the colour of the sheet's text. */
  paint() {
    const { sheet, list, columns } = this;
    const [width, height] = [apart * columns, apart * Math.ceil(list.length / columns)];
    if (!list.length || !width) return;
    const [r, g, b] = getComputedStyle(sheet).color.match(/[\d.]+/g).map(Number);
    [sheet.width, sheet.height] = [width, height];
    const c = sheet.getContext('2d');
    const image = c.createImageData(width, height);
    list.forEach(({ picture }, i) => {
      const from = (Math.floor(i / columns) * apart + 1) * width + (i % columns) * apart + 1;
      picture.pixels.forEach((v, k) => {
        const at = 4 * (from + Math.floor(k / side) * width + (k % side));
        image.data[at] = r;
        image.data[at + 1] = g;
        image.data[at + 2] = b;
        image.data[at + 3] = v;
      });
    });
    c.putImageData(image, 0, 0);
  }
}

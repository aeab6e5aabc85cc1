import { language, relabel } from './i18n.js';

/** Look is light or dark, still or moving: as the system has it, but for a theme that somebody chose. */
export class Look {
  /**
   * @param {HTMLElement} button  changes the theme
   * @param {string} theme  chosen; '' follows the system
   * @param {{seen: () => string, draw: () => string, chosen: (theme: string) => void, changed: (theme: string, still: boolean, seen: string) => void}} on
   *   seen: says what became of the drawing on its way to the network; draw: the label of the pad
   */
  constructor(button, theme, on) {
    this.button = button;
    this.theme = theme;
    this.on = on;
    this.shown = '';
    this.light = matchMedia('(prefers-color-scheme: light)');
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    this.forced = matchMedia('(forced-colors: active)');
    for (const query of [this.light, this.still, this.forced]) query.addEventListener('change', () => this.update());
    addEventListener('beforeprint', fitSheet);
    button.addEventListener('click', () => this.choose(this.now === 'dark' ? 'light' : 'dark'));
  }

  /** The theme on show: the system's where it forces its colours. */
  get now() {
    return (!this.forced.matches && this.theme) || (this.light.matches ? 'light' : 'dark');
  }

  /** How the page scrolls by itself. @returns {ScrollBehavior} */
  get scrolling() {
    return this.still.matches ? 'auto' : 'smooth';
  }

  choose(/** @type {string} */ theme) {
    this.theme = theme;
    this.on.chosen(theme);
    this.update();
  }

  /** Has all drawn anew, where something of it is another than before, or in another language. */
  update() {
    const { now, still: { matches: still } } = this;
    const seen = this.on.seen();
    const next = [now, still, language(), seen, this.on.draw()].join();
    if (next === this.shown) return;
    this.shown = next;
    document.documentElement.dataset.theme = now;
    relabel(this.button, `theme.${now}`);
    this.on.changed(now, still, seen);
  }
}

const sheet = 680; // CSS pixels that a sheet of paper is wide, at least

/** Keeps the stage as wide as it is on the screen, shrunk to the sheet, so that its labels stay with its maps. */
function fitSheet() {
  const { style } = document.documentElement;
  const width = document.getElementById('stage-box').clientWidth;
  style.setProperty('--screen', `${width}px`);
  style.setProperty('--sheet', String(Math.min(1, sheet / width)));
}

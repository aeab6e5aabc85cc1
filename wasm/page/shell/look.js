import { language, relabel } from './i18n.js';

/** Look is light or dark, still or moving: as the system has it, but for a theme that somebody chose. */
export class Look {
  /**
   * @param {HTMLElement} button  changes the theme
   * @param {string} theme  chosen; '' follows the system
   * @param {{seen: () => string, chosen: (theme: string) => void, changed: (theme: string, still: boolean, seen: string) => void}} on
   *   seen: the string that names what the network sees
   */
  constructor(button, theme, on) {
    this.button = button;
    this.theme = theme;
    this.on = on;
    this.shown = '';
    this.light = matchMedia('(prefers-color-scheme: light)');
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    for (const query of [this.light, this.still]) query.addEventListener('change', () => this.update());
    button.addEventListener('click', () => this.choose(this.now === 'dark' ? 'light' : 'dark'));
  }

  /** The theme on show. */
  get now() {
    return this.theme || (this.light.matches ? 'light' : 'dark');
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
    const next = [now, still, language(), seen].join();
    if (next === this.shown) return;
    this.shown = next;
    document.documentElement.dataset.theme = now;
    relabel(this.button, `theme.${now}`);
    this.on.changed(now, still, seen);
  }
}

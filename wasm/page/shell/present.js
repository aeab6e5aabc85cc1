/**
 * Present shows the sentence, the network and the curves alone, large enough
 * for a lecture hall. The browser's full screen comes with it where that is allowed.
 */
export class Present {
  /**
   * @param {HTMLElement} button  pressed while presenting
   * @param {HTMLElement} line  names the keys, and has a button that leaves
   * @param {() => void} changed
   */
  constructor(button, line, changed) {
    this.root = document.documentElement;
    this.button = button;
    this.line = line;
    this.changed = changed;
    line.querySelector('button').addEventListener('click', () => this.set(false));
    document.addEventListener('fullscreenchange', () => document.fullscreenElement || this.set(false)); // Escape leaves that first
  }

  get on() {
    return this.root.classList.contains('presenting');
  }

  set(/** @type {boolean} */ on) {
    if (on === this.on) return;
    this.root.classList.toggle('presenting', on);
    this.button.setAttribute('aria-pressed', String(on));
    this.line.hidden = !on;
    if (on) this.root.requestFullscreen?.().catch(() => {}); // it is a page all the same
    else if (document.fullscreenElement) document.exitFullscreen();
    this.changed();
    if (on) /** @type {HTMLElement} */ (document.activeElement).blur(); // its keys are everywhere
    else this.button.focus({ preventScroll: true });
  }
}

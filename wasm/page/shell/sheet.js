/**
 * Sheet scrolls the page so that the inspector, where it is a sheet over its
 * bottom, does not lie over the unit it shows.
 */
export class Sheet {
  /** @param {HTMLElement} root @param {HTMLElement} box  has the unit @param {() => ScrollBehavior} scrolling */
  constructor(root, box, scrolling) {
    this.root = root;
    this.box = box;
    this.scrolling = scrolling;
    /** @type {{top: number, bottom: number}|null} where the unit that is held lies */
    this.held = null;
    new ResizeObserver(() => this.uncover()).observe(root); // what it says comes later
  }

  /** Another unit is held, or none. */
  hold(/** @type {{top: number, bottom: number}|null} */ at) {
    this.held = at;
    this.uncover();
  }

  uncover() {
    if (!this.held || getComputedStyle(this.root).position !== 'fixed') return;
    const { y, height } = this.root.getBoundingClientRect();
    if (!height) return; // it is not open yet
    const below = this.box.getBoundingClientRect().y + this.held.bottom + 16 - y;
    if (below > 0) scrollBy({ top: below, behavior: this.scrolling() });
  }
}

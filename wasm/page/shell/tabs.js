/**
 * Tabs shows one of several panels. Tab reaches the chosen tab, arrow keys
 * move among them, as the WAI-ARIA pattern has it.
 */
export class Tabs {
  /** @param {HTMLElement} list  with role tablist @param {(name: string) => void} changed */
  constructor(list, changed) {
    this.list = list;
    this.changed = changed;
    list.addEventListener('click', (e) => {
      const tab = /** @type {HTMLElement} */ (e.target).closest('[role="tab"]');
      if (tab) this.show(panelOf(tab).id);
    });
    list.addEventListener('keydown', (e) => this.key(e));
  }

  /** @returns {HTMLElement[]} */
  get tabs() {
    return /** @type {any} */ ([...this.list.querySelectorAll('[role="tab"]')]);
  }

  /** The id of the panel on show. */
  get shown() {
    return panelOf(this.tabs.find((tab) => !tab.tabIndex)).id;
  }

  /** Shows the panel of that id, if there is one. */
  show(/** @type {string} */ name) {
    if (name === this.shown || !this.tabs.some((tab) => panelOf(tab).id === name)) return;
    for (const tab of this.tabs) {
      const on = panelOf(tab).id === name;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
      panelOf(tab).hidden = !on;
    }
    this.changed(name);
  }

  key(/** @type {KeyboardEvent} */ e) {
    const { tabs } = this;
    const at = tabs.findIndex((tab) => !tab.tabIndex);
    const last = tabs.length - 1;
    const to = { ArrowLeft: at ? at - 1 : last, ArrowRight: at < last ? at + 1 : 0, Home: 0, End: last }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    this.show(panelOf(tabs[to]).id);
    tabs[to].focus();
  }
}

const panelOf = (/** @type {Element} */ tab) => document.getElementById(tab.getAttribute('aria-controls'));

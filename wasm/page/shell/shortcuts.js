import { laterTexts, t } from './i18n.js';
import { listen, table } from './keys.js';

/** @type {Record<string, string>} */
const signs = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', PageUp: 'Page ↑', PageDown: 'Page ↓', Enter: '↵' };

/** Shortcuts does what the page's keys say, and shows the list of all keys. */
export class Shortcuts {
  /**
   * @param {HTMLDialogElement} dialog @param {HTMLElement} opener
   * @param {(action: string, name: string) => boolean} press  does what a key says, and reports whether there was something to do
   * @param {(e: Error) => void} failed  the list's texts cannot be fetched
   */
  constructor(dialog, opener, press, failed) {
    this.dialog = dialog;
    this.press = press;
    this.failed = failed;
    dialog.querySelector('button').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (e) => e.target === dialog && dialog.close()); // beside it
    opener.addEventListener('click', () => this.do('help'));
    listen((action, name) => this.do(action, name));
  }

  /** Does a page's action, also of a key that the stage passed on. */
  do(/** @type {string} */ action, name = '') {
    if (!table.some((k) => ['page', 'present', 'mine'].includes(k.at) && k.action === action)) return false;
    if (action !== 'help') return !this.dialog.open && this.press(action, name);
    this.open().catch(this.failed);
    return true;
  }

  async open() {
    await laterTexts();
    this.write();
    if (!this.dialog.open) this.dialog.showModal();
  }

  write() {
    const list = this.dialog.querySelector('dl');
    list.replaceChildren(...table.flatMap(({ at, keys, label, all }, i) => {
      const term = document.createElement('dt');
      const shift = keys.every((key) => key.startsWith('Shift+')); // written once
      const kbd = (/** @type {string} */ key) => Object.assign(document.createElement('kbd'), { textContent: signs[key] ?? (key === 'Space' ? t('keys.space') : key) });
      term.append(...(all ? [kbd(all)] : [...(shift ? ['Shift'] : []), ...keys.map((key) => (shift ? key.slice(6) : key))].flatMap((key) => [' ', ...key.split(/(?!^)\+/).map(kbd)])));
      const text = Object.assign(document.createElement('dd'), { textContent: t(label) });
      const head = Object.assign(document.createElement('dt'), { className: 'at', textContent: t(`keys.at.${at}`) });
      return i && table[i - 1].at === at ? [term, text] : [head, term, text];
    }));
  }
}

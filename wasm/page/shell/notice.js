import { t, write } from './i18n.js';
import { Mixed, renewed, scriptName } from './version.js';

/** This page's version, which the server tells too; nothing where the page is not bundled. */
export const build = document.querySelector('script')?.src.match(scriptName)?.[1] ?? '';

/** Notice says something that stays, with a button to load the page anew where that helps. */
export class Notice {
  /**
   * @param {HTMLElement} root  a text and the button
   * @param {() => string} old  what to say of a page that is older than its server
   * @param {() => Promise<void>} leaving  to be done before the page is loaded anew
   */
  constructor(root, old, leaving) {
    this.root = root;
    this.old = old;
    this.text = /** @type {HTMLElement} */ (root.firstElementChild);
    this.reload = root.querySelector('button');
    this.reload.addEventListener('click', async () => {
      await Promise.race([leaving(), new Promise((resolve) => setTimeout(resolve, 1000))]); // where the storage does not answer
      location.reload();
    });
  }

  say(/** @type {string} */ key, reloads = false) {
    this.text.dataset.t = key;
    write(this.text, t(key));
    this.root.hidden = false;
    this.reload.hidden = !reloads;
  }

  /**
   * Something failed. Where that is because parts of two versions of the page
   * have met, it says so and what to do. Resolves to whether it is.
   */
  async outdated(/** @type {Error} */ e) {
    const old = e instanceof Mixed || (await renewed(build));
    if (old) this.say(this.old(), true);
    return old;
  }
}

import { t } from './i18n.js';

const patience = 300; // milliseconds that something may take without a word

/**
 * Loading shows how much of the page's programs has come over the net, one
 * after the other: a bar, and numbers where there is room.
 */
export class Loading {
  /** @param {HTMLElement} root  with a progress and a span @param {(text: string) => void} tell  the first program's numbers */
  constructor(root, tell) {
    this.root = root;
    this.tell = tell;
    this.bar = root.querySelector('progress');
    this.text = root.querySelector('span');
    this.since = performance.now();
    this.what = '';
    this.told = '';
  }

  /**
   * Shows how much has come of the engine, or of the stage.
   * @param {'engine'|'stage'} what @param {import('./load.js').Loaded} loaded
   */
  show(what, { share, bytes }) {
    if (what !== this.what) [this.what, this.since] = [what, performance.now()];
    if (performance.now() - this.since < patience) return;
    const known = !Number.isNaN(share);
    const text = t(known ? 'loading.of' : 'loading.so', { percent: Math.floor(100 * share), mb: (bytes / 1e6).toFixed(1) });
    if (text === this.told) return;
    this.told = text;
    this.root.hidden = false;
    this.root.dataset.what = what;
    if (known) this.bar.value = share;
    else this.bar.removeAttribute('value');
    this.bar.setAttribute('aria-label', t(`loading.${what}`));
    this.text.textContent = `${t(`loading.${what}`)} ${text}`;
    if (what === 'engine') this.tell(text);
  }

  /** Nothing is loading any more. */
  done() {
    this.root.hidden = true;
    this.what = '';
  }
}

import { t, write } from '../shell/i18n.js';
import { backward, forward } from './route.js';

const pace = 1900; // milliseconds for a layer
const moves = 0.5; // the share of it in which the front moves; then it rests
const jolt = 100; // milliseconds: a frame that comes later does not hurry the front
const spare = 66; // milliseconds between pictures where the processor draws

/**
 * Through sends the image through the network, layer by layer, with a sentence
 * at each, and while a run is under way the error back and the weights' step.
 */
export class Through {
  /**
   * @param {HTMLElement} root  the bar: a button that plays and pauses, a slider, the sentence, a button that closes
   * @param {HTMLElement} opener
   * @param {import('./stage.js').Stage} stage
   * @param {{facts: () => import('./route.js').Facts, parts: (of: string) => Promise<any>, activations: () => void}} on
   *   parts: pictures of the gradients or the weights; activations: the layers are to show these
   */
  constructor(root, opener, stage, on) {
    this.root = root;
    this.opener = opener;
    this.stage = stage;
    this.on = on;
    this.go = /** @type {HTMLElement} */ (root.querySelector('.run'));
    this.slider = /** @type {HTMLInputElement} */ (root.querySelector('input'));
    this.text = root.querySelector('p');
    this.at = 0; // stops so far, with the way to the next one
    this.playing = false;
    /** @type {import('./route.js').Stop[]} */
    this.stops = [];
    this.said = -1; // the stop that the sentence is of
    this.shown = ''; // what the layers show: '', 'gradients' or 'weights'

    this.go.addEventListener('click', () => this.toggle());
    root.querySelector('.close').addEventListener('click', () => this.close());
    this.slider.addEventListener('input', () => this.jump(Number(this.slider.value)));
    this.slider.addEventListener('keydown', (e) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, ' ': 0 }[e.key];
      if (by === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      if (by) this.jump(by > 0 ? Math.floor(this.at) + 1 : Math.ceil(this.at) - 1);
      else this.toggle();
    });
    document.addEventListener('keydown', (e) => {
      if (e.key !== 'Escape' || root.hidden || e.defaultPrevented) return;
      e.preventDefault();
      this.close();
    });
  }

  get open() {
    return !this.root.hidden;
  }

  /** Opens the bar and plays, or pauses, or goes on; at the end from the start. */
  toggle() {
    if (!this.open) return this.begin();
    if (!this.playing && this.at >= this.stops.length - 1) this.at = 0;
    this.run(!this.playing);
  }

  begin() {
    const facts = this.on.facts();
    this.stops = [...forward(facts), ...(facts.learning ? backward(facts) : [])];
    this.slider.max = String(this.stops.length - 1);
    this.still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.root.hidden = false;
    document.documentElement.classList.add('playing');
    this.before = document.activeElement;
    this.slider.focus({ preventScroll: true });
    this.stage.box.scrollIntoView({ block: 'nearest' });
    this.on.activations();
    this.config = JSON.stringify(facts.network.config);
    this.said = -1;
    this.at = 0;
    this.run(!facts.empty);
    this.show();
  }

  /** Ends it: everything is lit, and the layers show their activations. */
  close() {
    if (!this.open) return;
    this.run(false);
    const back = this.root.contains(document.activeElement) && /** @type {HTMLElement} */ (this.before === document.body ? this.opener : this.before);
    this.root.hidden = true;
    document.documentElement.classList.remove('playing');
    this.put('');
    this.stage.reveal(Infinity);
    if (back) back.focus({ preventScroll: true });
  }

  /** Goes to a place and rests there. */
  jump(/** @type {number} */ at) {
    this.at = Math.min(Math.max(at, 0), this.stops.length - 1);
    this.run(false);
    this.show();
  }

  run(/** @type {boolean} */ on) {
    if (on === this.playing) return;
    this.playing = on;
    this.write();
    if (!on) return;
    let last = NaN;
    let drawn = 0;
    const software = document.documentElement.hasAttribute('data-software');
    const frame = (/** @type {number} */ now) => {
      if (!this.playing) return;
      this.at = Math.min(this.at + Math.min(now - last || 0, jolt) / pace, this.stops.length - 1);
      last = now;
      if (this.at >= this.stops.length - 1) this.run(false);
      if (!software || now - drawn >= spare || !this.playing) {
        drawn = now;
        this.show();
      }
      if (this.playing) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Writes the texts, in the page's language. */
  write() {
    this.go.dataset.playing = String(this.playing);
    this.go.setAttribute('aria-label', t(this.playing ? 'through.pause' : 'through.run'));
    const stop = this.stops[this.said];
    if (!stop) return;
    const text = t(stop.key, stop.values);
    write(this.text, text);
    this.slider.setAttribute('aria-valuetext', text);
  }

  /** Shows where it is. While it plays the front moves first, and then rests at the layer. */
  show() {
    const { at, playing, stops } = this;
    if (this.config !== JSON.stringify(this.stage.network.config)) return this.close(); // another network is on show
    const whole = Math.floor(at);
    const part = at - whole;
    const next = part > 0 ? Math.min(whole + 1, stops.length - 1) : whole;
    const [a, b] = [stops[whole], stops[next]];
    const way = playing ? ease(Math.min(part / moves, 1)) : part;
    const same = a.back === b.back;
    this.stage.reveal(this.still || !same ? b.level : a.level + (b.level - a.level) * way, b.back);
    this.put(b.shows);
    this.slider.value = String(at);
    if (this.said === next) return;
    this.said = next;
    this.root.dataset.stop = stops[next].key;
    this.write();
  }

  /** Has the layers show gradients, weights or, for '', their activations. */
  async put(/** @type {string} */ what) {
    if (what === this.shown) return;
    this.shown = what;
    const parts = what ? await this.on.parts(what).catch(() => /** @type {any} */ (undefined)) : null; // the run may be gone
    if (what === this.shown && parts !== undefined) this.stage.setParts(parts);
  }
}

const ease = (/** @type {number} */ x) => x * x * (3 - 2 * x);


import { url } from '../shell/bundle.js';
import { sentences, t, write } from '../shell/i18n.js';
import { addStyles } from '../shell/styles.js';
import { sameUnit, shapeOf } from '../shell/trace.js';
import { histogram, number, renew, tag } from './figures.js';
import { asParts, views, viewOf } from './views.js';
import { sentence, title, where } from './words.js';

/** @typedef {import('../shell/types.js').Unit} Unit @typedef {import('../shell/types.js').Inspection} Inspection @typedef {import('./sums.js').Row} Row */

const pace = 100; // milliseconds between the numbers of one unit
const touch = matchMedia('(hover: none) and (pointer: coarse)'); // no keyboard to speak of
const pollPace = 250; // milliseconds between gradients

/**
 * Inspector shows the histograms of the layers and the value of the unit that
 * one points at; a unit that is held is opened (see Zoom). The numbers are the
 * engine's: package inspect computes them.
 */
export class Inspector {
  /**
   * @param {{panel: HTMLElement, zoom: HTMLElement, switcher: HTMLElement, live: HTMLElement}} roots  switcher: the buttons of the views; live: read out by screen readers
   * @param {{watch: (name: string, type: string|null, fields?: object, got?: (reply: any) => void) => void,
   *   run: (view: string, unit: Unit|null) => Promise<any>, parts: (p: any) => void, votes: (pairs: number[]) => void,
   *   failed: (e: Error) => void, clear: () => void, look: () => void, point: (unit: Unit) => void, dataset: () => string, byHand: () => boolean, back: () => void,
   *   shown: () => {network: import('../shell/types.js').Network, prediction: import('../shell/types.js').Prediction|null}}} on
   *   failed: the script of Zoom cannot be fetched; point: holds a unit; byHand: the focus is on the stage; back: brings it back there; shown: what the stage shows
   */
  constructor({ panel, zoom, switcher, live }, on) {
    this.root = panel;
    this.live = live;
    this.on = on;
    this.view = views[0].name;
    /** @type {Unit|null} */
    this.unit = null;
    this.held = false;
    /** @type {Inspection|null} */
    this.seen = null;
    /** @type {{network: import('../shell/types.js').Network, prediction: import('../shell/types.js').Prediction}|null} what was seen belongs to */
    this.of = null;
    this.byHand = false; // the unit was held on the stage, just now
    this.vain = false; // somebody tried to open one while nothing was drawn
    /** @type {any} the histograms */
    this.list = null;
    /** @type {{scale: Uint32Array, signed: Uint32Array, low: number}|null} */
    this.colors = null;
    /** @type {Row|null} */
    this.row = null;
    this.polledAt = 0;
    this.polling = false;
    this.hover = panel.querySelector('.hover');
    this.body = panel.querySelector('.body');
    this.roots = { zoom };
    /** @type {import('./zoom.js').Zoom|null} */
    this.zoom = null;
    /** @type {Promise<void>|null} until its script has come */
    this.coming = null;
    this.tabs = views.map(({ name }) => {
      const tab = tag('button', '', t(`view.${name}`));
      tab.setAttribute('type', 'button');
      Object.assign(tab.dataset, { view: name, t: `view.${name}` });
      tab.setAttribute('aria-pressed', String(name === this.view));
      tab.addEventListener('click', () => this.look(name));
      return tab;
    });
    switcher.replaceChildren(...this.tabs);
  }

  /** Fetches the script and the styles of Zoom, which the first prediction does not wait for. */
  fetch() {
    const { on } = this;
    this.coming ??= Promise.all([import('./zoom.js'), addStyles(url('zoom.css'))]).then(([{ Zoom }]) => {
      this.zoom = new Zoom(this.roots.zoom, { point: on.point, close: on.clear, back: on.back });
      this.write();
    }).catch((e) => {
      this.coming = null;
      if (this.held) on.clear();
      on.failed(e);
    });
  }

  /** Another unit is pointed at, or none. */
  show(/** @type {Unit|null} */ unit, /** @type {boolean} */ held) {
    const again = sameUnit(unit, this.unit);
    const was = this.held;
    if (held && unit && !(was && again)) {
      this.byHand = this.on.byHand();
      if (this.byHand && this.on.shown().prediction?.empty) { // there is nothing to open
        this.vain = true;
        this.on.look();
        this.on.clear();
        return;
      }
    }
    this.held = held && !!unit;
    if (unit) this.vain = false;
    if (again) {
      if (was === this.held) return;
      this.write();
      this.readOut();
      return;
    }
    this.unit = unit;
    this.row = null;
    this.watch();
    if (unit) this.fetch(); // it may be held next
    if (linear(unit)) this.poll(true);
    if (!unit) {
      this.seen = null;
      this.live.textContent = '';
      this.write();
    }
  }

  /** Another view: activations, weights or gradients. */
  look(/** @type {string} */ view) {
    this.view = view;
    this.list = this.row = null;
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String(tab.dataset.view === view));
    if (!viewOf(view).suffix) this.on.parts(null);
    this.on.clear();
    this.on.look();
    this.watch();
    this.write();
    this.poll(true);
  }

  /** Says what is to be asked after each prediction: nothing that is not to be seen. */
  watch() {
    const { unit, view, on } = this;
    on.watch('unit', unit && 'inspect', unit, (reply) => this.take(reply));
    const { run, suffix } = viewOf(view);
    const unseen = !suffix && this.root.hidden;
    const parts = run || unseen ? null : 'parts';
    on.watch('parts', parts, { of: view, ...linear(unit) }, (list) => this.takeList(list, unit));
  }

  /** Asks for what the run's view shows, a few times a second while it changes. */
  async poll(now = false) {
    if (!viewOf(this.view).run) return;
    if (this.polling || (!now && performance.now() - this.polledAt < pollPace)) {
      this.due ??= setTimeout(() => {
        this.due = undefined;
        this.poll();
      }, pollPace);
      return;
    }
    this.polling = true;
    this.polledAt = performance.now();
    try {
      const { unit, view } = this;
      this.takeList(await this.on.run(view, linear(unit)), unit);
    } catch {
      // no run, or its worker was lost: there is nothing to show
    }
    this.polling = false;
  }

  /** Takes what the layers hold, with the weights of a unit in them. */
  takeList(/** @type {any} */ list, /** @type {Unit|null} */ unit) {
    if (list.of !== this.view) return;
    this.list = list;
    this.row = list.row && unit === this.unit ? { unit, weights: list.row, values: list.row.map((/** @type {number} */ w) => w / (3 * list.spread)), spread: list.spread } : null;
    if (list.parts) this.on.parts(asParts(list, this.view, this.row));
    this.write();
  }

  take(/** @type {Inspection} */ reply) {
    const first = !sameUnit(reply.unit, this.seen?.unit);
    this.seen = reply;
    const { network, prediction } = this.on.shown();
    this.of = { network, prediction };
    if (first) this.tell();
    else this.later ??= setTimeout(() => this.tell(), pace);
  }

  /** Shows what was taken. While it changes all the time that is at a pace that can be read. */
  tell() {
    clearTimeout(this.later);
    this.later = undefined;
    const { seen } = this;
    if (!seen) return;
    if (!seen.empty) this.on.votes([...seen.for, ...seen.against].flatMap((v) => [v.index, v.product]));
    this.write();
    this.readOut();
  }

  /** The colours of the theme and the network. */
  paint(/** @type {any} */ { scale, signed, low }) {
    this.colors = { scale: new Uint32Array(scale.buffer), signed: new Uint32Array(signed.buffer), low };
    this.write();
  }

  /** Shows all that there is, in the page's language. */
  write() {
    const { root, unit, seen, of, held, colors } = this;
    const known = !!unit && !!seen && !seen.empty && !!colors;
    if (!known || sameUnit(seen.unit, unit)) { // or else its numbers are on their way
      Object.assign(root.dataset, known ? { unit: `${unit.layer},${unit.channel},${unit.y},${unit.x}`, value: String(seen.value), engine: String(seen.engine) } : { unit: '', value: '', engine: '' });
      if (!held) this.zoom?.show(null);
      else if (!this.zoom) this.fetch();
      else if (!known) this.zoom.blank();
      else {
        const { network: { layers, config }, prediction: { trace, pixels } } = of;
        this.zoom.show({ seen, row: this.row, view: this.view, config, layers, dataset: this.on.dataset(), trace, pixels, colors }, this.byHand);
        this.byHand = false;
      }
      if (!root.hidden) this.writeHover(known);
    }
    if (!root.hidden) renew(this.body, this.overview());
  }

  /** Writes the value of the unit that one points at, or how to find one. */
  writeHover(/** @type {boolean} */ known) {
    const { unit, seen } = this;
    if (known) {
      renew(this.hover, [tag('b', '', title(seen)), document.createTextNode(` ${this.where()} `), tag('output', '', number(seen.value).trim())]);
      return;
    }
    const tip = this.vain || (unit && seen?.empty) ? 'inspect.empty' : viewOf(this.view).hint;
    renew(this.hover, [document.createTextNode(sentences(t(tip), !touch.matches && !unit && t('inspect.keys')))]);
  }

  /** Where the unit is, and among how many. */
  where() {
    const { seen: { unit }, of } = this;
    return where(unit, shapeOf(of.network.layers, unit.layer)[0], this.on.dataset());
  }

  /** Has a screen reader say which unit it is, once it has stayed the same for a while. */
  readOut() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { seen, unit } = this;
      if (!seen || seen.empty || !unit) return;
      const name = `${title(seen)}, ${this.where()}`;
      write(this.live, this.held ? `${name}. ${sentence(seen, this.on.dataset())}` : `${name}: ${number(seen.value).trim()}`);
    }, 400);
  }

  /** The histograms of the layers. */
  overview() {
    const list = this.list;
    if (!list) return [];
    const legend = tag('h3', '', t(`hist.${this.view}`));
    if (!list.histograms.length) return [legend, tag('p', 'tip', t(viewOf(this.view).none))];
    return [legend, ...list.histograms.map((/** @type {any} */ h) => histogram(h, viewOf(this.view).suffix))];
  }
}

/** A unit of a linear layer, null for any other. */
const linear = (/** @type {Unit|null} */ unit) => (unit && unit.layer > 6 ? unit : null);

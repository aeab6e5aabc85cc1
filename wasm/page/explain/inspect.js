import { classes, count, sentences, sureShort, t } from '../shell/i18n.js';
import { side } from '../shell/constants.js';
import { drawing, histogram, number, renew, rows, short, tag } from './figures.js';
import { viewOf, views } from './views.js';

/** @typedef {import('../shell/types.js').Unit} Unit @typedef {import('../shell/types.js').Inspection} Inspection */

/** @typedef {{unit: Unit, weights: Float32Array, values: Float32Array, spread: number}} Row  of a linear unit; values: -1..1 for ±3 times spread */

const pace = 100; // milliseconds between the numbers of one unit
const touch = matchMedia('(hover: none) and (pointer: coarse)'); // no keyboard to speak of
const pollPace = 250; // milliseconds between gradients

/**
 * Inspector is the panel that takes the unit one points at apart, with real
 * numbers, and otherwise shows the histograms of the layers. The numbers are
 * the engine's: package inspect computes them.
 */
export class Inspector {
  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} switcher  the buttons of the views
   * @param {HTMLElement} live  read out by screen readers
   * @param {{watch: (name: string, type: string|null, fields?: object, got?: (reply: any) => void) => void,
   *   run: (view: string, unit: Unit|null) => Promise<any>, image: () => Uint8Array|undefined, parts: (p: any) => void, votes: (pairs: number[]) => void,
   *   slide: (on: boolean) => void, clear: () => void, look: () => void, point: (unit: Unit) => void, dataset: () => string}} on
   */
  constructor(root, switcher, live, on) {
    this.root = root;
    this.live = live;
    this.on = on;
    this.view = views[0].name;
    /** @type {Unit|null} */
    this.unit = null;
    this.held = false;
    /** @type {Inspection|null} */
    this.seen = null;
    /** @type {any} the histograms */
    this.list = null;
    /** @type {{scale: Uint32Array, signed: Uint32Array, low: number}|null} */
    this.colors = null;
    this.config = { pooling: 'avg', activation: 'sigmoid', channels: [6, 16] };
    this.cell = -1; // the cell of a patch that is pointed at
    this.place = -1; // the cell of a row that is pointed at
    /** @type {Row|null} */
    this.row = null;
    this.polledAt = 0;
    this.polling = false;
    this.sliding = false;
    this.title = root.querySelector('h2');
    this.where = root.querySelector('.where');
    this.body = root.querySelector('.body');
    this.close = /** @type {HTMLElement} */ (root.querySelector('.close'));
    this.close.addEventListener('click', () => on.clear());
    this.tabs = views.map(({ name }) => {
      const tab = tag('button', '', t(`view.${name}`));
      tab.setAttribute('type', 'button');
      Object.assign(tab.dataset, { view: name, t: `view.${name}` });
      tab.setAttribute('aria-pressed', String(name === this.view));
      tab.addEventListener('click', () => this.look(name));
      return tab;
    });
    switcher.replaceChildren(...this.tabs);
    root.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && this.unit) on.clear();
    });
    for (const type of ['pointermove', 'pointerdown']) { // a tap does not move
      this.body.addEventListener(type, (/** @type {any} */ e) => this.over(e));
    }
    this.body.addEventListener('pointerleave', () => this.slide(false));
    this.body.addEventListener('click', (e) => {
      const target = /** @type {Element} */ (e.target);
      const vote = /** @type {HTMLElement|null} */ (target.closest('[data-from]'));
      if (vote) on.point(JSON.parse(vote.dataset.from));
      if (target.closest('.slide')) on.slide(true);
    });
  }

  /** Another unit is pointed at, or none. */
  show(/** @type {Unit|null} */ unit, /** @type {boolean} */ held) {
    const same = JSON.stringify(unit) === JSON.stringify(this.unit);
    this.held = held;
    this.root.classList.toggle('open', !!unit);
    this.root.classList.toggle('held', held);
    if (same) return;
    this.unit = unit;
    this.cell = this.place = -1;
    this.row = null;
    this.watch();
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
    const unseen = !suffix && (unit || this.root.hidden);
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
    if (list.parts) {
      const name = t(`view.${this.view}`);
      for (const l of list.labels) l.detail ||= t('inspect.none');
      this.on.parts({ parts: list.parts, sides: list.sides, row: this.row, labels: list.labels, legend: { name: name.toLowerCase(), low: '-3s', high: '3s' } });
    }
    if (!this.unit || this.row) this.write();
  }

  take(/** @type {Inspection} */ reply) {
    const first = !this.seen || JSON.stringify(reply.unit) !== JSON.stringify(this.seen.unit);
    this.seen = reply;
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

  /** Writes the panel anew, in the page's language. */
  write() {
    const { root, unit, seen } = this;
    this.close.hidden = !unit;
    if (!unit || !seen || seen.empty) {
      root.dataset.unit = root.dataset.value = root.dataset.engine = '';
      this.title.parentElement.hidden = !unit;
      this.title.textContent = t('inspect');
      this.where.textContent = '';
      const tip = unit && seen?.empty ? 'inspect.empty' : viewOf(this.view).hint;
      renew(this.body, [tag('p', 'tip', sentences(t(tip), !touch.matches && !unit && t('inspect.keys'))), ...(unit ? this.rowOf() : this.overview())]);
      return;
    }
    if (!this.colors) return;
    this.title.parentElement.hidden = false;
    const { layer, channel, y, x } = seen.unit;
    root.dataset.unit = [layer, channel, y, x].join();
    root.dataset.value = String(seen.value);
    root.dataset.engine = String(seen.engine);
    this.title.textContent = seen.kind === 'input' ? t('input') : [seen.module, seen.act].filter(Boolean).join(' + ');
    this.where.textContent = this.whereabouts(seen.unit, seen.kind);
    /** @type {Record<string, () => (HTMLElement|SVGElement)[]>} */
    const parts = { input: () => this.pixel(), conv: () => this.conv(), pool: () => this.pool(), linear: () => this.linear() };
    const formula = tag('div', 'formula');
    formula.append(tag('span', '', seen.formula));
    if (seen.kind === 'conv') {
      const slide = tag('button', 'slide', t('inspect.slide'));
      slide.setAttribute('type', 'button');
      slide.title = t('inspect.sliding');
      formula.append(slide);
    }
    renew(this.body, [tag('p', 'words', this.words()), formula, ...this.rowOf(), ...parts[seen.kind](), this.sum(), tag('code', 'torch', seen.torch)]);
  }

  /** Where a unit is, in words. */
  whereabouts(/** @type {Unit} */ { layer, channel, y, x }, /** @type {string} */ kind) {
    if (layer === 11) return t('inspect.class', { name: classes(this.on.dataset())[channel] });
    if (kind === 'linear') return t('inspect.unit', { n: channel });
    if (layer < 0) return `(${y}, ${x})`;
    return t('inspect.map', { n: channel, y, x });
  }

  /** How the value comes about, in one sentence. */
  words() {
    const { kind, module, act, unit, inputs, sums } = this.seen;
    const n = count(kind === 'conv' ? sums.length : inputs.length);
    if (kind === 'pool') return t(module === 'MaxPool2d' ? 'inspect.words.max' : 'inspect.words.avg');
    return t(`inspect.words.${unit.layer === 11 ? 'output' : kind === 'conv' && sums.length === 1 ? 'one' : kind}`, { n, act });
  }

  /** What it all adds up to, beside the pixels that the unit depends on. */
  sum() {
    const row = tag('div', 'whole');
    row.append(this.arithmetic());
    const pixels = this.on.image();
    const { sees: [y0, x0, y1, x1], kind } = this.seen;
    if (!pixels || kind === 'input') return row;
    const [rows, columns] = [y1 - y0 + 1, x1 - x0 + 1];
    const grey = new Uint32Array(256).map((_, v) => 0xff000000 | (v * 0x010101));
    const figure = tag('figure', 'sees');
    const part = Array.from({ length: rows * columns }, (_, i) => pixels[side * (y0 + Math.floor(i / columns)) + x0 + (i % columns)]);
    figure.append(drawing(part, columns, grey, 0, 255), tag('figcaption', '', t('inspect.sees', { rows, columns })));
    row.append(figure);
    return row;
  }

  /** Has a screen reader say which unit it is, once it has stayed the same for a while. */
  readOut() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { seen, unit } = this;
      if (!seen || seen.empty || !unit) return;
      const text = `${this.title.textContent}, ${this.where.textContent}: ${number(seen.value).trim()}`;
      if (this.live.textContent !== text) this.live.textContent = text;
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

  pixel() {
    return [tag('p', 'note', t('inspect.pixel', { v: Math.round(this.seen.value * 255) }))];
  }

  /** What the kernel lies on, the kernel and their products; of several input maps what each adds. */
  conv() {
    const { seen, colors } = this;
    const maps = seen.sums.length;
    const image = seen.unit.layer <= 1;
    const grey = new Uint32Array(256).map((_, v) => 0xff000000 | (v * 0x010101));
    const top = this.config.activation === 'relu' && !image ? Math.max(...seen.inputs, 1e-9) : 1;
    const range = image ? [0, 1] : [colors.low * top, top];
    const most = Math.max(...seen.weights.map(Math.abs)) || 1;
    const products = seen.inputs.map((v, i) => v * seen.weights[i]);
    const large = Math.max(...products.map(Math.abs)) || 1;
    const line = tag('p', 'cell');
    const tell = (/** @type {number} */ i) => {
      const [m, u, v] = [Math.floor(i / 25), Math.floor(i / 5) % 5, i % 5];
      line.textContent = `[${maps > 1 ? `${m}, ` : ''}${u}, ${v}]  ${number(seen.inputs[i])} · ${number(seen.weights[i])} = ${number(products[i])}`;
      grid.querySelectorAll('.on').forEach((e) => e.classList.remove('on'));
      for (const e of grid.querySelectorAll(`[data-map="${m}"]`)) {
        const mark = /** @type {HTMLElement} */ (e.querySelector('.mark'));
        mark.style.translate = `${100 * v}% ${100 * u}%`;
        e.classList.add('on');
      }
    };
    const picture = (/** @type {Float32Array} */ values, /** @type {Uint32Array} */ scale, /** @type {number[]} */ [low, high], /** @type {number} */ m, kernel = false) => {
      const box = tag('span', 'patch');
      box.dataset.map = String(m);
      box.append(drawing(values.subarray(25 * m, 25 * m + 25), 5, scale, low, high), tag('span', 'mark'));
      if (kernel) box.classList.add('kernel');
      return box;
    };
    const grid = tag('div', maps > 1 ? 'sums' : 'sums one');
    for (let m = 0; m < maps; m++) {
      const row = tag('div', 'sum');
      row.append(
        picture(seen.inputs, image ? grey : colors.scale, range, m), tag('span', 'op', '·'),
        picture(seen.weights, colors.signed, [-most, most], m, true), tag('span', 'op', '='),
      );
      if (maps === 1) row.append(picture(products, colors.signed, [-large, large], m));
      else row.append(tag('output', '', number(seen.sums[m])));
      grid.append(row);
    }
    tell(this.cell >= 0 ? this.cell : products.reduce((best, v, i) => (Math.abs(v) > Math.abs(products[best]) ? i : best), 0));
    return [grid, line];
  }

  /** The weights of a linear unit, or the gradient on them, one a value of the layer before. */
  rowOf() {
    const { row, unit, colors, seen } = this;
    if (!row || !colors) return [];
    const { weights, spread } = row;
    const n = weights.length;
    const maps = unit.layer === 8 ? this.config.channels[1] : 0;
    const { places, width } = arrange(n, maps);
    const cells = new Float32Array(width * (Math.floor(Math.max(...places) / width) + 1)).fill(NaN);
    weights.forEach((w, i) => (cells[places[i]] = w));
    const head = tag('p', 'cell');
    const name = `${unit.layer === 11 ? 11 : unit.layer - 1}${viewOf(this.view).suffix}[${unit.channel}]`;
    head.append(tag('b', '', name), `  ${n}${maps ? ` = ${maps} × 5 × 5` : ''} · 3s = ${short(3 * spread)}`);
    const picture = tag('div', 'row');
    picture.append(drawing(cells, width, colors.signed, -3 * spread, 3 * spread));
    const best = weights.reduce((b, w, i) => (Math.abs(w) > Math.abs(weights[b]) ? i : b), 0);
    const told = places.indexOf(this.place);
    const i = told < 0 ? best : told;
    const line = tag('p', 'cell');
    const at = maps ? [Math.floor(i / 25), Math.floor(i / 5) % 5, i % 5].join(', ') : i;
    const x = viewOf(this.view).weighs && seen?.inputs?.length === n ? `${number(seen.inputs[i])} · ` : '';
    line.textContent = `[${at}]  ${x}${number(weights[i])}${x && ` = ${number(seen.inputs[i] * weights[i])}`}`;
    return [head, picture, line];
  }

  /** The pointer is over a patch's cell; over a kernel, that slides. */
  over(/** @type {PointerEvent} */ e) {
    const row = /** @type {Element} */ (e.target).closest('.row canvas');
    if (row) {
      const r = row.getBoundingClientRect();
      const { width, height } = /** @type {HTMLCanvasElement} */ (row);
      this.place = Math.floor(((e.clientY - r.y) / r.height) * height) * width + Math.floor(((e.clientX - r.x) / r.width) * width);
      this.write();
    }
    const patch = /** @type {HTMLElement|null} */ (/** @type {Element} */ (e.target).closest('.patch'));
    this.slide(!!patch?.classList.contains('kernel'));
    if (!patch) return;
    const r = patch.getBoundingClientRect();
    const at = (/** @type {number} */ v) => Math.min(Math.max(Math.floor(v * 5), 0), 4);
    const cell = 25 * Number(patch.dataset.map) + 5 * at((e.clientY - r.y) / r.height) + at((e.clientX - r.x) / r.width);
    if (cell === this.cell) return;
    this.cell = cell;
    this.write();
  }

  slide(/** @type {boolean} */ on) {
    if (on === this.sliding) return;
    this.sliding = on;
    this.on.slide(on);
  }

  /** The window of a pooling, its numbers written in. */
  pool() {
    const { seen, colors } = this;
    const top = this.config.activation === 'relu' ? Math.max(...seen.inputs, 1e-9) : 1;
    const box = tag('div', 'window');
    const best = Math.max(...seen.inputs);
    seen.inputs.forEach((v) => {
      const cell = tag('span', seen.module === 'MaxPool2d' && v === best ? 'best' : '', number(v));
      const low = colors.low * top;
      cell.prepend(drawing([v], 1, colors.scale, low, top));
      box.append(cell);
    });
    return [box];
  }

  /** The strongest contributions for and against. */
  linear() {
    const { seen } = this;
    const large = Math.max(...[...seen.for, ...seen.against].map((v) => Math.abs(v.product)), 1e-12);
    const name = (/** @type {Unit} */ u) => (u.layer === 5 ? `[${u.channel}, ${u.y}, ${u.x}]` : t('inspect.unit', { n: u.channel }));
    const list = tag('div', 'votes');
    for (const [key, terms] of /** @type {[string, import('../shell/types.js').Term[]][]} */ ([['for', seen.for], ['against', seen.against]])) {
      if (!terms.length) continue;
      list.append(tag('span', 'side', t(`inspect.${key}`)), tag('span', 'side terms', 'x · w'));
      for (const v of terms) {
        const row = tag('button', `vote ${key}`);
        row.setAttribute('type', 'button');
        const bar = tag('i');
        bar.style.transform = `scaleX(${Math.abs(v.product) / large})`;
        const track = tag('span', 'bar');
        track.append(bar);
        row.append(tag('span', 'name', name(v.from)), track, tag('span', 'value', number(v.product)), tag('span', 'value dim', `${number(v.x)} · ${number(v.w)}`));
        row.dataset.from = JSON.stringify(v.from);
        list.append(row);
      }
    }
    return [list];
  }

  /** What it all adds up to. */
  arithmetic() {
    const { seen } = this;
    /** @type {[string, string, string?][]} */
    const lines = [];
    if (seen.kind === 'linear') {
      const told = [...seen.for, ...seen.against].reduce((sum, v) => sum + v.product, 0);
      lines.push([t('inspect.told', { n: seen.for.length + seen.against.length }), number(told)]);
      if (seen.others) lines.push([t('inspect.rest', { n: count(seen.others) }), number(seen.rest)]);
    }
    if (seen.kind === 'conv') lines.push(['Σ w · x', number(seen.z - seen.bias)]);
    if (seen.kind === 'conv' || seen.kind === 'linear') lines.push(['b', number(seen.bias)]);
    if (seen.act) {
      lines.push(['z', number(seen.z)]);
      lines.push([{ Sigmoid: 'σ(z)', Tanh: 'tanh(z)', ReLU: 'max(0, z)' }[seen.act], number(seen.value), 'value']);
    } else lines.push([seen.kind === 'linear' ? t('inspect.logit') : seen.kind === 'pool' ? t(`inspect.${this.config.pooling}`) : 'x', number(seen.value), 'value']);
    if (seen.unit.layer === 11) lines.push(['softmax', sureShort(seen.p), 'answer']);
    return rows(lines);
  }
}

/** A unit of a linear layer, null for any other. */
const linear = (/** @type {Unit|null} */ unit) => (unit && unit.layer > 6 ? unit : null);

/**
 * Where in its picture each of n weights of a linear unit lies, and how wide
 * that is: those on maps as the maps are, beside each other with gaps, those on
 * single units in rows.
 */
function arrange(/** @type {number} */ n, /** @type {number} */ maps) {
  if (!maps) {
    let width = Math.min(24, n);
    while (width > 12 && n % width) width--;
    return { places: Array.from({ length: n }, (_, i) => i), width };
  }
  const beside = Math.min(maps, 8);
  const width = beside * 6 - 1;
  const places = Array.from({ length: n }, (_, i) => {
    const m = Math.floor(i / 25);
    return (Math.floor(m / beside) * 6 + (Math.floor(i / 5) % 5)) * width + (m % beside) * 6 + (i % 5);
  });
  return { places, width };
}

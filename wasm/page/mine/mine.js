import { url } from '../shell/bundle.js';
import { sets } from '../shell/sets.js';
import { addStyles } from '../shell/styles.js';
import { classes, count, laterTexts, sentences, t, write } from '../shell/i18n.js';
import { best } from '../shell/trace.js';
import { Ask } from './ask.js';
import { cleanName, Collection, keysOf } from './collection.js';
import { consent } from './consent.js';
import { icon, make } from './dom.js';
import { Grid } from './grid.js';
import { Hand } from './hand.js';
import { putLetters } from './letters.js';
import { Storage } from './storage.js';
import { Teach } from './teach.js';
import { Transfer } from './transfer.js';

const mostGiven = 4 << 20; // bytes
const patience = 5000; // milliseconds for a storage that does not answer

/** @typedef {import('../shell/types.js').Input} Input @typedef {import('./collection.js').Patch} Patch */

/**
 * Mine is where one collects drawings of one's own, by class, in a view of its
 * own over the layers, and beside the answer in every other.
 */
export class Mine {
  /**
   * @param {HTMLElement} work  the view lies in it
   * @param {HTMLElement} button  asks beside the answer
   * @param {import('../shell/types.js').Parts} parts
   * @param {{network: () => Promise<import('../train/network.js').Network>, shown: (addressed: boolean) => void, keeps: boolean, collected: (all: {counts: Record<string, number>, total: number}) => void, train: () => void, settled: () => void,
   *   back: (origin: import('../train/run.js').Origin, settings: object) => Promise<void>, curves: () => void}} on
   *   shown: the view has opened or closed; addressed: the page's address has led there; keeps: the collection outlives the page; collected: what there is; the others as Teach has them
   */
  constructor(work, button, parts, on) {
    this.parts = parts;
    this.on = on;
    this.button = button;
    this.trouble = ''; // why the collection cannot be kept
    /** @type {Input|null} filed last, and as which drawing */
    this.input = null;
    this.filed = 0;
    /** @type {import('../shell/types.js').Stroke[]} of which the pad told last */
    this.told = [];
    /** @type {import('../shell/types.js').Stroke[][]} any of these may still be in the pad that was emptied: as it told of them, and as they were filed */
    this.freed = [];
    /** @type {(() => string)|null} says what became of the last deed */
    this.said = null;
    /** @type {Promise<import('../train/files.js').Files>|null} */
    this.reader = null;
    this.collection = new Collection((patch) => {
      this.storage?.write(patch);
      this.show();
    });
    this.storage = on.keeps ? new Storage({
      heard: (patch) => {
        this.collection.apply(patch);
        this.show();
      },
      trouble: (e) => this.fail(e),
    }) : null;

    this.hint = make('p', { class: 'advice' });
    this.live = make('p', { class: 'said', role: 'status' });
    this.undoing = make('button', { type: 'button', class: 'undo' }, icon('back'), make('span', { text: 'mine.undo' }));
    this.total = make('p', { class: 'total' });
    const ask = make('div', { class: 'ask' }, make('h2', { text: 'mine.ask' }));
    const list = make('div', { class: 'list' });
    const teach = make('div', { class: 'teach' });
    const transfer = make('div', { class: 'transfer' });
    const files = () => this.files();
    this.teach = new Teach(teach, this.collection, parts, { files, ...on });
    this.transfer = new Transfer(transfer, this.collection, { files, tell: (text) => this.tell(text) });
    this.root = make('section', { id: 'mine', label: 'mine', hidden: true }, ask,
      make('div', { class: 'kinds' }, make('div', { class: 'bar' }, make('h2', { text: 'nav.mine' }), this.total, this.live, this.undoing), list), make('aside', {}, teach, transfer));
    work.append(this.root);
    const deeds = { file: this.file.bind(this), add: this.add.bind(this) };
    this.ask = new Ask(ask, deeds);
    ask.append(this.hint);
    this.grid = new Grid(list, this.collection, {
      rename: (kind, name) => this.rename(kind, name),
      removeKind: (kind) => this.removeKind(kind),
      remove: (item) => {
        this.collection.remove(item);
        this.say('mine.deleted');
      },
      look: ({ pixels, strokes }) => parts.drawing.set(strokes ? { strokes, picture: null } : { strokes: [], picture: { pixels, label: -1, index: -1, dataset: '' } }),
    });
    this.undoing.addEventListener('click', () => this.undo());

    // Beside the answer
    this.quickSaid = make('p', { class: 'said', role: 'status' });
    this.quickUndo = make('button', { type: 'button', class: 'undo' }, icon('back'), make('span', { text: 'mine.undo' }));
    const open = make('button', { type: 'button', text: 'mine.open' });
    const asking = make('div', {});
    const hand = make('div', { class: 'hand' });
    this.hand = new Hand(hand, parts, { files, network: on.network });
    this.popover = make('div', { id: 'asking', popover: 'auto', role: 'dialog', label: 'mine.ask' }, asking, make('div', { class: 'after' }, this.quickSaid, this.quickUndo, open), hand);
    button.after(this.popover);
    this.quick = new Ask(asking, deeds);
    this.quickUndo.addEventListener('click', () => this.undo());
    open.addEventListener('click', () => {
      this.popover.hidePopover();
      this.open(true);
    });
    this.popover.addEventListener('toggle', (/** @type {any} */ e) => button.setAttribute('aria-expanded', String(e.newState === 'open')));
  }

  /**
   * Mine with what is stored, once its texts and styles have come. Fails where they do not.
   * @param {HTMLElement} work @param {HTMLElement} button @param {import('../shell/types.js').Parts} parts @param {any} on  as in the constructor
   */
  static async begin(work, button, parts, on) {
    await Promise.all([laterTexts(), addStyles(url('mine.css'))]);
    const mine = new Mine(work, button, parts, on);
    mine.recall();
    return mine;
  }

  /** Brings what is stored on show, however late it comes. */
  async recall() {
    this.show();
    if (!this.storage) return;
    const late = setTimeout(() => this.fail(new Error('IndexedDB')), patience);
    try {
      this.collection.apply(await this.storage.recall());
      this.trouble = '';
    } catch (e) {
      this.fail(/** @type {Error} */ (e));
    }
    clearTimeout(late);
    this.root.dataset.recalled = '';
    this.show();
  }

  /** Something cannot be stored: it is there until the page is left. */
  fail(/** @type {Error} */ e) {
    this.trouble = e.message || e.name;
    this.show();
  }

  get shown() {
    return !this.root.hidden;
  }

  /** Opens or closes the view. @param {boolean} addressed  by the page's address */
  open(/** @type {boolean} */ on, addressed = false) {
    if (on === this.shown) return;
    this.root.hidden = !on;
    document.documentElement.classList.toggle('mining', on);
    if (on) {
      if (this.parts.drawing.input.example) this.free();
      this.show();
    }
    const pick = document.getElementById('pick');
    pick.dataset.t = on ? 'mine.pick' : 'pick';
    write(pick, t(pick.dataset.t));
    this.parts.answer.write();
    this.parts.stage.resized();
    this.on.shown(addressed);
  }

  /** Asks beside the answer. */
  offer() {
    this.said = null;
    this.show();
    if (this.popover.matches(':popover-open')) return this.popover.hidePopover();
    this.popover.showPopover();
    const { left, bottom } = this.button.getBoundingClientRect();
    const width = this.popover.offsetWidth;
    this.popover.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    this.popover.style.top = `${Math.min(bottom + 4, innerHeight - this.popover.offsetHeight - 8)}px`;
    (this.quick.buttons.querySelector('.guess') ?? this.quick.buttons.firstElementChild)?.focus({ preventScroll: true });
  }

  /** The pad has something else, or the network reads it otherwise. @param {boolean} fromPad  one has drawn it */
  drawn(fromPad) {
    if (fromPad) this.strip();
    if (this.shown || this.popover.matches(':popover-open')) this.question();
  }

  /** Asks what is in the pad. */
  question() {
    const { answer, drawing } = this.parts;
    const p = answer.prediction?.p;
    const guess = p ? classes(answer.dataset)[best(p)] : '';
    const { kinds, numbers } = this.collection;
    const names = kinds.map(({ name }) => name);
    const keys = keysOf(names);
    const on = !drawing.untouched;
    this.ask.show(kinds.map(({ id, name }, i) => ({ name, key: keys[i], n: numbers.get(id) ?? 0 })), guess, on);
    this.quick.show([...new Set([...classes(answer.dataset), ...names])].map((name) => ({ name, key: '' })), guess, on);
    write(this.hint, names.length ? sentences(keysText(keys), t(on ? 'mine.how' : 'mine.draw')) : t('mine.first'));
    const item = drawing.input === this.input ? this.collection.byItem.get(this.filed) : undefined;
    this.quickUndo.hidden = !item;
    this.hand.show(item ? { label: classes(answer.dataset).indexOf(this.collection.byKind.get(item.kind).name), pixels: item.pixels } : null);
  }

  /** Shows the collection, and what can be done. */
  show() {
    this.question();
    const { kinds } = this.collection;
    if (this.shown) {
      this.grid.show();
      this.teach.show();
    }
    write(this.total, kinds.length ? `${number('mine.drawings', this.collection.size)} · ${number('mine.kinds', kinds.length)}` : '');
    this.undoing.setAttribute('aria-disabled', String(!this.collection.past.length));
    const said = this.said ? this.said() : '';
    for (const e of [this.live, this.quickSaid]) write(e, sentences(said, this.trouble && t('mine.unkept', { error: this.trouble })));
    write(this.transfer.kept, t(this.storage && !this.trouble ? 'mine.kept' : top === self ? 'mine.kept.not' : 'mine.kept.framed'));
    this.root.dataset.size = String(this.collection.size);
    this.on.collected(this.counts);
  }

  /** The page's run stands otherwise. */
  ran() {
    this.teach.ran();
    this.hand.ran();
  }

  /** Writes all in the page's language. */
  write() {
    this.show();
  }

  /** Says what became of a deed. */
  say(/** @type {string} */ key, /** @type {Record<string, any>} */ values = {}) {
    this.tell(() => t(key, values));
  }

  tell(/** @type {string|(() => string)} */ said) {
    this.said = typeof said === 'string' ? () => said : said;
    this.show();
  }

  /** What reads and writes files, once its script has come. */
  files() {
    this.reader ??= import('../train/files.js').then(({ Files }) => new Files());
    this.reader.catch(() => {
      this.reader = null;
    });
    return this.reader;
  }

  /** Makes a data set of a lesson's drawings, of which n of each class are to learn from; the collection stays as it is. */
  letters(/** @type {Record<string, import('../shell/types.js').Stroke[][]>} */ drawings, /** @type {number} */ n) {
    return putLetters(drawings, n, () => this.files());
  }

  /**
   * Files what is in the pad under the class of a name, which is made where there is none. The view frees the pad.
   * Resolves to why not: the key of a sentence.
   */
  async file(/** @type {string} */ name) {
    const { drawing } = this.parts;
    const { input } = drawing;
    if (drawing.untouched || (input === this.input && !this.filed)) return ''; // nothing, or on its way
    if (input === this.input) this.collection.remove(this.filed); // it was said to be something else
    [this.input, this.filed] = [input, 0];
    const pixels = input.picture?.pixels ?? (await (await this.on.network()).pixels(input));
    if (!pixels) return this.refuse('mine.empty');
    const { items: [item] } = this.collection.file([{ name, pixels: Uint8Array.from(pixels), strokes: input.picture ? null : input.strokes }]);
    if (!item) return this.refuse('mine.full');
    this.filed = item.id;
    const n = this.collection.of(item.kind).length;
    this.say(this.shown ? 'mine.filed' : 'mine.filed.has', { name, n: count(n), all: count(this.collection.size) });
    if (!this.shown) return '';
    this.grid.see(item.id);
    if (drawing.input === input) this.free(); // otherwise one draws on
    return '';
  }

  /** What is in the pad is not filed. */
  refuse(/** @type {string} */ key) {
    this.input = null;
    this.say(key);
    return key;
  }

  /** Files what is in the pad as the page around wants it. Resolves to what there is then; fails with the reason. */
  async label(/** @type {string} */ text) {
    const name = cleanName(text);
    if (this.parts.drawing.untouched) throw new Error('label: there is nothing in the pad: draw first');
    const refused = (!this.collection.named(name) && this.collection.refuses(name)) || (await this.file(name));
    if (refused) throw new Error(t(refused));
    return this.counts;
  }

  /** How many drawings there are, of each class and in all. */
  get counts() {
    const { kinds, numbers, size } = this.collection;
    return { counts: Object.fromEntries(kinds.map(({ id, name }) => [name, numbers.get(id) ?? 0])), total: size };
  }

  /** The drawings for the page around, whose origin is site, if one agrees to that. Fails otherwise. */
  async give(/** @type {string} */ site) {
    const { data, items } = await this.transfer.pack('strokes');
    if (data.length > mostGiven) throw new Error(`the drawings are ${(data.length / 2 ** 20).toFixed(1)} MB: at most ${mostGiven >> 20} MB are given`);
    const { classes, labels } = this.collection.examples(items);
    if (!(await consent(site, classes.map((name, i) => [name, labels.filter((l) => l === i).length])))) throw new Error('the learner declined');
    return { format: 'strokes', data: new TextDecoder().decode(data) };
  }

  /**
   * What was filed is still in the pad, because one has begun the next drawing before the pad heard that it is empty, or
   * because the end of a stroke came late: it goes once the stroke is done.
   */
  strip() {
    const { drawing } = this.parts;
    const { strokes } = drawing.input;
    this.told = strokes;
    const n = this.freed.find((before) => JSON.stringify(strokes.slice(0, before.length)) === JSON.stringify(before))?.length;
    if (!n) this.freed = []; // it has heard
    else if (drawing.input === drawing.kept) {
      drawing.set({ strokes: strokes.slice(n), picture: null });
      drawing.past = strokes.length > n ? [{ strokes: [], picture: null }] : [];
    }
  }

  /** Empties the pad for the next drawing. */
  free() {
    const { controls, drawing } = this.parts;
    this.freed = [this.told, drawing.input.strokes].filter((strokes) => strokes.length);
    drawing.set({ strokes: [], picture: null });
    drawing.past = [];
    controls.drawn();
  }

  /** Makes a class, and files what is in the pad under it. Returns why not: the key of a sentence. */
  add(/** @type {string} */ text) {
    const name = cleanName(text);
    const refused = this.collection.refuses(name);
    if (refused) return refused;
    if (this.parts.drawing.untouched) {
      this.collection.addKind(name);
      this.say('mine.added', { name });
    } else this.file(name);
    return '';
  }

  rename(/** @type {number} */ kind, /** @type {string} */ text) {
    const name = cleanName(text);
    const refused = this.collection.refuses(name, kind);
    if (refused) {
      this.say(refused);
      return refused;
    }
    this.collection.rename(kind, name);
    this.say('mine.renamed', { name });
    return '';
  }

  removeKind(/** @type {number} */ kind) {
    const { name } = this.collection.byKind.get(kind);
    this.collection.removeKind(kind);
    this.say('mine.removed', { name });
    this.undoing.focus();
  }

  /** Takes the last change back; a drawing that was filed is in the pad again. */
  undo() {
    const { drawing } = this.parts;
    const patch = this.collection.undo();
    if (!patch) return false;
    const again = patch.items.some(([id, item]) => id === this.filed && !item) ? this.input : null;
    [this.input, this.filed] = [null, 0];
    if (again && drawing.untouched) drawing.set(again);
    this.say('mine.undone');
    return true;
  }

  /** Does what a key of the view says. Reports whether there was something to do. */
  key(/** @type {string} */ name) {
    if (!this.shown) return false;
    if (name === '+') {
      this.ask.begin();
      return true;
    }
    const { kinds } = this.collection;
    const at = keysOf(kinds.map((kind) => kind.name)).indexOf(name);
    if (at < 0) return false;
    this.file(kinds[at].name);
    return true;
  }

  /** Puts a test image of the data set into the pad. */
  async pick() {
    const { answer, experiment, setup } = this.parts;
    if (!sets[answer.dataset] || answer.dataset !== experiment.settings().dataset) return;
    await setup.showImage(Math.floor(1000 * Math.random()));
  }
}

/** A number of things in words. */
const number = (/** @type {string} */ key, /** @type {number} */ n) => t(n === 1 ? `${key}.one` : key, { n: count(n) });

const touch = matchMedia('(hover: none) and (pointer: coarse)'); // no keyboard

/** "Keys 1 to 3.", or where they stand. */
function keysText(/** @type {string[]} */ keys) {
  const n = touch.matches ? 0 : keys.filter(Boolean).length;
  const row = keys.slice(0, n).join('') === '1234567890'.slice(0, n);
  return row && n > 1 ? t('mine.keys', { last: keys[n - 1] }) : n ? t('mine.keys.on') : '';
}

import { datasets, mine, sets } from '../shell/sets.js';
import { count, t, titleOf, write } from '../shell/i18n.js';
import { numbers, pairs, read } from './fields.js';
import { learnedOf, own } from './own.js';

/** @typedef {import('../shell/types.js').Preset} Preset */

const choices = ['dataset', 'size', 'from', 'freeze', 'activation', 'pooling', 'pace', 'workers'];
const typed = [...Object.keys(numbers), ...Object.keys(pairs)];
const fields = ['preset', ...choices, ...typed, 'reproducible'];
const shape = ['activation', 'pooling', 'channels', 'units']; // of the network
const ofPreset = /** @type {const} */ (['size', 'from', 'freeze', 'activation', 'pooling', 'lr', 'batch', 'epochs', 'channels', 'units']);

/**
 * Experiment is the form that says how to train. Its settings are one flat
 * object: preset, dataset, size ("subset", "full" or "own"), from ("random" or
 * "shown"), freeze (as engine.Freeze), activation, pooling, lr,
 * batch, epochs, channels and units ("6, 16"), seed, pace ("full" or steps a
 * second), workers ("auto" or how many) and reproducible. What is not valid in
 * settings from elsewhere is ignored. What one types is read as it was meant,
 * or refused in a sentence; the field then keeps its value.
 */
export class Experiment {
  /** @param {HTMLFormElement} form @param {(key: string) => void} changed */
  constructor(form, changed) {
    this.form = form;
    /** @type {Preset[]} */
    this.presets = [];
    /** @type {string[]} fields that stay as they are */
    this.fixed = [];
    /** @type {import('../shell/types.js').Config|null} the network on show */
    this.shown = null;
    this.awaited = ''; // a set of the reader's drawings that was wanted before it was there
    /** @type {any} the settings that a built-in data set had last */
    this.builtIn = null;
    this.onOwn = false; // the data set that was chosen last is the reader's
    this.list();
    this.help = form.querySelector('#help'); // on the field that has the focus
    this.refusal = /** @type {HTMLElement} */ (form.querySelector('#refusal'));
    for (const key of choices) {
      this.field(key).addEventListener('change', () => {
        this.pick(key, this.field(key).value);
        changed(key);
      });
    }
    for (const key of typed) {
      this.field(key).addEventListener('change', () => {
        if (this.take(key)) changed(key);
      });
    }
    form.addEventListener('focusin', (e) => {
      const key = /** @type {Element} */ (e.target).id;
      this.helped = fields.includes(key) ? key : '';
      this.say('');
      this.write();
    });
    this.field('reproducible').addEventListener('change', () => changed('reproducible'));
    this.field('preset').addEventListener('change', () => {
      this.choose(this.field('preset').value);
      changed('preset');
    });
    form.addEventListener('submit', (e) => e.preventDefault());
    this.helped = '';
    this.write();
  }

  /** Lists the data sets. One that is chosen and gone gives way to the first. */
  list() {
    const select = this.field('dataset');
    const { value } = select;
    select.replaceChildren(...datasets.map((name) => new Option(titleOf(name), name)));
    select.value = [this.awaited, value].find((name) => datasets.includes(name)) ?? datasets[0];
    if (select.value === this.awaited) this.awaited = '';
    this.sizes();
  }

  /** Takes what somebody chose. A data set of the reader's own brings its recipe, and is learned from the network on show. */
  pick(/** @type {string} */ key, /** @type {string} */ value) {
    const { dataset, reproducible } = this.settings();
    if (key === 'dataset' && own.get(value)) this.chooseOwn(value);
    else if (key === 'dataset' && this.onOwn) this.set({ ...this.builtIn, dataset: value, reproducible });
    else if (key === 'from' && own.get(dataset)) this.set({ from: value, ...this.beginning(dataset, value) });
    else this.set({ [key]: value });
    if (key === 'dataset') this.awaited = '';
  }

  /** The network that an own data set is learned with, and at which rate. */
  beginning(/** @type {string} */ dataset, /** @type {string} */ from) {
    const { recipe } = own.get(dataset);
    const activation = (from === 'shown' && this.shown?.activation) || recipe.activation || 'tanh';
    return { pooling: 'avg', channels: '6, 16', units: '120, 84', activation, lr: recipe.rates?.[activation] ?? recipe.lr };
  }

  /** The network on show is another one: it is what is learned from, where that was chosen. */
  follow(/** @type {import('../shell/types.js').Config} */ config) {
    this.shown = config;
    if (this.field('from').value === 'shown') this.set({});
  }

  /** An own data set has the size that it has. */
  sizes() {
    const size = /** @type {any} */ (this.field('size'));
    const set = own.get(this.field('dataset').value);
    const option = size.querySelector('[value="own"]');
    option.hidden = !set;
    if (set) option.textContent = count(learnedOf(set));
    if (set) size.value = 'own';
    else if (size.value === 'own') size.value = 'subset';
  }

  /** Takes what somebody typed into a field. Reports whether it could be read. */
  take(/** @type {string} */ key) {
    const field = this.field(key);
    const text = field.value.trim();
    const { value, refused, values } = read(key, text);
    if (refused) {
      this.set({});
      this.say(refused, { text: (text.length > 40 ? `${text.slice(0, 40)}…` : text) || t('field.nothing'), name: t(key), value: field.value, ...values });
      return false;
    }
    this.say(Number(text) === Number(value) || key in pairs ? '' : 'field.read', { text, value });
    this.set({ [key]: value });
    return true;
  }

  /** Says how something typed was taken, '' for nothing. */
  say(/** @type {string} */ key, /** @type {Record<string, any>} */ values = {}) {
    this.refusal.hidden = !key;
    this.refusal.textContent = key && t(key, values);
  }

  /** Writes the help on the fields, in the page's language. */
  write() {
    for (const key of fields) {
      const help = helpOn(key);
      for (const e of [this.field(key), this.form.querySelector(`label[for="${key}"]`)]) /** @type {HTMLElement} */ (e).title = help;
    }
    write(this.help, this.helped && helpOn(this.helped));
    for (const option of /** @type {any} */ (this.field('dataset')).options) write(option, titleOf(option.value));
    this.writeRecipe();
  }

  /** Says in one line which network Train would train, and on what. */
  writeRecipe() {
    const [activation, dataset, size] = ['activation', 'dataset', 'size'].map((key) => /** @type {any} */ (this.field(key)).selectedOptions[0]?.text);
    const { from, freeze, lr, batch } = this.settings();
    const more = [from === 'shown' && t('recipe.shown'), freeze !== 'none' && t(`recipe.${freeze}`)].filter(Boolean);
    write(this.form.querySelector('#recipe'), [t('recipe', { activation, dataset, size, lr, batch }), ...more].join(' · '));
  }

  /** @returns {HTMLInputElement} or a select */
  field(/** @type {string} */ key) {
    return this.form.querySelector(`#${key}`);
  }

  /** The presets are the engine's. */
  offer(/** @type {Preset[]} */ presets) {
    this.presets = presets;
    const select = this.field('preset');
    select.replaceChildren(...[...presets.map((p) => p.name), 'custom'].map((name) => {
      const option = document.createElement('option');
      option.value = name;
      option.dataset.t = `preset.${name}`;
      option.textContent = t(option.dataset.t);
      option.hidden = name === 'custom';
      return option;
    }));
    this.choose('quick');
  }

  /** Chooses an own data set: its recipe, and the network on show to start from. */
  chooseOwn(/** @type {string} */ dataset) {
    this.set({ ...own.get(dataset).recipe, dataset, from: 'shown', freeze: 'none', ...this.beginning(dataset, 'shown') });
  }

  choose(/** @type {string} */ name) {
    const preset = this.presets.find((p) => p.name === name);
    if (preset) this.set(settingsOf(preset));
  }

  /** Takes over what is valid. */
  set(/** @type {Record<string, any>} */ settings) {
    if (settings.dataset && !datasets.includes(settings.dataset)) settings = { ...settings, from: 'random', freeze: 'none' }; // they were for that
    for (const key of choices) this.select(key, settings[key]);
    if (mine.includes(settings.dataset) && !datasets.includes(settings.dataset)) this.awaited = settings.dataset;
    this.sizes();
    if (this.field('from').value === 'shown' && this.shown) settings = { ...settings, ...shapeOf(this.shown) };
    for (const key of ['activation', 'pooling']) this.select(key, settings[key]);
    for (const [key, { min, max, whole }] of Object.entries(numbers)) {
      const v = settings[key] === '' ? NaN : Number(settings[key]);
      const field = this.field(key);
      if (Number.isFinite(v)) field.dataset.value = String(Math.min(Math.max(whole ? Math.round(v) : v, min), max));
      field.value = field.dataset.value ?? field.defaultValue;
    }
    for (const [key, most] of Object.entries(pairs)) {
      const pair = String(settings[key] ?? '').match(/\d+/g)?.map(Number) ?? [];
      const field = this.field(key);
      if (pair.length === 2) field.dataset.value = pair.map((n) => Math.min(Math.max(n, 1), most)).join(', ');
      field.value = field.dataset.value ?? field.defaultValue;
    }
    if (typeof settings.reproducible === 'boolean') this.field('reproducible').checked = settings.reproducible;
    const now = /** @type {any} */ (this.settings());
    const same = this.presets.find((p) => {
      const q = settingsOf(p);
      return ofPreset.every((key) => now[key] === q[key]);
    });
    if (this.presets.length) this.field('preset').value = same?.name ?? 'custom';
    this.onOwn = !!own.get(now.dataset);
    if (!this.onOwn) this.builtIn = now;
    this.writeRecipe();
  }

  /** Chooses a value, where the field has it. */
  select(/** @type {string} */ key, /** @type {any} */ value) {
    const select = /** @type {any} */ (this.field(key));
    if ([...select.options].some((o) => o.value === value)) select.value = value;
  }

  settings() {
    const get = (/** @type {string} */ key) => this.field(key).value;
    return {
      preset: get('preset'), dataset: get('dataset'), size: get('size'), from: get('from'), freeze: get('freeze'), activation: get('activation'), pooling: get('pooling'),
      lr: Number(get('lr')), batch: Number(get('batch')), epochs: Number(get('epochs')),
      channels: get('channels'), units: get('units'), seed: Number(get('seed')), pace: get('pace'), workers: get('workers'), reproducible: this.field('reproducible').checked,
    };
  }

  /**
   * What the engine is asked to do.
   * @returns {import('../shell/types.js').Recipe}
   */
  recipe() {
    const { dataset, freeze, activation, pooling, channels, units, lr, batch, epochs, seed } = this.settings();
    const { decay } = own.get(dataset)?.recipe ?? {};
    const pair = (/** @type {string} */ text) => text.split(', ').map(Number);
    return { activation, pooling, channels: pair(channels), units: pair(units), classes: sets[dataset].classes.length, lr, batch, epochs, seed, ...(decay && { decay }), ...(freeze !== 'none' && { freeze }) };
  }

  /** The command that trains the same way natively. init: the built-in network that it starts from, '' for random weights. */
  command(init = '') {
    const now = /** @type {any} */ (this.settings());
    const preset = this.presets.find((p) => p.name === now.preset) ?? this.presets[0];
    const base = /** @type {any} */ (settingsOf(preset));
    const options = {
      dataset: `dataset ${now.dataset}`, size: now.size === 'subset' ? 'subset' : 'no-subset', activation: `activation ${now.activation}`,
      pooling: `pool ${now.pooling}`, lr: `lr ${now.lr}`, batch: `batch ${now.batch}`, epochs: `epochs ${now.epochs}`,
      channels: `channels ${now.channels.replace(' ', '')}`, units: `units ${now.units.replace(' ', '')}`,
      freeze: `freeze ${now.freeze}`,
    };
    const changed = Object.entries(options).filter(([key]) => now[key] !== base[key]).map(([, option]) => option);
    return [`lenet train --preset ${preset.name}`, ...changed, ...(init ? [`init ${init}`] : []), `seed ${now.seed}`, 'reproducible'].join(' --');
  }

  /** While a run is going on only the learning rate, the epochs and the pace may change. */
  lock(/** @type {boolean} */ running) {
    for (const key of fields) {
      this.field(key).disabled = this.fixed.includes(key) || (running && !['lr', 'epochs', 'pace'].includes(key)) || (key === 'size' && this.field(key).value === 'own') || (shape.includes(key) && this.field('from').value === 'shown');
    }
  }
}

/** What a field is for, and its range. */
function helpOn(/** @type {string} */ key) {
  const { min, max } = numbers[key] ?? { min: 1, max: pairs[key] };
  return t(`help.${key}`, { range: t('help.range', { min, max }) });
}

/** What a preset sets. */
function settingsOf(/** @type {Preset} */ preset) {
  const { channels, units, subset } = preset;
  return { ...preset, channels: channels.join(', '), units: units.join(', '), size: subset ? 'subset' : 'full', from: 'random', freeze: 'none' };
}

/** The fields of a network. */
const shapeOf = (/** @type {import('../shell/types.js').Config} */ { activation, pooling, channels, units }) => ({ activation, pooling, channels: channels.join(', '), units: units.join(', ') });

import { datasets, sets } from '../shell/sets.js';
import { count, t, titleOf, write } from '../shell/i18n.js';
import { numbers, pairs, read } from './fields.js';
import { examples, own } from './own.js';

/** @typedef {import('../shell/types.js').Preset} Preset */

const choices = ['dataset', 'size', 'activation', 'pooling', 'pace', 'workers'];
const typed = [...Object.keys(numbers), ...Object.keys(pairs)];
const fields = ['preset', ...choices, ...typed, 'reproducible'];
const ofPreset = /** @type {const} */ (['size', 'activation', 'pooling', 'lr', 'batch', 'epochs', 'channels', 'units']);

/**
 * Experiment is the form that says how to train. Its settings are one flat
 * object: preset, dataset, size ("subset" or "full"), activation, pooling, lr,
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
    this.list();
    this.help = form.querySelector('#help'); // on the field that has the focus
    this.refusal = /** @type {HTMLElement} */ (form.querySelector('#refusal'));
    for (const key of choices) {
      this.field(key).addEventListener('change', () => {
        this.set({ [key]: this.field(key).value });
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
    if (datasets.includes(value)) select.value = value;
    this.sizes();
  }

  /** An own data set has the size that it has. */
  sizes() {
    const size = /** @type {any} */ (this.field('size'));
    const set = own.get(this.field('dataset').value);
    const option = size.querySelector('[value="own"]');
    option.hidden = !set;
    if (set) option.textContent = count(examples(set.train.labels));
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
    const { lr, batch } = this.settings();
    write(this.form.querySelector('#recipe'), t('recipe', { activation, dataset, size, lr, batch }));
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

  choose(/** @type {string} */ name) {
    const preset = this.presets.find((p) => p.name === name);
    if (preset) this.set(settingsOf(preset));
  }

  /** Takes over what is valid. */
  set(/** @type {Record<string, any>} */ settings) {
    for (const key of choices) {
      const select = /** @type {any} */ (this.field(key));
      if ([...select.options].some((o) => o.value === settings[key])) select.value = settings[key];
    }
    this.sizes();
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
    this.writeRecipe();
  }

  settings() {
    const get = (/** @type {string} */ key) => this.field(key).value;
    return {
      preset: get('preset'), dataset: get('dataset'), size: get('size'), activation: get('activation'), pooling: get('pooling'),
      lr: Number(get('lr')), batch: Number(get('batch')), epochs: Number(get('epochs')),
      channels: get('channels'), units: get('units'), seed: Number(get('seed')), pace: get('pace'), workers: get('workers'), reproducible: this.field('reproducible').checked,
    };
  }

  /**
   * What the engine is asked to do.
   * @returns {import('../shell/types.js').Recipe}
   */
  recipe() {
    const { dataset, activation, pooling, channels, units, lr, batch, epochs, seed } = this.settings();
    const { decay } = own.get(dataset)?.recipe ?? {};
    const pair = (/** @type {string} */ text) => text.split(', ').map(Number);
    return { activation, pooling, channels: pair(channels), units: pair(units), classes: sets[dataset].classes.length, lr, batch, epochs, seed, ...(decay && { decay }) };
  }

  /** The command that trains the same way natively. */
  command() {
    const now = /** @type {any} */ (this.settings());
    const preset = this.presets.find((p) => p.name === now.preset) ?? this.presets[0];
    const base = /** @type {any} */ (settingsOf(preset));
    const options = {
      dataset: `dataset ${now.dataset}`, size: now.size === 'subset' ? 'subset' : 'no-subset', activation: `activation ${now.activation}`,
      pooling: `pool ${now.pooling}`, lr: `lr ${now.lr}`, batch: `batch ${now.batch}`, epochs: `epochs ${now.epochs}`,
      channels: `channels ${now.channels.replace(' ', '')}`, units: `units ${now.units.replace(' ', '')}`,
    };
    const changed = Object.entries(options).filter(([key]) => now[key] !== base[key]).map(([, option]) => option);
    return [`lenet train --preset ${preset.name}`, ...changed, `seed ${now.seed}`, 'reproducible'].join(' --');
  }

  /** While a run is going on only the learning rate, the epochs and the pace may change. */
  lock(/** @type {boolean} */ running) {
    for (const key of fields) {
      this.field(key).disabled = this.fixed.includes(key) || (running && !['lr', 'epochs', 'pace'].includes(key)) || (key === 'size' && this.field(key).value === 'own');
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
  return { ...preset, channels: channels.join(', '), units: units.join(', '), size: subset ? 'subset' : 'full' };
}

import { t } from '../shell/i18n.js';

/** @typedef {import('../shell/types.js').Preset} Preset */

const numbers = {
  lr: { min: 0.0001, max: 100, whole: false },
  batch: { min: 1, max: 1024, whole: true },
  epochs: { min: 1, max: 1000, whole: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true },
};
/** Pairs of whole numbers, written "6, 16", and the most of each. @type {Record<string, number>} */
const pairs = { channels: 64, units: 512 };
const choices = ['dataset', 'size', 'activation', 'pooling', 'pace', 'workers'];
const ofPreset = /** @type {const} */ (['size', 'activation', 'pooling', 'lr', 'batch', 'epochs', 'channels', 'units']);

/**
 * Experiment is the form that says how to train. Its settings are one flat
 * object: preset, dataset, size ("subset" or "full"), activation, pooling, lr,
 * batch, epochs, channels and units ("6, 16"), seed, pace ("full" or steps a
 * second), workers ("auto" or how many) and reproducible. What is not valid in
 * settings from elsewhere is ignored.
 */
export class Experiment {
  /** @param {HTMLFormElement} form @param {(key: string) => void} changed */
  constructor(form, changed) {
    this.form = form;
    /** @type {Preset[]} */
    this.presets = [];
    /** @type {string[]} fields that stay as they are */
    this.fixed = [];
    for (const key of [...choices, ...Object.keys(numbers), ...Object.keys(pairs)]) {
      this.field(key).addEventListener('change', () => {
        this.set({ [key]: this.field(key).value });
        changed(key);
      });
    }
    this.field('reproducible').addEventListener('change', () => changed('reproducible'));
    this.field('preset').addEventListener('change', () => {
      this.choose(this.field('preset').value);
      changed('preset');
    });
    form.addEventListener('submit', (e) => e.preventDefault());
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
    const { activation, pooling, channels, units, lr, batch, epochs, seed } = this.settings();
    const pair = (/** @type {string} */ text) => text.split(', ').map(Number);
    return { activation, pooling, channels: pair(channels), units: pair(units), lr, batch, epochs, seed };
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
    for (const key of ['preset', ...choices, ...Object.keys(numbers), ...Object.keys(pairs), 'reproducible']) {
      this.field(key).disabled = this.fixed.includes(key) || (running && !['lr', 'epochs', 'pace'].includes(key));
    }
  }
}

/** What a preset sets. */
function settingsOf(/** @type {Preset} */ preset) {
  const { channels, units, subset } = preset;
  return { ...preset, channels: channels.join(', '), units: units.join(', '), size: subset ? 'subset' : 'full' };
}

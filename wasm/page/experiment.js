import { t } from './i18n.js';

/** @typedef {import('./types.js').Preset} Preset */

const numbers = {
  lr: { min: 0.0001, max: 100, whole: false },
  batch: { min: 1, max: 1024, whole: true },
  epochs: { min: 1, max: 1000, whole: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true },
};
const choices = ['dataset', 'size', 'activation', 'pooling', 'workers'];
const ofPreset = /** @type {const} */ (['size', 'activation', 'pooling', 'lr', 'batch', 'epochs']);

/**
 * Experiment is the form that says how to train. Its settings are one flat
 * object: preset, dataset, size ("subset" or "full"), activation, pooling, lr,
 * batch, epochs, seed, workers ("auto" or how many) and reproducible. What is not valid in settings from elsewhere is ignored.
 */
export class Experiment {
  /** @param {HTMLFormElement} form @param {(key: string) => void} changed */
  constructor(form, changed) {
    this.form = form;
    /** @type {Preset[]} */
    this.presets = [];
    for (const key of [...choices, ...Object.keys(numbers)]) {
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
    if (preset) this.set({ ...preset, size: preset.subset ? 'subset' : 'full' });
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
    if (typeof settings.reproducible === 'boolean') this.field('reproducible').checked = settings.reproducible;
    const now = /** @type {any} */ (this.settings());
    const same = this.presets.find((p) => {
      const q = { ...p, size: p.subset ? 'subset' : 'full' };
      return ofPreset.every((key) => now[key] === q[key]);
    });
    if (this.presets.length) this.field('preset').value = same?.name ?? 'custom';
  }

  settings() {
    const get = (/** @type {string} */ key) => this.field(key).value;
    return {
      preset: get('preset'), dataset: get('dataset'), size: get('size'), activation: get('activation'), pooling: get('pooling'),
      lr: Number(get('lr')), batch: Number(get('batch')), epochs: Number(get('epochs')), seed: Number(get('seed')),
      workers: get('workers'), reproducible: this.field('reproducible').checked,
    };
  }

  /**
   * What the engine is asked to do.
   * @returns {import('./types.js').Recipe}
   */
  recipe() {
    const { activation, pooling, lr, batch, epochs, seed } = this.settings();
    const { channels, units } = this.presets[0];
    return { activation, pooling, channels, units, lr, batch, epochs, seed };
  }

  /** The command that trains the same way natively. */
  command() {
    const now = /** @type {any} */ (this.settings());
    const preset = this.presets.find((p) => p.name === now.preset) ?? this.presets[0];
    const base = /** @type {any} */ ({ ...preset, size: preset.subset ? 'subset' : 'full' });
    const options = {
      dataset: `dataset ${now.dataset}`, size: now.size === 'subset' ? 'subset' : 'no-subset', activation: `activation ${now.activation}`,
      pooling: `pool ${now.pooling}`, lr: `lr ${now.lr}`, batch: `batch ${now.batch}`, epochs: `epochs ${now.epochs}`,
    };
    const changed = Object.entries(options).filter(([key]) => now[key] !== base[key]).map(([, option]) => option);
    return [`lenet train --preset ${preset.name}`, ...changed, `seed ${now.seed}`, 'reproducible'].join(' --');
  }

  /** While a run is going on only the learning rate and the epochs may change. */
  lock(/** @type {boolean} */ locked) {
    for (const key of ['preset', ...choices, 'batch', 'seed', 'reproducible']) this.field(key).disabled = locked;
  }
}

import { t } from '../shell/i18n.js';
import { decodeInk } from '../embed/link.js';

/**
 * What a step of a lesson can set up: settings of the experiment, a drawing, a
 * test image, pixels of noise, how the input is changed, a panel beside it.
 *
 * @typedef {object} Scene
 * @property {Record<string, any>} [set]  settings of the experiment, a preset first
 * @property {'five'|'small'|'upright'|'level'|'face'} [draw]
 * @property {boolean} [noise]
 * @property {number} [image]  index of a test image of the data set that is set
 * @property {Record<string, any>} [change]  fields of the input panel
 * @property {string} [tab]
 * @property {boolean} [train]  begin a run
 *
 * @typedef {{scene?: Scene, asks?: boolean}} Step  asks: there is a question with an answer to discover
 */

/** @type {Record<string, Step[]>} The texts are in assets/strings: lesson.NAME, lesson.NAME.STEP, .ask and .answer. */
export const lessons = {
  draw: [
    { scene: { draw: 'five' } },
    { scene: { tab: 'input' } },
    { scene: { draw: 'small', change: { raw: true }, tab: 'input' }, asks: true },
    { scene: { change: {}, tab: 'mistakes' }, asks: true },
  ],
  conv: [
    { scene: { draw: 'upright', tab: 'inspect' } },
    { scene: { draw: 'level' }, asks: true },
    { scene: { draw: 'five', tab: 'inspect' }, asks: true },
  ],
  pool: [
    { scene: { draw: 'five', change: { x: 2 }, tab: 'input' } },
    { scene: { change: { x: 4 }, tab: 'mistakes' }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist' }, change: { x: 3 }, tab: 'mistakes', train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist', pooling: 'max' }, change: { x: 3 }, tab: 'mistakes', train: true }, asks: true },
  ],
  plateau: [
    { scene: { set: { preset: 'd2l' }, change: {}, train: true } },
    { asks: true },
    { scene: { set: { preset: 'd2l', activation: 'tanh', lr: 0.1, epochs: 3 }, train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist', activation: 'sigmoid' }, train: true }, asks: true },
  ],
  rate: [
    { scene: { set: { preset: 'quick', dataset: 'mnist' }, train: true } },
    { scene: { set: { preset: 'quick', dataset: 'mnist', lr: 0.001 }, train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist', lr: 0.5 }, train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist', lr: 0.3 }, train: true }, asks: true },
  ],
  d2l: [
    { scene: { set: { preset: 'quick', dataset: 'mnist', activation: 'relu', pooling: 'max' }, train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist', channels: '2, 4' }, train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'fashion' }, tab: 'mistakes', train: true }, asks: true },
    { scene: { set: { preset: 'quick', dataset: 'mnist' }, noise: true, tab: 'samples' }, asks: true },
    { scene: { draw: 'face' }, asks: true },
  ],
};

/** Drawings, as encodeInk writes them. @type {Record<string, string>} */
const drawings = {
  five: 'u2MksMMupiM3m4NAkONJhkNSe6NbcQNkZmNuZmNuZUPqZBRmYvTiYdVfYLXbX4ZXXmbUXUdQXmdzZgcIbsa7eEaOghaEi8adlQbYnVcypGeoqeg0rajRr2l4rxohrNrGqKtforvmm0xVkqyniUzaf3zpdbzWbGygY-xLXJvZVttQ',
  small: 'U0HHTtHLSmHPReHSQXHWPPHaOIHeNAHiL5HmL5HmLxIaLqJOLiKCLaK2LTLrLLMfLDNTK8OHLDOWL3NpMxNJNxM2OzMyP0M8QyNVRqN7SaOsS_PnTYQpTkRvTiS2TST7S2U8SOV0RcWjQjXGPjXbOiXhNgXZMhXDLoWfK3VvKQU1',
  upright: 'gAJJgAO3gAUkgAaSgAgAgAltgArbgAxIgA22',
  level: 'JJgAO3gAUkgAaSgAgAgAltgArbgAxIgA22gA',
  face: '22gA2akd1HovzAsswKwKsszAov1Hkd2agA22bi2aXQ1HTTzAP1wKM_ssK4ovJlkdJJgAJlbiK4XQM_TTP1P1TTM_XQK4biJlf_JJkdJlovK4ssM_wKP1zATT1HXQ2abi22f_.YAZJYAag.n_ZJn_ag.qWk1pQmsn1oTmIpokNqniJrOgArbd2rObyqnZ3poYKoTWvmsVpk1',
};

/** A drawing that a lesson brings along. */
export const drawn = (/** @type {string} */ name) => decodeInk(drawings[name]);

/** 784 random pixels, the same ones every time (xorshift). */
export function noise() {
  let s = 28;
  return Uint8Array.from({ length: 784 }, () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return s & 255;
  });
}

/** Lessons shows the list of lessons, or one step of one of them, which the link names: NAME.STEP. */
export class Lessons {
  /** @param {HTMLElement} root @param {{scene: (s: Scene) => void, shown: (on: boolean) => void}} on */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.name = '';
    this.step = 0;
    root.addEventListener('click', (e) => {
      const button = /** @type {HTMLElement} */ (e.target).closest('button');
      if (button && button.getAttribute('aria-disabled') !== 'true') this.act(button.dataset.go ?? '');
    });
    this.write();
  }

  /** Where it stands, for a link. */
  get at() {
    return this.root.hidden ? '' : this.name && `${this.name}.${this.step + 1}`;
  }

  /** Whether there is such a step; '' is the list. */
  has(/** @type {string} */ at) {
    const [name, step = 1] = at.split('.');
    return at === '' || (Object.hasOwn(lessons, name) && Number(step) >= 1 && Number(step) <= lessons[name].length);
  }

  /** Goes to a step and sets the page up for it, unless that is as it should be. What is no step leads to the list. */
  open(/** @type {string} */ at, set = true) {
    const [name, step] = at.split('.');
    this.name = Object.hasOwn(lessons, name) ? name : '';
    const steps = lessons[this.name]?.length ?? 0;
    this.step = Math.min(Math.max(Math.trunc(Number(step ?? 1)) || 1, 1), steps) - 1;
    this.show(true);
    if (this.name && set) this.on.scene(lessons[this.name][this.step].scene ?? {});
  }

  show(/** @type {boolean} */ on) {
    this.write();
    this.root.hidden = !on;
    this.on.shown(on);
  }

  act(/** @type {string} */ go) {
    if (go === 'close') return this.show(false);
    this.open(go === 'next' ? `${this.name}.${this.step + 2}` : go === 'back' ? `${this.name}.${this.step}` : go);
    /** @type {HTMLElement} */ (this.root.querySelector('h2')).focus();
  }

  write() {
    this.root.replaceChildren(this.name ? this.page() : this.list(), button('close', 'quiet icon close', '×', t('lessons.close')));
  }

  list() {
    const list = make('ol', { class: 'lessons' });
    for (const name of Object.keys(lessons)) {
      const item = make('li');
      const open = button(`${name}.1`);
      open.append(make('b', {}, t(`lesson.${name}`)), make('span', {}, t(`lesson.${name}.about`)));
      item.append(open);
      list.append(item);
    }
    return group(make('h2', { tabindex: -1 }, t('lessons')), list);
  }

  page() {
    const { name, step } = this;
    const steps = lessons[name];
    const key = `lesson.${name}.${step + 1}`;
    const paragraphs = (/** @type {string} */ k) => t(k).split('\n').map((/** @type {string} */ text) => make('p', {}, text));
    const title = make('h2', { tabindex: -1 }, t(`lesson.${name}`));
    title.append(make('span', { class: 'step' }, t('lesson.step', { n: step + 1, of: steps.length })));

    const said = make('div', { class: 'lesson' });
    said.append(group(...paragraphs(key)));
    if (steps[step].asks) {
      const answer = make('details');
      answer.append(make('summary', {}, t('lesson.answer')), ...paragraphs(`${key}.answer`));
      said.append(group(make('p', { class: 'ask' }, t(`${key}.ask`)), answer));
    }
    const walk = make('div', { class: 'walk' });
    const [back, next] = [button('back', '', t('lesson.back')), button('next', '', t('lesson.next'))];
    back.setAttribute('aria-disabled', String(step === 0));
    next.setAttribute('aria-disabled', String(step === steps.length - 1));
    walk.append(back, next, button(`${name}.${step + 1}`, 'quiet', t('lesson.again')), button('', 'quiet', t('lesson.all')));
    return group(title, said, walk);
  }
}

function group(/** @type {Node[]} */ ...parts) {
  const e = make('div');
  e.append(...parts);
  return e;
}

/** A button that goes to a step, "next", "back" or "close". */
function button(/** @type {string} */ go, look = '', text = '', label = '') {
  const e = make('button', { type: 'button', 'data-go': go, class: look }, text);
  if (label) e.setAttribute('aria-label', label);
  return e;
}

function make(/** @type {string} */ name, /** @type {Record<string, any>} */ attributes = {}, text = '') {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  e.textContent = text;
  return e;
}

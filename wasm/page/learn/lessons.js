import { t } from '../shell/i18n.js';
import { lessons } from './steps.js';

/**
 * @typedef {import('./steps.js').Scene} Scene
 *
 * How a step is set up. first: it is the first of its lesson that one sees,
 * so that there is no run to compare with; run: a run that was kept over a
 * reload is on show and stays; over: what a link says besides the step;
 * addressed: the page's address has led there.
 * @typedef {{first: boolean, run?: boolean, over?: Partial<import('../shell/link.js').Setup>, addressed?: boolean}} How
 */

/** Lessons shows the list of lessons, or one step of one of them, which the link names: NAME.STEP. */
export class Lessons {
  /**
   * @param {HTMLElement} root
   * @param {{scene: (s: Scene, how: How) => Promise<void>, shown: (at: string, addressed: boolean) => void}} on
   *   scene: sets the page up; shown: the lessons are on show at another place, or no longer, ''; addressed: by the page's address
   */
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

  /** What is on show, for a link: NAME.STEP, "all" for the list, '' where the lessons are closed. */
  get at() {
    return this.root.hidden ? '' : this.name ? `${this.name}.${this.step + 1}` : 'all';
  }

  /** Whether there is such a step; '' and 'all' are the list. */
  has(/** @type {string} */ at) {
    const [name, step = 1] = at.split('.');
    return at === '' || at === 'all' || (Object.hasOwn(lessons, name) && Number(step) >= 1 && Number(step) <= lessons[name].length);
  }

  /** Panels of the page that the step on show speaks of. @returns {string[]} */
  get needs() {
    return this.root.hidden || !this.name ? [] : ['answers', 'tools', ...lessons[this.name][this.step].scene.needs];
  }

  /**
   * Goes to a step and has the page set up for it; any other word leads to the
   * list. Resolves, once the page is set up, to whether there is such a step.
   */
  async open(/** @type {string} */ at, /** @type {Partial<How>} */ how = {}) {
    const [name, step] = at.split('.');
    const before = this.name;
    this.name = Object.hasOwn(lessons, name) ? name : '';
    const steps = lessons[this.name]?.length ?? 0;
    this.step = Math.min(Math.max(Math.trunc(Number(step ?? 1)) || 1, 1), steps) - 1;
    this.show(true, how.addressed);
    if (!this.name) return false;
    const opened = (this.opened = this.at);
    delete this.root.dataset.at;
    await this.on.scene(lessons[this.name][this.step].scene, { first: this.name !== before, ...how });
    if (opened === this.opened) this.root.dataset.at = opened; // the page is set up
    return true;
  }

  /** Follows the page's address. */
  follow(/** @type {string|undefined} */ at) {
    if (at === undefined) this.show(false, true);
    else if (at !== this.at) this.open(at, { addressed: true });
  }

  show(/** @type {boolean} */ on, addressed = false) {
    this.write();
    this.root.hidden = !on;
    this.on.shown(this.at, addressed);
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
    const paragraphs = (/** @type {string} */ k) => t(k).split('\n').map((/** @type {string} */ text) => marked(make('p'), text));
    const title = make('h2', { tabindex: -1 }, t(`lesson.${name}`));
    title.append(make('span', { class: 'step' }, t('lesson.step', { n: step + 1, of: steps.length })));

    const said = make('div', { class: 'lesson' });
    said.append(group(...paragraphs(key)));
    if (steps[step].asks) {
      const answer = make('details');
      answer.append(make('summary', {}, t('lesson.answer')), ...paragraphs(`${key}.answer`));
      said.append(group(marked(make('p', { class: 'ask' }), t(`${key}.ask`)), answer));
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

/** A button that goes to a step, "next", "back", "close" or, with no word, the list. */
function button(/** @type {string} */ go, look = '', text = '', label = '') {
  const e = make('button', { type: 'button', 'data-go': go, class: look }, text);
  if (label) e.setAttribute('aria-label', label);
  return e;
}

/** Writes a text in which *stars* mark the names of buttons, fields and tabs. */
function marked(/** @type {HTMLElement} */ e, /** @type {string} */ text) {
  e.append(...text.split('*').map((part, i) => (i % 2 ? make('b', {}, part) : part)));
  return e;
}

function make(/** @type {string} */ name, /** @type {Record<string, any>} */ attributes = {}, text = '') {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  e.textContent = text;
  return e;
}

import { hasLaterTexts, laterTexts, t, write } from '../shell/i18n.js';
import { done, facts } from './deeds.js';
import { make, mark, namesIn } from './marked.js';
import { lessons } from './steps.js';

/**
 * @typedef {import('./steps.js').Scene} Scene
 * @typedef {import('./steps.js').Button} Button
 *
 * How a step is set up. first: it is the first of its lesson that one sees,
 * so that there is no run to compare with; run: a run that was kept over a
 * reload is on show and stays; over: what a link says besides the step;
 * addressed: the page's address has led there; focus: on its title.
 * @typedef {{first: boolean, run?: boolean, over?: Partial<import('../shell/link.js').Setup>, addressed?: boolean, focus?: boolean}} How
 *
 * What a reader has done of a task. chosen: the last answer; values: what the
 * page showed when the deed was done.
 * @typedef {{done: boolean, chosen?: string, values?: Record<string, string>}} Doing
 */

const pace = 200; // milliseconds between looks at whether a deed is done
const settles = 8; // looks until the page stands still after a scroll; in the last five it is scrolled again where it has moved
const titles = Object.keys(lessons);

/**
 * Lessons shows the list of lessons, or one step of one of them, which the
 * link names: NAME.STEP. A step says something, lights on the page what it
 * names, and asks for an answer or a deed.
 */
export class Lessons {
  /**
   * @param {HTMLElement} root
   * @param {import('./lights.js').Lights} lights
   * @param {{scene: (s: Scene, how: How) => Promise<void>, shown: (at: string, addressed: boolean) => void, keep: (steps: string[]) => void, failed: (e: Error) => void,
   *   page: () => import('../shell/types.js').Parts, scrolling: () => ScrollBehavior}} on
   *   scene: sets the page up; shown: the lessons are on show at another place, or no longer, ''; addressed: by the page's address;
   *   keep: these steps were done; failed: a step's texts have not come; scrolling: how to scroll to what a step names
   * @param {any} kept  the steps that were done before
   */
  constructor(root, lights, on, kept) {
    this.root = root;
    this.lights = lights;
    this.on = on;
    this.kept = new Set(Array.isArray(kept) ? kept.filter((at) => this.has(String(at))) : []);
    this.name = '';
    this.step = 0;
    /** @type {Record<string, Doing>} by task */
    this.doing = {};
    /** @type {any} the timer of the looks */
    this.timer = undefined;
    this.seeks = 0; // looks in which what is lit is brought in sight again, where the page has moved
    for (const type of ['wheel', 'touchmove', 'pointerdown', 'keydown', 'blur']) addEventListener(type, () => (this.seeks = 0), { passive: true });
    root.addEventListener('click', (e) => {
      const button = /** @type {HTMLElement|null} */ (/** @type {HTMLElement} */ (e.target).closest('button, [data-thing]'));
      if (button && button.getAttribute('aria-disabled') !== 'true') this.press(button);
    });
    root.addEventListener('keydown', (e) => this.key(e));
    for (const type of ['pointerover', 'focusin']) root.addEventListener(type, (e) => this.point(e));
    for (const type of ['pointerleave', 'focusout']) root.addEventListener(type, () => this.light());
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

  /** Panels below the stage that the step on show speaks of; null where there is no step. @returns {string[]|null} */
  get needs() {
    return this.root.hidden || !this.name ? null : this.now.scene.needs;
  }

  get now() {
    return lessons[this.name][this.step];
  }

  /**
   * Goes to a step and has the page set up for it; any other word leads to the
   * list. Resolves, once the page is set up, to whether there is such a step.
   * Fails where its texts cannot be fetched.
   */
  async open(/** @type {string} */ at, /** @type {Partial<How>} */ how = {}) {
    const [name, step] = at.split('.');
    const before = this.name;
    this.name = Object.hasOwn(lessons, name) ? name : '';
    const steps = lessons[this.name]?.length ?? 0;
    this.step = Math.min(Math.max(Math.trunc(Number(step ?? 1)) || 1, 1), steps) - 1;
    this.doing = {};
    delete this.root.dataset.at;
    this.show(true, how.addressed);
    if (how.focus) /** @type {HTMLElement} */ (this.root.querySelector('h2')).focus({ preventScroll: true });
    if (!this.name) return false;
    this.root.scrollTop = 0;
    const opened = (this.opened = this.at);
    if (!hasLaterTexts()) {
      await laterTexts();
      if (opened !== this.opened) return true;
      this.write();
    }
    await this.on.scene(this.now.scene, { first: this.name !== before, ...how });
    if (opened !== this.opened) return true;
    this.before = this.on.page().drawing.input;
    this.root.dataset.at = opened; // the page is set up
    this.look();
    this.light(true);
    return true;
  }

  /** Opens a step; where that fails, the page says so. */
  async tryOpen(/** @type {string} */ at, /** @type {Partial<How>} */ how = {}) {
    try {
      return await this.open(at, how);
    } catch (e) {
      this.on.failed(/** @type {Error} */ (e));
      return false;
    }
  }

  /** Follows the page's address. */
  follow(/** @type {string|undefined} */ at) {
    if (at === undefined) this.show(false, true);
    else if (at !== this.at) this.tryOpen(at, { addressed: true });
  }

  show(/** @type {boolean} */ on, addressed = false) {
    this.root.hidden = !on;
    this.write();
    document.documentElement.toggleAttribute('data-lesson', on && !!this.name);
    clearInterval(this.timer);
    if (on && this.name) this.timer = setInterval(() => this.look(), pace);
    else this.lights.show([]);
    this.on.shown(this.at, addressed);
  }

  get back() {
    return this.step ? `${this.name}.${this.step}` : '';
  }

  get next() {
    const other = titles[titles.indexOf(this.name) + 1];
    return this.step + 1 < lessons[this.name].length ? `${this.name}.${this.step + 2}` : other ? `${other}.1` : 'all';
  }

  go(/** @type {string} */ at) {
    this.tryOpen(at, { focus: true });
  }

  press(/** @type {HTMLElement} */ button) {
    const { go, answer, act, thing } = button.dataset;
    if (go === 'close') return this.show(false);
    if (go === 'forget') {
      this.kept.clear();
      this.on.keep([]);
      return this.go('all');
    }
    if (go !== undefined) return this.go(go === 'next' ? this.next : go === 'back' ? this.back : go);
    const task = /** @type {HTMLElement} */ (button.closest('[data-task]'))?.dataset.task;
    if (answer) this.choose(task, answer);
    else if (act) this.on.page().setup.act(/** @type {any} */ (this.now.tasks[task]).buttons[Number(act)]).then(() => this.look());
    else if (thing) this.light(true, [thing]);
  }

  /** Arrow keys move among the answers; Enter and Space choose. A named thing is pressed like a button. */
  key(/** @type {KeyboardEvent} */ e) {
    const at = /** @type {HTMLElement} */ (e.target);
    if (at.dataset.thing && ['Enter', ' '].includes(e.key)) {
      e.preventDefault();
      return this.press(at);
    }
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
    if (!by || !at.dataset.answer) return;
    e.preventDefault();
    const answers = /** @type {HTMLElement[]} */ ([...at.parentElement.children]);
    const to = answers[(answers.indexOf(at) + by + answers.length) % answers.length];
    for (const a of answers) a.tabIndex = a === to ? 0 : -1;
    to.focus();
  }

  /** One points at a word that names a thing, or has the focus on it: that alone is lit. */
  point(/** @type {Event} */ e) {
    const { thing } = /** @type {HTMLElement} */ (e.target).dataset;
    if (thing) this.light(e.type === 'focusin', [thing]);
    else if (e.type === 'pointerover') this.light();
  }

  /** Lights things, those that the text names where none are given, and scrolls to them. */
  light(scroll = false, names = this.named()) {
    const key = names.join();
    if (key !== this.lights.names.join()) this.lights.show(names);
    if (!scroll) return;
    this.lights.see(names, this.on.scrolling());
    this.seeks = settles;
  }

  /** What the task that is next and the text name. */
  named() {
    if (!this.needs) return [];
    return namesIn(['[data-task]:last-of-type', '.say'].flatMap((part) => [...this.root.querySelectorAll(part)]));
  }

  choose(/** @type {string} */ task, /** @type {string} */ answer) {
    const { right } = /** @type {import('./steps.js').Choice} */ (this.now.tasks[task]);
    const doing = this.doing[task];
    doing.chosen = answer;
    this.fill(task);
    if (answer === right && !doing.done) this.finish(task);
    else this.light(true, namesIn([this.part(task).querySelector('.verdict')]));
  }

  /** A task is done: the next one follows. scroll: the page may scroll, so that what the task names comes in sight. */
  finish(/** @type {string} */ task, scroll = true) {
    this.doing[task].done = true;
    this.fill(task);
    const next = Object.keys(this.now.tasks).find((name) => !this.doing[name]?.done);
    if (next) {
      this.doing[next] = { done: false };
      this.root.querySelector('.body').append(this.task(next));
    } else {
      this.kept.add(this.at);
      this.on.keep([...this.kept]);
      this.root.querySelector('ol.progress').replaceWith(this.steps());
      this.root.querySelector('[data-go="next"]').classList.add('main');
    }
    const verdict = this.part(task).querySelector('.verdict');
    const body = verdict.closest('.body');
    if (scroll) verdict.scrollIntoView({ block: 'nearest' });
    else body.scrollTop += Math.max(verdict.getBoundingClientRect().bottom - body.getBoundingClientRect().bottom, 0);
    this.look();
    this.light(scroll);
  }

  /** Looks at whether the deed that is asked for is done, and how its buttons stand. */
  look() {
    if (!this.name || this.root.dataset.at !== this.at) return;
    const page = this.on.page();
    for (const [task, wanted] of Object.entries(this.now.tasks)) {
      const doing = this.doing[task];
      if (!doing || !('deed' in wanted)) continue;
      this.stand(task, wanted.buttons);
      if (doing.done && wanted.deed.drew) this.tell(task, facts(page));
      if (doing.done || !done(page, wanted.deed, this.before)) continue;
      doing.values = facts(page);
      this.finish(task, !wanted.deed.drew); // the pad stays under the pen: one draws on
      break;
    }
    this.lights.again();
    if (this.seeks && --this.seeks < 5) this.lights.see(this.lights.names, 'instant');
  }

  /** Says other values than before. */
  tell(/** @type {string} */ task, /** @type {Record<string, string>} */ values) {
    const said = this.doing[task].values;
    if (!values.p || (values.p === said.p && values.class === said.class)) return;
    this.doing[task].values = values;
    this.fill(task);
  }

  /** Shows how the buttons of a deed stand: which is next, and which cannot be pressed. */
  stand(/** @type {string} */ task, /** @type {Button[]} */ buttons) {
    const { run, setup } = this.on.page();
    const busy = ['training', 'loading'].includes(run.state);
    let next = !this.doing[task].done;
    this.part(task).querySelectorAll('[data-act]').forEach((e, i) => {
      const { set, press, teach } = buttons[i];
      const is = setup.is(buttons[i]);
      const train = press === 'train';
      if (train) write(e, setup.trainText());
      else if (!press && !teach) e.setAttribute('aria-pressed', String(is));
      e.classList.toggle('main', next && !is && (!!set || train || !!teach));
      e.setAttribute('aria-disabled', String(teach ? busy : set ? busy || is : train && (run.state === 'loading' || buttons.some((b) => b.set && !setup.is(b)))));
      if (!is && (set || train || teach)) next = false;
    });
    const status = this.part(task).querySelector('.run');
    if (status) write(status, run.job ? run.trouble || run.status() : '');
  }

  /** @returns {HTMLElement|null} */
  part(/** @type {string} */ task) {
    return this.root.querySelector(`[data-task="${task}"]`);
  }

  /** Writes all of it, in the page's language. */
  write() {
    const focused = this.root.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset : null;
    const close = button('close', 'quiet icon close', '×', t('lessons.close'));
    this.root.replaceChildren(close, ...(this.name ? this.page() : this.list()));
    const same = focused && [...this.root.querySelectorAll('button, [data-thing], h2')].find((/** @type {any} */ e) => JSON.stringify(e.dataset) === JSON.stringify(focused));
    if (same) /** @type {HTMLElement} */ (same).focus({ preventScroll: true });
  }

  list() {
    const list = make('ol', { class: 'lessons' });
    for (const name of titles) {
      const open = button(`${name}.1`);
      open.append(make('b', {}, t(`lesson.${name}`)), make('span', {}, t(`lesson.${name}.about`)), this.progress(name));
      const item = make('li');
      item.append(open);
      list.append(item);
    }
    const parts = [make('h2', { tabindex: -1 }, t('lessons')), list];
    if (this.kept.size) parts.push(button('forget', 'quiet', t('lessons.forget')));
    return parts;
  }

  /** A bar for each step of a lesson, done or not. */
  progress(/** @type {string} */ name) {
    const bars = make('span', { class: 'progress' });
    const done = lessons[name].filter((_, i) => this.kept.has(`${name}.${i + 1}`)).length;
    bars.append(...lessons[name].map((_, i) => make('i', { class: this.kept.has(`${name}.${i + 1}`) ? 'done' : '' })), make('span', { class: 'unseen' }, t('lesson.done', { n: done, of: lessons[name].length })));
    return bars;
  }

  page() {
    const { name, step } = this;
    const key = `lesson.${name}.${step + 1}`;
    const top = make('p', { class: 'of' });
    top.append(button('all', 'quiet', t('lesson.of', { n: titles.indexOf(name) + 1, of: titles.length }), t('lesson.all')), make('span', {}, t('lesson.step', { n: step + 1, of: lessons[name].length })));
    const body = make('div', { class: 'body' });
    if (hasLaterTexts()) this.fillBody(body, key);
    const walk = make('div', { class: 'walk' });
    const back = button('back', '', t('lesson.back'));
    back.setAttribute('aria-disabled', String(!this.back));
    const all = Object.keys(this.now.tasks).every((task) => this.doing[task]?.done);
    const other = this.next.split('.')[0];
    const text = other === name ? t('lesson.next') : other === 'all' ? t('lesson.all') : t('lesson.after', { title: t(`lesson.${other}`) });
    walk.append(back, button(this.at, 'quiet', t('lesson.again')), button('next', all ? 'main' : '', text));
    return [top, make('h2', { tabindex: -1 }, t(`lesson.${name}`)), this.steps(), body, walk];
  }

  /** Writes what a step says and asks, up to the first task that is not done. */
  fillBody(/** @type {HTMLElement} */ body, /** @type {string} */ key) {
    const say = make('div', { class: 'say' });
    say.append(...t(key).split('\n').map((/** @type {string} */ text) => mark(make('p'), text)));
    body.append(say);
    for (const task of Object.keys(this.now.tasks)) {
      this.doing[task] ??= { done: false };
      body.append(this.task(task));
      if (!this.doing[task].done) break;
    }
  }

  /** The bars at the head: a step each, which lead there. */
  steps() {
    const list = make('ol', { class: 'progress' });
    lessons[this.name].forEach((_, i) => {
      const at = `${this.name}.${i + 1}`;
      const label = t('lesson.step', { n: i + 1, of: lessons[this.name].length }) + (this.kept.has(at) ? t('lesson.ticked') : '');
      const go = button(at, this.kept.has(at) ? 'done' : '', '', label);
      go.append(make('i'));
      if (i === this.step) go.setAttribute('aria-current', 'step');
      const item = make('li');
      item.append(go);
      list.append(item);
    });
    return list;
  }

  /** What a step asks: a question and its answers, or a deed and buttons that help. */
  task(/** @type {string} */ task) {
    const wanted = this.now.tasks[task];
    const key = `lesson.${this.name}.${this.step + 1}.${task}`;
    const part = make('section', { 'data-task': task });
    const ask = mark(make('p', { class: 'ask', id: `lesson-${task}` }), t(key));
    part.append(ask);
    if ('of' in wanted) {
      const { chosen } = this.doing[task];
      const group = make('div', { role: 'radiogroup', 'aria-labelledby': ask.id });
      for (const letter of 'abcd'.slice(0, wanted.of)) {
        const focus = (chosen ?? 'a') === letter ? 0 : -1;
        const look = letter !== chosen ? '' : letter === wanted.right ? 'right' : 'wrong';
        group.append(make('button', { type: 'button', role: 'radio', 'data-answer': letter, 'aria-checked': letter === chosen, tabindex: focus, class: look }, t(`${key}.${letter}`)));
      }
      part.append(group);
    } else if (wanted.buttons.length) {
      const row = make('div', { class: 'deeds' });
      row.append(...wanted.buttons.map(({ label = 'train' }, i) => make('button', { type: 'button', 'data-act': i }, t(label))));
      part.append(row);
      if (wanted.buttons.some((b) => b.teach || b.press === 'train')) part.append(make('p', { class: 'run' }));
    }
    part.append(make('p', { class: 'verdict', role: 'status' }));
    this.fill(task, part);
    return part;
  }

  /** Says whether a task is done, and why. */
  fill(/** @type {string} */ task, part = this.part(task)) {
    const wanted = this.now.tasks[task];
    const { done, chosen, values } = this.doing[task];
    const key = `lesson.${this.name}.${this.step + 1}.${task}`;
    const said = /** @type {HTMLElement} */ (part.querySelector('.verdict'));
    const right = 'of' in wanted ? chosen === wanted.right : done;
    const text = 'of' in wanted ? chosen && t(`${key}.${chosen}.why`) : done && t(`${key}.done`, values);
    for (const e of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll('[data-answer]'))) {
      e.setAttribute('aria-checked', String(e.dataset.answer === chosen));
      e.className = e.dataset.answer !== chosen ? '' : right ? 'right' : 'wrong';
    }
    said.replaceChildren();
    if (!text) return;
    const word = 'of' in wanted ? (right ? 'lesson.right' : 'lesson.wrong') : 'lesson.did';
    said.append(make('b', { class: right ? 'right' : 'wrong' }, t(word)), ' ');
    mark(said, text);
  }
}

/** A button that goes to a step, or does what a word says: "next", "back", "all", "close", "forget". */
function button(/** @type {string} */ go, look = '', text = '', label = '') {
  const e = make('button', { type: 'button', 'data-go': go, class: look }, text);
  if (label) e.setAttribute('aria-label', label);
  return e;
}

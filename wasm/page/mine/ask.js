import { count, t, write } from '../shell/i18n.js';
import { make } from './dom.js';

/** @typedef {{name: string, key: string, n?: number}} Choice  key: the one that files the drawing there, '' for none; n: how many drawings it has */

/**
 * Ask asks what the drawing in the pad is: a button for each class, and one
 * for a new class.
 */
export class Ask {
  /**
   * @param {HTMLElement} root
   * @param {{file: (name: string) => void, add: (name: string) => string}} on
   *   add: makes a class and files the drawing under it; returns why not: the key of a sentence
   */
  constructor(root, on) {
    this.on = on;
    this.buttons = make('div', { class: 'choices', role: 'group', label: 'mine.ask' });
    this.more = make('button', { type: 'button', class: 'new', text: 'mine.new' });
    this.field = make('input', { type: 'text', maxlength: 100, enterkeyhint: 'done', autocapitalize: 'off', spellcheck: 'false', label: 'mine.name' });
    this.form = make('form', { class: 'naming', hidden: true }, this.field, make('button', { type: 'submit', class: 'main', text: 'mine.add' }));
    this.refusal = make('p', { class: 'refusal', role: 'alert', hidden: true });
    root.append(this.buttons, this.form, this.refusal);
    /** @type {Choice[]} */
    this.choices = [];
    this.more.addEventListener('click', () => this.begin());
    this.buttons.addEventListener('click', (/** @type {any} */ e) => {
      const button = e.target.closest('[data-name]');
      if (button && button.getAttribute('aria-disabled') !== 'true') on.file(button.dataset.name);
    });
    this.form.addEventListener('submit', (/** @type {Event} */ e) => {
      e.preventDefault();
      this.take();
    });
    this.field.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => {
      if (e.key !== 'Escape') return;
      e.preventDefault();
      e.stopPropagation();
      this.end();
      this.more.focus();
    });
  }

  /** Shows the classes; guess is the one that the network reads, and on whether there is something to file. */
  show(/** @type {Choice[]} */ choices, /** @type {string} */ guess, /** @type {boolean} */ on) {
    if (JSON.stringify(choices) !== JSON.stringify(this.choices) || !this.buttons.children.length) {
      const focused = /** @type {HTMLElement|null} */ (document.activeElement);
      const name = this.buttons.contains(focused) ? focused.dataset.name : undefined;
      this.choices = choices;
      this.buttons.replaceChildren(...choices.map(({ name, key, n }) => make('button', { type: 'button', 'data-name': name, 'aria-keyshortcuts': key || undefined },
        make('span', {}, name), ...(key && key !== name.toUpperCase() ? [make('kbd', { 'aria-hidden': 'true' }, key)] : []), ...(n ? [make('small', { 'aria-hidden': 'true' }, count(n))] : []))), this.more);
      if (name !== undefined) this.button(name)?.focus();
    }
    for (const button of this.buttons.querySelectorAll('[data-name]')) {
      button.classList.toggle('guess', on && button.dataset.name === guess);
      button.setAttribute('aria-disabled', String(!on));
    }
  }

  button(/** @type {string} */ name) {
    return [...this.buttons.children].find((b) => b.dataset.name === name);
  }

  /** Asks for the name of a new class. */
  begin() {
    this.form.hidden = false;
    this.more.hidden = true;
    this.field.focus();
  }

  end() {
    this.form.hidden = this.refusal.hidden = true;
    this.more.hidden = false;
    this.field.value = '';
  }

  take() {
    const refused = this.on.add(this.field.value);
    this.refusal.hidden = !refused;
    write(this.refusal, refused && t(refused));
    if (refused) return this.field.focus();
    this.end();
    this.more.focus({ preventScroll: true }); // the keys of the classes work from there
  }
}

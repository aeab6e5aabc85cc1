import { t } from '../shell/i18n.js';
import { make } from './dom.js';

const guard = 500; // milliseconds in which a click was meant for what was there before
const most = { kinds: 8, letters: 20 }; // that the question names

/**
 * Asks whether a site may have the drawings. Resolves to whether one agrees;
 * Escape says no. Fails where the page asks something else already.
 * @param {string} site  its origin
 * @param {[string, number][]} counts  how many drawings of each class it would get
 * @returns {Promise<boolean>}
 */
export async function consent(site, counts) {
  if (document.querySelector('dialog[open]')) throw new Error('the page asks something else already: wait for its answer');
  const named = counts.slice(0, most.kinds).map(([name, n]) => `${cut(name)} ${n}`);
  const question = make('p', { id: 'giving-what' });
  question.textContent = t('mine.give', { site: site === 'null' ? t('mine.give.unknown') : site, drawings: [...named, ...(counts.length > most.kinds ? ['…'] : [])].join(', ') });
  const yes = make('button', { type: 'button', text: 'mine.give.yes' });
  const no = make('button', { type: 'button', text: 'mine.give.no' });
  const dialog = make('dialog', { id: 'giving', 'aria-labelledby': 'giving-what' }, question, make('div', {}, no, yes)); // what has the focus at first changes nothing
  document.body.append(dialog);
  dialog.showModal();
  const shown = performance.now();
  return new Promise((resolve) => {
    let agreed = false;
    yes.addEventListener('click', (/** @type {Event} */ e) => {
      if (!e.isTrusted || performance.now() - shown < guard) return;
      agreed = true;
      dialog.close();
    });
    no.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(agreed);
    });
  });
}

/** A name, cut off where the page around could say something else in it. */
const cut = (/** @type {string} */ name) => {
  const letters = [...name];
  return letters.length > most.letters ? `${letters.slice(0, most.letters).join('')}…` : name;
};

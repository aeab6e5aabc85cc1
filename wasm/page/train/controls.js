import { count, sentences, t, write } from '../shell/i18n.js';

/** Controls are the buttons below the stage and those that train, and what the page says of the run. */
export class Controls {
  /**
   * @param {{status: HTMLElement, note: HTMLElement, live: HTMLElement}} elements  live is read out by screen readers
   * @param {Pick<import('../shell/types.js').Parts, 'drawing'|'experiment'|'run'>} parts
   * @param {Record<string, () => void>} actions  what a click on a button does, by its id
   */
  constructor(elements, parts, actions) {
    this.elements = elements;
    this.parts = parts;
    this.actions = actions;
    /** @type {string[]} fields of the experiment and buttons that only the page around an embedded one may use */
    this.locked = [];
    this.said = ''; // the state of the run that was read out
    /** @type {import('../shell/types.js').Config|null} the network on show */
    this.shown = null;
    for (const id of Object.keys(actions)) this.button(id).addEventListener('click', () => this.press(id));
  }

  /** @returns {any} */
  button(/** @type {string} */ id) {
    return document.getElementById(id);
  }

  press(/** @type {string} */ id) {
    if (this.button(id).getAttribute('aria-disabled') !== 'true') this.actions[id]();
  }

  /** Greys a button out where it has nothing to do. It keeps the focus, unlike one that is disabled. */
  enable(/** @type {string} */ id, /** @type {boolean} */ on) {
    this.button(id).setAttribute('aria-disabled', String(!on || this.locked.includes(id)));
  }

  /** Keeps fields and buttons, and no others, from being used. */
  lock(/** @type {string[]} */ names) {
    this.locked = names;
    this.parts.experiment.fixed = names;
    this.enable('pick', true);
    this.drawn();
  }

  /** Something else is in the pad. */
  drawn() {
    const { drawing } = this.parts;
    this.enable('undo', drawing.past.length > 0);
    this.enable('clear', !drawing.empty);
  }

  /** How the network that Train would begin differs from the one on show. */
  next(/** @type {import('../shell/types.js').Recipe} */ next, /** @type {any} */ settings) {
    const { run } = this.parts;
    const { shown } = this;
    if (!shown || run.state === 'training' || run.state === 'loading' || run.continues(next, settings)) return '';
    const [now, then] = differences(shown, next);
    return now.length ? t('note.next', { now: now.join(t('list')), then: then.join(t('list')) }) : '';
  }

  /** Writes how the run stands and what the buttons do. @param {string} unkept  why the run cannot be kept */
  show(unkept) {
    const { experiment, run } = this.parts;
    const { state, progress, job } = run;
    const training = state === 'training';
    const loading = state === 'loading';
    const next = experiment.presets.length ? experiment.recipe() : null;

    const { status, note, live } = this.elements;
    status.dataset.state = state;
    status.dataset.step = String(progress?.step ?? 0);
    status.dataset.seen = String(progress?.seen ?? 0);
    status.dataset.workers = String(run.trainer.clients.length);
    status.dataset.seconds = String(progress?.seconds ?? 0);
    status.textContent = run.status();

    const [train, pause, step] = ['train', 'pause', 'step'].map((id) => this.button(id));
    const focused = document.activeElement;
    pause.hidden = !training;
    train.hidden = training;
    if (focused === train && training) pause.focus();
    if (focused === pause && !training) train.focus();
    train.disabled = step.disabled = !next || (loading && !job); // not yet
    this.enable('train', !loading && !!next);
    this.enable('step', !loading && !!next && !training);
    this.enable('reset', !!job);
    experiment.lock(training || (loading && !!job));

    const settings = experiment.settings();
    const text = train.querySelector('span');
    text.dataset.t = next && run.continues(next, settings) ? 'continue' : 'train';
    write(text, t(text.dataset.t));
    if (next) {
      const { text, alarm } = run.note(next, settings);
      const init = run.startsFrom(next, settings);
      const again = settings.reproducible && !loading && init !== null ? t('note.reproducible', { command: experiment.command(init) }) : '';
      write(note, sentences(run.restored && t(state === 'paused' ? 'note.restored.paused' : 'note.restored', { step: count(progress.step) }), text, this.next(next, settings), again, job && unkept && t(unkept === 'large' ? 'note.unkept.large' : 'note.unkept', { error: unkept })));
      note.classList.toggle('alarm', alarm);
    }
    if (state !== this.said && run.resting) live.textContent = `${status.textContent}. ${note.textContent}`;
    this.said = state;
  }
}

/**
 * What two networks have each that the other has not, in words.
 * @typedef {import('../shell/types.js').Config} Config
 * @param {Config} a
 * @param {Config} b
 */
export function differences(a, b) {
  const words = (/** @type {Config} */ c) => ({
    activation: t(`activation.${c.activation}`), pooling: t(`pooling.${c.pooling}.of`),
    channels: t('note.channels', { n: c.channels.join(', ') }), units: t('note.units', { n: c.units.join(', ') }),
  });
  const [of, to] = [words(a), words(b)].map((w) => Object.entries(w));
  const other = of.map(([, text], i) => text !== to[i][1]);
  return [of, to].map((w) => w.filter((_, i) => other[i]).map(([, text]) => text));
}

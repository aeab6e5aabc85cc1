import { classes, percent, t } from '../shell/i18n.js';
import { Moment } from './moment.js';
import { answerOf, Readings } from './readings.js';

/** @typedef {import('./timeline.js').Checkpoint} Checkpoint */

/**
 * Past tells what a run's past has to do with what is in the pad: how each of
 * its moments read that, as a band below the curves and as a table, and in a
 * sentence which moment is on show.
 */
export class Past {
  /**
   * @param {{moment: HTMLElement, numbers: HTMLDetailsElement}} elements  numbers has the table
   * @param {Pick<import('../shell/types.js').Parts, 'answer'|'chart'>} parts
   * @param {{recall: (c: Checkpoint, pixels: Uint8Array) => Promise<Float32Array>, go: (epoch: number) => void, steps: () => number,
   *   drawn: () => boolean}} on  recall: what a moment's network makes of an image; steps: of the whole run; drawn: the pad has no picture
   */
  constructor({ moment, numbers }, parts, on) {
    this.parts = parts;
    this.on = on;
    this.numbers = numbers;
    this.table = /** @type {HTMLTableElement} */ (numbers.querySelector('#readings'));
    /** @type {Checkpoint|null} the moment on show */
    this.at = null;
    this.readings = new Readings(on.recall, () => this.write());
    this.moment = new Moment(moment, on.go);
    numbers.addEventListener('toggle', () => this.tabulate());
    numbers.addEventListener('keydown', (e) => {
      if (e.key !== 'Escape' || !numbers.open) return;
      numbers.open = false;
      numbers.querySelector('summary').focus();
    });
  }

  /** What the network now gets. */
  see(/** @type {import('../shell/types.js').Prediction} */ { empty, pixels }) {
    this.readings.see(empty ? null : pixels);
  }

  /** Another moment is on show, or there are others. */
  move(/** @type {Checkpoint|null} */ at, /** @type {boolean} */ past, /** @type {Checkpoint[]} */ kept) {
    const { chart } = this.parts;
    this.at = at;
    chart.moment = past ? at.epoch : null;
    chart.handle = kept.length > 1 ? at.epoch : null;
    this.readings.follow(kept);
  }

  write() {
    const { answer, chart } = this.parts;
    const names = classes(answer.dataset);
    chart.readings = this.readings.list;
    chart.drawing = { title: t(this.on.drawn() ? 'chart.drawing' : 'chart.image'), names };
    chart.draw();
    this.moment.show(this.at, this.at ? this.on.steps() : 0, chart.readings, names);
    this.tabulate();
  }

  /** Writes the readings into the table, where that is to be seen. */
  tabulate() {
    const { answer, chart: { readings } } = this.parts;
    this.table.hidden = !readings.length;
    if (!this.numbers.open) return;
    const names = classes(answer.dataset);
    const rows = readings.map((r) => {
      const row = document.createElement('tr');
      row.dataset.step = String(r.step);
      for (const text of [r.epoch.toFixed(1), names[answerOf(r)], percent(r.p[answerOf(r)])]) row.insertCell().textContent = text;
      return row;
    });
    this.table.tBodies[0].replaceChildren(...rows);
  }
}

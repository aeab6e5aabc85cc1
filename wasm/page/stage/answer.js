import { datasets, sets } from '../shell/constants.js';
import { classes, sure, sureShort, t, write } from '../shell/i18n.js';
import { best } from '../shell/trace.js';

const chance = 0.2; // a probability below says no more than guessing among ten classes does

/** Answer is the prediction in words and as ten bars. */
export class Answer {
  /**
   * @param {HTMLElement} sentence
   * @param {HTMLElement} bars  an empty list
   * @param {HTMLElement} live  read out by screen readers
   * @param {(i: number, hold: boolean) => void} pointed  one points at the bar, or clicks on it
   */
  constructor(sentence, bars, live, pointed) {
    this.sentence = sentence;
    this.live = live;
    this.said = ''; // read out last
    this.next = ''; // to be read out
    this.dataset = datasets[0];
    /** @type {import('../shell/types.js').Prediction|null} */
    this.prediction = null;
    /** @type {{learning: boolean, untrained?: boolean, label: number}} untrained: the weights on show are random; label is -1 where it is not known */
    this.context = { learning: false, untrained: false, label: -1 };
    this.failed = false;
    this.refused = ''; // why the drawing cannot be read
    this.loading = ''; // how much of the engine has come
    this.idle = false; // nobody has asked for the network yet
    this.veil = ''; // a sentence in place of the answer
    this.rows = Array.from({ length: 10 }, (_, i) => {
      const row = document.createElement('li');
      row.dataset.class = String(i);
      row.append(...['name', 'track', 'value'].map((c) => {
        const span = document.createElement('span');
        span.className = c;
        return span;
      }));
      row.children[1].append(document.createElement('i'));
      row.addEventListener('pointerover', (e) => e.pointerType === 'touch' || pointed(i, false));
      row.addEventListener('click', () => pointed(i, true));
      bars.append(row);
      return row;
    });
    this.write();
  }

  /** Marks the bar that one points at, -1 for none. */
  point(/** @type {number} */ i) {
    this.rows.forEach((row, k) => row.classList.toggle('pointed', k === i));
  }

  /** The class that probabilities make the answer, and its own. */
  words(/** @type {Float32Array} */ p) {
    const answer = best(p);
    return `${classes(this.dataset)[answer]} (${sure(p[answer])})`;
  }

  /** Shows another prediction, or the last one in another context. */
  show(/** @type {Partial<Answer>} */ change) {
    Object.assign(this, change);
    this.write();
  }

  write() {
    const { rows, dataset } = this;
    const names = classes(dataset);
    rows[0].parentElement.classList.toggle('words', !sets[dataset].digits);
    const p = this.veil ? undefined : this.prediction?.p;
    const order = p ? [...p.keys()].sort((a, b) => p[b] - p[a]) : [];
    rows.forEach((row, i) => {
      write(row.children[0], names[i]);
      write(row.children[2], p ? sureShort(p[i]) : '');
      row.dataset.p = p ? p[i].toFixed(6) : '';
      row.classList.toggle('best', i === order[0]);
      /** @type {HTMLElement} */ (row.children[1].firstChild).style.transform = `scaleX(${p ? p[i] : 0})`;
    });
    this.speak(p, order, names);
  }

  /** Writes the sentence. */
  speak(/** @type {Float32Array|undefined} */ p, /** @type {number[]} */ [best, second], /** @type {string[]} */ names) {
    const { sentence, prediction, dataset, context } = this;
    sentence.dataset.class = p ? String(best) : '';
    sentence.dataset.p = p ? p[best].toFixed(6) : '';
    if (!p) {
      const key = this.veil && !this.failed ? this.veil : this.failed ? 'say.failed' : this.idle && !prediction ? 'say.start' : prediction ? sets[dataset].digits ? 'say.empty.digits' : 'say.empty.other' : 'say.loading';
      const loading = key === 'say.loading' && this.loading ? ` ${this.loading}` : '';
      write(sentence, this.refused || t(key) + loading);
      // Of what is loading by quarters, and only where one takes long.
      this.readOut(this.refused ? this.refused : prediction || loading ? t(key) + loading.replace(/^ (\d+)(?=.%)/, (_, p) => ` ${25 * Math.floor(p / 25)}`) : '');
      return;
    }
    const key = context.untrained ? 'say.guess' : p[best] < chance ? 'say.even' : p[best] < 0.6 ? 'say.unsure' : sets[dataset].digits ? 'say.reads.digits' : 'say.reads.other';
    const values = { second: names[second], p: sure(p[best]), q: sure(p[second]) };
    const [before, after] = t(key, values).split('{answer}');
    const answer = document.createElement('strong');
    answer.textContent = names[best];
    sentence.replaceChildren(before, answer, after + t(context.learning ? 'say.learning' : 'say.end'));
    if (context.label >= 0) {
      const label = document.createElement('span');
      label.className = context.label === best ? 'truth right' : 'truth wrong';
      label.textContent = t('say.label', { label: names[context.label] });
      sentence.append(' ', label);
    }
    this.readOut(sentence.textContent);
  }

  /** Has a screen reader say the sentence once it has stayed the same for a while. */
  readOut(/** @type {string} */ text) {
    if (text === this.next) return;
    this.next = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (text === this.said) return;
      this.live.textContent = this.said = text;
    }, 1000);
  }
}

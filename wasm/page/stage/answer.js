import { datasets } from '../shell/constants.js';
import { sets } from '../shell/sets.js';
import { classes, sure, sureShort, t, write } from '../shell/i18n.js';
import { best } from '../shell/trace.js';

const most = 12; // bars that fill the height; of more the most probable come first, and the others are scrolled to

/** A probability below says no more than guessing among so many classes does. */
const chance = (/** @type {number} */ n) => Math.min(2 / n, 1 / n + 0.1);

const mining = () => document.documentElement.classList.contains('mining');

/** Answer is the prediction in words and as bars, one for each class. */
export class Answer {
  /**
   * @param {HTMLElement} sentence
   * @param {HTMLElement} bars  an empty list
   * @param {HTMLElement} live  read out by screen readers
   * @param {(i: number, hold: boolean) => void} pointed  one points at the bar, or clicks on it
   */
  constructor(sentence, bars, live, pointed) {
    this.sentence = sentence;
    this.bars = bars;
    this.live = live;
    this.pointed = pointed;
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
    /** @type {HTMLElement[]} */
    this.rows = [];
    this.write();
  }

  /** Makes as many bars as there are classes. */
  build(/** @type {number} */ n) {
    const { bars } = this;
    const half = Math.ceil(n / 2); // as many in the first of two columns
    this.rows = Array.from({ length: n }, (_, i) => {
      const row = document.createElement('li');
      row.dataset.class = String(i);
      row.classList.toggle('second', i >= half);
      row.append(...['name', 'track', 'value'].map((c) => {
        const span = document.createElement('span');
        span.className = c;
        return span;
      }));
      row.children[1].append(document.createElement('i'));
      row.addEventListener('pointerover', (e) => e.pointerType === 'touch' || this.pointed(i, false));
      row.addEventListener('click', () => this.pointed(i, true));
      return row;
    });
    bars.replaceChildren(...this.rows);
    write(bars.parentElement.querySelector('.label span'), String(n));
    bars.style.setProperty('--half', String(half));
    bars.classList.toggle('many', n > most);
    if (n > most) bars.tabIndex = 0; // it scrolls
    else bars.removeAttribute('tabindex');
  }

  /** Marks the bar that one points at, -1 for none. */
  point(/** @type {number} */ i) {
    this.rows.forEach((row, k) => row.classList.toggle('pointed', k === i));
  }

  /** The class that probabilities make the answer, and its own. */
  words(/** @type {Float32Array} */ p) {
    const answer = best(p);
    return `${classes(this.dataset)[answer] ?? answer} (${sure(p[answer])})`;
  }

  /** Shows another prediction, or the last one in another context. */
  show(/** @type {Partial<Answer>} */ change) {
    Object.assign(this, change);
    this.write();
  }

  write() {
    const { dataset } = this;
    const names = classes(dataset);
    if (names.length !== this.rows.length) this.build(names.length);
    const { bars, rows } = this;
    bars.classList.toggle('words', !sets[dataset].digits);
    const given = this.veil ? undefined : this.prediction?.p;
    const p = given?.length === names.length ? given : undefined; // not yet of this network
    const order = p ? [...p.keys()].sort((a, b) => p[b] - p[a]) : [];
    if (names.length > most) order.forEach((i, at) => (rows[i].style.order = String(at)));
    rows.forEach((row, i) => {
      write(row.children[0], names[i]);
      const title = sets[dataset].own ? names[i] : ''; // it may be long
      if (row.title !== title) row.title = title;
      write(row.children[2], p ? sureShort(p[i]) : '');
      row.dataset.p = p ? p[i].toFixed(6) : '';
      row.classList.toggle('best', i === order[0]);
      /** @type {HTMLElement} */ (row.children[1].firstChild).style.transform = `scaleX(${p ? p[i] : 0})`;
    });
    if (p || !given) this.speak(p, order, names); // the network's own prediction is on its way
  }

  /** Writes the sentence. */
  speak(/** @type {Float32Array|undefined} */ p, /** @type {number[]} */ [best, second], /** @type {string[]} */ names) {
    const { sentence, prediction, dataset, context } = this;
    sentence.dataset.class = p ? String(best) : '';
    sentence.dataset.p = p ? p[best].toFixed(6) : '';
    if (!p) {
      const key = this.veil && !this.failed ? this.veil : this.failed ? 'say.failed' : this.idle && !prediction ? 'say.start' : prediction ? mining() ? 'mine.say' : sets[dataset].digits ? 'say.empty.digits' : 'say.empty.other' : 'say.loading';
      const loading = key === 'say.loading' && this.loading ? ` ${this.loading}` : '';
      write(sentence, this.refused || t(key) + loading);
      // Of what is loading by quarters, and only where one takes long.
      this.readOut(this.refused ? this.refused : prediction || loading ? t(key) + loading.replace(/^ (\d+)(?=.%)/, (_, p) => ` ${25 * Math.floor(p / 25)}`) : '');
      return;
    }
    const key = context.untrained ? 'say.guess' : p[best] < chance(names.length) ? (names.length === 10 ? 'say.even' : 'say.even.of') : p[best] < 0.6 ? 'say.unsure' : sets[dataset].digits ? 'say.reads.digits' : 'say.reads.other';
    const values = { n: names.length, second: names[second], p: sure(p[best]), q: sure(p[second]) };
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

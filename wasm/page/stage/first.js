import { everything, side } from '../shell/constants.js';
import { write } from '../shell/i18n.js';

/** @typedef {import('../shell/types.js').Stroke} Stroke @typedef {import('../shell/types.js').Parts} Parts */

const draws = 1500; // milliseconds that the hand takes for all strokes
const lights = 220; // and each layer
const longest = 100; // of one frame: the hand does not hurry after one that came late

/**
 * First is the page at first sight. A hand draws an example once, and the layers
 * light up one after the other; two invitations stand in the place of the panels
 * until one does something.
 */
export class First {
  /**
   * @param {HTMLElement} invite  the invitations
   * @param {HTMLElement} hand  lies over the pad, and shows where its pen is
   * @param {Pick<Parts, 'answer'|'stage'>} parts
   * @param {() => void} changed  the label of the pad is another
   */
  constructor(invite, hand, parts, changed) {
    this.invite = invite;
    this.hand = hand;
    this.parts = parts;
    this.changed = changed;
    /** @type {''|'draw.hand'|'draw.you'} what the pad's label says in place of "draw here" */
    this.label = '';
    /** @type {(() => void)[]} that wait for the hand */
    this.waiting = [];
    this.left = false; // one has done something
    this.level = everything; // that is lit, as Stage.reveal has it
    this.busy = false; // the hand draws
  }

  /** Shows the invitations, and says what the page is about until the hand has drawn. */
  greet() {
    this.invite.hidden = false;
    document.documentElement.classList.add('inviting');
    this.parts.answer.show({ veil: 'say.first' });
    this.busy = true;
    this.label = 'draw.hand';
  }

  /** Says what is on show, and what would be trained. */
  write(/** @type {string} */ text) {
    write(this.invite.querySelector('.shown span'), text);
  }

  /** Draws the example that is on show. */
  draw(/** @type {Stroke[]} */ strokes) {
    if (!this.busy) return;
    this.strokes = strokes;
    this.time = strokes.length ? 0 : draws; // an image is there at once
    this.before = NaN;
    this.changed();
    this.show(0, 0);
    requestAnimationFrame((now) => this.frame(now));
  }

  /** Goes on by one frame. A hidden page has none. */
  frame(/** @type {number} */ now) {
    if (!this.busy) return;
    this.time += Math.min(now - this.before || 0, longest);
    this.before = now;
    const level = (this.time - draws) / lights;
    if (level >= everything) return this.finish();
    this.show(Math.min(this.time / draws, 1), Math.max(level, 0));
    requestAnimationFrame((now) => this.frame(now));
  }

  /** @param {number} share  of the drawing @param {number} level  as Stage.reveal has it */
  show(share, level) {
    const { hand, parts: { stage } } = this;
    const { pad } = stage.reduced;
    const sketch = cut(this.strokes, share);
    pad.sketch = sketch;
    pad.draw();
    const [x, y] = sketch.at(-1)?.at(-1) ?? [0, 0];
    const { offsetLeft, offsetTop, clientWidth } = pad.canvas;
    hand.hidden = !sketch.length;
    hand.style.transform = `translate(${offsetLeft + (x / side) * clientWidth}px, ${offsetTop + (y / side) * clientWidth}px)`;
    if (level !== this.level) stage.reveal(level);
    this.level = level;
  }

  /** The hand has drawn, or draws no more. */
  finish() {
    if (!this.busy) return;
    const { answer, stage } = this.parts;
    this.busy = false;
    this.hand.hidden = true;
    stage.reduced.pad.sketch = null;
    stage.reduced.pad.draw();
    stage.reveal(everything);
    answer.show({ veil: '' });
    this.label = this.left ? '' : 'draw.you';
    this.changed();
    for (const f of this.waiting.splice(0)) f();
  }

  /** Does something once the hand has drawn. */
  after(/** @type {() => void} */ f) {
    if (this.busy) this.waiting.push(f);
    else f();
  }

  /** One does something: the panels come in the place of the invitations. */
  leave() {
    if (this.left) return;
    this.left = true;
    this.label = '';
    this.finish();
    this.changed();
    this.invite.hidden = true;
    document.documentElement.classList.remove('inviting');
  }
}

/** The beginning of strokes, a share of their length. */
export function cut(/** @type {Stroke[]} */ strokes, /** @type {number} */ share) {
  const length = (/** @type {Stroke} */ s, /** @type {number} */ i) => (i ? Math.hypot(s[i][0] - s[i - 1][0], s[i][1] - s[i - 1][1]) : 0);
  let room = share * strokes.reduce((sum, s) => s.reduce((n, _, i) => n + length(s, i), sum), 0);
  /** @type {Stroke[]} */
  const begun = [];
  for (const s of strokes) {
    /** @type {Stroke} */
    const stroke = [];
    begun.push(stroke);
    for (let i = 0; i < s.length; i++) {
      const step = length(s, i);
      if (step > room) {
        const t = room / step;
        stroke.push([s[i - 1][0] + t * (s[i][0] - s[i - 1][0]), s[i - 1][1] + t * (s[i][1] - s[i - 1][1])]);
        return begun;
      }
      room -= step;
      stroke.push(s[i]);
    }
  }
  return begun;
}

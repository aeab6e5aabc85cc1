/**
 * What the lessons' texts name, and where it is: an element of the page, or
 * layers of the stage by their panels. colour: in which the text underlines
 * it and the page outlines it; curve: what of the chart stands out with it.
 * @type {Record<string, {at?: string, panels?: number[], colour: string, curve?: string}>}
 */
const things = {
  sentence: { at: '#prediction', colour: 'answer' },
  ask: { at: '#ask', colour: 'point' },
  bars: { at: '.answers', colour: 'answer' },
  pad: { panels: [-1], colour: 'point' },
  input: { panels: [0], colour: 'point' },
  conv1: { panels: [1], colour: 'point' },
  pool1: { panels: [2], colour: 'point' },
  conv2: { panels: [3], colour: 'point' },
  pool2: { panels: [4], colour: 'point' },
  linear: { panels: [5, 6], colour: 'point' },
  maps: { panels: [1, 2, 3, 4], colour: 'point' },
  layers: { panels: [0, 1, 2, 3, 4, 5, 6], colour: 'point' },
  sigmoids: { panels: [1, 3, 5, 6], colour: 'bad' },
  drawn: { at: '#input .steps li:nth-child(1)', colour: 'point' },
  scaled: { at: '#input .steps li:nth-child(2)', colour: 'point' },
  seen: { at: '#input .steps li:nth-child(3)', colour: 'point' },
  score: { at: '#mistakes .score', colour: 'answer' },
  matrix: { at: '#mistakes .matrix', colour: 'point' },
  misread: { at: '#mistakes .tiles', colour: 'point' },
  histograms: { at: '#inspect', colour: 'point' },
  loss: { at: '[data-curve="loss"]', colour: 'answer', curve: 'loss' },
  acc: { at: '[data-curve="acc"]', colour: 'point', curve: 'acc' },
  test: { at: '[data-curve="test"]', colour: 'good', curve: 'test' },
  plateau: { at: '.curves', colour: 'answer', curve: 'plateau' },
  before: { at: '#legend .before', colour: 'muted', curve: 'pale' },
  handle: { at: '#timeline', colour: 'point' },
};

export const colourOf = (/** @type {string} */ name) => things[name].colour;

/** Lights outlines on the page what the text of a lesson names. */
export class Lights {
  /**
   * @param {HTMLElement} box  holds the stage
   * @param {() => {pad: number[], boxes: number[][]}|null} laid  where the stage has the pad and its panels
   */
  constructor(box, laid) {
    this.box = box;
    this.laid = laid;
    /** @type {string[]} what is lit */
    this.names = [];
    this.was = laid();
    /** @type {Map<string, Element[]>} the elements that are outlined, by name; on the stage some that lie over it */
    this.lit = new Map();
  }

  /** Outlines these things and no others. */
  show(/** @type {string[]} */ names) {
    for (const parts of this.lit.values()) for (const e of parts) e.matches('i.light') ? e.remove() : e.removeAttribute('data-lit');
    this.names = names;
    this.was = this.laid();
    this.lit = new Map(names.map((name) => [name, this.find(name)]));
    const chart = document.getElementById('chart');
    const curves = names.map((name) => things[name].curve).filter(Boolean);
    if (curves.length) chart.dataset.marked = curves.join(' ');
    else delete chart.dataset.marked;
  }

  /** @returns {Element[]} */
  find(/** @type {string} */ name) {
    const { at, panels, colour } = things[name];
    const parts = at ? [...document.querySelectorAll(at)] : this.over(panels);
    for (const e of parts) e.setAttribute('data-lit', colour);
    return parts;
  }

  /** Lays outlines over panels of the stage; -1 is the pad. */
  over(/** @type {number[]} */ panels) {
    const laid = this.laid();
    if (!laid) return [];
    return panels.map((panel) => {
      const [x, y, w, h] = panel < 0 ? laid.pad : laid.boxes[panel];
      const e = document.createElement('i');
      e.className = 'light';
      Object.assign(e.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
      this.box.append(e);
      return e;
    });
  }

  /** Places them again where the stage is laid out in another way, or what was named is there now. */
  again() {
    const other = (/** @type {string} */ name) => {
      const { at } = things[name];
      const lit = this.lit.get(name);
      return at ? [...document.querySelectorAll(at)].some((e) => !lit.includes(e)) : this.laid() !== this.was;
    };
    if (this.names.some(other)) this.show(this.names);
  }

  /** Scrolls to things, so that the first is in sight in any case. */
  see(/** @type {string[]} */ names, /** @type {ScrollBehavior} */ behavior) {
    for (const name of names.toReversed()) {
      for (const e of (this.lit.get(name) ?? []).toReversed()) e.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior });
    }
  }
}

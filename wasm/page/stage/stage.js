import { url } from '../shell/bundle.js';
import { everything } from '../shell/constants.js';
import { Losses } from './losses.js';
import { Reduced, same } from './reduced.js';
import { Mixed, version } from '../shell/version.js';
import { shapeOf } from '../shell/trace.js';

const patience = 10; // seconds that a loaded frame may take to say hello

/**
 * Stage is the picture of the network with the pad: the Ebitengine frame where
 * WebGL works, and before and otherwise its reduced form. Either may be drawn
 * on; a drawing survives the change from one to the other.
 */
export class Stage {
  /**
   * @param {HTMLElement} box  holds both forms
   * @param {{ink: (strokes: import('../shell/types.js').Stroke[], done: boolean) => void,
   *   layout: (room: import('./padbox.js').Room, dark: boolean) => Promise<any>,
   *   pen: (pen: {x: number, y: number, down: boolean}) => void, find: (request: object) => Promise<any>,
   *   key: (action: string, name: string) => void, pointed: (unit: import('../shell/types.js').Unit|null, held: boolean, at: {top: number, bottom: number}|null) => void,
   *   loading: (l: import('../shell/load.js').Loaded|null) => void,
   *   laid: (l: {vertical: boolean, pad: number[], boxes: number[][], height: number, font: number}) => void,
   *   opened: (frame: Document) => void, ready: (software: boolean) => void, reduced: (why: Error) => void}} on
   */
  constructor(box, on) {
    this.box = box;
    this.on = on;
    this.reduced = new Reduced(box.querySelector('#reduced'), {
      drawn: (strokes, done) => {
        this.input = { strokes, picture: null };
        on.ink(strokes, done);
      },
      pen: on.pen,
      find: on.find,
      pointed: (unit, held, at) => {
        if (this.live) return;
        this.pointed = { unit, held };
        on.pointed(unit, held, at);
      },
    });
    /** @type {HTMLIFrameElement|null} */
    this.frame = null;
    /** @type {{pad: number[], boxes: number[][]}|null} where the pad and the panels are in the box: x, y, width and height */
    this.placed = null;
    /** @type {MessagePort|null} to the frame, once it is ready */
    this.port = null;
    this.live = false; // the frame is on show
    this.told = 0; // how often the frame has told of the ink
    /** @type {import('../shell/types.js').Input} */
    this.input = { strokes: [], picture: null };
    /** @type {import('../shell/types.js').Network|null} */
    this.network = null;
    /** @type {import('../shell/types.js').Prediction|null} */
    this.prediction = null;
    /** @type {{theme: string, reducedMotion: boolean, lang: string, strings: any}|null} */
    this.look = null;
    this.onscreen = true;
    /** @type {{unit: import('../shell/types.js').Unit|null, held: boolean}} what one points at */
    this.pointed = { unit: null, held: false };
    /** @type {any} what the panels show in place of activations */
    this.parts = null;
    this.revealed = { level: everything, back: false };
    this.losses = new Losses();

    new ResizeObserver(() => this.resized()).observe(box);
    new IntersectionObserver(([e]) => {
      this.onscreen = e.isIntersecting;
      this.tellVisible();
    }).observe(box);
    document.addEventListener('visibilitychange', () => this.tellVisible());
  }

  /** Loads the frame. */
  open() {
    clearTimeout(this.greeting);
    this.frame?.remove();
    const frame = document.createElement('iframe');
    frame.id = 'stage';
    frame.title = this.look?.strings.stage ?? '';
    frame.src = url('play.html');
    frame.onload = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (e) => this.receive(port1, e.data);
      const document = frame.contentDocument; // null in a sandboxed page, which does not see into its own frames
      if (document && !document.getElementById('stage')) return this.lose(new Error('the stage is not there'));
      if (document) this.on.opened(document);
      this.greeting = setTimeout(() => this.lose(new Error('the stage does not answer')), 1000 * patience);
      frame.contentWindow.postMessage({ lenet: 1, type: 'connect' }, origin === 'null' ? '*' : origin, [port2]);
    };
    this.frame = frame;
    this.box.append(frame);
  }

  receive(/** @type {MessagePort} */ port, /** @type {any} */ m) {
    switch (m.type) {
      case 'hello':
        clearTimeout(this.greeting);
        if (m.v !== version) this.lose(new Mixed('the stage is of another version than the page'));
        break;
      case 'loading':
        if (!this.live) this.on.loading(m);
        break;
      case 'ready':
        this.port = port;
        this.told = 0;
        this.send('theme', this.look);
        this.sendRoom();
        if (this.network) this.send('config', this.network.config);
        this.sendInput();
        this.sendTrace();
        this.sendParts();
        this.send('reveal', this.revealed);
        this.tellVisible();
        this.on.ready(m.software);
        break;
      case 'layout':
        this.frame.dataset.pad = m.pad.map((/** @type {number} */ v) => Math.round(v * 100) / 100).join();
        this.frame.style.height = `${m.height}px`;
        this.goLive();
        if (this.live) this.laid(m);
        break;
      case 'hover':
        if (!this.live) return;
        this.pointed = { unit: m.layer === null ? null : { layer: m.layer, channel: m.channel, y: m.y, x: m.x }, held: !!m.held };
        this.on.pointed(this.pointed.unit, this.pointed.held, m);
        break;
      case 'ink':
        this.told = m.count;
        if (!this.live) return;
        this.input = { strokes: m.strokes, picture: null };
        this.on.ink(m.strokes, m.done);
        break;
      case 'pen':
        this.on.pen(m);
        break;
      case 'key':
        this.on.key(m.action, m.name);
        break;
      case 'lost':
        this.lose(new Error(m.reason));
    }
  }

  /** Puts the frame on show, as soon as nobody is drawing on the pad that it replaces. */
  goLive() {
    if (this.live || !this.port) return;
    if (this.reduced.pad.drawing) {
      setTimeout(() => this.goLive(), 100);
      return;
    }
    this.on.loading(null);
    const { activeElement } = document;
    const focused = activeElement === this.reduced.maps ? 'stage' : activeElement === this.reduced.pad.canvas ? 'pad' : '';
    this.live = true;
    this.box.dataset.view = 'frame';
    this.sendInput();
    if (this.pointed.unit) this.send('point', this.pointed);
    this.sendParts(); // with the row of what is pointed at
    if (focused) this.frame.contentDocument?.getElementById(focused).focus();
  }

  /** Gives the pad the focus. */
  focusPad() {
    const pad = this.live ? this.frame.contentDocument?.getElementById('pad') : this.reduced.pad.canvas;
    pad?.focus({ preventScroll: true });
  }

  /** Brings the focus to the network. */
  focus() {
    if (!this.live) return this.reduced.maps.focus({ preventScroll: true });
    this.frame.focus({ preventScroll: true });
    this.frame.contentDocument?.getElementById('stage').focus({ preventScroll: true }); // null in a sandboxed page
  }

  /** Falls back to the reduced form. A frame that worked is given another try. */
  lose(/** @type {Error} */ why) {
    clearTimeout(this.greeting);
    const again = this.live && this.losses.add(performance.now());
    this.frame?.remove();
    this.frame = this.port = null;
    this.live = false;
    this.on.loading(null);
    this.box.dataset.view = 'reduced';
    this.reduced.pad.show(this.input);
    this.relay();
    this.reduced.show(this.prediction);
    this.reduced.setParts(this.parts);
    this.reduced.reveal(this.revealed.level, this.revealed.back);
    this.reduced.pointer.point(this.pointed.unit, this.pointed.held);
    if (again) setTimeout(() => this.frame ?? this.open(), 500);
    else this.on.reduced(why);
  }

  /** The room that there is: where the stage fills the window it has a height, otherwise that follows. @returns {import('./padbox.js').Room} */
  room() {
    const { box } = this;
    const root = document.documentElement;
    const has = (/** @type {string} */ name) => root.classList.contains(name);
    return {
      width: box.clientWidth, height: has('filled') ? box.clientHeight : 0, ratio: devicePixelRatio,
      text: parseFloat(getComputedStyle(root).fontSize), presenting: has('presenting'),
      tools: parseFloat(getComputedStyle(box).getPropertyValue('--tools-room')) || 0,
    };
  }

  /** There is more or less room. */
  resized() {
    this.sendRoom();
    this.relay();
  }

  /** Tells the frame its room, and whether the page has only its pad on show: then Tab leads past the network. */
  sendRoom() {
    const mining = document.documentElement.classList.contains('mining');
    this.send('room', { ...this.room(), mining });
    this.reduced.maps.tabIndex = mining ? -1 : 0;
  }

  laid(/** @type {{vertical: boolean, pad: number[], boxes: number[][], height: number, font: number}} */ l) {
    this.placed = l;
    this.box.parentElement.style.setProperty('--label', `${l.font}px`);
    this.on.laid(l);
  }

  /** Lays the reduced form out for the room that there is. */
  async relay() {
    const room = this.room();
    if (this.live || !room.width) return;
    this.reduced.placePad(room);
    const network = this.network;
    if (!network || !this.look) return;
    let layout;
    try {
      layout = await this.on.layout(room, this.look.theme === 'dark');
    } catch {
      return; // the worker was lost; the next one brings the network again
    }
    if (network !== this.network || !same(room, this.room())) return;
    this.reduced.lay(layout, network.layers, room);
    if (!this.live) this.laid(layout);
  }

  send(/** @type {string} */ type, /** @type {object} */ fields) {
    this.port?.postMessage({ type, ...fields });
  }

  sendInput() {
    const { strokes, picture, example } = this.input;
    this.send('picture', { pixels: picture?.pixels ?? null });
    if (!picture) this.send('ink', { strokes, count: this.told, example });
  }

  sendTrace() {
    if (!this.prediction) return;
    const { trace, pixels, onto } = this.prediction;
    this.send('trace', trace ? { data: trace, image: pixels, onto } : { data: null });
  }

  sendParts() {
    const p = this.parts;
    this.send('parts', { data: p?.parts ?? null, labels: p?.labels, legend: p?.legend });
    this.send('row', { row: p?.row?.values ?? null });
  }

  /** Points at a unit, as if the pointer did. */
  point(/** @type {import('../shell/types.js').Unit|null} */ unit, held = true) {
    if (this.live) this.send('point', { unit, held });
    else this.reduced.pointer.point(unit, held);
  }

  /** Shows which inputs of the unit pointed at count most: pairs of an index and a value. */
  vote(/** @type {number[]} */ pairs) {
    this.send('votes', { votes: new Float32Array(pairs) });
    if (!this.live) this.reduced.pointer.vote(pairs);
  }

  /** Shows weights or gradients in place of the activations; null shows those again. */
  setParts(/** @type {any} */ parts) {
    if (!parts && !this.parts) return;
    this.parts = parts;
    this.sendParts();
    if (!this.live) this.reduced.setParts(parts);
  }

  /**
   * Lights what an image on its way through the network has come to, and dims the rest.
   * @param {number} level  0 the pad alone, 1 the input, 2 the first convolution ... 8 the answers; Infinity is everything
   * @param {boolean} back  the error on its way from the answers: what lies after the level is lit
   */
  reveal(level, back = false) {
    this.revealed = { level: Math.min(level, everything), back };
    this.box.dataset.level = String(back ? everything : Math.floor(this.revealed.level));
    this.send('reveal', this.revealed);
    if (!this.live) this.reduced.reveal(this.revealed.level, back);
  }

  tellVisible() {
    this.send('visible', { visible: this.onscreen && document.visibilityState === 'visible' });
  }

  setNetwork(/** @type {import('../shell/types.js').Network} */ network) {
    this.network = network;
    this.parts = null;
    this.prediction = null; // that of another network
    this.reduced.setParts(null);
    const { unit } = this.pointed;
    if (unit && !has(network, unit)) {
      this.pointed = { unit: null, held: false };
      this.reduced.pointer.point(null, false);
      this.on.pointed(null, false, null);
    }
    this.send('config', network.config);
    this.relay();
  }

  /** Shows what is in the pad when that did not come from the pad itself. */
  setInput(/** @type {import('../shell/types.js').Input} */ input) {
    this.input = input;
    this.reduced.pad.show(input);
    this.sendInput();
  }

  setPrediction(/** @type {import('../shell/types.js').Prediction} */ prediction) {
    this.prediction = prediction;
    if (this.live) this.sendTrace();
    else this.reduced.show(prediction);
  }

  setLook(/** @type {{theme: string, reducedMotion: boolean, lang: string, strings: any}} */ look) {
    this.look = look;
    this.reduced.pointer.still = look.reducedMotion;
    this.reduced.write(look.strings);
    if (this.frame) this.frame.title = look.strings.stage;
    this.send('theme', look);
    this.resized();
  }
}

/** Whether a network has such a unit. */
function has(/** @type {import('../shell/types.js').Network} */ { layers }, /** @type {import('../shell/types.js').Unit} */ { layer, channel, y, x }) {
  const [c, h = 1, w = 1] = shapeOf(layers, layer);
  return channel < c && y < h && x < w;
}

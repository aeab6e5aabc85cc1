// The stage's frame: loads the Ebitengine program, and stands between it and
// the page that holds the frame. Messages, each {type, ...}, over a port that
// the page hands over with {lenet: 1, type: 'connect'}:
//
//   page -> frame
//     config   {activation, pooling, channels: [2], units: [2], classes}
//     theme    {theme: 'dark'|'light', reducedMotion, lang, strings}   strings: see STRINGS
//     room     {height, text, presenting, tools, mining}   as in padbox.js; the width and the ratio of pixels are the frame's
//     trace    {data: Float32Array | null, onto}    laid out as engine.Trace.Data; null: nothing drawn;
//              onto: where the pad lands in the image, [scale, x, y], if that is known
//     ink      {strokes: [[[x, y], ...], ...], count, example}   in units of 1/28 of the pad; count: of
//              the last ink message that the page got; example: the first stroke takes its place
//     picture  {pixels: Uint8Array(784) | null}   shown in place of the strokes
//     visible  {visible}
//     point    {unit: {layer, channel, y, x} | null, held}   as if one had pointed at it
//     votes    {votes: Float32Array}      index and value of the strongest inputs of that unit
//     parts    {data: Float32Array | null, labels, legend}   view.Parts' Data, in place of the
//              activations; labels: [{title, detail}] of the panels, legend: {name, low, high}
//     row      {row: Float32Array | null}   the weights of the linear unit pointed at, -1..1, while
//              parts are on show: on the layer before it
//     reveal   {level, back}              as in view.Reveal
//   frame -> page
//     hello    {v}                the version of these messages, first of all
//     loading  {share, bytes}     how much of the program has come, as in load.js
//     ready    {software}         whether the processor draws, for want of a graphics chip
//     layout   {pad: [x, y, w, h], boxes, height, font, vertical, end: [from, to]}   CSS px of the frame;
//              boxes: of the panels; height: what this width asks for; font: of the labels' titles; end: where the flow leaves, along y (x if vertical)
//     ink      {strokes, done, count}    as one draws, at most once a frame
//     pen      {x, y, down}       the keyboard's pen, in units of the pad
//     key      {action}           a key of the page was pressed here (see keys.js)
//     hover    {layer, channel, y, x, held, top, bottom}   layer as in engine.Config.Layers, -1 the
//              input, 11 an output; held: it stays while the pointer moves on; top and bottom:
//              where it lies in the frame; or {layer: null}
//     lost     {reason}           the view is dead: WebGL is missing or was lost

import { url } from '../shell/bundle.js';
import { find, listen as hear } from '../shell/keys.js';
import { Hand } from './hand.js';
import { KeyPen } from './keypen.js';
import { label, legend, place } from './labels.js';
import { compile } from '../shell/load.js';
import { version } from '../shell/version.js';

const STRINGS = {
  stage: 'The network, layer by layer. Arrow keys move from unit to unit.',
  pad: 'Pad to draw on',
  draw: 'draw here',
  drawHint: 'pen · finger · mouse',
  empty: '',
  input: 'input',
  centred: 'centred by mass',
  legend: 'activation',
};

const stage = document.getElementById('stage');
const pad = document.getElementById('pad');
const hint = document.getElementById('hint');
const labels = document.getElementById('labels');

/** @typedef {import('../shell/types.js').Stroke} Stroke */

let strings = STRINGS;
/** @type {MessagePort|null} */
let port = null;     // to the page
let told = 0;        // how often the page was told of the ink, since the last ready
/** @type {any} */
let go = null;       // the Go program's functions
/** @type {any} as the Go program's host lays out */
let layout = null;
/** @type {any} */
let room = null;     // that the page gives
/** @type {any} */
let parts = null;    // {labels, legend} while the panels show weights or gradients
/** @type {string|null} */
let dead = null;     // why the view does not work any more
let software = false; // the processor draws
let visible = true;
let pointing = false; // at a unit
let example = false; // in the pad: the first stroke takes its place

const send = (/** @type {object} */ message) => port?.postMessage(message);

// ---- Ebitengine's ways, tamed -------------------------------------------

// It looks for gamepads with every frame, which has the browser poll for them.
navigator.getGamepads = () => [];

// Its canvas would take every key, wheel turn and touch, and reload the frame
// when the WebGL context is lost. Input comes from the elements over the canvas
// instead, so none of its listeners is wanted.
HTMLCanvasElement.prototype.addEventListener = () => {};
const listen = EventTarget.prototype.addEventListener;

// It asks for a frame all the time. Let it have one only when something moves.
const nextFrame = window.requestAnimationFrame.bind(window);
/** @type {FrameRequestCallback|null} */
let frame = null;    // Ebitengine's callback, waiting
let wanted = false;  // a frame is needed
let scheduled = 0;   // when one was asked for; 0 where none is on its way

function schedule() {
  const now = performance.now();
  // One that does not come, as after a capture of the whole page, is asked for again.
  if (!wanted || !frame || (scheduled && now - scheduled < 1000) || dead || !visible) return;
  scheduled = now;
  nextFrame((time) => {
    if (!scheduled) return;
    scheduled = 0;
    if (dead || !visible) return;
    const f = frame;
    frame = null;
    wanted = false;
    f(time);
  });
}

window.requestAnimationFrame = (f) => {
  frame = f;
  schedule();
  return 0;
};

function wake() {
  wanted = true;
  schedule();
}

// It takes the ratio of device pixels once and for all, and the body's size in
// whole CSS pixels. Giving it device pixels in their place keeps the picture
// sharp at any zoom.
let device = [0, 0];
const ratio = () => realRatio.call(window) || 1;
const realRatio = Object.getOwnPropertyDescriptor(window, 'devicePixelRatio').get;
Object.defineProperty(window, 'devicePixelRatio', { get: () => 1, configurable: true });
Object.defineProperty(document.body, 'clientWidth', { get: () => device[0] });
Object.defineProperty(document.body, 'clientHeight', { get: () => device[1] });

function resize(/** @type {number} */ width, /** @type {number} */ height) {
  device = [width, height];
  if (!go || dead || !room || !width || !height) return;
  go.resize(stage.getBoundingClientRect().width, room.height, ratio(), room.text, room.presenting, room.tools);
  window.dispatchEvent(new Event('resize')); // draws at once
}

/** @returns {[number, number]} */
const size = () => {
  const { width, height } = stage.getBoundingClientRect();
  return [Math.round(width * ratio()), Math.round(height * ratio())];
};
device = size();
const observer = new ResizeObserver(([e]) => {
  let [width, height] = size();
  const exact = e.devicePixelContentBoxSize?.[0]; // one more or less; emulated ratios are unknown to it
  if (exact && Math.abs(exact.inlineSize - width) <= 1) width = exact.inlineSize;
  if (exact && Math.abs(exact.blockSize - height) <= 1) height = exact.blockSize;
  resize(width, height);
});
try {
  observer.observe(stage, { box: 'device-pixel-content-box' });
} catch {
  observer.observe(stage); // Safari
}

// ---- what the Go program calls -------------------------------------------

const host = {
  attach(/** @type {any} */ functions) {
    go = functions;
    const canvas = document.querySelector('canvas');
    canvas.tabIndex = -1;
    canvas.setAttribute('aria-hidden', 'true');
    listen.call(canvas, 'webglcontextlost', () => fail('the WebGL context was lost'));
    ready();
    port?.start();
  },
  wake,
  laidOut(/** @type {any} */ l) {
    layout = l;
    place(pad, l.pad);
    stage.classList.toggle('down', l.vertical);
    stage.classList.toggle('wrapped', l.wrapped);
    stage.style.setProperty('--label', `${l.font}px`);
    write();
    send({ type: 'layout', pad: l.pad, boxes: l.boxes, height: l.height, font: l.font, vertical: l.vertical, end: l.end });
  },
  drawn(/** @type {Uint8Array} */ bytes, /** @type {boolean} */ done) {
    send({ type: 'ink', strokes: unpack(bytes), done, count: ++told });
  },
  pointed(/** @type {any} */ unit) {
    pointing = !!unit;
    places++;
    send({ type: 'hover', ...(unit ?? { layer: null }) });
  },
  blank(/** @type {boolean} */ yes) {
    stage.classList.toggle('blank', yes);
  },
  failed: fail,
};
Object.assign(globalThis, { lenetStage: host });

function ready() {
  told = 0;
  send({ type: 'ready', software });
}

function fail(/** @type {string} */ reason) {
  if (dead) return;
  dead = reason;
  send({ type: 'lost', reason });
}

// write sets the labels where the layout has them, in the page's language.
function write() {
  stage.setAttribute('aria-label', strings.stage);
  pad.setAttribute('aria-label', strings.pad);
  hint.textContent = strings.empty || (layout?.vertical ? strings.draw : '');
  if (!layout) return;
  const ends = parts?.legend ?? { name: strings.legend, low: layout.low, high: layout.high };
  labels.replaceChildren(...layout.labels.map((/** @type {any} */ l) => (l.panel === -3 ? legend(l, ends) : label(l, strings, parts))));
}

// pack and unpack: strokes as Go has them, float32s of the number of strokes,
// the number of points of each, then every x and y.
function pack(/** @type {Stroke[]} */ strokes) {
  const numbers = [strokes.length, ...strokes.map((s) => s.length)];
  for (const s of strokes) for (const p of s) numbers.push(p[0], p[1]);
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

function unpack(/** @type {Uint8Array} */ bytes) {
  const numbers = new Float32Array(bytes.buffer);
  let at = 1 + numbers[0];
  return Array.from(numbers.subarray(1, at), (n) => {
    const stroke = Array.from({ length: n }, (_, i) => [numbers[at + 2 * i], numbers[at + 2 * i + 1]]);
    at += 2 * n;
    return stroke;
  });
}

// ---- what the page sends --------------------------------------------------

const bytes = (/** @type {ArrayBufferView} */ array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** @type {Record<string, (m: any) => any>} */
const handlers = {
  config(m) {
    parts = null; // those of another network
    return go.config(m.activation, m.pooling, ...m.channels, ...m.units, m.classes ?? 10);
  },
  theme(m) {
    document.documentElement.dataset.theme = m.theme;
    if (m.lang) document.documentElement.lang = m.lang;
    strings = { ...STRINGS, ...m.strings };
    stage.classList.toggle('still', !!m.reducedMotion);
    write();
    return go.theme(m.theme === 'dark', !!m.reducedMotion);
  },
  room(m) {
    room = m;
    for (const name of ['presenting', 'mining']) document.documentElement.classList.toggle(name, !!m[name]);
    stage.tabIndex = m.mining ? -1 : 0;
    resize(...size());
  },
  trace(m) {
    go.onto(...(m.onto ?? [0, 0, 0]));
    return go.trace(m.data && bytes(m.data), software);
  },
  // A message that crossed one of ours is older: the page takes over what ours says.
  ink(m) {
    if (m.count !== told) return null;
    example = !!m.example;
    return go.ink(pack(m.strokes));
  },
  picture: (m) => (hand.draws ? null : go.picture(m.pixels && bytes(m.pixels))),
  point: ({ unit: u, held }) => (u ? go.point(u.layer, u.channel, u.y, u.x, held) : go.leave()),
  votes: (m) => go.votes(bytes(m.votes)),
  parts(m) {
    parts = m.data && m;
    write();
    return go.parts(m.data && bytes(m.data));
  },
  row: (m) => go.row(m.row && bytes(m.row)),
  reveal: (m) => go.reveal(m.level, m.back),
  visible(m) {
    visible = m.visible;
    schedule();
  },
};

window.addEventListener('message', (e) => {
  if (e.source !== window.parent || e.data?.lenet !== 1 || e.data.type !== 'connect' || !e.ports[0]) return;
  port?.close();
  port = e.ports[0];
  port.onmessage = ({ data }) => {
    if (dead) return;
    const problem = handlers[data?.type]?.(data);
    if (problem) console.error(`stage: ${data.type}: ${problem}`);
  };
  send({ type: 'hello', v: version });
  if (dead) send({ type: 'lost', reason: dead });
  if (go && !dead) {
    ready();
    if (layout) host.laidOut(layout);
  }
});

// ---- input ----------------------------------------------------------------

// Phases of a stroke, as in package playground.
const DOWN = 0;
const MOVE = 1;
const UP = 2;
const DROP = 3;

const hand = new Hand(pad, {
  ready: () => go && !dead,
  down: (e) => {
    visible = true; // whatever was said of it
    if (example) go.ink(pack([]));
    example = false;
    go.draw(DOWN, e.clientX, e.clientY);
  },
  move: (e) => go.draw(MOVE, e.clientX, e.clientY),
  up: (e) => go.draw(UP, e.clientX, e.clientY),
  drop: () => go.draw(DROP, 0, 0),
});

new KeyPen(pad, /** @type {HTMLElement} */ (document.querySelector('.pen')), (at) => send({ type: 'pen', ...at }));

const FINGER = 8; // a fingertip may miss a map by this much, CSS px
const GAP = 3;    // a mouse may cross the gap between two maps

let places = 0;       // how often another unit was pointed at
let dragged = false;  // the held unit was moved since the button went down
stage.addEventListener('pointerdown', () => (dragged = false));
stage.addEventListener('pointermove', (e) => {
  if (!go || hand.draws || e.pointerType === 'touch' || e.target === pad) return;
  const before = places;
  if (e.buttons & 1) go.drag(e.clientX, e.clientY);
  dragged ||= places !== before;
  go.hover(e.clientX, e.clientY, GAP);
});
stage.addEventListener('click', (e) => {
  if (e.target !== pad && !dragged) go?.tap(e.clientX, e.clientY, e.pointerType === 'touch' ? FINGER : GAP);
});

stage.addEventListener('keydown', (e) => {
  const key = go && find('stage', e);
  if (!key || (key.action === 'leave' && !pointing)) return; // the page may have a use for it
  e.preventDefault();
  if (key.action === 'leave') go.leave();
  else if (key.action === 'hold') go.hold();
  else if (key.action === 'leap') go.leap(key.way[0]);
  else go[key.action](...key.way);
});
hear((action, name) => {
  send({ type: 'key', action, name });
  return true;
});

// ---- start ----------------------------------------------------------------

async function start() {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) throw new Error('this browser has no WebGL 2');
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  software = /swiftshader|llvmpipe|softpipe|software|basic render/i.test(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // only a trial
  await import(new URL(url('wasm_exec.js'), document.baseURI).href);
  const program = new /** @type {any} */ (globalThis).Go();
  const module = await compile('playground.wasm', (loaded) => send({ type: 'loading', ...loaded }));
  await program.run(await WebAssembly.instantiate(module, program.importObject));
  throw new Error('the stage stopped');
}

start().catch((e) => fail(e.message));

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { maxPoints, maxStrokes, side } from '../shell/constants.js';
import { inputOf, keysOf, labelOf, placeOf, stepsOf } from './host.js';
import { attributes } from '../shell/linkkeys.js';
import { decodeInk, encodeInk, formatLink, longest, maxInk, parseLink } from '../shell/link.js';

/** Strokes of some points each, a zigzag over the pad. */
const drawing = (strokes, points) => Array.from({ length: strokes }, (_, i) => Array.from({ length: points }, (_, j) => [((i * 7.3 + j * 0.31) % side), ((i * 3.1 + j * 0.77) % side)]));
const near = ([x, y], [u, v]) => Math.abs(x - u) < 0.01 && Math.abs(y - v) < 0.01;

test('a drawing reads back whole, or thinned with every stroke and its ends', () => {
  for (const [strokes, points] of [[1, 1], [1, 2], [40, 30], [500, 5], [1900, 2], [2000, 2], [2000, 10], [1, 20000], [7, 2857]]) {
    const whole = drawing(strokes, points);
    const link = formatLink({ experiment: {}, changes: {}, strokes: whole });
    assert.ok(link.length <= longest, `${strokes} × ${points}: ${link.length} characters`);
    const back = parseLink(link).strokes;
    assert.equal(back.length, strokes, `${strokes} × ${points}`);
    back.forEach((s, i) => assert.ok(near(s[0], whole[i][0]) && near(s.at(-1), whole[i].at(-1)), `${strokes} × ${points}: the ends of stroke ${i}`));
    const fits = strokes * (4 * points + 1) - 1 <= maxInk;
    const total = back.reduce((n, s) => n + s.length, 0);
    assert.ok(fits ? total === strokes * points : total <= maxInk / 4, `${strokes} × ${points}: ${total} points`);
    assert.equal(encodeInk(back), encodeInk(decodeInk(encodeInk(back))));
  }
  assert.equal(decodeInk(encodeInk(drawing(maxStrokes + 50, 1))).length, maxStrokes);
  encodeInk([[[NaN, 0], ...Array.from({ length: 9000 }, () => [NaN, Infinity]), [1, 1]]]); // ends
});

test('ampersands as HTML writes them', () => {
  for (const amp of ['&', '&amp;', '&amp;amp;', '&#38;', '&#038;', '&#x26;', '&AMP;']) {
    const { experiment, lang } = parseLink(`#v=1${amp}data=fashion${amp}lr=0.5${amp}lang=zh`);
    assert.deepEqual([experiment, lang], [{ dataset: 'fashion', lr: '0.5' }, 'zh'], amp);
  }
});

test('links take what is valid and ignore the rest', () => {
  const { experiment, changes, lock, panels, ...rest } = parseLink('#preset=nope&data=x&lr=abc&lr=0,5&batch=1e999&seed=7&raw=true&x=&noise=0.5&lock=lr,nope,train&panels=look,x&theme=blue&image=-1&unit=a');
  assert.deepEqual([experiment, changes, lock, panels, rest], [{ seed: '7' }, { raw: true, noise: 0.5 }, ['lr', 'train'], ['look'], {}]);
});

test('data names a set that the page knows, or a file; the last one counts', () => {
  for (const file of ['letters.npz', 'sets/letters_2.csv.gz', 'https://lenet.example.org/course/letters.zip', 'http://127.0.0.1:8080/l.json']) {
    const { file: read, experiment } = parseLink(`#data=fashion&data=${file}`);
    assert.deepEqual([read, experiment], [file, {}]);
    assert.match(formatLink(parseLink(`#data=${file}&sha256=${'0f'.repeat(32)}`)), /^#v=1&data=[^&]+&sha256=(0f){32}$/);
  }
  assert.deepEqual(parseLink('#data=letters.npz&data=mnist').experiment, { dataset: 'mnist' });
  for (const bad of ['../letters.npz', '/etc/letters.npz', 'a/../../b.npz', '//other.example/l.npz', 'javascript:l.npz', 'data:text/csv,1.csv', 'letters.exe', 'https://user@other.example/l.npz', 'l.npz?x=.npz', 'file:///l.npz']) {
    assert.throws(() => keysOf({ data: bad }), /want /, bad);
  }
});

/** One value that each key may have. */
const good = { preset: 'd2l', data: 'fashion', size: 'full', from: 'shown', freeze: 'conv', activation: 'relu', pooling: 'max', lr: 0.5, batch: '1e9', epochs: 3, seed: 1, channels: '6, 16', units: '120,84', pace: '10', workers: 2, reproducible: true,
  raw: 1, sha256: 'a'.repeat(64), rotate: -90, x: 2, y: 0, noise: 0.5, tab: 'input', lesson: 'conv.2', mine: '1', lang: 'zh', theme: 'light', view: 'weights', unit: '3.1.2.2', panels: ['look', 'tools'], lock: 'all', weights: 'mnist', load: 'visible', autoplay: false, ink: 'AAAA.____', image: 7 };

test('every key of a link is taken from a message, and nonsense is refused by name', () => {
  assert.deepEqual(Object.keys(good).sort(), [...attributes].sort());
  for (const [key, value] of Object.entries(good)) {
    keysOf({ [key]: value });
    for (const bad of ['<b>', null, {}, { toString: 1 }, [{}], 'x'.repeat(20000)]) {
      assert.throws(() => keysOf({ [key]: bad }), (e) => e.constructor === Error && e.message.startsWith(`"${key}"`) && /want /.test(e.message), `${key}: ${JSON.stringify(bad)?.slice(0, 40)}`);
    }
  }
  for (const bad of [undefined, null, 7, true, [], { nope: 1 }, { __proto__: null, constructor: '1' }, 'nope=1', 'v=2', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 1]))]) {
    assert.throws(() => keysOf(bad), /want /, JSON.stringify(bad));
  }
  assert.deepEqual(keysOf('#v=1&amp;lr=0.5').experiment, { lr: '0.5' });
});

test('what goto, step, draw and label refuse', () => {
  for (const label of [undefined, null, 7, ['house'], 'x'.repeat(201)]) assert.throws(() => labelOf({ label }), /want /, JSON.stringify(label));
  assert.equal(labelOf({ label: '✓' }), '✓');
  for (const m of [{}, { epoch: 'x' }, { epoch: -1 }, { epoch: NaN }, { epoch: '1' }, { epoch: null }, { lesson: 'a b' }, { unit: 'x' }, { view: 'foo' }, { tab: 'foo' }, { keys: { lr: 1 } }, { keys: { lang: 'zh' } }, { keys: 7 }, { keys: { x: 1 } }]) {
    assert.throws(() => placeOf(m), /want /, JSON.stringify(m));
  }
  assert.deepEqual(placeOf({ epoch: 'now', lesson: 'conv.2', keys: { view: 'weights' } }), { epoch: Infinity, place: { lesson: 'conv.2', view: 'weights' } });
  for (const n of [-1, 0, 1.5, 1001, 1e300, NaN, Infinity, '3', 'x', null, [2], {}]) assert.throws(() => stepsOf({ n }), /want /, String(n));
  assert.deepEqual([stepsOf({}), stepsOf({ n: 1000 })], [1, 1000]);
  const bad = [{ image: '1' }, { image: -1 }, { image: 1.5 }, { image: null }, { ink: 7 }, { ink: 'A'.repeat(maxInk + 1) }, { pixels: 'x'.repeat(784) }, { pixels: Array(784).fill('1') }, { pixels: { length: 784 } },
    { strokes: null }, { strokes: [[[1, null]]] }, { strokes: [[[1, 2, 3]]] }, { strokes: drawing(maxStrokes + 1, 1) }, { strokes: drawing(1, maxPoints + 1) }];
  for (const m of bad) assert.throws(() => inputOf(m), /want /, JSON.stringify(m).slice(0, 60));
  for (const [strokes, points] of [[201, 1], [1500, 3], [maxStrokes, 10]]) assert.equal(inputOf({ strokes: drawing(strokes, points) }).strokes.length, strokes);
});

/** Enough of a browser for embed.js; frames keep the messages that they get. */
class Frame {
  got = [];
  style = {};
  sandbox = [];
  contentWindow = { postMessage: (m) => this.got.push(structuredClone(m)) };
  setAttribute() {}
  remove() {}
}
const listeners = new Set();
class Element {
  style = {};
  title = '';
  attributes = new Map();
  events = [];
  hasAttribute(key) { return this.attributes.has(key); }
  getAttribute(key) { return this.attributes.get(key) ?? null; }
  setAttribute(key, value) { this.put(key, String(value)); }
  removeAttribute(key) { this.put(key, null); }
  put(key, value) {
    const before = this.getAttribute(key);
    value === null ? this.attributes.delete(key) : this.attributes.set(key, value);
    if (this.constructor.observedAttributes.includes(key)) this.attributeChangedCallback(key, before, value);
  }
  append() {}
  dispatchEvent(e) { this.events.push(e); }
  /** What the frame says. */
  says(data, source = this.frame?.contentWindow) {
    for (const f of [...listeners]) f({ source, data: { lenet: 1, ...data } });
  }
}
let Playground;
Object.assign(globalThis, {
  HTMLElement: Element, window: { origin: 'https://course.example.org' }, location: { href: 'https://course.example.org/' },
  document: { currentScript: { src: 'https://lenet.example.org/embed.js' }, createElement: () => new Frame() },
  customElements: { get: () => undefined, define: (_, c) => (Playground = c) },
  addEventListener: (_, f) => listeners.add(f), removeEventListener: (_, f) => listeners.delete(f),
});
await import('./embed.js');

const asText = (value) => (value === true ? '1' : value === false ? '0' : String(value));
const all = Object.fromEntries(Object.entries(good).map(([key, value]) => [key, asText(value)]));

test('all attributes, set before insertion, between insertion and ready, and after', async () => {
  const before = new Playground();
  for (const [key, value] of Object.entries(all)) before.setAttribute(key, value);
  before.connectedCallback();
  const link = Object.fromEntries(new URLSearchParams(before.frame.src.split('#')[1]));
  assert.deepEqual(link, { v: '1', embed: '1', origin: 'https://course.example.org', ...all });

  for (const late of [false, true]) {
    const e = new Playground();
    e.connectedCallback();
    if (late) e.says({ type: 'ready', live: false });
    for (const [key, value] of Object.entries(all)) e.setAttribute(key, value);
    const answered = e.step({ n: 1 }); // after what was set before it
    if (!late) e.says({ type: 'ready', live: false });
    await null;
    assert.deepEqual(e.frame.got, [{ lenet: 1, id: 1, type: 'set', keys: all }, { lenet: 1, id: 2, type: 'step', n: 1 }]);
    e.setAttribute('raw', 'false');
    e.removeAttribute('lock');
    e.removeAttribute('lr'); // says nothing
    await null;
    assert.deepEqual(e.frame.got.at(-1).keys, { raw: '0', lock: '' });
    e.says({ type: 'change', keys: { lr: '0.25' } });
    assert.equal(e.getAttribute('lr'), '0.25');
    await null;
    assert.equal(e.frame.got.length, 3);
    e.says({ type: 'done', id: 2, step: 1 });
    assert.deepEqual(await answered, { step: 1 });
  }
});

test('an element that is moved runs nothing that was cancelled, and uses no id twice', async () => {
  const e = new Playground();
  await assert.rejects(e.train(), /insert the element/);
  e.connectedCallback();
  const first = e.frame;
  const early = [e.train(), e.step({ n: 3 })];
  e.setAttribute('seed', '5');
  e.disconnectedCallback();
  for (const p of early) await assert.rejects(p, /taken out/);
  await assert.rejects(e.reset(), /insert the element/);
  e.connectedCallback();
  e.says({ type: 'ready', live: false });
  assert.deepEqual(e.frame.got, []);
  assert.match(e.frame.src, /seed=5/);
  const reset = e.reset();
  const [{ id }] = e.frame.got;
  assert.ok(id > 2);
  e.says({ type: 'done', id: 2, of: 'step' }, first.contentWindow); // of the frame that is gone
  e.says({ type: 'done', id: 2, of: 'step' });
  e.says({ type: 'done', id, of: 'reset' });
  assert.deepEqual(await reset, { of: 'reset' });
  const lost = e.train();
  e.says({ type: 'ready', live: false }); // the frame was loaded again
  await assert.rejects(lost, /loaded again/);
  const refused = e.call('fly');
  e.says({ type: 'error', id: e.frame.got.at(-1).id, message: 'there is no such command' });
  await assert.rejects(refused, /no such command/);
});

test('EMBEDDING.md has every key and limit', async () => {
  const text = await readFile(new URL('../../../assets/EMBEDDING.md', import.meta.url), 'utf8');
  const [table] = text.split('| key | values | |\n')[1].split('\n\n');
  const documented = table.split('\n').slice(1).flatMap((row) => row.split('|')[1].match(/\w+/g));
  assert.deepEqual(documented.sort(), [...attributes, 'v', 'embed', 'origin'].sort());
  const comma = (n) => n.toLocaleString('en');
  for (const words of [`beyond ${comma(longest)} characters`, `at most ${comma(maxInk)} characters`, `at most ${comma(maxStrokes)} strokes and ${comma(maxPoints)} points`, `(${comma(maxStrokes)} strokes, ${comma(maxPoints)} points`]) {
    assert.ok(text.includes(words), words);
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';

/** @type {any[]} the workers opened so far */
const opened = [];
const config = { activation: 'tanh', pooling: 'avg', channels: [6, 16], units: [120, 84] };
const mark = (step) => ({ step, judged: 0 });
const report = (step) => ({ state: 'training', epoch: 0, epochs: 1, done: step, total: 100, step, seen: step, seconds: 0, points: [] });

/** A worker that answers as the engine does, and dies when a test says so. */
globalThis.Worker = class {
  constructor(script, { name }) {
    Object.assign(this, { name, step: 0 });
    opened.push(this);
  }

  postMessage({ id, message }) {
    const reply = {
      boot: { version: 1, presets: [] }, load: { config, layers: [] }, predict: { empty: true }, files: {}, give: {},
      start: report(message.mark?.step ?? 0), halt: null,
    }[message.type] ?? {};
    if (message.type === 'start') this.step = message.mark?.step ?? 0;
    if (message.type !== 'ping') queueMicrotask(() => this.onmessage?.({ data: { id, reply } }));
  }

  terminate() {
    this.onmessage = null;
  }

  die() {
    this.onmessage?.({ data: { lost: 'it crashed' } });
  }

  /** Takes a step and tells of it. */
  go() {
    this.step++;
    const params = { config, data: new Float32Array(1), step: this.step, epoch: 0, mark: mark(this.step) };
    this.onmessage({ data: { event: { type: 'params', params } } });
    this.onmessage({ data: { event: { type: 'progress', progress: report(this.step) } } });
  }
};
const { Network } = await import('./network.js');
const { Trainer } = await import('./trainer.js');
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a worker that reads is replaced as often as it has worked again since', async () => {
  opened.length = 0;
  const failed = [];
  let settled = 0;
  const on = { network() {}, prediction() {}, settled: (yes) => yes && settled++, failed: (e) => failed.push(e) };
  const n = new Network(/** @type {any} */ ({}), on);
  n.load(new Uint8Array(1));
  n.predict({ strokes: [], picture: null });
  for (let i = 0; i < 5; i++) {
    await settle();
    assert.equal(opened.length, i + 1);
    opened.at(-1).die();
  }
  await settle();
  assert.deepEqual(failed, []);
  assert.ok(settled >= 6, `all was on show ${settled} times`);
  // One that never works again is not replaced for ever.
  while (!failed.length && opened.length < 20) opened.at(-1).die();
  assert.equal(failed.length, 1);
  assert.equal(opened.length, 6 + 2);
});

test('a run goes on after any number of losses, as long as it gets further', async () => {
  opened.length = 0;
  let lost = 0;
  const on = { loading() {}, progress() {}, params() {}, fewer() {}, lost: () => lost++ };
  const t = new Trainer(Promise.resolve(/** @type {any} */ ({})), on);
  await t.start({ ...config, epochs: 1, batch: 1, lr: 0.1, seed: 0 }, { dataset: 'mnist', full: false, workers: '1', reproducible: false });
  await t.run();
  for (let i = 0; i < 30; i++) {
    opened.at(-1).go();
    opened.at(-1).die();
    await settle();
  }
  assert.equal(lost, 0);
  assert.equal(opened.at(-1).step, 30); // from where it stood
  for (let i = 0; i < 20 && !lost; i++) {
    opened.at(-1).die();
    await settle();
  }
  assert.equal(lost, 1);
  clearInterval(t.watching);
});

test('gradients of a run that was given up meanwhile are none', async () => {
  opened.length = 0;
  const on = { loading() {}, progress() {}, params() {}, fewer() {}, lost() {} };
  const t = new Trainer(Promise.resolve(/** @type {any} */ ({})), on);
  const how = { dataset: 'mnist', full: false, workers: '1', reproducible: false };
  await t.start({ ...config, epochs: 1, batch: 1, lr: 0.1, seed: 0 }, how);
  assert.ok(await t.gradients(null));
  const late = t.gradients(null);
  t.reset();
  assert.equal(await late, null);
  assert.equal(await t.gradients(null), null);
  await t.start({ ...config, epochs: 1, batch: 1, lr: 0.1, seed: 0 }, how);
  const former = t.gradients(null);
  await t.start({ ...config, epochs: 1, batch: 1, lr: 0.2, seed: 0 }, how);
  assert.equal(await former, null);
  clearInterval(t.watching);
});

test('the test images are as many as the run on show counts on', async () => {
  const { TestImages } = await import('./testimages.js');
  const fetched = [];
  const n = { client: {}, call: async (type, fields) => (type === 'fetch' ? fetched.push(`${fields.dataset} ${fields.full}`) : {}) };
  let full = false;
  const tests = new TestImages(Promise.resolve(/** @type {any} */ (n)), () => full, () => {});
  await tests.ask('fashion', 'examine', {});
  await tests.ask('fashion', 'samples', {});
  full = true; // a run on all of the set
  await tests.ask('fashion', 'examine', {});
  await tests.ask('fashion', 'examine', {});
  n.client = {}; // another worker
  await tests.ask('fashion', 'examine', {});
  full = false;
  await tests.ask('mnist', 'examine', {});
  globalThis.fetch = async () => ({ ok: true, headers: new Headers(), body: new Response(JSON.stringify({ sets: ['mnist'] })).body });
  await tests.ask('mnist', 'samples', { indices: [999] });
  await tests.ask('mnist', 'samples', { indices: [1000] }); // of all of them
  await tests.ask('fashion', 'samples', { indices: [1000] }); // which this site does not offer
  assert.deepEqual(fetched, ['fashion false', 'fashion true', 'fashion true', 'mnist false', 'mnist true', 'fashion false']);
});

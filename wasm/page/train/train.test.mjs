import assert from 'node:assert/strict';
import test from 'node:test';
import { ceiling, lossAxis, tick, worst } from './axis.js';
import { datasets, sets } from '../shell/sets.js';
import { Keeper, revive } from './kept.js';
import { examples, namesOf, own as ownSets } from './own.js';
import { readLog } from './log.js';
import { counted, drawable } from './points.js';
import { Readings, turn } from './readings.js';
import { fullName, nameOf } from './runs.js';
import { Timeline } from './timeline.js';

const element = () => Object.assign(new EventTarget(), {
  children: /** @type {any} */ ({}), hidden: false, value: '', dataset: {}, textContent: '',
  setAttribute() {}, focus() {}, querySelector(name) { return (this.children[name] ??= element()); },
});
const timeline = (on = {}) => new Timeline(element(), element(), element(), { show() {}, moved() {}, ...on });

test('the moments of a run fit a budget in bytes, whatever the network', () => {
  for (const [floats, least] of [[500, 32], [61706, 32], [1.3e6, 4]]) {
    const t = timeline();
    const data = new Float32Array(floats);
    for (let step = 0; step < 3000; step++) t.add({ config: null, data, step, epoch: step / 100, mark: null });
    const bytes = t.kept.length * data.byteLength;
    assert.ok(t.kept.length <= 64 && bytes <= 33 << 20, `${t.kept.length} moments of ${floats} floats are ${bytes} bytes`);
    assert.ok(t.kept.length >= least, `only ${t.kept.length} moments of ${floats} floats`);
    assert.equal(t.kept[0].step, 0);
    assert.equal(t.kept.at(-1).step, 2999);
  }
});

test('after a write that failed the newest state is written', async () => {
  const done = [];
  const keeper = new Keeper();
  const write = (name, fails = false) => async () => {
    await null;
    done.push(name);
    if (fails) throw new Error('the disk is full');
  };
  const first = keeper.put(write('1', true));
  keeper.put(write('2'));
  const third = keeper.put(write('3'));
  await Promise.all([first, third]); // the last one went well: the run is kept
  assert.deepEqual(done, ['1', '3']);
  await assert.rejects(keeper.put(write('4', true)), /disk is full/);
  await keeper.put(write('5'));
  assert.deepEqual(done, ['1', '3', '4', '5']);
});

test('what the legend says of a moment was known then, and counts from the beginning of the epoch', () => {
  // Ten steps an epoch; in step n the loss is n, and n of 100 images are right.
  const points = [{ epoch: 0, loss: 1, acc: 0.01 }];
  for (let n = 2; n <= 30; n++) {
    const end = n % 10 === 0;
    const mean = n - 4.5;
    points.push({ epoch: n / 10, loss: n, acc: n / 100, ...(end && { done: { loss: mean, acc: mean / 100, test: n / 100 } }) });
  }
  const close = (got, want) => assert.ok(Math.abs(got - want) < 1e-9, `${got}, want ${want}`);
  for (let n = 1; n <= 30; n++) {
    const { loss, acc, test } = counted(points, n === 1 ? 0.1 : n / 10, 10);
    const first = 10 * Math.floor((n - 1) / 10) + 1;
    close(loss, (first + n) / 2);
    close(acc, (first + n) / 200);
    assert.equal(test, n < 10 ? undefined : Math.floor(n / 10) / 10);
  }
  assert.deepEqual(counted(points, Infinity, 10), counted(points, 3, 10));
  assert.equal(counted([], 1), null);
  close(counted([{ epoch: 0.5, loss: 1, acc: 0 }, { epoch: 1, loss: 3, acc: 1 }], 1).loss, 2); // of a log
});

test('the axis fits the losses on show, and its numbers their room', () => {
  const axis = (...losses) => ceiling(worst(losses));
  assert.deepEqual([[], [2.3], [2.54], [2.7], [4380], [12], [1e9], [NaN, 2]].map((l) => axis(...l)), [2.5, 2.5, 2.5, 3, 5000, 25, 1e9, 2.5]);
  for (const v of [0, 0.5, 1.5, 2.5, 1000, 4380, 99999, 123456, 999999, 1e9, 3.3e37, 0.1, 0.02, 1e-5]) assert.ok(tick(v).length <= 5, tick(v));
  for (const losses of [[], [2.3, 0.02], [4380, 2.3], [1e-9, 1e9], [0, NaN, Infinity, 2]]) {
    for (const log of [false, true]) {
      const { at, ticks } = lossAxis(losses, log);
      assert.ok(ticks.length >= 2 && ticks.every((v) => at(v) > -1e-3 && at(v) < 1 + 1e-9), `${losses}: ${ticks}`);
      for (const v of losses.filter((v) => v > 1e-3 && Number.isFinite(v))) assert.ok(at(v) <= 1.03, `${v} lies at ${at(v)}`);
    }
  }
  const { at } = lossAxis([2.3, 0.02], true);
  assert.ok(Math.abs(at(0.2) - at(0.02) - (at(2) - at(0.2))) < 1e-9);
});

test('runs are called by what they differ in', () => {
  const one = { activation: 'tanh', pooling: 'avg', channels: [6, 16], units: [120, 84], lr: 0.1, batch: 32, seed: 0, dataset: 'mnist', full: false };
  assert.equal(nameOf([one], one), 'Tanh · MNIST 6,000 · lr 0.1 · seed 0');
  const two = { ...one, activation: 'sigmoid', lr: 0.9 };
  assert.deepEqual([one, two].map((a) => nameOf([one, two, { file: 'run.csv' }], a)), ['Tanh · lr 0.1', 'Sigmoid · lr 0.9']);
  const full = { ...one, full: true, seed: 3 };
  assert.equal(nameOf([one, full], full), 'MNIST 60,000 · seed 3');
  assert.equal(nameOf([one, { file: 'run.csv' }], { file: 'run.csv' }), 'run.csv');
  assert.ok(fullName(one).includes('batch 32'));
});

test('a run of a thousand epochs is drawn by a thousand points', () => {
  const points = Array.from({ length: 11001 }, (_, i) => ({ epoch: i / 11, loss: 1, acc: 0.5 }));
  const drawn = drawable(points);
  assert.ok(drawn.length <= 1001 && drawn.length > 500 && drawn.at(-1) === points.at(-1));
});

test('every moment reads what is in the pad; the old readings stay until it has', async () => {
  const asked = [];
  const moments = [1, 2, 3].map((step) => ({ step, epoch: step / 10 }));
  const waiting = [];
  const r = new Readings((c, pixels) => new Promise((resolve) => {
    asked.push([c.step, pixels[0]]);
    waiting.push(() => resolve(Float32Array.from({ length: 10 }, (_, i) => (i === (c.step === 1 ? 6 : pixels[0]) ? 1 : 0))));
  }), () => {});
  const answerAll = async () => {
    for (let n = 0; n < 20; n++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const answer of waiting.splice(0)) answer();
    }
  };
  r.follow(moments);
  assert.deepEqual(r.list, []);
  r.see(Uint8Array.of(5));
  await answerAll();
  assert.deepEqual(r.list.map(({ step, p }) => [step, p.indexOf(1)]), [[1, 6], [2, 5], [3, 5]]);
  assert.deepEqual(turn(r.list, 3).before.step, 1);
  assert.equal(turn(r.list, 1).before, undefined);
  r.see(Uint8Array.of(5)); // the same: no moment reads it again
  moments.push({ step: 4, epoch: 0.4 });
  r.follow(moments);
  await answerAll();
  assert.deepEqual(asked.map(([step]) => step).sort(), [1, 2, 3, 4]);
  r.see(Uint8Array.of(7));
  assert.deepEqual(r.list.map(({ p }) => p.indexOf(1)), [6, 5, 5, 5]);
  await answerAll();
  assert.deepEqual(r.list.map(({ p }) => p.indexOf(1)), [6, 7, 7, 7]);
  r.see(null);
  assert.deepEqual(r.list, []);
  r.follow([{ step: 0, epoch: 0 }]);
  assert.deepEqual(r.list, []);
});

test('a long log is thinned, and read without its lines side by side', () => {
  const epoch = (i) => `{"event":"epoch","epoch":${i + 1},"loss":${1 / (i + 1)},"train_acc":0.5,"test_acc":0.6}\n`;
  const text = Array.from({ length: 130000 }, (_, i) => epoch(i)).join('');
  const points = readLog(text);
  assert.ok(points.length <= 2001 && points.length >= 1000, `${points.length} points`);
  assert.deepEqual([points[0].epoch, points.at(-1).epoch], [1, 130000]);
  const csv = `event,epoch,loss,train_acc,test_acc\r\n${Array.from({ length: 30000 }, (_, i) => `step,${i / 100},2,0.1,\r\n`).join('')}epoch,300,1,0.5,0.6\r\nstep,30`;
  const mixed = readLog(csv);
  assert.ok(mixed.length <= 2002, `${mixed.length} points`);
  assert.deepEqual(mixed.at(-1).done, { loss: 1, acc: 0.5, test: 0.6 });
});

const config = { activation: 'tanh', pooling: 'avg', channels: [1, 1], units: [1, 1] };
const params = () => ({ config: { ...config }, data: new Float32Array(26 + 26 + 26 + 2 + 20), step: 3, epoch: 0.5, mark: {
  epoch: 0, done: 96, testing: false, judged: 0, right: 0, step: 3, seen: 96, seconds: 1, loss: 200, correct: 9, test: -1, pointDone: 96, pointLoss: 200, pointCorrect: 9,
} });
const good = () => ({
  v: 1, id: 7, link: '', settings: { preset: 'quick' }, state: 'paused', params: params(),
  job: { recipe: { ...config, epochs: 2, batch: 32, lr: 0.1, seed: 0 }, dataset: 'mnist', size: 'subset', full: false, reproducible: false },
  progress: { state: 'training', epoch: 0, epochs: 2, done: 96, total: 6000, testing: false, step: 3, seen: 96, seconds: 1, loss: 2, acc: 0.1, test: NaN, lr: 0.1, points: [] },
  points: [{ epoch: 0, loss: 2.3, acc: 0.1 }, { epoch: 1, loss: 2, acc: 0.2, done: { loss: 2, acc: 0.2, test: 0.3 } }],
});

test('a kept run whose curves or moments are junk is there again without them', () => {
  const past = [{ ...params(), id: 7 }];
  const whole = revive(good(), past);
  assert.equal(whole.points.length, 2);
  assert.equal(whole.past.length, 1);
  const junk = [undefined, null, 0, 7, NaN, '', 'text', true, {}, [], [null], [undefined], [7], ['text'], [[]], [{}], [{ epoch: 1 }], [{ epoch: '1', loss: '2', acc: '3' }],
    [{ epoch: NaN, loss: 1, acc: 1 }], [{ epoch: 1, loss: Infinity, acc: 1 }], [{ epoch: 1, loss: null, acc: 1 }], [{ epoch: -1, loss: 1, acc: 1 }], [{ epoch: 1, loss: 1, acc: 1, done: null }],
    [{ epoch: 1, loss: 1, acc: 1, done: 5 }], [{ epoch: 1, loss: 1, acc: 1, done: {} }], [{ epoch: 1, loss: 1, acc: 1, done: { loss: 1, acc: 1, test: 'x' } }], new Float32Array(9), new Map(), new Date(), new ArrayBuffer(8)];
  for (const bad of junk) {
    assert.deepEqual(revive({ ...good(), points: bad }, past)?.points, [], `points ${JSON.stringify(bad)}`);
    assert.deepEqual(revive(good(), bad)?.past, [], `past ${JSON.stringify(bad)}`);
  }
  for (const bad of [null, 5, 'x', []]) assert.deepEqual(revive({ ...good(), settings: bad }, past).settings, {});
  const many = Array.from({ length: 200000 }, (_, i) => ({ epoch: i / 100, loss: 1, acc: 1 }));
  assert.ok(revive({ ...good(), points: many }, past).points.length <= 20000);
  assert.equal(revive({ ...good(), points: [null, ...good().points, 'x'] }, [null, ...past]).points.length, 2);
});

test('of the runs to compare with the sound ones are there again', () => {
  const about = { activation: 'tanh', pooling: 'avg', channels: [6, 16], units: [120, 84], lr: 0.1, batch: 32, seed: 0, dataset: 'mnist', full: false };
  const points = good().points;
  const others = [{ about, points }, { about: { file: 'run.csv' }, points }];
  assert.deepEqual(revive({ ...good(), others }, []).others, others);
  assert.deepEqual(revive(good(), []).others, []); // of a page that kept none
  for (const bad of [null, 7, 'x', {}, [], { about }, { points }, { about: { file: 3 }, points }, { about: { ...about, dataset: '__proto__' }, points }, { about: { ...about, lr: NaN }, points }, { about, points: [{ epoch: 1 }] }]) {
    assert.deepEqual(revive({ ...good(), others: bad }, []).others, []);
    assert.deepEqual(revive({ ...good(), others: [bad, ...others] }, []).others, others);
  }
});

test('a run on a data set of the reader\'s own is there again with that set, or not at all', () => {
  const part = (/** @type {number} */ n, label = 0) => {
    const [images, labels] = [new Uint8Array(16 + 784 * n), new Uint8Array(8 + n).fill(label)];
    for (const file of [images, labels]) new DataView(file.buffer).setUint32(4, n);
    return { images, labels };
  };
  const set = () => ({ id: 7, title: 'Mine', classes: ['✓', '♥', '★'], train: part(6), test: part(3, 2), recipe: {} });
  const three = { ...config, classes: 3 };
  const run = () => ({ ...good(), job: { ...good().job, recipe: { ...good().job.recipe, ...three }, dataset: 'mine' }, params: { ...params(), config: three, data: new Float32Array(26 + 26 + 26 + 2 + 6) } });
  assert.deepEqual(revive(run(), [], set()).own, set());
  assert.equal(revive({ ...run(), params: params() }, [], set()), null); // of ten classes
  for (const none of [undefined, null, 5, {}, []]) assert.equal(revive(run(), [], none), null);
  const bad = [{ id: 8 }, { classes: ['✓'] }, { classes: [1, 2, 3] }, { train: part(6, 3) }, { test: { ...part(3), labels: part(2).labels } }, { train: { images: [], labels: [] } }, { test: null }, { recipe: null }, { title: 3 }];
  for (const change of bad) assert.equal(revive(run(), [], { ...set(), ...change }), null, JSON.stringify(change));

  const own = { train: set().train, test: set().test };
  assert.equal(sets.mine, undefined);
  const kept = ownSets.adopt('mine', { ...set(), ...own });
  assert.deepEqual([sets.mine.classes, datasets.at(-1)], [['✓', '♥', '★'], 'mine']);
  assert.equal(ownSets.adopt('mine', set()), kept); // the same images
  ownSets.put('mine', { ...set(), train: part(7) });
  const then = ownSets.adopt('mine', set());
  assert.notEqual(then.generation, ownSets.get('mine').generation);
  assert.equal(examples(ownSets.get('mine').train.labels), 7);
  ownSets.put('mine', { ...set(), classes: ['✓', '♥', '★', '♦'] });
  assert.deepEqual([sets['mine before'].classes, namesOf('mine', then), namesOf('mine', ownSets.get('mine'))], [['✓', '♥', '★'], 'mine before', 'mine']); // a network on show may have those
  ownSets.drop('mine');
  assert.ok(sets.mine && !datasets.includes('mine')); // a network on show may have its classes
});

test('a kept run without sound weights is none', () => {
  for (const bad of [undefined, null, 0, NaN, 'x', true, {}, [], [null]]) {
    for (const key of ['job', 'progress', 'params', 'state', 'v']) assert.equal(revive({ ...good(), [key]: bad }, []), null, `${key} ${JSON.stringify(bad)}`);
    for (const key of ['data', 'config', 'step', 'epoch', 'mark']) {
      if ((key === 'step' || key === 'epoch') && bad === 0) continue;
      assert.equal(revive({ ...good(), params: { ...params(), [key]: bad } }, []), null, `params.${key} ${JSON.stringify(bad)}`);
    }
    assert.equal(revive(bad, []), null);
    for (const key of Object.keys(params().mark)) {
      if (bad === (key === 'testing' ? true : 0)) continue;
      assert.equal(revive({ ...good(), params: { ...params(), mark: { ...params().mark, [key]: bad } } }, []), null, `mark.${key} ${JSON.stringify(bad)}`);
    }
  }
});

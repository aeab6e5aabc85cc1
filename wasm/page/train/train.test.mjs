import assert from 'node:assert/strict';
import test from 'node:test';
import { known, lossAxis, tick } from './chart.js';
import { Keeper, revive } from './kept.js';
import { readLog } from './log.js';
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

test('what the legend says of a moment was known then', () => {
  const points = [];
  for (let i = 0; i <= 30; i++) {
    const epoch = i / 10;
    points.push({ epoch, loss: 3 - epoch, acc: epoch / 3 });
    if (i && i % 10 === 0) points.push({ epoch, loss: 1, acc: 0.5, done: { loss: 1, acc: 0.5, test: epoch / 10 } });
  }
  assert.equal(known(points, 0.03).test, undefined);
  assert.equal(known(points, 0.03).acc.epoch, 0);
  assert.equal(known(points, 0.99).test, undefined);
  assert.equal(known(points, 1).test.done.test, 0.1);
  assert.equal(known(points, 2.95).test.done.test, 0.2);
  assert.equal(known(points, Infinity).test.done.test, 0.3);
});

test('the axis fits the losses on show, and its numbers their room', () => {
  const axis = (...losses) => lossAxis(losses.map((loss) => ({ loss })));
  assert.deepEqual([[], [2.3], [2.54], [2.7], [4380], [12], [1e9], [NaN, 2]].map((l) => axis(...l)), [2.5, 2.5, 2.5, 3, 5000, 25, 1e9, 2.5]);
  for (const v of [0, 0.5, 1.5, 2.5, 1000, 4380, 99999, 123456, 999999, 1e9, 3.3e37]) assert.ok(tick(v).length <= 5, tick(v));
});

test('a long log is thinned, and read without its lines side by side', () => {
  const epoch = (i) => `{"event":"epoch","epoch":${i + 1},"loss":${1 / (i + 1)},"train_acc":0.5,"test_acc":0.6}\n`;
  const text = Array.from({ length: 130000 }, (_, i) => epoch(i)).join('');
  const points = readLog(text);
  assert.ok(points.length <= 2001 && points.length >= 1000, `${points.length} points`);
  assert.deepEqual([points[0].epoch, points.at(-1).epoch], [1, 130000]);
  assert.equal(lossAxis(points), 2.5);
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

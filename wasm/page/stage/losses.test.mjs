import assert from 'node:assert/strict';
import test from 'node:test';
import { Losses } from './losses.js';

const minute = 60_000;

test('a frame that is lost again and again is given up', () => {
  const losses = new Losses();
  assert.deepEqual([0, 1, 2, 3].map((at) => losses.add(at * 1000)), [true, true, true, false]);
});

test('one that works for a while is forgiven', () => {
  const losses = new Losses();
  for (let at = 0; at < 100; at++) assert.ok(losses.add(at * 2 * minute), `loss ${at}, two minutes after the last one`);
});

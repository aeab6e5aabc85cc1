import assert from 'node:assert/strict';
import test from 'node:test';
import { cut } from './first.js';

/** @type {[number, number][][]} */
const strokes = [[[0, 0], [4, 0], [4, 4]], [[10, 10], [10, 12]]]; // 8 and 2 long

test('a drawing is cut by its length', () => {
  assert.deepEqual(cut(strokes, 0), [[[0, 0], [0, 0]]]);
  assert.deepEqual(cut(strokes, 0.2), [[[0, 0], [2, 0]]]);
  assert.deepEqual(cut(strokes, 0.6), [[[0, 0], [4, 0], [4, 2]]]);
  assert.deepEqual(cut(strokes, 0.9), [[[0, 0], [4, 0], [4, 4]], [[10, 10], [10, 11]]]);
  assert.deepEqual(cut(strokes, 1), strokes);
});

test('there may be nothing to cut', () => assert.deepEqual(cut([], 0.5), []));

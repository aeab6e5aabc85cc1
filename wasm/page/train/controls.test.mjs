import assert from 'node:assert/strict';
import test from 'node:test';
import { differences } from './controls.js';
import { plateau } from './run.js';

const classic = { activation: 'sigmoid', pooling: 'avg', channels: [6, 16], units: [120, 84] };

test('what a network on show has that the next one has not is named', () => {
  assert.deepEqual(differences(classic, { ...classic }), [[], []]);
  assert.deepEqual(differences(classic, { ...classic, activation: 'tanh' }), [['Sigmoid'], ['Tanh']]);
  assert.deepEqual(differences(classic, { activation: 'relu', pooling: 'max', channels: [2, 4], units: [120, 80] }),
    [['Sigmoid', 'average pooling', '6, 16 channels', '120, 84 units'], ['ReLU', 'max pooling', '2, 4 channels', '120, 80 units']]);
});

test('the plateau is longer at a lower rate, and never shorter than measured', () => {
  assert.equal(plateau(0.9), 340);
  assert.equal(plateau(10), 340);
  assert.equal(plateau(0.1), 1700);
});

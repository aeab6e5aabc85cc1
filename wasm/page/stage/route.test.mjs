import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { backward, forward } from './route.js';

const layer = (/** @type {number} */ index, /** @type {string} */ name, /** @type {number[]} */ shape, params = 0) => ({ index, name, shape, params, detail: '' });
const network = {
  config: { activation: 'tanh', pooling: 'max', channels: [6, 16], units: [120, 84] },
  layers: [
    layer(0, 'Conv2d', [6, 28, 28], 156), layer(1, 'Tanh', [6, 28, 28]), layer(2, 'MaxPool2d', [6, 14, 14]),
    layer(3, 'Conv2d', [16, 10, 10], 2416), layer(4, 'Tanh', [16, 10, 10]), layer(5, 'MaxPool2d', [16, 5, 5]), layer(6, 'Flatten', [400]),
    layer(7, 'Linear', [120], 48120), layer(8, 'Tanh', [120]), layer(9, 'Linear', [84], 10164), layer(10, 'Tanh', [84]), layer(11, 'Linear', [10], 850),
  ],
};
const facts = { empty: false, picture: false, raw: false, network, answer: '5', p: '98.0 %', learning: true, batch: '32', loss: '0.22', lr: '0.1' };

test('the image stops at every layer, with its numbers', () => {
  const stops = forward(facts);
  assert.deepEqual(stops.map((s) => s.level), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.ok(stops.every((s) => !s.back && !s.shows));
  assert.deepEqual(stops[2].values, { maps: '6', side: '28', input: '28', act: 'Tanh' });
  assert.deepEqual(stops[4].values, { maps: '16', of: '6', side: '10', act: 'Tanh' });
  assert.equal(stops[5].key, 'through.pool2.max');
  assert.deepEqual(stops[5].values, { maps: '16', side: '5', values: '400' });
  assert.deepEqual(stops[6].values, { units: '120', values: '400', act: 'Tanh' });
  assert.deepEqual(stops[7].values, { units: '84', values: '120', act: 'Tanh' });
  assert.deepEqual(stops[8].values, { n: '10', answer: '5', p: '98.0 %' });
});

test('the error stops at every layer with weights, and the weights step', () => {
  const stops = backward(facts);
  assert.deepEqual(stops.map((s) => s.level), [8, 7, 6, 5, 4, 3, 2, 1, 8]);
  assert.deepEqual(stops.map((s) => s.values.weights), [undefined, '850', '10,164', '48,120', undefined, '2,416', undefined, '156', '61,706']);
  assert.deepEqual([stops[5].values.places, stops[7].values.places], ['100', '784']);
  assert.ok(stops.slice(0, -1).every((s) => s.back && s.shows === 'gradients'));
  assert.deepEqual([stops[8].back, stops[8].shows, stops[8].values.lr], [false, 'weights', '0.1']);
});

test('the error goes no further than the layers that learn', () => {
  const conv = backward({ ...facts, freeze: 'conv' });
  assert.deepEqual(conv.map((s) => [s.level, s.key]), [[8, 'through.back.loss'], [7, 'through.back.answers'], [6, 'through.back.linear'], [5, 'through.back.linear'], [5, 'through.back.frozen'], [8, 'through.step']]);
  assert.equal(conv.at(-1).values.weights, '59,134');
  const last = backward({ ...facts, freeze: 'all-but-last' });
  assert.deepEqual(last.map((s) => s.level), [8, 7, 7, 8]);
  assert.equal(last.at(-1).values.weights, '850');
});

test('every sentence is there in both languages, with the values that it names', () => {
  for (const language of ['en', 'zh']) {
    const texts = JSON.parse(readFileSync(`../../assets/strings/${language}.json`, 'utf8'));
    for (const pooling of ['avg', 'max']) {
      for (const some of [{}, { picture: true }, { raw: true }, { empty: true }, { freeze: 'conv' }]) {
        const all = { ...facts, ...some, network: { ...network, config: { ...network.config, pooling } } };
        for (const { key, values } of [...forward(all), ...backward(all)]) {
          const named = [...(texts[key]?.matchAll(/\{(\w+)\}/g) ?? [])].map((m) => m[1]);
          assert.ok(texts[key] && named.every((name) => values[name]), `${language} ${key}: ${texts[key]}`);
        }
      }
    }
  }
});

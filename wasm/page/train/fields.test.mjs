import assert from 'node:assert/strict';
import test from 'node:test';
import { read } from './fields.js';

const cases = {
  lr: {
    '0.1': '0.1', '0,1': '0.1', '.5': '0.5', ',5': '0.5', '0,5': '0.5', '1.': '1', '1e-3': '0.001', '1,5e-1': '0.15', ' 0.3 ': '0.3', '+2': '2', '100': '100', '0.0001': '0.0001',
    '０．１': '0.1', '０，５': '0.5', '0,100': '0.1',
    '-1': 'field.range', '−1': 'field.range', '0': 'field.range', '0,00001': 'field.range', '1e-50': 'field.range', '1e400': 'field.range', '100,5': 'field.range', '101': 'field.range',
    '1,000': 'field.unclear', '100,200': 'field.unclear', "1'000": 'field.unclear',
    '': 'field.number', 'abc': 'field.number', '5%': 'field.number', '1/2': 'field.number', '0,1,2': 'field.number', '1.000,5': 'field.number', 'NaN': 'field.number', 'Infinity': 'field.number', '0x10': 'field.number', '1 2': 'field.number',
  },
  batch: {
    '32': '32', '1e2': '100', '32.0': '32', '32,0': '32', '1,000': '1000', '1 000': '1000', "1'000": '1000', '３２': '32',
    '0,5': 'field.whole', '2.5': 'field.whole', '-1': 'field.range', '0': 'field.range', '1025': 'field.range', '100,200': 'field.range', '1e9': 'field.range', 'many': 'field.number', '': 'field.number',
  },
  epochs: { '6': '6', '1,000': '1000', '1001': 'field.range', '-6': 'field.range', '1,5': 'field.whole' },
  seed: { '0': '0', '9007199254740991': '9007199254740991', '9007199254740992': 'field.range', '-1': 'field.range', '1.5': 'field.whole' },
  channels: {
    '6, 16': '6, 16', '6,16': '6, 16', '6 16': '6, 16', '6x16': '6, 16', '6 × 16': '6, 16', '(6, 16)': '6, 16', '[6,16]': '6, 16', '6；16': '6, 16', '6、16': '6, 16', '64,64': '64, 64',
    '100,200': 'field.range', '6,65': 'field.range', '0,5': 'field.range', '-6, 16': 'field.pair', '6.5, 16': 'field.pair', '6': 'field.pair', '6,16,32': 'field.pair', 'six, 16': 'field.pair', '': 'field.pair',
  },
  units: { '120, 84': '120, 84', '100,200': '100, 200', '513, 84': 'field.range', '1e2, 84': 'field.pair' },
};
for (const [key, texts] of Object.entries(cases)) {
  test(`${key} as typed`, () => {
    for (const [text, want] of Object.entries(texts)) {
      const { value, refused } = read(key, text);
      assert.equal(value ?? refused, want, `${key} ${JSON.stringify(text)}`);
    }
  });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { isPicture } from '../shell/dropped.js';
import { fit } from './picture.js';

test('pictures are known by their type or their name', () => {
  for (const [type, name] of [['image/png', ''], ['', 'three.PNG'], ['', 'scan.jpeg'], ['image/heic', 'x'], ['', 'a.svg']]) assert.ok(isPicture({ type, name }), `${type} ${name}`);
  for (const [type, name] of [['', 'lenet.safetensors'], ['', 'w.npz'], ['', 'w.pt'], ['text/csv', 'run.csv'], ['', 'png'], ['', 'run.jsonl']]) assert.ok(!isPicture({ type, name }), `${type} ${name}`);
});

test('large pictures are scaled down to what the engine takes', () => {
  assert.deepEqual(fit(28, 28), [28, 28]);
  assert.deepEqual(fit(2048, 2048), [2048, 2048]);
  for (const [w, h] of [[4000, 3000], [100000, 10], [1, 5e6], [8192, 8192], [12345, 6789]]) {
    const [width, height] = fit(w, h);
    assert.ok(width >= 1 && height >= 1 && width * height <= 4 << 20, `${w}×${h} became ${width}×${height}`);
    if (width > 1 && height > 1) assert.ok(Math.abs(Math.log((width / height) / (w / h))) < 0.2, `${w}×${h} became ${width}×${height}`);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanName, Collection, keysOf, limits, sortNames } from './collection.js';
import { sound } from './storage.js';

const drawing = (name, v = 1) => ({ name, pixels: new Uint8Array(784).fill(v), strokes: null });
const shown = (c) => c.kinds.map((kind) => `${kind.name} ${c.of(kind.id).map((item) => item.pixels[0])}`).join('; ');

test('every change can be taken back, and what is written down is the same', () => {
  const stored = new Collection(() => {});
  const c = new Collection((patch) => stored.apply(structuredClone(patch)));
  const states = [shown(c)];
  const house = c.addKind('house');
  states.push(shown(c));
  for (const change of [
    () => c.file([drawing('house', 1)]), () => c.file([drawing('face', 2), drawing('house', 3)]), () => c.rename(house.id, '✓'),
    () => c.remove(c.of(house.id)[0].id), () => c.removeKind(house.id), () => c.file([drawing('✓', 4)], ['empty']),
  ]) {
    change();
    states.push(shown(c));
    assert.equal(shown(stored), shown(c));
  }
  assert.equal(states.at(-1), 'face 2; empty ; ✓ 4');
  for (const state of states.reverse()) {
    assert.equal(shown(c), state);
    assert.equal(shown(stored), state);
    c.undo();
  }
  assert.equal(c.undo(), null);
});

test('limits of classes, drawings and names', () => {
  const c = new Collection(() => {});
  const { items, left } = c.file(Array.from({ length: limits.items + 3 }, (_, i) => drawing(`k${i % (limits.kinds + 1)}`)));
  assert.equal(c.kinds.length, limits.kinds);
  assert.equal(items.length + left, limits.items + 3);
  assert.ok(c.size <= limits.items);
  const refused = (name, kind) => c.refuses(name, kind);
  assert.deepEqual([refused(''), refused('字'.repeat(34)), refused('k1'), refused('new'), refused('k1', c.named('k1').id), refused('字'.repeat(33), c.named('k1').id)], ['mine.name.empty', 'mine.name.long', 'mine.name.taken', 'mine.name.many', '', '']);
  assert.equal(cleanName(' e\u0301\u0007 x\n'), 'é  x');
});

test('the order of the program, and keys', () => {
  assert.deepEqual(sortNames(['10', '9', '2']), ['2', '9', '10']);
  assert.deepEqual(sortNames(['b', 'a', 'B', '10', 'ab', '\u{1F600}', '\uFF5E']), ['10', 'B', 'a', 'ab', 'b', '\uFF5E', '\u{1F600}']);
  assert.deepEqual(keysOf(['house', '1', 'a', 'A', 'f', '7']), ['2', '1', 'A', '3', '4', '7']);
  assert.equal(keysOf(Array.from({ length: 12 }, (_, i) => `k${i}`)).join(), '1,2,3,4,5,6,7,8,9,0,,');
});

test('what a storage or another tab holds may be anything', () => {
  const pixels = new Uint8Array(784);
  const good = { id: 2, kind: 1, pixels, strokes: [[[1, 2]]] };
  const bad = [null, 7, {}, { ...good, id: 3 }, { ...good, pixels: [1] }, { ...good, strokes: [[]] }, { ...good, strokes: [[[1, NaN]]] }, { ...good, kind: 'x' }];
  const { kinds, items } = sound([[1, { id: 1, name: 'a' }], [2, { id: 2, name: 7 }], 'x', [NaN, null]], [[2, good], ...bad.filter((v) => v !== null).map((v) => [2, v]), [5, null]]);
  assert.deepEqual([kinds, items], [[[1, { id: 1, name: 'a' }]], [[2, good], [5, null]]]);
  assert.deepEqual(sound(undefined, 'x'), { kinds: [], items: [] });
  const c = new Collection(() => {});
  c.apply({ kinds: [], items });
  assert.equal(c.size, 0); // its class is not there
});

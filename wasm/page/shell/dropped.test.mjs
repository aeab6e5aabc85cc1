import assert from 'node:assert/strict';
import test from 'node:test';
import { dropped, picked } from './dropped.js';

/** A file as a browser has it. */
const file = (path, size = 1) => ({ name: path.split('/').at(-1), webkitRelativePath: path.includes('/') ? path : '', size, arrayBuffer: async () => new ArrayBuffer(size) });

/** What a browser tells of a folder: some of its entries, then others, then none. */
const folder = (name, entries) => ({
  name, isFile: false,
  createReader: () => {
    const left = [...entries];
    return { readEntries: (resolve) => resolve(left.splice(0, 2)) };
  },
});
const entry = (name, size = 1) => ({ name, isFile: true, file: (resolve) => resolve(file(name, size)) });
const drop = (...entries) => dropped({ items: entries.map((e) => ({ webkitGetAsEntry: () => e })), files: [] });
const paths = async (promise) => (await promise).map(({ path, bytes }) => `${path} ${bytes.length}`);

test('folders are read with their paths, without what systems add', async () => {
  const set = folder('set', [
    folder('house', [entry('1.png'), entry('2.png', 3), entry('3.png'), entry('.DS_Store')]), entry('classes.txt'), folder('__MACOSX', [entry('x')]), folder('.git', [entry('y')]), entry('Thumbs.db'),
  ]);
  assert.deepEqual(await paths(drop(set, entry('a.json'))), ['set/house/1.png 1', 'set/house/2.png 3', 'set/house/3.png 1', 'set/classes.txt 1', 'a.json 1']);
  assert.deepEqual(await paths(picked([file('a.npz', 4), file('set/.x/1.png'), file('set/a/1.png')])), ['a.npz 4', 'set/a/1.png 1']);
  const data = { items: [{ kind: 'file' }], files: [file('a.csv')] }; // a browser without entries
  assert.deepEqual(await paths(dropped(data)), ['a.csv 1']);
});

test('too many and too large files are refused before they are read', async () => {
  const mb = 2 ** 20;
  await assert.rejects(picked([file('big.csv', 64 * mb + 1)]), /big\.csv is larger than 64 MiB: take fewer/);
  await assert.rejects(picked(Array.from({ length: 5 }, (_, i) => file(`${i}.csv`, 60 * mb))), /larger than 256 MiB together/);
  await assert.rejects(picked(Array.from({ length: 65_537 }, (_, i) => file(`${i}.png`))), /More than 65536 files/);
  const endless = { name: 'endless', isFile: false, createReader: () => ({ readEntries: (resolve) => resolve([entry('1.png')]) }) };
  await assert.rejects(drop(endless), /More than 65536 files/);
});

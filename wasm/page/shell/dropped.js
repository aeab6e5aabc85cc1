import { maxDropped, maxFile, maxFiles } from './constants.js';
import { t } from './i18n.js';

/** @typedef {{path: string, bytes: Uint8Array<ArrayBuffer>}} Dropped  path: with the folders around it, set/house/1.png */

/**
 * The files that were dropped, those in folders among them. It is to be called
 * in the event, which takes its data away afterwards. Fails with a text for the reader.
 * @returns {Promise<Dropped[]>}
 */
export async function dropped(/** @type {DataTransfer} */ data) {
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry?.() ?? null).filter((e) => e !== null);
  if (!entries.length) return picked(data.files);
  /** @type {{path: string, file: File}[]} */
  const found = [];
  await walk(entries, '', found);
  return contents(found);
}

/**
 * The files that were chosen by an input for files, or for a folder.
 * @returns {Promise<Dropped[]>}
 */
export function picked(/** @type {ArrayLike<File>} */ files) {
  const all = Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
  return contents(all.filter(({ path }) => !path.split('/').some(hidden)));
}

/** Files that a system adds to those of its users. */
const hidden = (/** @type {string} */ name) => name.startsWith('.') || ['__MACOSX', 'Thumbs.db', 'desktop.ini'].includes(name);

async function walk(/** @type {FileSystemEntry[]} */ entries, /** @type {string} */ above, /** @type {{path: string, file: File}[]} */ found) {
  for (const entry of entries) {
    if (hidden(entry.name)) continue;
    const path = above + entry.name;
    if (entry.isFile) {
      found.push({ path, file: await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)) });
      if (found.length > maxFiles) throw new Error(t('dropped.many', { n: maxFiles }));
      continue;
    }
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    for (;;) { // a hundred at a time
      /** @type {FileSystemEntry[]} */
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      await walk(some, `${path}/`, found);
    }
  }
}

/** Reads files, unless they are too many or too large. */
async function contents(/** @type {{path: string, file: File}[]} */ found) {
  if (found.length > maxFiles) throw new Error(t('dropped.many', { n: maxFiles }));
  const large = found.find(({ file }) => file.size > maxFile);
  if (large) throw new Error(t('dropped.large', { name: large.path, mb: maxFile / 2 ** 20 }));
  if (found.reduce((sum, { file }) => sum + file.size, 0) > maxDropped) throw new Error(t('dropped.together', { mb: maxDropped / 2 ** 20 }));
  const all = [];
  for (const { path, file } of found) all.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) });
  return all;
}

/** Whether a file is a picture, as far as its type and its name tell. */
export const isPicture = (/** @type {{type: string, name: string}} */ { type, name }) =>
  /^image\//.test(type) || /\.(png|jpe?g|gif|bmp|webp|avif|svg|hei[cf]|tiff?)$/i.test(name);

import { url } from '../shell/bundle.js';

const files = {
  train: ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'],
  test: ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'],
};

/** What the network is called that was trained beforehand on a data set. */
export const weightsOf = (/** @type {string} */ dataset) => `weights/${dataset}.safetensors`;

/**
 * Fetches a file as bytes.
 * @param {string} name  logical name
 * @param {AbortSignal} [signal]
 * @param {(share: number) => void} [progress]  0..1, or NaN where the size is unknown
 * @param {number} [most]  bytes; it fails where there are more
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchBytes(name, signal, progress = () => {}, most = Infinity) {
  const response = await fetch(url(name), { signal });
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  const size = response.headers.has('content-encoding') ? NaN : Number(response.headers.get('content-length') || NaN);
  const parts = [];
  let read = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    read += value.length;
    if (read > most) {
      reader.cancel();
      throw new Error(`${name}: more than ${most >> 20} MB`);
    }
    progress(read / size);
  }
  const all = new Uint8Array(read);
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

/**
 * Fetches the images and labels of a data set's training or test set, gzip IDX.
 * @param {string} dataset
 * @param {'train'|'test'} part
 * @param {boolean} full  all of the set rather than the subset that comes with the page
 * @param {AbortSignal} signal
 * @param {(share: number) => void} progress
 */
export async function fetchSet(dataset, part, full, signal, progress) {
  const dir = full ? `data/full/${dataset}` : `data/${dataset}`;
  const [images, labels] = await Promise.all([
    fetchBytes(`${dir}/${files[part][0]}`, signal, progress),
    fetchBytes(`${dir}/${files[part][1]}`, signal),
  ]);
  return { images, labels };
}

/**
 * Whether this site offers all of a data set. An index tells which ones it
 * does, so that nothing is asked for that is not there.
 * @param {string} dataset
 */
export async function hasFull(dataset) {
  try {
    const { sets } = JSON.parse(new TextDecoder().decode(await fetchBytes('data/full/index.json')));
    return sets.includes(dataset);
  } catch {
    return false; // a site without the index offers none
  }
}

/** A part of a set as several workers are given it: without a copy for each on its way. */
export const blobs = (/** @type {import('./own.js').Files} */ { images, labels }) => ({ images: new Blob([images]), labels: new Blob([labels]) });

import { size, url } from './bundle.js';

/**
 * How much of a file has come: share 0..1, NaN where the whole is unknown; of
 * how many bytes, or else the bytes so far.
 * @typedef {{share: number, bytes: number}} Loaded
 */

/**
 * Loads and compiles a WebAssembly program.
 * @param {string} name  logical name
 * @param {(l: Loaded) => void} progress
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(name, progress) {
  const response = await fetch(url(name));
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  count(response.clone(), size(name), progress).catch(() => {}); // what fails fails for the other one, too
  // Streaming needs the right MIME type, which not every static host sends. It is
  // given the response itself, whose compiled code the browser may keep.
  return response.headers.get('content-type')?.startsWith('application/wasm')
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/**
 * Reads a response and tells how much of it there is. What is read is the
 * content, what the header counts is what comes over the net: compressed, and
 * not always told. So the share is of the content's size, which the bundle knows.
 */
async function count(/** @type {Response} */ response, /** @type {number|undefined} */ content, /** @type {(l: Loaded) => void} */ progress) {
  const sent = Number(response.headers.get('content-length')) || 0;
  const whole = content ?? (response.headers.has('content-encoding') ? 0 : sent);
  const reader = response.body.getReader();
  for (let read = 0, part = await reader.read(); !part.done; part = await reader.read()) {
    read += part.value.length;
    progress(whole ? { share: Math.min(read / whole, 1), bytes: sent || whole } : { share: NaN, bytes: read });
  }
}

// The web worker: runs the engine's WebAssembly and passes it requests. While a
// run is going on it trains in slices and looks at its messages in between, so
// that Pause and predictions never wait longer than one slice.
import { url } from './bundle.js';
import { fetchSet } from './data.js';

const slice = 40; // milliseconds
const snapshotEvery = 120; // milliseconds between copies of the weights for the page

/** @type {any} the worker's global scope */
const scope = self;

/** @type {(message: object) => any} */
let handle;
let running = false;
let snapshotAt = 0;
let loading = new AbortController();

const pump = new MessageChannel(); // unlike a timer, not slowed down by the browser
pump.port1.onmessage = tick;

scope.onmessage = async (/** @type {MessageEvent} */ e) => {
  const { id, message } = e.data;
  try {
    const reply = await answer(message);
    scope.postMessage({ id, reply }, buffers(reply));
  } catch (error) {
    scope.postMessage({ id, error: error.message });
  }
};

/** @param {any} message */
async function answer(message) {
  switch (message.type) {
    case 'boot':
      return boot(message.module);
    case 'fetch':
      return load(message);
    case 'cancel':
      loading.abort();
      loading = new AbortController();
      return {};
    case 'run':
      running = true;
      pump.port2.postMessage(0);
      return {};
    case 'pause':
      running = false;
      sendSnapshot();
      return {};
    case 'step': {
      running = false;
      const progress = engine({ v: message.v, type: 'advance', steps: 1 });
      sendSnapshot();
      return progress;
    }
  }
  return engine(message);
}

/** @param {object} message */
function engine(message) {
  const reply = handle(message);
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply;
}

/** Starts the WebAssembly program; answers with what it says of itself. */
function boot(/** @type {WebAssembly.Module} */ module) {
  scope.importScripts(url('wasm_exec.js'));
  const go = new scope.Go();
  return new Promise((resolve, reject) => {
    scope.lenetStarted = (/** @type {typeof handle} */ h, /** @type {object} */ hello) => {
      handle = h;
      resolve(hello);
    };
    WebAssembly.instantiate(module, go.importObject)
      .then((instance) => go.run(instance))
      .then(() => scope.postMessage({ lost: 'the engine ended' }))
      .catch(reject);
  });
}

/** Fetches a training or test set, so that the page need not move megabytes, and hands it to the engine. */
async function load(/** @type {{v: number, dataset: string, part: 'train'|'test', full: boolean}} */ { v, dataset, part, full }) {
  let told = -1;
  const files = await fetchSet(dataset, part, full, loading.signal, (share) => {
    const percent = Math.round(100 * share);
    if (percent !== told) scope.postMessage({ event: { type: 'loading', part, share } });
    told = percent;
  });
  return engine({ v, type: 'set', test: part === 'test', ...files });
}

/** One slice of training. */
function tick() {
  if (!running) return;
  try {
    const progress = engine({ v: 1, type: 'advance', millis: slice });
    running = progress.state === 'training';
    if (!running || performance.now() - snapshotAt > snapshotEvery) sendSnapshot();
    scope.postMessage({ event: { type: 'progress', progress } });
    if (running) pump.port2.postMessage(0);
  } catch (e) {
    running = false;
    scope.postMessage({ lost: e.message });
  }
}

function sendSnapshot() {
  snapshotAt = performance.now();
  const params = engine({ v: 1, type: 'snapshot' });
  scope.postMessage({ event: { type: 'params', params } }, buffers(params));
}

/** The buffers of a reply's typed arrays, to be handed over without a copy. */
function buffers(/** @type {object} */ reply) {
  return Object.values(reply).filter((v) => ArrayBuffer.isView(v)).map((v) => v.buffer);
}

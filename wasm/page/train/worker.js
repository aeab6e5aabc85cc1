// The web worker: runs the engine's WebAssembly and passes it requests. While a
// run is going on it trains unit by unit and looks at its messages in between,
// so that Pause and predictions never wait for long. Several workers may share
// a run; the first one speaks for all.
import { url } from '../shell/bundle.js';
import { blobs, fetchSet } from './data.js';
import { Team } from './team.js';

const slice = 40; // milliseconds that a worker alone trains between two looks at its messages
const reportEvery = 100; // milliseconds between reports to the page, each with a copy of the weights

const units = { ended: 0, step: 1, test: 2 }; // as wasm/worker's Unit

/** @type {any} the worker's global scope */
const scope = self;

/** @type {(message: object) => any} */
let handle;
/** @type {any} the engine's functions and memory */
let wasm;
let loading = new AbortController();

let team = new Team(0, []);
let going = false; // until Pause
/** @type {{lr: number, epochs: number, pace: number}} as they were last asked for; pace is in steps a second, 0 for as many as can be */
let tuned;
let wake = () => {}; // ends a rest
let working = Promise.resolve(); // until the units asked for so far are done
let toldAt = 0;

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
    case 'ping':
      return {};
    case 'fetch':
      return load(message, await fetchFiles(message));
    case 'files':
      return blobs(await fetchFiles(message));
    case 'give':
      return load(message, await bytes(message));
    case 'cancel':
      loading.abort();
      loading = new AbortController();
      return {};
    case 'start': {
      await halt();
      const { ports, ...request } = message;
      const progress = engine(request);
      team = new Team(message.rank, ports);
      return progress;
    }
    case 'run':
      work(message);
      return {};
    case 'step':
      await work(message);
      return {};
    case 'tune':
      tuned = message; // for the next unit
      wake();
      return {};
    case 'pause':
      going = false;
      wake();
      await working;
      return {};
    case 'halt':
      await halt();
      tell(0);
      return engine({ v: 1, type: 'snapshot' });
  }
  return engine(message);
}

/** @param {object} message */
function engine(message) {
  const reply = unharmed(() => handle(message));
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply;
}

/** What the engine makes of something. It refuses in its answers: where it throws, it has crashed and is of no more use. */
function unharmed(/** @type {() => any} */ f) {
  try {
    return f();
  } catch (error) {
    scope.postMessage({ lost: error.message });
    throw error;
  }
}

/** Starts the WebAssembly program; answers with what it says of itself. */
function boot(/** @type {WebAssembly.Module} */ module) {
  scope.importScripts(url('wasm_exec.js'));
  const go = new scope.Go();
  const write = scope.fs.writeSync;
  let said = ''; // by Go: why it ends
  scope.fs.writeSync = (/** @type {number} */ fd, /** @type {Uint8Array} */ text) => {
    said += new TextDecoder().decode(text);
    return write(fd, text);
  };
  return new Promise((resolve, reject) => {
    scope.lenetStarted = (/** @type {typeof handle} */ h, /** @type {object} */ hello) => {
      handle = h;
      resolve(hello);
    };
    scope.lenetProgress = (/** @type {number} */ share) => scope.postMessage({ event: { type: 'working', share } });
    WebAssembly.instantiate(module, go.importObject)
      .then((instance) => {
        wasm = instance.exports;
        return go.run(instance);
      })
      .then(() => scope.postMessage({ lost: said.match(/^(?:fatal error|panic): (.+)/m)?.[1] ?? 'the engine ended' }))
      .catch(reject);
  });
}

/** @typedef {{v: number, dataset: string, part: 'train'|'test', full: boolean}} Wanted  a training or test set */

/** Fetches a set's files, so that the page need not move megabytes. */
function fetchFiles(/** @type {Wanted} */ { dataset, part, full }) {
  let told = -1;
  return fetchSet(dataset, part, full, loading.signal, (share) => {
    const percent = Math.round(100 * share);
    if (percent !== told) scope.postMessage({ event: { type: 'loading', part, share } });
    told = percent;
  });
}

async function bytes(/** @type {{images: Blob, labels: Blob}} */ files) {
  const [images, labels] = await Promise.all([files.images, files.labels].map(async (b) => new Uint8Array(await b.arrayBuffer())));
  return { images, labels };
}

/** Hands a set's files to the engine. */
function load(/** @type {Wanted} */ { v, part }, /** @type {{images: Uint8Array, labels: Uint8Array}} */ files) {
  return engine({ v, type: 'set', test: part === 'test', ...files });
}

/** Works on the run, after what was asked for before. */
function work(/** @type {any} */ message) {
  going = true;
  const mine = team;
  working = working.then(() => train(mine, message)).catch((e) => {
    if (!mine.closed) scope.postMessage({ lost: e.message });
  });
  return working;
}

/** Works on the run, unit by unit, until it ends or the first worker says to stop: after one step, with the evaluations that belong to it and to the one before, where that is what is asked for. */
async function train(/** @type {Team} */ mine, /** @type {any} */ { v, type, lr, epochs, pace }) {
  engine({ v, type: 'tune', lr, epochs });
  tuned = { lr, epochs, pace };
  const once = type === 'step';
  let stepped = false;
  let looked = performance.now();
  for (let go = !mine.closed; go; ) {
    const unit = wasm.begin();
    if (unit === units.ended) break;
    stepped ||= unit === units.step;
    if (mine.rank === 0 && !once && tuned.pace && unit === units.step) await rest(1000 / tuned.pace);
    const own = { lr: tuned.lr, epochs: tuned.epochs, go: once ? !stepped || !!wasm.more() : going };
    const plan = await mine.exchange(wasm, unit === units.step, mine.rank === 0 ? own : undefined);
    wasm.finish(plan.lr, plan.epochs);
    if (mine.rank === 0) tell(tuned.pace ? 0 : reportEvery);
    go = plan.go;
    if (mine.alone && performance.now() - looked > slice) {
      await nextTask();
      looked = performance.now();
      go &&= once || going;
    }
  }
  if (mine.rank === 0) tell(0);
}

/** Gives the run up, in the middle of a unit if need be. */
async function halt() {
  going = false;
  wake();
  team.close();
  await working;
}

/** Waits for some milliseconds, or until there is news for the run. */
function rest(/** @type {number} */ millis) {
  return new Promise((resolve) => {
    setTimeout(resolve, millis);
    wake = () => resolve(undefined);
  });
}

const pump = new MessageChannel(); // unlike a timer, not slowed down by the browser

/** Lets messages in. */
function nextTask() {
  return new Promise((resolve) => {
    pump.port1.onmessage = resolve;
    pump.port2.postMessage(0);
  });
}

/** Tells the page how the run stands, unless it was told less than every milliseconds ago. */
function tell(/** @type {number} */ every) {
  const now = performance.now();
  if (now - toldAt < every) return;
  toldAt = now;
  const params = engine({ v: 1, type: 'snapshot' });
  scope.postMessage({ event: { type: 'params', params } }, buffers(params));
  scope.postMessage({ event: { type: 'progress', progress: engine({ v: 1, type: 'report' }) } });
}

/** The buffers of a reply's typed arrays, to be handed over without a copy. */
function buffers(/** @type {object} */ reply) {
  return Object.values(reply).filter((v) => ArrayBuffer.isView(v)).map((v) => v.buffer);
}

import { url } from '../shell/bundle.js';
import { compile } from '../shell/load.js';
import { Mixed, version } from '../shell/version.js';

let script = url('worker.js');

/**
 * A sandboxed frame has an origin of its own, "null", from which no server's
 * script may become a worker; a copy of it may.
 */
async function copyScript() {
  const response = await fetch(script);
  if (!response.ok) throw new Error(`${script}: HTTP ${response.status}`);
  const base = `lenetBase=${JSON.stringify(new URL('.', document.baseURI).href)};`;
  script = URL.createObjectURL(new Blob([base, await response.text()], { type: 'text/javascript' }));
}

/**
 * Client is a web worker that answers requests of package protocol. Every
 * request gets one answer; events come on their own.
 */
export class Client {
  /**
   * @param {WebAssembly.Module} module
   * @param {string} name  shown in the browser's tools
   * @param {{event?: (event: any) => void, lost?: (error: Error) => void}} on
   */
  constructor(module, name, on) {
    this.calls = new Map();
    this.next = 1;
    this.on = on;
    this.open = 0; // times that ask found its last question without an answer
    this.asked = false;
    this.worker = new Worker(script, { name });
    this.worker.onmessage = (e) => this.receive(e.data);
    this.worker.onerror = (e) => {
      e.preventDefault();
      this.lose(new Error(e.message || 'worker could not start'));
    };
    /** @type {Promise<{version: number, presets: import('../shell/types.js').Preset[]}>} */
    this.hello = this.call('boot', { module }).then((hello) => {
      if (hello.version !== version) throw new Mixed('the engine is of another version than the page');
      return hello;
    });
    this.hello.catch((e) => this.lose(e)); // it is of no use
  }

  /**
   * @param {string} type
   * @param {object} [fields]
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  call(type, fields = {}, transfer = []) {
    if (!this.worker) return Promise.reject(new Error('worker is gone'));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.calls.set(id, { resolve, reject });
      this.worker.postMessage({ id, message: { v: version, type, ...fields } }, transfer);
    });
  }

  /** Asks whether the worker is there. When it was asked several times without an answer, it is lost. */
  ask(/** @type {number} */ times) {
    if (!this.asked) {
      this.asked = true;
      this.open = 0;
      this.call('ping').then(() => (this.asked = false), () => {});
    } else if (++this.open >= times) {
      this.lose(new Error('it does not answer'));
    }
  }

  /** @param {{id?: number, reply?: any, error?: string, event?: any, lost?: string}} m */
  receive(m) {
    if (m.lost !== undefined) this.lose(new Error(m.lost));
    else if (m.event) this.on.event?.(m.event);
    else {
      const call = this.calls.get(m.id);
      this.calls.delete(m.id);
      if (m.error !== undefined) call?.reject(new Error(m.error));
      else call?.resolve(m.reply);
    }
  }

  /** @param {Error} error */
  lose(error) {
    if (!this.worker) return;
    this.close(error);
    this.on.lost?.(error);
  }

  /** Ends the worker; requests on their way fail. */
  close(error = new Error('worker was closed')) {
    this.worker?.terminate();
    this.worker = null;
    for (const call of this.calls.values()) call.reject(error);
    this.calls.clear();
  }
}

// A module with one function of one v128 instruction: valid only with SIMD.
const simd = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Whether WebAssembly runs here. A browser may have none, and a policy may refuse it. */
export function allowed() {
  try {
    return !!new WebAssembly.Module(simd.slice(0, 8)); // an empty one
  } catch {
    return false;
  }
}

/**
 * Loads and compiles the engine: the one with SIMD where the browser has it.
 * @param {(l: import('../shell/load.js').Loaded) => void} progress
 */
export async function compileEngine(progress) {
  if (origin === 'null') await copyScript();
  return compile(WebAssembly.validate(simd) ? 'worker.wasm' : 'worker-scalar.wasm', progress);
}

/** Loads and compiles the engine that reads files of data sets, too: the one without SIMD. Its worker's script is there since the engine's. */
export const compileReaders = (/** @type {(l: import('../shell/load.js').Loaded) => void} */ progress) => compile('worker-scalar.wasm', progress);

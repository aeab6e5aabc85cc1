// Opens the page's Files in node: its worker's script, with the engine that a
// test has built, runs beside it.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

/** @param {{wasm: string, exec: string, page: string}} at  paths: the engine's, wasm_exec.js's, the page's scripts' */
export async function open({ wasm, exec, page }) {
  let fetched = 0;
  let worker;
  Object.assign(globalThis, {
    self: globalThis,
    fetch: async () => {
      fetched++;
      return new Response(readFileSync(wasm), { headers: { 'content-type': 'application/wasm' } });
    },
    importScripts: () => vm.runInThisContext(readFileSync(exec, 'utf8')),
    postMessage: (message, transfer) => {
      const data = structuredClone(message, { transfer });
      setTimeout(() => worker?.onmessage?.({ data }));
    },
    Worker: class {
      constructor() {
        worker = this;
      }

      postMessage(message, transfer) {
        const data = structuredClone(message, { transfer });
        setTimeout(() => worker === this && globalThis.onmessage({ data }));
      }

      terminate() {
        worker = null;
      }
    },
  });
  await import(`${page}/train/worker.js`);
  const { Files } = await import(`${page}/train/files.js`);
  return { Files, fetched: () => fetched };
}

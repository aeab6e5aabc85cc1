// Runs one Go program and posts what it printed.
importScripts('/wasm_exec.js');

onmessage = async (e) => {
  const { module, args } = e.data;
  const decoder = new TextDecoder();
  let text = '';
  let error = '';
  try {
    globalThis.fs.writeSync = (_, bytes) => {
      text += decoder.decode(bytes, { stream: true });
      return bytes.length;
    };
    const go = new Go();
    go.argv = args;
    go.exit = (code) => {
      if (code !== 0) error = `exit status ${code}`;
    };
    await go.run(await WebAssembly.instantiate(module, go.importObject));
  } catch (e) {
    error = String(e);
  }
  postMessage({ text, error });
};

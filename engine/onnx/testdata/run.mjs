// Runs models in onnxruntime-web: node run.mjs ORT_DIR IMAGES MODEL...
// IMAGES holds float32 values, 784 for each image. Beside each model it writes
// the logits, float32, as MODEL.logits.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dir, images, ...models] = process.argv.slice(2);
const ort = await import(pathToFileURL(resolve(join(dir, 'ort.wasm.bundle.min.mjs'))).href);
ort.env.wasm.numThreads = 1;
const file = readFileSync(images);
const x = new Float32Array(file.buffer, file.byteOffset, file.length / 4);
const image = new ort.Tensor('float32', x, [x.length / 784, 1, 28, 28]);
for (const model of models) {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)));
  const { logits } = await session.run({ image });
  writeFileSync(`${model}.logits`, new Uint8Array(logits.data.buffer, logits.data.byteOffset, logits.data.byteLength));
}

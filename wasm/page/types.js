/**
 * Shapes of what the modules pass to each other.
 *
 * @typedef {[number, number][]} Stroke  points [x, y] in pad units, 0..28
 *
 * What is in the pad: strokes, or an image of the test set.
 * @typedef {{strokes: Stroke[], picture: Picture|null}} Input
 * @typedef {{pixels: Uint8Array, label: number, index: number, dataset: string}} Picture
 *
 * @typedef {{activation: string, pooling: string, channels: number[], units: number[]}} Config
 * @typedef {{index: number, name: string, shape: number[], params: number, detail: string}} Layer
 * @typedef {{config: Config, layers: Layer[]}} Network
 * @typedef {{config: Config, data: Float32Array, step: number, epoch: number,
 *   mark: {step: number, judged: number}}} Params  mark: all of how far the run was
 * @typedef {{empty: boolean, pixels?: Uint8Array, trace?: Float32Array, p?: Float32Array,
 *   box?: Float32Array, scale?: number, boxed?: Uint8Array, shift?: Float32Array}} Prediction
 *
 * @typedef {Config & {epochs: number, batch: number, lr: number, seed: number}} Recipe
 * @typedef {Config & {name: string, dataset: string, subset: boolean, epochs: number, batch: number, lr: number}} Preset
 * @typedef {{epoch: number, loss: number, acc: number, done?: {loss: number, acc: number, test: number}}} Point  done: an epoch's end
 * @typedef {{state: string, epoch: number, epochs: number, done: number, total: number, testing: boolean, step: number,
 *   seen: number, seconds: number, loss: number, acc: number, test: number, lr: number, points: Point[]}} Progress
 */
export {};

/**
 * Shapes of what the modules pass to each other.
 *
 * @typedef {[number, number][]} Stroke  points [x, y] in pad units, 0..28
 *
 * What is in the pad: strokes, or an image of the test set. example: the page put it there; the first stroke takes its
 * place, and it is neither kept nor part of a link.
 * @typedef {{strokes: Stroke[], picture: Picture|null, example?: boolean}} Input
 * @typedef {{pixels: Uint8Array, label: number, index: number, dataset: string}} Picture
 *
 * @typedef {{activation: string, pooling: string, channels: number[], units: number[], classes?: number}} Config  classes: 10 where it does not say
 * @typedef {{index: number, name: string, shape: number[], params: number, detail: string}} Layer
 * @typedef {{config: Config, layers: Layer[], change?: {max: number, tensor: string}, assumed?: string[], meta?: Record<string, string>}} Network  meta: what a file says of its weights
 * @typedef {{config: Config, data: Float32Array, step: number, epoch: number,
 *   mark: {step: number, judged: number}}} Params  mark: all of how far the run was
 * @typedef {{empty: boolean, pixels?: Uint8Array, trace?: Float32Array, p?: Float32Array,
 *   box?: Float32Array, scale?: number, boxed?: Uint8Array, shift?: Float32Array, onto?: Float32Array}} Prediction
 *
 * One value of a layer; layer is a module of the network, -1 the input.
 * @typedef {{layer: number, channel: number, y: number, x: number}} Unit
 * @typedef {{from: Unit, index: number, x: number, w: number, product: number}} Term
 * How a unit's value comes about: package inspect's Sum.
 * @typedef {{empty: boolean, unit: Unit, kind: string, module: string, act: string, inputs: Float32Array, weights: Float32Array,
 *   side: number, y0: number, x0: number, sums: Float32Array, bias: number, z: number, value: number, engine: number, p: number,
 *   for: Term[], against: Term[], rest: number, others: number, formula: string, torch: string, sees: number[]}} Inspection  sees: rows and columns of the input, first and last: [y0, x0, y1, x1]
 * @typedef {{layer: number, module: string, low: number, high: number, counts: number[], mean: number, std: number, n: number}} Histogram
 *
 * @typedef {Config & {epochs: number, batch: number, lr: number, seed: number, decay?: string, freeze?: string}} Recipe
 * @typedef {Config & {name: string, dataset: string, subset: boolean, epochs: number, batch: number, lr: number, seed: number}} Preset
 * @typedef {{epoch: number, loss: number, acc: number, done?: {loss: number, acc: number, test: number}}} Point  done: an epoch's end
 * @typedef {{state: string, epoch: number, epochs: number, done: number, total: number, testing: boolean, step: number,
 *   seen: number, seconds: number, loss: number, acc: number, test: number, lr: number, points: Point[]}} Progress
 *
 * What a run is called by, beside others: its settings, or the file that its curves come from.
 * @typedef {{file: string}|(Config & {file?: undefined, lr: number, batch: number, seed: number, dataset: string, full: boolean, from?: string, freeze?: string, images?: number})} About  images: to learn from, of a data set of the reader's own
 *
 * A run kept over a reload: what the page shows of it, and what it takes to go on. link: the page's address had this fragment.
 * @typedef {{recipe: Recipe, dataset: string, size: string, full: boolean, reproducible: boolean, from?: string, init?: string|null, anew?: boolean}} Job  from: random or
 *   shown; init: the built-in network that it started from, '' for random weights, null for another; anew: the last layer was drawn anew
 * @typedef {{own?: import('../train/own.js').Prepared|null, link: string, settings: Record<string, any>, job: Job, state: string, progress: Progress, params: Params,
 *   points: Point[], past: Params[], others: {about: About, points: Point[]}[]}} Kept  others: runs to compare with
 *
 * Parts of the page that others need.
 * @typedef {{answer: import('../stage/answer.js').Answer, chart: import('../train/chart.js').Chart, controls: import('../train/controls.js').Controls,
 *   drawing: import('../stage/drawing.js').Drawing, experiment: import('../train/experiment.js').Experiment, inputPanel: import('../explain/input.js').InputPanel,
 *   inspector: import('../explain/inspect.js').Inspector, lessons: import('../learn/lessons.js').Lessons, look: import('./look.js').Look, mistakes: import('../explain/mistakes.js').Mistakes,
 *   run: import('../train/run.js').Run, samples: import('../explain/samples.js').Samples, setup: import('../learn/setup.js').Setup, stage: import('../stage/stage.js').Stage, tabs: import('./tabs.js').Tabs,
 *   tests: import('../train/testimages.js').TestImages, timeline: import('../train/timeline.js').Timeline, trained: import('../train/trained.js').Trained}} Parts
 */
export {};

/**
 * What a step of a lesson sets up: all of the page that its text speaks of,
 * whatever was on show before. What a step does not name is as in usual.
 *
 * @typedef {object} Scene
 * @property {Record<string, any>} experiment  settings, a preset among them; the rest as the preset and the page have it
 * @property {Record<string, any>} [subset]  other settings where the site has no more than the subset of the data
 * @property {boolean} train  a run begins; otherwise the network that was trained beforehand on the data set is on show
 * @property {boolean} continues  a run of just these settings is left as it is
 * @property {string} draw  a drawing by its name, or "noise"
 * @property {number} [image]  an image of the test set, by its index, in place of a drawing
 * @property {string} [before]  the drawing that Undo brings back
 * @property {Record<string, any>} changes  to the input: fields of the input panel
 * @property {string} tab
 * @property {string} view
 * @property {import('../shell/types.js').Unit|null} unit  held in the inspector
 * @property {string[]} needs  panels of the page that the text speaks of, besides the answers and the tools: an embedded page shows them with the step
 *
 * @typedef {{asks: boolean, scene: Scene}} Step  asks: there is a question with an answer to discover
 */

/** @type {Scene} */
const usual = {
  experiment: { preset: 'quick', dataset: 'mnist' }, train: false, continues: false,
  draw: 'five', changes: {}, tab: 'inspect', view: 'activations', unit: null, needs: [],
};

const tanh = { preset: 'quick', dataset: 'mnist' };
const training = ['training', 'experiment'];

/** Shows something. */
const show = (/** @type {Partial<Scene>} */ scene) => ({ asks: false, scene: { ...usual, ...scene } });
/** Shows something and asks about it. */
const ask = (/** @type {Partial<Scene>} */ scene) => ({ ...show(scene), asks: true });

/** d2l's run: steps, not epochs, lead off its plateau. */
const d2l = { experiment: { preset: 'd2l' }, subset: { epochs: 20 }, train: true, needs: training };

/** @type {Record<string, Step[]>} The texts are in assets/strings: lesson.NAME, lesson.NAME.STEP, .ask and .answer. */
export const lessons = {
  draw: [
    show({}),
    show({ draw: 'small', tab: 'input', needs: ['look'] }),
    ask({ draw: 'small', changes: { raw: true }, tab: 'input', needs: ['look'] }),
    ask({ tab: 'mistakes', needs: ['look'] }),
  ],
  conv: [
    show({ draw: 'upright', needs: ['look'] }),
    ask({ draw: 'level', before: 'upright', needs: ['look'] }),
    ask({ unit: { layer: 4, channel: 0, y: 4, x: 4 }, needs: ['look'] }),
  ],
  pool: [
    show({ changes: { x: 1 }, tab: 'input', needs: ['look'] }),
    ask({ changes: { x: 4 }, tab: 'mistakes', needs: ['look'] }),
    ask({ experiment: tanh, train: true, changes: { x: 3 }, tab: 'mistakes', needs: ['look', ...training] }),
    ask({ experiment: { ...tanh, pooling: 'max' }, train: true, changes: { x: 3 }, tab: 'mistakes', needs: ['look', ...training] }),
  ],
  plateau: [
    show(d2l),
    ask({ ...d2l, continues: true }),
    ask({ ...d2l, experiment: { preset: 'd2l', activation: 'tanh', lr: 0.1, epochs: 3 }, subset: {} }),
    ask({ experiment: { ...tanh, activation: 'sigmoid' }, train: true, needs: training }),
  ],
  rate: [
    show({ experiment: tanh, train: true, needs: training }),
    ask({ experiment: { ...tanh, lr: 0.001 }, train: true, needs: training }),
    ask({ experiment: { ...tanh, lr: 0.5 }, train: true, needs: [...training, 'look'] }),
    ask({ experiment: { ...tanh, lr: 0.3 }, train: true, needs: training }),
  ],
  d2l: [
    ask({ experiment: { ...tanh, activation: 'relu', pooling: 'max' }, train: true, needs: training }),
    ask({ experiment: { ...tanh, channels: '2, 4' }, train: true, needs: training }),
    ask({ experiment: { preset: 'quick', dataset: 'fashion' }, train: true, image: 0, tab: 'mistakes', needs: ['look', ...training] }),
    ask({ draw: 'noise' }),
    ask({ draw: 'face' }),
  ],
};

/**
 * The lessons as data. The texts are in assets/strings: lesson.NAME is a
 * title, lesson.NAME.STEP a step's text, and .TASK what it asks.
 *
 * What a step sets up: all of the page that its text speaks of, whatever was
 * on show before. What a step does not name is as in usual.
 *
 * @typedef {object} Scene
 * @property {Record<string, any>} experiment  settings, a preset among them; the rest as the preset and the page have it
 * @property {Record<string, any>} [subset]  other settings where the site has no more than the subset of the data
 * @property {boolean} keeps  a run of just these settings stays, or begins; otherwise the network that was trained beforehand on the data set is on show
 * @property {string} draw  a drawing by its name, or "noise"
 * @property {number} [image]  an image of the test set, by its index, in place of a drawing
 * @property {Record<string, any>} changes  to the input: fields of the input panel
 * @property {string} tab
 * @property {string} view
 * @property {import('../shell/types.js').Unit|null} unit  that is pointed at
 * @property {number} [letters]  a data set is made of a lesson's drawings, of which so many of each letter are to learn from; 0: only the drawings are there
 * @property {Taught} [taught]  the network on show has learned that
 * @property {string[]} needs  of the panels below the stage those that are to be seen, in an embedded page too
 *
 * Something that a step asks. A choice: of the answers a, b, c the right one.
 * A deed: what is true of the page once it is done, by the names of deeds.js,
 * and buttons that help to do it.
 * @typedef {{right: string, of: number}} Choice
 * @typedef {{deed: Record<string, any>, buttons: Button[]}} Deed
 *
 * Drawings of a lesson that the network on show learns, alone or among images that it knows: seven, or ten.
 * @typedef {{given: string, alone: boolean}} Taught
 *
 * A button of a lesson does one thing: it changes settings of the experiment
 * or the input, puts something into the pad, goes to an epoch of the run,
 * chooses a view, teaches, or presses a button of the page. label: a key of the
 * strings, or the text itself.
 * @typedef {{label?: string, set?: Record<string, any>, change?: Record<string, any>, draw?: string, epoch?: number, view?: string, press?: string, teach?: Taught}} Button
 *
 * The tasks come one after the other: "do", "ask", "do2".
 * @typedef {{scene: Scene, tasks: Record<string, Choice|Deed>}} Step
 */

/** @type {Scene} */
const usual = {
  experiment: { preset: 'quick', dataset: 'mnist' }, keeps: false,
  draw: 'five', changes: {}, tab: 'inspect', view: 'activations', unit: null, needs: [],
};

/** @returns {Step} */
const step = (/** @type {Partial<Scene>} */ scene, /** @type {Record<string, Choice|Deed>} */ tasks) => ({ scene: { ...usual, ...scene }, tasks });
/** The right answer, and how many there are. @returns {Choice} */
const choice = (/** @type {string} */ right, of = 3) => ({ right, of });
/** @returns {Deed} */
const deed = (/** @type {Record<string, any>} */ deed, /** @type {Button[]} */ ...buttons) => ({ deed, buttons });

/** @type {Button} */
const train = { press: 'train' };
/** @type {Button} */
const clear = { press: 'clear', label: 'clear' };
const shift = (/** @type {number} */ x) => ({ change: { x }, label: `${x} px` });
const rate = (/** @type {number} */ lr) => ({ set: { lr }, label: String(lr) });

const tanh = { preset: 'quick', dataset: 'mnist' };
const curves = ['training'];
const look = ['look'];
/** d2l's run: steps, not epochs, lead off its plateau. */
const d2l = { experiment: { preset: 'd2l' }, subset: { epochs: 20 }, image: 0, needs: curves };
const tanh9 = { activation: 'tanh', lr: 0.1, epochs: 3 };

/** A drawing of a lesson, learned in a short run. */
const seven = { given: 'seven', alone: false };
const ten = { given: 'ten', alone: false };
const hand = { letters: 0, draw: 'seven', tab: 'mistakes', needs: [...curves, 'look'] };
const three = { preset: 'quick', dataset: 'letters', from: 'random', activation: 'tanh', lr: 0.1, epochs: 12 };
const patient = { ...three, epochs: 20 };
const kernels = { from: 'shown', lr: 1 };

/** @type {Record<string, Step[]>} */
export const lessons = {
  draw: [
    step({ tab: 'samples', needs: look }, { do: deed({ drew: true }, clear) }),
    step({ draw: 'small', tab: 'input', needs: look }, { ask: choice('b'), do: deed({ drew: true }, clear) }),
    step({ draw: 'small', changes: { raw: true }, tab: 'input', needs: look }, {
      ask: choice('b'), do: deed({ changed: {}, reads: 5 }, { change: {}, label: 'input.centre' }),
    }),
    step({ tab: 'mistakes', needs: look }, { do: deed({ picked: true }), ask: choice('b') }),
  ],
  conv: [
    step({ needs: look }, { do: deed({ holds: 1 }), ask: choice('a') }),
    step({ draw: 'upright', needs: look }, {
      do: deed({ drawn: 'level' }, { draw: 'upright', label: 'lesson.upright' }, { draw: 'level', label: 'lesson.level' }),
      do2: deed({ views: 'weights' }, { view: 'weights', label: 'view.weights' }, { view: 'activations', label: 'view.activations' }),
      ask: choice('a'),
    }),
    step({ unit: { layer: 4, channel: 0, y: 4, x: 4 }, needs: look }, { ask: choice('c', 4) }),
  ],
  pool: [
    step({ tab: 'input', needs: look }, { ask: choice('b'), do: deed({ changed: { x: 2 } }, shift(0), shift(2)) }),
    step({ changes: { x: 4 }, tab: 'mistakes', needs: look }, { ask: choice('c'), do: deed({ changed: { x: 8 }, scored: true }, shift(0), shift(4), shift(6), shift(8)) }),
    step({ changes: { x: 3 }, tab: 'mistakes', needs: [...curves, 'look'] }, {
      do: deed({ trained: { pooling: 'avg' }, changed: { x: 3 }, scored: true }, train),
      ask: choice('c'), do2: deed({ trained: { pooling: 'avg' }, changed: {}, scored: true }, shift(0), shift(3)),
    }),
    step({ changes: { x: 3 }, tab: 'mistakes', needs: [...curves, 'look'] }, {
      ask: choice('b'), do: deed({ trained: { pooling: 'max' }, changed: { x: 3 }, scored: true }, { set: { pooling: 'max' }, label: 'lesson.max' }, train),
      do2: deed({ trained: { pooling: 'max' }, changed: {}, scored: true }, shift(0), shift(3)),
    }),
  ],
  plateau: [
    step(d2l, { do: deed({ left: true }, train) }),
    step({ ...d2l, keeps: true }, { do: deed({ flat: true }, { epoch: 0.9, label: 'lesson.flat' }), ask: choice('b') }),
    step({ ...d2l, keeps: true }, { ask: choice('b') }),
    step(d2l, { ask: choice('c'), do: deed({ fell: tanh9 }, { set: tanh9, label: 'lesson.tanh' }, train) }),
    step({ experiment: { ...tanh, activation: 'sigmoid' }, needs: curves }, { ask: choice('c'), do: deed({ trained: { activation: 'sigmoid', lr: 0.1 } }, train) }),
  ],
  rate: [
    step({ needs: curves }, { do: deed({ trained: { lr: 0.1 } }, train) }),
    step({ needs: curves }, { ask: choice('b'), do: deed({ trained: { lr: 0.001 } }, rate(0.001), train) }),
    step({ needs: [...curves, 'look'] }, { ask: choice('c'), do: deed({ trained: { lr: 0.5 } }, rate(0.5), train), ask2: choice('a') }),
    step({ needs: curves }, {
      ask: choice('b'), do: deed({ trained: { lr: 0.3 } }, rate(0.3), train),
      do2: deed({ trained: { lr: 0.03, epochs: 8 } }, { set: { lr: 0.03, epochs: 8 }, label: 'lesson.slower' }, train),
    }),
  ],
  d2l: [
    step({ needs: curves }, { ask: choice('a'), do: deed({ trained: { activation: 'relu', pooling: 'max' } }, { set: { activation: 'relu', pooling: 'max' }, label: 'lesson.relu' }, train) }),
    step({ needs: curves }, { ask: choice('a'), do: deed({ trained: { channels: [2, 4] } }, { set: { channels: '2, 4' }, label: '2, 4' }, train) }),
    step({ experiment: { preset: 'quick', dataset: 'fashion' }, image: 0, tab: 'mistakes', needs: [...curves, 'look'] }, { do: deed({ trained: {}, scored: true }, train), ask: choice('a') }),
    step({ tab: 'input', needs: look }, { ask: choice('b'), do: deed({ drawn: 'noise' }, { draw: 'noise', label: 'lesson.noise' }) }),
    step({ tab: 'input', needs: look }, { do: deed({ drew: true }, { draw: 'face', label: 'lesson.face' }, clear), ask: choice('a') }),
  ],
  teach: [
    step(hand, {
      ask: choice('b'), do: deed({ taught: { given: 'seven', alone: true }, scored: true }, { teach: { ...seven, alone: true }, label: 'lesson.teach.1.alone' }), ask2: choice('a'),
    }),
    step(hand, { ask: choice('c'), do: deed({ taught: seven, scored: true }, { teach: seven, label: 'lesson.teach.2.among' }) }),
    step({ ...hand, taught: seven }, {
      ask: choice('b'), do: deed({ drawn: 'one' }, { draw: 'one', label: 'lesson.teach.3.one' }, { draw: 'six', label: 'lesson.teach.3.six' }),
      do2: deed({ drawn: 'one', taught: ten }, { teach: ten, label: 'lesson.teach.3.ten' }), ask2: choice('c'),
    }),
    step({ needs: curves }, { do: deed({ drew: true, taught: { given: '' } }, clear), do2: deed({ back: true }) }),
  ],
  own: [
    step({ experiment: three, letters: 3, draw: 'letter', needs: curves }, { ask: choice('b'), do: deed({ trained: { from: 'random', epochs: 12 } }, train) }),
    step({ experiment: three, letters: 3, draw: 'letter', needs: curves }, { ask: choice('b'), do: deed({ trained: { from: 'shown', epochs: 12 } }, { set: kernels, label: 'lesson.own.2.kernels' }, train), ask2: choice('a') }),
    step({ experiment: { ...patient, ...kernels }, letters: 10, draw: 'letter', needs: curves }, {
      ask: choice('c'), do: deed({ trained: { from: 'shown', epochs: 20 } }, train),
      do2: deed({ trained: { from: 'random', epochs: 20 } }, { set: { from: 'random', activation: 'tanh', lr: 0.1 }, label: 'lesson.own.3.random' }, train),
    }),
  ],
};

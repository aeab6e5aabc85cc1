// The page: puts its parts together. It owns the state (the drawing, the
// experiment, the run) and the workers; the parts only show it.
import { Answer } from './answer.js';
import { Chart } from './chart.js';
import { fetchBytes, weightsOf } from './data.js';
import { Drawing } from './drawing.js';
import { Experiment } from './experiment.js';
import { fileOf, Host, inputOf, keysOf, stepsOf } from './host.js';
import { classes, language, preferred, relabel, setLanguage, t, write } from './i18n.js';
import { InputPanel } from './input.js';
import { Inspector } from './inspect.js';
import { Keeper } from './kept.js';
import { drawn, Lessons, noise } from './lessons.js';
import { decodeInk, encodeInk, formatLink, parseLink } from './link.js';
import { Loading } from './loading.js';
import { readLog } from './log.js';
import { Mistakes } from './mistakes.js';
import { Network } from './network.js';
import { Poster } from './poster.js';
import { allowed, compileEngine } from './rpc.js';
import { Run } from './run.js';
import { picture, Samples } from './samples.js';
import * as settings from './settings.js';
import { Share } from './share.js';
import { Stage } from './stage.js';
import { Tabs } from './tabs.js';
import { Timeline } from './timeline.js';
import { Mixed, renewed, scriptName } from './version.js';

/** This page's version, which the server tells too; nothing where the page is not bundled. */
const build = import.meta.url.match(scriptName)?.[1] ?? '';

/** @returns {any} */
const $ = (/** @type {string} */ id) => document.getElementById(id);

$('unstarted').remove();
const link = parseLink(location.hash);
const embedded = !!link?.embed;
// An embedded page is as its link says: it keeps nothing, and tells the page around it.
const kept = embedded ? {} : settings.recall();
const keep = (/** @type {object} */ more) => {
  if (!embedded) settings.keep(more);
  tellChanges();
};
// A link that says what to show wins over what was kept, unless the page that it led to is loaded anew.
const reloaded = /** @type {any} */ (performance.getEntriesByType('navigation')[0])?.type !== 'navigate';
const asked = !!link && (embedded || link.strokes || [link.image, link.lesson, link.weights].some((v) => v !== undefined)
  || [link.experiment, link.changes].some((o) => Object.keys(o).length > 0));
const keeper = top === self && !embedded ? new Keeper() : null; // several frames of a course page would share one storage
const blocked = !allowed(); // without WebAssembly there is the poster, and no more
const poster = embedded || blocked ? new Poster($('poster'), $('pad'), () => link.strokes?.length || stage.setInput({ strokes: [], picture: null })) : null;

let started = false; // there is a network on show
let weights = link?.weights; // on show in place of those trained on the data set

// ---- the parts ------------------------------------------------------------

const answer = new Answer($('prediction'), $('bars'), $('announce'));
const loading = new Loading($('loading'), (text) => answer.show({ loading: text }));
const module = blocked ? new Promise(() => {}) : Promise.resolve(poster?.begun).then(() => compileEngine((loaded) => started || loading.show('engine', loaded)));
const chart = new Chart($('chart'), $('legend'), $('table'));

const timeline = new Timeline($('timeline'), $('now'), {
  show: (checkpoint, gone) => {
    withNetwork((n) => n.params(checkpoint));
    if (gone) examine();
  },
  moved: (epoch) => {
    chart.moment = epoch;
    chart.draw();
  },
});

const stage = new Stage($('stage-box'), {
  ink: (strokes, done) => drawing.ink(strokes, done),
  pen: ({ x, y, down }) => ($('announce-pen').textContent = t(down ? 'pad.down' : 'pad.up', { x, y })),
  layout: async (width, ratio, dark) => (poster && !started ? poster.layout(width, dark) : (await network).call('stage', { width, ratio, dark })),
  loading: (loaded) => (loaded ? loading.show('stage', loaded) : loading.done()),
  find: async (request) => (poster?.up ? { unit: null } : (await network).client.call('find', request)),
  laid: ({ vertical, pad: [, top, width, side], height }) => {
    const lengths = { 'pad-top': top, 'pad-width': vertical ? 0 : width, 'pad-height': side, below: vertical ? 0 : height - top - side };
    for (const [name, px] of Object.entries(lengths)) $('explore').style.setProperty(`--${name}`, `${px}px`);
  },
  ready: spare,
  reduced: async (why) => {
    spare(true);
    $('simple').hidden = false;
    if (await outdated(why)) $('simple').hidden = true;
  },
  opened: (frame) => share.accept(frame),
  pointed: (unit, held, at) => {
    if (held) tabs.show('inspect');
    inspector.show(unit, held);
    answer.point(unit?.layer === 11 ? unit.channel : -1);
    heldAt = held ? at : null;
    uncover();
  },
});

const inspector = new Inspector($('inspect'), $('views'), $('announce-unit'), {
  watch: (...request) => withNetwork((n) => n.watch(...request)),
  gradients: (unit) => run.trainer.gradients(unit),
  parts: (p) => stage.setParts(p),
  votes: (pairs) => stage.vote(pairs),
  slide: (on) => stage.slide(on),
  clear: () => stage.point(null),
  look: () => tabs.show('inspect'),
  point: (unit) => stage.point(unit),
  dataset: () => answer.dataset,
});

/** Shows less often how training stands, and without transitions, where the processor draws: it has to train. */
function spare(/** @type {boolean} */ software) {
  run.trainer.sparing = software;
  document.documentElement.toggleAttribute('data-software', software);
}

/** @type {{top: number, bottom: number}|null} where the unit that is held lies */
let heldAt = null;

/** Scrolls so that the sheet of the inspector, where it is one, does not lie over the unit it shows. */
function uncover() {
  const sheet = $('inspect');
  if (!heldAt || getComputedStyle(sheet).position !== 'fixed') return;
  const below = $('stage-box').getBoundingClientRect().y + heldAt.bottom + 16 - (innerHeight - sheet.offsetHeight);
  if (below > 0) scrollBy({ top: below, behavior: still.matches ? 'auto' : 'smooth' });
}
new ResizeObserver(uncover).observe($('inspect')); // what it says comes later

/** The inspector draws with the colours of the theme and the network. */
async function paintInspector() {
  const layout = await (await network).call('stage', { width: 640, ratio: 1, dark: document.documentElement.dataset.theme === 'dark' });
  inspector.config = stage.network.config;
  inspector.paint(layout);
}

const drawing = new Drawing((input, fromPad) => {
  if (!fromPad) stage.setInput(input);
  look();
  $('prediction').dataset.strokes = String(drawing.kept.strokes.length); // that are finished
  enable('undo', drawing.past.length > 0);
  enable('clear', !drawing.empty);
  samples.tiles.mark(input.picture);
  mistakes.tiles.mark(input.picture);
  if (drawing.kept === input) keep({ ink: encodeInk(input.strokes), image: input.picture?.dataset ? input.picture.index : undefined });
  withNetwork((n) => n.predict(input));
});

const pick = (/** @type {import('./types.js').Picture} */ picture) => drawing.set({ strokes: [], picture });

/** Asks the network's worker something about the test images. @returns {Promise<any>} */
async function askTests(/** @type {string} */ dataset, /** @type {string} */ type, /** @type {object} */ fields) {
  const n = await network;
  await giveTests(n, dataset);
  return n.call(type, fields);
}

const inputPanel = new InputPanel($('input'), () => {
  look();
  withNetwork((n) => {
    n.changes = inputPanel.settings();
    if (tabs.shown === 'mistakes') examine();
    n.predict(drawing.input);
  });
});

/** @type {Samples} */
const samples = new Samples($('samples'), {
  ask: (from, count) => askTests(samples.dataset, 'samples', { from, count }),
  pick,
});

/** @type {Mistakes} */
const mistakes = new Mistakes($('mistakes'), {
  examine: () => {
    const { raw, ...distort } = inputPanel.settings();
    return askTests(mistakes.dataset, 'examine', distort);
  },
  images: (indices) => askTests(mistakes.dataset, 'samples', { indices }),
  pick,
});

const tabs = new Tabs(document.querySelector('.tabs'), (tab) => {
  keep({ tab });
  if (started) {
    inspector.watch();
    examine();
  }
  if (tab === 'input') inputPanel.draw();
});

/** Looks anew at what the network on show makes of the test images, where that is to be seen. */
function examine(dataset = experiment.settings().dataset) {
  const parts = { samples, mistakes };
  parts[/** @type {keyof typeof parts} */ (tabs.shown)]?.refresh(dataset);
}

/** @type {{dataset: string, client: any, given: Promise<any>|null}} the test images that the network's worker has */
let tests = { dataset: '', client: null, given: null };

/** Sees to it that the network's worker has the test images of the data set. */
function giveTests(/** @type {Network} */ n, /** @type {string} */ dataset) {
  if (tests.dataset !== dataset || tests.client !== n.client) {
    const given = n.call('fetch', { dataset, part: 'test', full: false });
    tests = { dataset, client: n.client, given };
    given.catch((e) => {
      tests.dataset = ''; // to be tried again
      outdated(e);
    });
  }
  return tests.given;
}

const network = module.then((m) => new Network(m, {
  network: (n) => {
    const first = !started;
    started = true;
    stage.setNetwork(n);
    paintInspector().catch(() => {}); // the worker was lost; the next one brings the network again
    if (first) ready();
  },
  prediction: (p, input) => {
    stage.setPrediction(p);
    tellPrediction(p, input);
    inputPanel.show(drawing.input, p);
    const picture = drawing.input.picture;
    const label = picture?.dataset === experiment.settings().dataset ? picture.label : -1;
    answer.show({ prediction: p, failed: false, context: { learning: run.state === 'training', label } });
  },
  settled: (yes) => $('prediction').toggleAttribute('data-settled', yes),
  failed,
}));

/** Does something once there is a network; the failure of there being none is told elsewhere. */
function withNetwork(/** @type {(n: Network) => void} */ f) {
  network.then(f, () => {});
}

const run = new Run(module, {
  changed: show,
  begun: (epochs) => {
    const { recipe, dataset, full } = run.job;
    const { activation, pooling, lr, batch } = recipe;
    const { preset } = experiment.settings();
    const name = () => [t(`activation.${activation}`), t(`pooling.${pooling}`), `lr ${lr}`].join(' · ');
    chart.clear(epochs, name, { band: preset === 'd2l' && full && dataset === 'fashion', steps: run.progress.total / batch });
    timeline.clear(epochs);
    keep({ experiment: experiment.settings() });
    keeper?.begin();
  },
  points: (points, epochs) => {
    for (const { epoch, done } of points) if (done) host.send('epoch', { epoch: Math.round(epoch), epochs, ...done });
    chart.add(points, epochs);
    timeline.extend(epochs);
  },
  milestone: () => timeline.past ?? examine(),
  params: (p) => timeline.add(p),
  stands: () => keepRun(run.state === 'training' ? keptEvery : 0),
  trouble: outdated,
});

const keptEvery = 5000; // milliseconds, while it trains
let keptAt = 0;
let unkept = ''; // why the run cannot be kept

/** Keeps the run over a reload, unless that was done less than every milliseconds ago. */
async function keepRun(every = 0) {
  if (!keeper || !run.stand || run.asleep || performance.now() - keptAt < every) return;
  keptAt = performance.now();
  const state = ['finished', 'diverged'].includes(run.state) ? run.state : 'paused';
  const { job, stand } = run;
  const kept = { link: location.hash, settings: experiment.settings(), job, state, ...stand, points: chart.points, past: timeline.kept };
  const trouble = await keeper.save(kept).then(() => '', (e) => e.message);
  if (trouble === unkept) return;
  unkept = trouble;
  show();
}

const experiment = new Experiment($('experiment'), settled);

/** The settings of the experiment have changed. */
function settled() {
  const settings = experiment.settings();
  if (run.state === 'training') run.tune(settings);
  keep({ experiment: settings });
  const other = settings.dataset !== answer.dataset;
  if (other) weights = undefined;
  const shown = other ? (run.job ? reset() : showTrained()) : undefined;
  if (!run.job) chart.clear(settings.epochs);
  show();
  return shown;
}

const lessons = new Lessons($('lessons'), {
  scene,
  shown: (on) => $('learn').setAttribute('aria-expanded', String(on)),
});

/** Sets the page up as a step of a lesson wants it. */
async function scene(/** @type {import('./lessons.js').Scene} */ s) {
  if (s.change) inputPanel.set(s.change);
  if (s.draw || (drawing.empty && !s.noise)) drawing.set({ strokes: drawn(s.draw ?? 'five'), picture: null });
  if (s.noise) pick({ pixels: noise(), label: -1, index: -1, dataset: '' });
  if (s.tab) tabs.show(s.tab);
  if (!s.set) return;
  if (run.job) await giveUp();
  experiment.choose(s.set.preset);
  experiment.set(s.set);
  settled();
  if (s.train) run.train(experiment.recipe(), experiment.settings());
}

/** The fragment of a link to what is on show. */
function here(/** @type {boolean} */ embed, input = drawing.input) {
  const settings = experiment.settings();
  const { strokes, picture } = input;
  return formatLink({
    experiment: /** @type {any} */ (settings), changes: inputPanel.settings(), tab: tabs.shown, lesson: lessons.at, lang: language(), theme, strokes,
    image: picture && picture.dataset === settings.dataset ? picture.index : undefined,
    view: inspector.view === 'activations' ? undefined : inspector.view, unit: inspector.held ? inspector.unit : undefined,
    weights, panels: shownPanels, lock: locked, embed,
  });
}

const share = new Share($('sharing'), $('message'), {
  link: (embed) => location.href.split('#')[0] + here(embed),
  drawing: () => inputPanel.picture(),
  chart: () => $('chart'),
  csv: () => chart.csv(),
  weights: async () => (await (await network).call('save', {})).data,
  load: loadWeights,
  log: (text, name) => chart.compare(readLog(text), name),
});

/** Shows the network of a file that may be anything. Tells what changed. */
async function loadWeights(/** @type {Uint8Array} */ file, /** @type {string} */ name) {
  if (blocked) throw new Error(t('blocked'));
  const n = await network;
  const before = answer.prediction;
  const { config, layers, change } = await n.attempt(file);
  const after = answer.prediction;
  if (run.job) {
    await giveUp();
    await n.attempt(file); // the run may have shown weights meanwhile
  }
  run.file = name;
  show();
  examine();
  const told = [change ? changed(change, layers) : t('share.other', { channels: config.channels.join(', '), units: config.units.join(', ') })];
  if (before?.p && after?.p) told.push(t('share.reads', { before: answer.words(before.p), after: answer.words(after.p) }));
  return told;
}

/** How far weights from a file are from those before, in words. */
function changed(/** @type {{max: number, tensor: string}} */ { max, tensor }, /** @type {import('./types.js').Layer[]} */ layers) {
  if (!tensor) return t('share.same');
  const { name } = layers.find(({ index }) => String(index) === tensor.split('.')[0]);
  return t('share.change', { max: max.toPrecision(3), tensor: `${tensor} (${name})` });
}

// ---- starting ---------------------------------------------------------------

/** Shows the network that was trained beforehand on the chosen data set. */
async function showTrained() {
  const { dataset } = experiment.settings();
  answer.show({ dataset });
  try {
    await poster?.begun;
    const file = await fetchBytes(weightsOf(dataset));
    const n = await network;
    if (dataset !== experiment.settings().dataset || run.job) return;
    n.load(file);
    run.file = '';
    show();
    if (weights) await showWeights();
    if (started) examine(dataset); // after the weights: requests are answered in order
  } catch (e) {
    failed(e);
  }
}

/** Shows the weights that the link names. */
async function showWeights() {
  try {
    await loadWeights(await fetchBytes(weights.includes('.') ? weights : weightsOf(weights)), weights);
  } catch (e) {
    share.say('share.noweights', { error: /** @type {Error} */ (e).message });
    weights = undefined;
  }
}

/** Takes the page's settings from the kept run, the link, or what was kept. Resolves to the run. */
async function setUp() {
  const [{ presets }, record] = await Promise.all([network.then((n) => n.hello), past]);
  experiment.offer(presets);
  if (asked && !record) experiment.choose(link.experiment.preset);
  experiment.set((record && kept.experiment) ?? wanted);
  if (record && experiment.settings().dataset !== record.job.dataset) experiment.set(record.settings);
  const { dataset, epochs } = experiment.settings();
  if (dataset !== answer.dataset) showTrained(); // a preset's, or the run's
  chart.clear(epochs);
  show();
  return record;
}

/** The first network is on show. */
function ready() {
  loading.done();
  run.set('idle');
  inspector.watch();
  stage.open();
  examine();
  restore();
}

/** Brings back what the link has, or what was there before the page was loaded anew. */
async function restore() {
  const record = await setting;
  const mine = asked && !record ? link : { strokes: decodeInk(String(kept.ink ?? '')), image: kept.image };
  await poster?.shown;
  if (drawing.empty) {
    drawing.set(poster?.input ?? { strokes: mine.strokes ?? [], picture: null });
    drawing.past = [];
  }
  enable('undo', drawing.past.length > 0);
  if (record && !run.job) run.resume(record);
  if (link?.lesson !== undefined) lessons.open(link.lesson, !record);
  if (Number.isInteger(mine.image) && drawing.empty) await showImage(mine.image, true).catch(() => {});
  await change({ view: link?.view, unit: link?.unit });
  beLive();
  if (link?.autoplay && !run.job) actions.train();
}

/** Changes what a setup names, in a page that is there already. */
async function change(/** @type {Partial<import('./link.js').Setup>} */ s) {
  if (s.theme) showTheme(s.theme);
  if (s.lang) speak(s.lang);
  if (s.panels) choosePanels(s.panels);
  if (s.lock) lock(s.lock);
  if (s.changes && Object.keys(s.changes).length) inputPanel.set({ ...inputPanel.settings(), ...s.changes });
  if (s.experiment && Object.keys(s.experiment).length) {
    experiment.choose(s.experiment.preset);
    experiment.set(s.experiment);
    await settled();
  }
  if (s.weights) {
    weights = s.weights;
    await showWeights();
  }
  if (s.tab) tabs.show(s.tab);
  if (s.view) inspector.look(s.view);
  if (s.unit) stage.point(unitOf(s.unit));
  if (s.strokes) drawing.set({ strokes: s.strokes, picture: null });
  if (s.image !== undefined) await showImage(s.image);
  if (s.lesson !== undefined) lessons.open(s.lesson);
}

/** Puts a test image into the pad. */
async function showImage(/** @type {number} */ index, unlessDrawn = false) {
  const { dataset } = experiment.settings();
  const list = await askTests(dataset, 'samples', { indices: [index] });
  if (!unlessDrawn || drawing.empty) pick(picture(list, 0, dataset, index));
}

/** A unit that the network on show has, nearest to the one asked for: of a layer that the stage shows. */
function unitOf(/** @type {import('./types.js').Unit} */ { layer, channel, y, x }) {
  const shown = [-1, 1, 2, 4, 5, 8, 10, 11].find((l) => l >= layer) ?? 11;
  const [channels, height = 1, width = height] = shown < 0 ? [1, 28, 28] : stage.network.layers[shown].shape;
  return { layer: shown, channel: Math.min(channel, channels - 1), y: Math.min(y, height - 1), x: Math.min(x, width - 1) };
}

async function failed(/** @type {Error} */ e) {
  loading.done();
  answer.show({ failed: true, prediction: null });
  if (!started) run.fail('say.failed', e);
  host.send('error', { of: 'load', message: e.message });
  if (!(await outdated(e))) console.error(e);
}

/**
 * Something failed. Where that is because parts of two versions of the page
 * have met, it says so and what to do. Resolves to whether it is.
 */
async function outdated(/** @type {Error} */ e) {
  const old = e instanceof Mixed || (await renewed(build));
  if (old) notify(keeper && !unkept ? 'outdated.kept' : 'outdated', true);
  return old;
}

/** Says something that stays, with a button to load the page anew where that helps. */
function notify(/** @type {string} */ key, reloads = false) {
  const text = $('notice').firstElementChild;
  text.dataset.t = key;
  write(text, t(key));
  $('notice').hidden = false;
  $('reload').hidden = !reloads;
}

// ---- what is on show ----------------------------------------------------------

let announced = '';

/** Writes how the run stands, and what the buttons do. */
function show() {
  const { state, progress } = run;
  const training = state === 'training';
  const settings = experiment.settings();
  const next = experiment.presets.length ? experiment.recipe() : null;

  const status = $('status');
  status.dataset.state = state;
  status.dataset.step = String(progress?.step ?? 0);
  status.dataset.seen = String(progress?.seen ?? 0);
  status.dataset.workers = String(run.trainer.clients.length);
  status.dataset.seconds = String(progress?.seconds ?? 0);
  status.textContent = run.status();

  const focused = document.activeElement;
  $('pause').hidden = !training;
  $('train').hidden = training;
  if (focused === $('train') && training) $('pause').focus();
  if (focused === $('pause') && !training) $('train').focus();
  $('train').disabled = $('step').disabled = !next || (state === 'loading' && !run.job); // not yet
  enable('train', state !== 'loading' && !!next);
  enable('step', state !== 'loading' && !!next && !training);
  enable('reset', !!run.job);
  $('train-text').dataset.t = next && run.continues(next, settings) ? 'continue' : 'train';
  write($('train-text'), t($('train-text').dataset.t));
  inspector.poll(state !== announced);
  experiment.lock(training || (state === 'loading' && !!run.job));
  if (next) {
    const { text, alarm } = run.note(next, settings);
    const again = settings.reproducible && state !== 'loading' ? t('note.reproducible', { command: experiment.command() }) : '';
    const over = [run.restored && t('note.restored'), run.job && unkept && t('note.unkept', { error: unkept })];
    write($('note'), [over[0], text, again, over[1]].filter(Boolean).join(' '));
    $('note').classList.toggle('alarm', alarm);
  }
  tellRun();
  if (state !== announced && ['paused', 'finished', 'diverged', 'error'].includes(state)) {
    $('announce-run').textContent = `${status.textContent}. ${$('note').textContent}`;
    if (started) examine();
    keepRun();
  }
  announced = state;
  if (answer.context.learning !== training) answer.show({ context: { ...answer.context, learning: training } });
}

/** Greys a button out where it has nothing to do. It keeps the focus, unlike one that is disabled. */
function enable(/** @type {string} */ id, /** @type {boolean} */ on) {
  $(id).setAttribute('aria-disabled', String(!on || locked.includes(id)));
}

/** @type {string[]} fields of the experiment and buttons */
let locked = [];

/** Keeps controls from being used: only the page around an embedded one may. */
function lock(/** @type {string[]} */ names) {
  locked = names;
  experiment.fixed = names;
  enable('pick', true);
  enable('clear', !drawing.empty);
  enable('undo', drawing.past.length > 0);
  show();
}

/** @type {string[]|undefined} those that are to be seen, where not all are */
let shownPanels;

function choosePanels(/** @type {string[]} */ names) {
  shownPanels = names;
  for (const e of document.querySelectorAll('[data-panel]')) e.classList.toggle('off', !names.includes(e.getAttribute('data-panel')));
}

async function reset() {
  await giveUp();
  await showTrained();
}

/** Ends the run and forgets its past; its curves stay to compare with. */
async function giveUp() {
  await run.reset();
  keeper?.forget().catch(() => {}); // where storage is refused nothing is kept
  const { epochs } = experiment.settings();
  chart.clear(epochs);
  timeline.clear(epochs);
}

// ---- controls -------------------------------------------------------------------

/** @type {Record<string, () => void>} what a click on a button does */
const actions = {
  train: () => run.train(experiment.recipe(), experiment.settings()),
  step: () => run.train(experiment.recipe(), experiment.settings(), true),
  pause: () => run.pause(),
  reset,
  clear: () => drawing.clear(),
  undo: () => drawing.undo(),
};
for (const [id, act] of Object.entries(actions)) {
  $(id).addEventListener('click', () => $(id).getAttribute('aria-disabled') !== 'true' && act());
}
$('pick').addEventListener('click', async () => {
  if (locked.includes('pick')) return;
  tabs.show('samples');
  if (!samples.list) await samples.refresh(experiment.settings().dataset);
  $('samples').scrollIntoView({ block: 'nearest', behavior: still.matches ? 'auto' : 'smooth' });
  $('samples').querySelector('.tiles [tabindex="0"]')?.focus({ preventScroll: true });
});
$('learn').addEventListener('click', () => lessons.show($('lessons').hidden));
for (const type of ['pointerover', 'click']) {
  $('bars').addEventListener(type, (/** @type {any} */ e) => {
    const row = e.target.closest('li');
    if (!row || (type === 'pointerover' && (inspector.held || e.pointerType === 'touch'))) return;
    stage.point({ layer: 11, channel: Number(row.dataset.class), y: 0, x: 0 }, type === 'click');
  });
}
$('reload').addEventListener('click', async () => {
  keptAt = 0;
  await Promise.race([keepRun(), new Promise((resolve) => setTimeout(resolve, 1000))]); // where the storage does not answer
  location.reload();
});
$('retry').addEventListener('click', () => {
  $('simple').hidden = true;
  stage.open();
});
document.addEventListener('keydown', (e) => {
  if (!(e.ctrlKey || e.metaKey) || e.shiftKey || e.key.toLowerCase() !== 'z' || /** @type {any} */ (e.target).matches('input')) return;
  e.preventDefault();
  if (!locked.includes('undo')) drawing.undo();
});

// ---- looks ------------------------------------------------------------------------

const light = matchMedia('(prefers-color-scheme: light)');
const still = matchMedia('(prefers-reduced-motion: reduce)');
let looked = '';
let theme = [link?.theme, kept.theme].find((name) => ['light', 'dark'].includes(name)) ?? ''; // '' follows the system

function look() {
  const picture = !!(poster?.up ? poster.input : drawing.input)?.picture;
  const now = theme || (light.matches ? 'light' : 'dark');
  const { raw, ...distort } = inputPanel.settings();
  const seen = Object.keys(distort).length ? 'changed' : picture ? 'untouched' : raw ? 'raw' : 'centred';
  const key = [now, still.matches, language(), seen].join();
  if (key === looked) return;
  looked = key;
  document.documentElement.dataset.theme = now;
  relabel($('theme'), `theme.${now}`);
  stage.setLook({
    theme: now, reducedMotion: still.matches, lang: document.documentElement.lang,
    strings: {
      stage: t('stage'), pad: t('pad'), draw: t(blocked ? 'input.drawn' : 'draw'), drawHint: blocked ? '' : t('draw.how'), empty: '', input: t('input'), centred: t(seen),
      legend: t('legend'),
    },
  });
  if (stage.network) paintInspector().catch(() => {});
}

function speak(/** @type {string} */ lang) {
  setLanguage(lang);
  $('build').textContent = build && t('build', { build });
  answer.write();
  samples.write();
  mistakes.write();
  timeline.write();
  inputPanel.write();
  lessons.write();
  inspector.write();
  chart.draw();
  show();
  look();
}

light.addEventListener('change', look);
still.addEventListener('change', look);
function showTheme(/** @type {string} */ name) {
  theme = name;
  keep({ theme });
  look();
}

$('theme').addEventListener('click', () => showTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
$('lang').addEventListener('click', () => {
  const lang = language() === 'en' ? 'zh' : 'en';
  keep({ lang });
  speak(lang);
});

// ---- in another page -------------------------------------------------------------

/** @type {() => void} */
let beLive;
/** @type {Promise<void>} commands that need the engine wait for it */
const live = new Promise((resolve) => (beLive = resolve));
live.then(() => host.send('ready', { live: true, keys: keysNow() }));
const wake = () => {
  if (blocked) throw new Error(t('blocked'));
  poster?.begin();
  return live;
};

const host = new Host(link?.origin ?? '', {
  async set(m) {
    const { embed, origin, ...s } = keysOf(m.keys);
    if (!poster?.up) return live.then(() => change(s));
    // The engine is not wanted for that: what needs it is done when it is there.
    const { theme, lang, panels, lock, changes, experiment: settings, ...later } = s;
    await change({ theme, lang, panels, lock, changes });
    Object.assign(link.experiment, settings);
    Object.assign(link, later);
    weights = later.weights ?? weights;
    await (poster.shown = showPoster());
  },
  async draw(m) {
    const input = inputOf(m);
    await wake();
    if (!input) await showImage(m.image);
    else drawing.set(input);
    const wanted = drawing.input;
    return { until: new Promise((resolve, reject) => unread.push({ input: wanted, resolve, reject })) };
  },
  async train() {
    await wake();
    const until = new Promise((resolve, reject) => runs.push({ resolve, reject }));
    if (run.state !== 'training' && !(run.state === 'loading' && run.job)) actions.train();
    return { until };
  },
  async pause() {
    await wake();
    await run.pause();
    return result();
  },
  async step(m) {
    await wake();
    if (run.state === 'training') await run.pause();
    for (let n = stepsOf(m); n > 0; n--) await actions.step();
    return result();
  },
  async reset() {
    await wake();
    await reset();
  },
  async loadWeights(m) {
    const file = fileOf(m);
    await wake();
    await loadWeights(file, typeof m.name === 'string' ? m.name.slice(0, 100) : '');
  },
  async goto(m) {
    const { lesson, unit, view, tab } = keysOf(m);
    await wake();
    if (m.epoch !== undefined) timeline.go(m.epoch === 'now' ? Infinity : Number(m.epoch) || 0);
    await change({ lesson, unit, view, tab });
  },
});

/** @type {{input: import('./types.js').Input, resolve: (said: object) => void, reject: (e: Error) => void}[]} drawings to be predicted */
let unread = [];

/** Tells the page around this one what the network reads. */
function tellPrediction(/** @type {import('./types.js').Prediction} */ p, /** @type {import('./types.js').Input} */ input) {
  if (!host.window) return;
  const { dataset } = answer;
  const best = p.p ? p.p.indexOf(Math.max(...p.p)) : -1;
  const said = { dataset, empty: p.empty, class: best, name: classes(dataset)[best] ?? '', p: [...(p.p ?? [])], label: input.picture?.label ?? -1 };
  host.sendSoon('prediction', () => ({ ...said, final: drawing.kept === input }));
  unread = unread.filter((a) => {
    if (a.input === input) a.resolve(said);
    else if (a.input !== drawing.input) a.reject(new Error('another drawing came first'));
    else return true;
    return false;
  });
}

/** @type {{resolve: (r: object) => void, reject: (e: Error) => void}[]} that wait for the end of the run */
let runs = [];
let toldStep = -1;

/** How the run stands. */
function result() {
  const { step = 0, epoch = 0, epochs = 0, loss = NaN, acc = NaN, test = NaN, seconds = 0 } = run.progress ?? {};
  return { state: run.state, step, epoch, epochs, loss, acc, test, seconds };
}

/** Tells the page around this one how the run stands. */
function tellRun() {
  const { state, progress } = run;
  if (progress && progress.step !== toldStep) host.sendSoon('step', result);
  toldStep = progress?.step ?? -1;
  if (state === announced || !['training', 'loading'].includes(announced) || ['training', 'loading'].includes(state)) return;
  if (announced === 'training' && !runs.length) host.send('done', { of: 'train', ...result() });
  for (const { resolve, reject } of runs.splice(0)) state === 'error' ? reject(new Error(run.trouble)) : resolve(result());
}

/** What a link to this would say, but for the drawing. @returns {Record<string, string>} */
function keysNow() {
  const { v, embed, ...keys } = Object.fromEntries(new URLSearchParams(here(embedded, { strokes: [], picture: null }).slice(1)));
  return (told = keys);
}

/** @type {Record<string, string>|null} */
let told = null;

/** Tells the page around this one what has changed. */
function tellChanges() {
  if (!host.window || !told) return;
  const before = told;
  const now = Object.entries(keysNow());
  const keys = Object.fromEntries(now.filter(([key, value]) => before[key] !== value));
  if (Object.keys(keys).length) host.send('change', { keys });
}

/** Shows what was made beforehand, until somebody wants more. */
async function showPoster() {
  const { dataset: chosen, preset } = wanted;
  if (!blocked && (link.load === 'visible' || link.autoplay)) poster.beginInSight($('explore'));
  const dataset = ['mnist', 'fashion'].includes(chosen) ? chosen : await poster.datasetOf(preset);
  experiment.field('dataset').value = dataset;
  const { network: n, input, prediction } = await poster.show(dataset);
  const mine = !blocked && (link.strokes?.length || link.image !== undefined);
  poster.input = mine ? { strokes: link.strokes ?? [], picture: null } : input;
  if (!poster.up) return;
  stage.setNetwork(n);
  stage.setInput(poster.input);
  look();
  if (mine || (weights && !blocked)) return answer.show({ dataset, idle: true });
  stage.setPrediction(prediction);
  answer.show({ dataset, prediction, context: { learning: false, label: input.picture?.label ?? -1 } });
}

$('full').addEventListener('click', (/** @type {any} */ e) => {
  e.currentTarget.href = location.href.split('#')[0] + here(false);
});

if (host.window) new ResizeObserver(() => {
  const { width, height } = document.documentElement.getBoundingClientRect();
  host.send('resize', { width: Math.ceil(width), height: Math.ceil(height) });
}).observe(document.body);

speak([link?.lang, kept.lang].find((name) => ['en', 'zh'].includes(name)) ?? preferred());
tabs.show(link?.tab ?? kept.tab ?? '');
inputPanel.set(link?.changes ?? {});
document.documentElement.classList.toggle('embedded', embedded);
if (link?.panels || embedded) choosePanels(link?.panels ?? ['answers', 'tools', 'training', 'experiment']);
lock(link?.lock ?? []);
const wanted = (asked ? link.experiment : kept.experiment) ?? {};
experiment.field('dataset').value = wanted.dataset === 'fashion' ? 'fashion' : 'mnist';
showTrained();
const past = Promise.resolve(asked && !reloaded ? null : keeper?.recall()).then((run) => (run && (!asked || run.link === location.hash) ? run : null));
const setting = setUp();
setting.catch(failed);
document.addEventListener('visibilitychange', () => document.hidden && keepRun());
addEventListener('pagehide', () => keepRun());
addEventListener('hashchange', () => parseLink(location.hash) && location.reload());
if (blocked) {
  notify('blocked');
  for (const id of ['poster', 'learn', 'share']) $(id).hidden = true;
  document.documentElement.classList.add('blocked');
  host.send('error', { of: 'load', message: t('blocked') });
}
if (poster) {
  document.documentElement.classList.add('poster');
  poster.shown = showPoster();
  poster.shown.catch(failed);
}
host.send('ready', { live: false, keys: keysNow() });

// The page: puts its parts together. It owns the state (the drawing, the
// experiment, the run) and the workers; the parts only show it.
import { Answer } from './answer.js';
import { Chart } from './chart.js';
import { fetchBytes, weightsOf } from './data.js';
import { Drawing } from './drawing.js';
import { Experiment } from './experiment.js';
import { language, preferred, relabel, setLanguage, t, write } from './i18n.js';
import { InputPanel } from './input.js';
import { Inspector } from './inspect.js';
import { Keeper } from './kept.js';
import { drawn, Lessons, noise } from './lessons.js';
import { decodeInk, encodeInk, formatLink, parseLink } from './link.js';
import { Loading } from './loading.js';
import { Mistakes } from './mistakes.js';
import { Network } from './network.js';
import { compileEngine } from './rpc.js';
import { Run } from './run.js';
import { picture, Samples } from './samples.js';
import { keep, recall } from './settings.js';
import { Share } from './share.js';
import { Stage } from './stage.js';
import { Tabs } from './tabs.js';
import { Timeline } from './timeline.js';

/** @returns {any} */
const $ = (/** @type {string} */ id) => document.getElementById(id);

const kept = recall();
const link = parseLink(location.hash);
// A link that says what to show wins over what was kept, unless the page that it led to is loaded anew.
const reloaded = /** @type {any} */ (performance.getEntriesByType('navigation')[0])?.type !== 'navigate';
const asked = !!link && (link.strokes || [link.image, link.lesson].some((v) => v !== undefined)
  || [link.experiment, link.changes].some((o) => Object.keys(o).length > 0));
const keeper = top === self ? new Keeper() : null; // several frames of a course page would share one storage

// ---- the parts ------------------------------------------------------------

const answer = new Answer($('prediction'), $('bars'), $('announce'));
const loading = new Loading($('loading'), (text) => answer.show({ loading: text }));
const module = compileEngine((loaded) => started || loading.show('engine', loaded));
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
  layout: async (width, ratio, dark) => (await network).call('stage', { width, ratio, dark }),
  loading: (loaded) => (loaded ? loading.show('stage', loaded) : loading.done()),
  find: async (request) => (await network).client.call('find', request),
  laid: ({ vertical, pad: [, top, width, side], height }) => {
    const lengths = { 'pad-top': top, 'pad-width': vertical ? 0 : width, 'pad-height': side, below: vertical ? 0 : height - top - side };
    for (const [name, px] of Object.entries(lengths)) $('explore').style.setProperty(`--${name}`, `${px}px`);
  },
  ready: spare,
  reduced: () => {
    spare(true);
    $('simple').hidden = false;
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

/** Asks the network's worker something about the test images. */
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

const samples = new Samples($('samples'), {
  ask: (from, count) => askTests(samples.dataset, 'samples', { from, count }),
  pick,
});

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
    given.catch(() => (tests.dataset = '')); // to be tried again
  }
  return tests.given;
}

const network = module.then((m) => new Network(m, {
  network: (n) => {
    stage.setNetwork(n);
    paintInspector().catch(() => {}); // the worker was lost; the next one brings the network again
    if (!started) ready();
  },
  prediction: (p) => {
    stage.setPrediction(p);
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
    chart.add(points, epochs);
    timeline.extend(epochs);
  },
  milestone: () => timeline.past ?? examine(),
  params: (p) => timeline.add(p),
  stands: () => keepRun(run.state === 'training' ? keptEvery : 0),
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

const experiment = new Experiment($('experiment'), (key) => {
  const settings = experiment.settings();
  if (['lr', 'epochs', 'pace'].includes(key) && run.state === 'training') run.tune(settings);
  settled();
});

/** The settings of the experiment have changed. */
function settled() {
  const settings = experiment.settings();
  keep({ experiment: settings });
  if (settings.dataset !== answer.dataset) run.job ? reset() : showTrained();
  if (!run.job) chart.clear(settings.epochs);
  show();
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

const share = new Share($('sharing'), $('message'), {
  link: () => {
    const settings = experiment.settings();
    const { strokes, picture } = drawing.input;
    return location.href.split('#')[0] + formatLink({
      experiment: /** @type {any} */ (settings), changes: inputPanel.settings(), tab: tabs.shown, lesson: lessons.at, lang: language(), theme, strokes,
      image: picture && picture.dataset === settings.dataset ? picture.index : undefined,
    });
  },
  drawing: () => inputPanel.picture(),
  chart: () => $('chart'),
  csv: () => chart.csv(),
  weights: async () => (await (await network).call('save', {})).data,
  load: async (file, name) => {
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
  },
});

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
    const file = await fetchBytes(weightsOf(dataset));
    const n = await network;
    if (dataset !== experiment.settings().dataset || run.job) return;
    n.load(file);
    run.file = '';
    show();
    if (started) examine(dataset); // after the weights: requests are answered in order
  } catch (e) {
    failed(e);
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

let started = false;

/** The first network is on show. */
function ready() {
  started = true;
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
  if (drawing.empty) drawing.set({ strokes: mine.strokes ?? [], picture: null });
  drawing.past = [];
  enable('undo', false);
  if (record && !run.job) run.resume(record);
  if (link?.lesson !== undefined) lessons.open(link.lesson, !record);
  if (!Number.isInteger(mine.image)) return;
  const { dataset } = experiment.settings();
  const list = await askTests(dataset, 'samples', { indices: [mine.image] }).catch(() => null);
  if (list && drawing.empty) pick(picture(list, 0, dataset, mine.image));
}

function failed(/** @type {Error} */ e) {
  console.error(e);
  loading.done();
  answer.show({ failed: true, prediction: null });
  if (!started) run.fail('say.failed', e);
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
  $(id).setAttribute('aria-disabled', String(!on));
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
$('retry').addEventListener('click', () => {
  $('simple').hidden = true;
  stage.open();
});
document.addEventListener('keydown', (e) => {
  if (!(e.ctrlKey || e.metaKey) || e.shiftKey || e.key.toLowerCase() !== 'z' || /** @type {any} */ (e.target).matches('input')) return;
  e.preventDefault();
  drawing.undo();
});

// ---- looks ------------------------------------------------------------------------

const light = matchMedia('(prefers-color-scheme: light)');
const still = matchMedia('(prefers-reduced-motion: reduce)');
let looked = '';
let theme = [link?.theme, kept.theme].find((name) => ['light', 'dark'].includes(name)) ?? ''; // '' follows the system

function look() {
  const picture = !!drawing.input.picture;
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
      stage: t('stage'), draw: t('draw'), drawHint: t('draw.how'), empty: '', input: t('input'), centred: t(seen),
      legend: t('legend'),
    },
  });
  if (stage.network) paintInspector().catch(() => {});
}

function speak(/** @type {string} */ lang) {
  setLanguage(lang);
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
$('theme').addEventListener('click', () => {
  theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  keep({ theme });
  look();
});
$('lang').addEventListener('click', () => {
  const lang = language() === 'en' ? 'zh' : 'en';
  keep({ lang });
  speak(lang);
});

speak([link?.lang, kept.lang].find((name) => ['en', 'zh'].includes(name)) ?? preferred());
tabs.show(link?.tab ?? kept.tab ?? '');
inputPanel.set(link?.changes ?? {});
const wanted = (asked ? link.experiment : kept.experiment) ?? {};
experiment.field('dataset').value = wanted.dataset === 'fashion' ? 'fashion' : 'mnist';
showTrained();
const past = Promise.resolve(asked && !reloaded ? null : keeper?.recall()).then((run) => (run && (!asked || run.link === location.hash) ? run : null));
const setting = setUp();
setting.catch(failed);
document.addEventListener('visibilitychange', () => document.hidden && keepRun());
addEventListener('pagehide', () => keepRun());
addEventListener('hashchange', () => parseLink(location.hash) && location.reload());

// The page: puts its parts together. It owns the parts and the workers; the
// parts only show what they are given, and tell what one does to them.
import * as address from './learn/address.js';
import { Answer } from './stage/answer.js';
import { Chart } from './train/chart.js';
import { Controls } from './train/controls.js';
import { Course } from './embed/course.js';
import { maxPoints, maxStrokes } from './shell/constants.js';
import { Drawing, fits } from './stage/drawing.js';
import { Experiment } from './train/experiment.js';
import { choose, classes, count, language, laterTexts, offerLanguages, percent, sentences, setLanguage, sure, t, titleOf, translate } from './shell/i18n.js';
import { markFilled } from './shell/filled.js';
import { foldAway } from './shell/fold.js';
import { InputPanel } from './explain/input.js';
import { Inspector } from './explain/inspect.js';
import { Keeper } from './train/kept.js';
import { Lessons } from './learn/lessons.js';
import { First } from './stage/first.js';
import { Lights } from './learn/lights.js';
import { encodeInk, parseLink } from './shell/link.js';
import { Loading } from './shell/loading.js';
import { Look } from './shell/look.js';
import { Mistakes } from './explain/mistakes.js';
import { Network } from './train/network.js';
import { build, Notice } from './shell/notice.js';
import { earlier, namesOf, own } from './train/own.js';
import { Past } from './train/past.js';
import { Present } from './shell/present.js';
import { Made, Poster } from './embed/poster.js';
import { allowed, compileEngine } from './train/rpc.js';
import { Run } from './train/run.js';
import { Samples } from './explain/samples.js';
import { Saver } from './train/saver.js';
import { datasets, sameClasses, sets } from './shell/sets.js';
import { Setup } from './learn/setup.js';
import { Share } from './embed/share.js';
import { Sheet } from './shell/sheet.js';
import { Shortcuts } from './shell/shortcuts.js';
import { Stage } from './stage/stage.js';
import { Start } from './shell/start.js';
import { Tabs } from './shell/tabs.js';
import { TestImages } from './train/testimages.js';
import { Timeline } from './train/timeline.js';
import { Trained } from './train/trained.js';
import { best } from './shell/trace.js';
import { asParts, viewOf } from './explain/views.js';

/** @returns {any} */
const $ = (/** @type {string} */ id) => document.getElementById(id);

$('unstarted').remove();
$('notice').hidden = true;
const start = new Start();
const { link, embedded, wanted } = start;
const keep = (/** @type {object} */ more) => {
  start.keep(more);
  setupChanged();
};
/** What a link to the page would say is something else. */
function setupChanged() {
  course.tellChanges();
  share.changed();
}
markFilled(embedded);
const blocked = !allowed(); // without WebAssembly there is the poster, and no more
const poster = embedded || blocked ? new Poster({ root: $('poster'), pad: $('pad'), explore: $('explore') }, { link, wanted, blocked }, () => stage.setInput({ strokes: [], picture: null })) : null;
const made = poster ?? new Made(); // on show until the network is there
const greets = start.greets && !blocked;
const begun = Promise.resolve(poster?.begun); // the engine is wanted

let started = false; // there is a network on show
let pictured = () => {}; // the stage has been laid out
/** @type {Promise<void>} */
const picture = new Promise((resolve) => (pictured = resolve));

// ---- the parts ------------------------------------------------------------

const answer = new Answer($('prediction'), $('bars'), $('announce'), (channel, hold) => {
  if (hold || !inspector.held) stage.point({ layer: 11, channel, y: 0, x: 0 }, hold);
});
const loading = new Loading($('loading'), (text) => answer.show({ loading: text }));
const module = blocked ? new Promise(() => {}) : begun.then(() => compileEngine((loaded) => started || loading.show('engine', loaded)));
const chart = new Chart($('chart'), $('legend'), $('table'), $('log'));
const notice = new Notice($('notice'), () => (saver.works ? 'outdated.kept' : 'outdated'), () => saver.save());

const past = new Past({ moment: $('moment'), numbers: $('numbers') }, { answer, chart }, {
  recall: async ({ config, data }, pixels) => (await (await network).call('recall', { ...config, data, pixels })).p,
  go: (epoch) => timeline.go(epoch),
  steps: () => run.steps,
  drawn: () => !drawing.input.picture,
});

const timeline = new Timeline($('timeline'), $('replay'), $('now'), {
  show: (checkpoint, gone) => {
    answer.context.untrained = checkpoint.step === 0 && (run.job?.from !== 'shown' || run.job.anew);
    withNetwork((n) => n.params(checkpoint));
    samples.follow();
    if (gone && tabs.shown === 'mistakes') examine();
  },
  moved: (at, gone, kept) => past.move(at, gone, kept),
});

const stage = new Stage($('stage-box'), {
  ink: (strokes, done) => {
    if (!done) through?.close(); // the end of a stroke may come late
    drawing.ink(strokes, done);
  },
  pen: ({ x, y, down }) => ($('announce-pen').textContent = t(down ? 'pad.down' : 'pad.up', { x, y })),
  layout: async (room, dark) => (!started ? made.layout(room, dark) : (await network).call('stage', { ...room, dark })),
  loading: (loaded) => (loaded ? loading.show('stage', loaded) : loading.done()),
  find: async (request) => (poster?.up ? { unit: null } : (await network).client.call('find', request)),
  laid: ({ pad: [, top, width, height] }) => {
    pictured();
    for (const [name, px] of Object.entries({ top, width, height })) $('work').style.setProperty(`--pad-${name}`, `${px}px`);
  },
  ready: spare,
  reduced: async (why) => {
    spare(true);
    $('simple').hidden = false;
    if (await notice.outdated(why)) $('simple').hidden = true;
  },
  key: (action, name) => shortcuts.do(action, name),
  opened: (frame) => share.accept(frame),
  pointed: (unit, held, at) => {
    if (held) first.leave();
    inspector.show(unit, held);
    answer.point(unit?.layer === 11 ? unit.channel : -1);
    sheet.hold(held ? at : null);
    setupChanged();
  },
});

/** What the layers hold in a view, and a linear unit's row of it: the run's own where it has some. */
async function partsOf(/** @type {string} */ of, /** @type {import('./shell/types.js').Unit|null} */ unit) {
  return (viewOf(of).run && (await run.trainer.gradients(unit))) || (await network).client.call('parts', { of });
}

/** @type {import('./stage/through.js').Through|undefined} once its script has come */
let through;

/** Sends the image through the network, or pauses it. */
async function sendThrough() {
  const [{ Through }] = await Promise.all([import('./stage/through.js'), laterTexts()]);
  through ??= new Through($('through'), $('play'), stage, {
    facts: () => {
      const { network, prediction } = stage;
      const { job, progress, state } = run;
      const p = prediction?.p;
      const top = p ? best(p) : 0;
      return {
        empty: !p, picture: !!drawing.input.picture, raw: inputPanel.settings().raw, network,
        answer: classes(answer.dataset)[top], p: p ? sure(p[top]) : '',
        learning: !!job && progress?.step > 0 && ['training', 'paused'].includes(state),
        batch: count(job?.recipe.batch ?? 0), loss: progress?.loss.toFixed(2) ?? '', lr: String(job?.recipe.lr ?? ''), freeze: job?.recipe.freeze,
      };
    },
    parts: async (of) => asParts(await partsOf(of, null), of, null),
    activations: () => inspector.view === 'activations' || inspector.look('activations'),
  });
  through.toggle();
}

const inspector = new Inspector({ panel: $('inspect'), zoom: $('zoom'), switcher: $('views'), live: $('announce-unit') }, {
  watch: (...request) => withNetwork((n) => n.watch(...request)),
  run: partsOf,
  parts: (p) => stage.setParts(p),
  votes: (pairs) => stage.vote(pairs),
  clear: () => stage.point(null),
  look: () => tabs.show('inspect'),
  point: (unit) => stage.point(unit),
  dataset: () => answer.dataset,
  byHand: () => $('stage-box').contains(document.activeElement),
  back: () => stage.focus(),
  shown: () => stage,
  failed: partFailed,
});

/** Shows less often how training stands, and without transitions, where the processor draws: it has to train. */
function spare(/** @type {boolean} */ software) {
  run.trainer.sparing = software;
  document.documentElement.toggleAttribute('data-software', software);
}

const first = new First($('invite'), $('hand'), { answer, stage }, () => look.update());

const sheet = new Sheet($('zoom'), $('stage-box'), () => look.scrolling);

/** The inspector draws with the colours of the theme and the network. */
async function paintInspector() {
  const layout = await (await network).call('stage', { width: 640, ratio: 1, dark: look.now === 'dark' });
  inspector.paint(layout);
}

const drawing = new Drawing((input, fromPad) => {
  if (!fromPad) stage.setInput(input);
  if (!drawing.untouched) first.leave();
  if (!started && !poster && !input.example) clearStage();
  look.update();
  $('ask').toggleAttribute('data-off', drawing.untouched);
  mine?.drawn(fromPad);
  $('prediction').dataset.strokes = String(drawing.kept.example ? 0 : drawing.kept.strokes.length); // that are finished
  controls.drawn();
  samples.tiles.mark(input.picture);
  mistakes.tiles.mark(input.picture);
  if (drawing.kept === input && !input.example) keep({ ink: encodeInk(input.strokes), image: input.picture?.dataset ? input.picture.index : undefined });
  withNetwork((n) => n.predict(input));
});

const pick = (/** @type {import('./shell/types.js').Picture} */ picture) => drawing.set({ strokes: [], picture });

const inputPanel = new InputPanel($('input'), () => {
  look.update();
  setupChanged();
  withNetwork((n) => {
    n.changes = inputPanel.settings();
    if (tabs.shown === 'mistakes') examine();
    n.predict(drawing.input);
  });
});

/** @type {Samples} */
const samples = new Samples($('samples'), {
  ask: (fields) => tests.ask(samples.dataset, 'samples', fields),
  pick,
  shown: () => answer.dataset,
});

/** @type {Mistakes} */
const mistakes = new Mistakes($('mistakes'), {
  examine: () => {
    const { raw, ...distort } = inputPanel.settings();
    return tests.ask(mistakes.dataset, 'examine', distort);
  },
  images: (indices) => tests.ask(mistakes.dataset, 'samples', { indices }),
  pick,
  shown: () => answer.dataset,
});

const tabs = new Tabs(document.querySelector('.tabs'), (tab) => {
  keep({ tab });
  if (started) {
    inspector.watch();
    inspector.write();
    examine();
  }
  if (tab === 'input') inputPanel.draw();
});

/** Looks anew at what the network on show makes of the test images, where that is to be seen. */
function examine() {
  const { dataset } = experiment.settings();
  if (tabs.shown === 'samples') samples.look(dataset);
  if (tabs.shown === 'mistakes') mistakes.refresh(dataset);
}

const network = module.then((m) => new Network(m, {
  network: (n) => {
    const first = !started;
    controls.shown = n.config;
    experiment.follow(n.config);
    started = true;
    stage.setNetwork(n);
    paintInspector().catch(() => {}); // the worker was lost; the next one brings the network again
    if (first) ready();
  },
  prediction: (p, input) => {
    stage.setPrediction(p);
    past.see(p);
    course.tellPrediction(p, input);
    inputPanel.show(drawing.input, p);
    const picture = drawing.input.picture;
    const label = picture?.dataset === experiment.settings().dataset && sameClasses(picture.dataset, answer.dataset) ? picture.label : -1;
    answer.show({ prediction: p, failed: false, refused: '', context: { ...answer.context, learning: run.state === 'training', label } });
    mine?.drawn(false);
  },
  refused: (e, input) => {
    const text = fits(input.strokes) ? t('say.refused', { error: e.message }) : t('say.large', { strokes: count(maxStrokes), points: count(maxPoints) });
    stage.setPrediction({ empty: true });
    answer.show({ prediction: null, refused: text });
    course.refuse(input, new Error(text));
  },
  settled: (yes) => $('prediction').toggleAttribute('data-settled', yes),
  failed,
}));

/** Does something once there is a network; the failure of there being none is told elsewhere. */
function withNetwork(/** @type {(n: Network) => void} */ f) {
  network.then(f, () => {});
}

/** @type {Run} */
const run = new Run(module, {
  changed: show,
  begun: (epochs) => {
    const { recipe: { batch, classes }, dataset, full } = run.job;
    answer.show({ dataset: namesOf(dataset, run.own) });
    const { preset } = experiment.settings();
    chart.clear(epochs, run.about, { band: preset === 'd2l' && full && dataset === experiment.presets.find((p) => p.name === preset)?.dataset, steps: run.progress.total / batch, classes });
    timeline.clear(epochs);
    keep({ experiment: experiment.settings(), run: true });
    saver.begin();
  },
  points: (points, epochs) => {
    course.tellEpochs(points, epochs);
    chart.add(points, epochs);
    timeline.extend(epochs);
  },
  milestone: () => timeline.past ?? examine(),
  params: (p) => timeline.add(p),
  origin: async () => {
    const { dataset } = answer;
    const trained = !run.job && !run.file;
    const name = trained || !run.job ? run.file : t('run.earlier');
    return { file: (await (await network).call('save', {})).data, dataset, trained, name };
  },
  trained: () => answer.dataset,
  stands: () => saver.saveSoon(),
  trouble: (e) => notice.outdated(e),
});

const onRun = (/** @type {string} */ dataset) => run.job?.dataset === dataset;
const tests = new TestImages(network, (dataset) => onRun(dataset) && run.job.full, (dataset) => own.get(dataset) ?? (onRun(dataset) ? run.own : null), (e) => notice.outdated(e));

const experiment = new Experiment($('experiment'), settled);

own.watch((dataset, other) => {
  const { dataset: chosen } = experiment.settings();
  experiment.list();
  if (other && answer.dataset === dataset) answer.show({ dataset: earlier(dataset) });
  if (chosen !== experiment.settings().dataset) return settled();
  if (dataset === chosen) samples.of(dataset, true);
  if (dataset === chosen && started) examine();
  return show();
});

let chosen = ''; // the data set, when that was looked at last

/** The settings of the experiment have changed. An own data set leaves the network on show as it is until it is trained on. */
function settled() {
  const settings = experiment.settings();
  if (run.state === 'training') run.tune(settings);
  keep({ experiment: settings });
  const news = settings.dataset !== chosen;
  const other = news && settings.dataset !== answer.dataset && !sets[settings.dataset].own;
  chosen = settings.dataset;
  if (other) trained.named = undefined;
  else if (news && started) examine();
  const shown = other ? (run.job ? giveUp().then(() => trained.show()) : trained.show()) : undefined;
  if (!run.job) chart.clear(settings.epochs);
  if (other && drawing.input.example) showMade().catch(() => {});
  show();
  return shown;
}

/** @type {Lessons} */
const lessons = new Lessons($('lessons'), new Lights($('stage-box'), () => stage.placed), {
  scene: (...s) => setup.scene(...s),
  shown: (at, addressed) => {
    if (at) {
      first.leave();
      mine?.open(false, addressed);
    }
    $('learn').setAttribute('aria-expanded', String(!!at));
    setup.showPanels();
    placed(addressed);
  },
  keep: (steps) => keep({ lessons: steps }),
  failed: async (e) => {
    if (!(await notice.outdated(e))) share.say('lesson.failed', { error: e.message });
  },
  page: () => ({ ...setup.parts, answer, setup }),
  scrolling: () => look.scrolling,
}, start.kept.lessons);

/** @type {import('./mine/mine.js').Mine|undefined} once its script has come */
let mine;
/** @type {Promise<import('./mine/mine.js').Mine>|null} */
let mining = null;

/** Mine, once its script has come. Fails where that does not. */
async function fetchMine() {
  mining ??= import('./mine/mine.js').then(({ Mine }) => Mine.begin($('work'), $('ask'), { ...setup.parts, answer, setup }, {
    network: () => network, keeps: !embedded && top === self, collected: (/** @type {{total: number}} */ all) => course.tellMine(all),
    shown: (/** @type {boolean} */ addressed) => {
      first.leave();
      if (mine.shown) {
        through?.close();
        stage.point(null);
        if (lessons.at) lessons.show(false, addressed);
      }
      placed(addressed);
    },
    settled, train,
    back: async (/** @type {import('./train/run.js').Origin} */ origin, /** @type {object} */ settings) => {
      await giveUp();
      await trained.back(origin);
      experiment.set(settings);
      await settled();
    },
    curves: () => {
      mine.open(false);
      showCurves();
    },
  }));
  try {
    return (mine = await mining);
  } catch (e) {
    mining = null;
    throw e;
  }
}

/** Opens or closes Mine, or asks beside the answer what the drawing is. Resolves once that is done. */
async function withMine(/** @type {(m: import('./mine/mine.js').Mine) => void|Promise<void>} */ does) {
  if (blocked) return;
  try {
    await does(await fetchMine());
  } catch (e) {
    partFailed(e);
  }
}

/** A part that comes when it is opened could not be fetched. */
async function partFailed(/** @type {Error} */ e) {
  if (!(await notice.outdated(e))) share.say('part.failed', { error: e.message });
}

/** One is at another place of the page. @param {boolean} addressed  the page's address has led there */
function placed(addressed) {
  const on = !!mine?.shown;
  for (const [id, is] of Object.entries({ home: !on && !lessons.at, learn: !!lessons.at, own: on })) {
    if (is) $(id).setAttribute('aria-current', 'page');
    else $(id).removeAttribute('aria-current');
  }
  address.follow(lessons.at, on, addressed || embedded);
  setupChanged();
}

const saver = new Saver(top === self && !embedded ? new Keeper() : null, { chart, experiment, run, timeline }, show); // several frames of a course page would share one storage

const look = new Look($('theme'), start.choice('theme', ['light', 'dark']) ?? '', {
  seen: () => {
    const changes = inputPanel.words();
    if (changes) return changes;
    const { picture } = (poster?.up ? poster.input : drawing.input) ?? {};
    return t(picture ? (picture.index < 0 ? 'given' : 'untouched') : inputPanel.settings().raw ? 'raw' : 'centred');
  },
  draw: () => t(blocked ? 'input.drawn' : first.label || 'draw'),
  chosen: (theme) => keep({ theme }),
  changed: (theme, reducedMotion, seen) => {
    stage.setLook({
      theme, reducedMotion, lang: document.documentElement.lang,
      strings: {
        stage: t('stage'), pad: t('pad'), draw: look.on.draw(), drawHint: blocked || first.busy ? '' : t('draw.how'), empty: '', input: t('input'), centred: seen,
        legend: t('legend'),
      },
    });
    if (stage.network) paintInspector().catch(() => {});
    samples.tiles.paint();
  },
});

/** Has the page in another language, if it has that one. */
async function speak(/** @type {string} */ lang) {
  try {
    if (await setLanguage(choose([lang, language()]))) write();
  } catch (e) {
    $('lang').value = language();
    if (!(await notice.outdated(e))) share.say('language.failed', { error: e.message });
  }
}

/** Writes all texts in the page's language. */
function write() {
  translate();
  $('lang').value = language();
  $('build').textContent = build && t('build', { build });
  for (const part of [answer, samples, mistakes, timeline, past, experiment, inputPanel, lessons, inspector, through, mine]) part?.write();
  chart.draw();
  show();
  look.update();
}

function train(once = false) {
  const [recipe, settings] = [experiment.recipe(), experiment.settings()];
  if (settings.from !== 'shown' || run.continues(recipe, settings)) timeline.go(Infinity); // what one looks at is what learns
  return run.train(recipe, settings, once);
}

/** On a phone the curves may be below the fold: brings them in sight. */
function showCurves() {
  if (getComputedStyle($('experiment').querySelector('.go')).position === 'fixed') document.querySelector('.training').scrollIntoView({ block: 'nearest', behavior: look.scrolling });
}

const controls = new Controls({ status: $('status'), note: $('note'), live: $('announce-run') }, { drawing, experiment, run }, {
  train: () => {
    train();
    showCurves();
  },
  step: () => train(true),
  pause: () => run.pause(),
  play: () => {
    first.finish();
    if (stage.network) sendThrough().catch(partFailed);
  },
  reset,
  clear: () => drawing.clear(),
  undo: () => drawing.undo(),
  pick: async () => {
    if (mine?.shown) return mine.pick();
    tabs.show('samples');
    if (!samples.list) await samples.refresh(experiment.settings().dataset);
    $('samples').scrollIntoView({ block: 'nearest', behavior: look.scrolling });
    $('samples').querySelector('.tiles [tabindex="0"]')?.focus({ preventScroll: true });
  },
});

const invitations = {
  draw: () => {
    first.leave();
    drawing.clear();
    stage.focusPad();
  },
  learn: () => {
    first.leave();
    setting.then(() => { // the presets are there
      $('train').focus({ preventScroll: true });
      controls.press('train');
    }, () => {});
  },
  settings: () => {
    first.leave();
    $('settings').open = true;
    $('settings').querySelector('summary').focus();
  },
};
$('invite').addEventListener('click', (/** @type {any} */ e) => {
  const { go, lesson } = e.target.closest('button')?.dataset ?? {};
  if (lesson) lessons.tryOpen(lesson);
  else invitations[/** @type {keyof typeof invitations} */ (go)]?.();
});
for (const e of document.querySelectorAll('.tools, .skip')) e.addEventListener('click', () => first.leave(), { capture: true });

const present = new Present($('present'), $('presented'), () => {
  first.leave();
  stage.resized();
});

/** Presses a button of the lessons, where there is one to press. */
function turn(/** @type {string} */ go) {
  const button = lessons.at ? $('lessons').querySelector(`[data-go="${go}"]:not([aria-disabled="true"])`) : null;
  button?.click();
  return !!button;
}

/** What keys do that are not those of one button. @type {Record<string, () => boolean|void>} */
const deeds = {
  present: () => present.set(!present.on),
  leave: () => present.set(false),
  go: () => (mine?.shown ? mine.teach.press() : controls.press(run.state === 'training' ? 'pause' : 'train')),
  next: () => turn('next'),
  back: () => turn('back'),
  undo: () => (mine?.shown && drawing.untouched ? mine.undo() : controls.press('undo')),
  mine: () => void withMine((m) => m.open(!m.shown)),
};
const shortcuts = new Shortcuts($('keys'), $('shortcuts'), (action, name) => (action === 'file' ? !!mine?.key(name) : !(mine?.shown && action === 'step') && (deeds[action] ?? controls.press.bind(controls, action))() !== false), partFailed);

let shown = ''; // how the run stood

/** The run, or the one that Train would begin, is another than before. */
function show() {
  if (run.job || run.file) first.leave();
  const other = run.state !== shown;
  shown = run.state;
  controls.show(saver.trouble);
  const { right } = sets[answer.dataset];
  if (!first.left) first.write(sentences(right && t('invite.shown', { dataset: titleOf(answer.dataset), p: percent(right) }), t('invite.next', { recipe: $('recipe').textContent })));
  course.tellRun();
  share.changed();
  inspector.poll(other);
  mine?.ran();
  if (other && run.resting) {
    if (started) examine();
    saver.save();
  }
  const learning = run.state === 'training';
  if (answer.context.learning !== learning) answer.show({ context: { ...answer.context, learning } });
}

async function reset() {
  const { origin } = run;
  await giveUp();
  await (origin ? trained.back(origin) : trained.show());
}

/** Ends the run and forgets its past; its curves stay to compare with. */
async function giveUp() {
  const given = run.reset();
  keep({ run: false });
  saver.forget(); // at once: when the workers have stopped, another run may have begun
  const { epochs } = experiment.settings();
  chart.clear(epochs);
  timeline.clear(epochs);
  await given;
}

const trained = new Trained(network, { answer, experiment, run }, {
  begun, giveUp, failed,
  changed: show,
  shown: () => {
    answer.context.untrained = false;
    if (started) examine();
  },
  refused: (e) => share.say('share.noweights', { error: e.message }),
});
trained.named = link?.weights;

/** @type {Setup} */
const setup = new Setup({ chart, controls, drawing, experiment, inputPanel, inspector, lessons, look, mistakes, run, samples, stage, tabs, tests, timeline, trained }, { settled, giveUp, speak, show, withMine,
  fetchSet: async (path, sha256) => {
    const { takeFrom } = await import('./embed/fetched.js');
    const set = await takeFrom(path, sha256, experiment.settings().seed, (text) => share.tell(text));
    share.tell(set.said);
    return set;
  },
});

const share = new Share($('sharing'), $('message'), {
  link: (embed) => location.href.split('#')[0] + setup.link(embed),
  drawing: () => inputPanel.picture(),
  chart: () => $('chart'),
  csv: () => chart.csv(),
  weights: async () => (await (await network).call('save', sets[answer.dataset].own ? { meta: { classes: JSON.stringify(classes(answer.dataset)) } } : {})).data,
  load: async (file, name) => {
    needEngine();
    return trained.load(file, name);
  },
  set: async (files) => {
    needEngine();
    poster?.begin();
    if (mine?.shown) return mine.transfer.take(await files);
    const { take } = await import('./embed/taken.js');
    const { name, sha256, said, before } = await take(await files, experiment.settings().seed);
    $('message').dataset.sha256 = sha256; // of its pixels
    if (run.state === 'training' || experiment.fixed.includes('dataset')) return sentences(said, t('set.later'));
    first.leave();
    experiment.pick('dataset', name);
    await settled();
    if (before) own.drop(before);
    return said;
  },
  log: async (text, name) => {
    const [{ readLog }] = await Promise.all([import('./train/log.js'), laterTexts()]);
    chart.compare(readLog(text), name);
  },
  picture: async (file) => {
    needEngine();
    poster?.begin();
    const [{ decode }] = await Promise.all([import('./explain/picture.js'), laterTexts()]);
    const picture = await decode(file).catch(() => {
      throw new Error(t('picture.format'));
    });
    const { pixels } = await (await network).call('picture', { ...picture, digit: sets[experiment.settings().dataset].digits || !!sets[experiment.settings().dataset].own });
    if (!pixels) throw new Error(t('picture.blank'));
    pick({ pixels, label: -1, index: -1, dataset: '' });
  },
});

function needEngine() {
  if (blocked) throw new Error(t('blocked'));
}

const course = new Course(link?.origin ?? '', { answer, drawing, run, timeline }, {
  begin: () => {
    needEngine();
    poster?.begin();
  },
  async set(s) {
    if (s.file && !s.sha256) course.wake(); // to tell it
    if (!poster?.up || !link) {
      await course.live;
      return setup.change(s);
    }
    // The engine is not wanted for that: what needs it is done when it is there.
    const { theme, lang, panels, lock, changes, experiment: settings, ...later } = s;
    await setup.change({ theme, lang, panels, lock, changes });
    if (settings.preset) { // it sets them all
      for (const key of Object.keys(link.experiment)) delete link.experiment[key];
      link.file = '';
    }
    Object.assign(link.experiment, settings);
    Object.assign(link, later);
    trained.named = later.weights ?? trained.named;
    await showPoster();
  },
  check: (s) => setup.check(s),
  change: (s) => setup.change(s),
  over() {
    const { job, state } = run;
    const [recipe, settings] = [experiment.recipe(), experiment.settings()];
    if (!['finished', 'diverged'].includes(state) || run.continues(recipe, settings)) return false;
    const all = (/** @type {any} */ { dataset, size, from, reproducible }, /** @type {object} */ r) => JSON.stringify([dataset, size, from, reproducible, r]);
    return all(job, job.recipe) === all(settings, recipe);
  },
  showImage: (index) => setup.showImage(index),
  keys: () => setup.keys(),
  load: (file, name) => trained.load(file, name),
  train, reset,
  step: () => train(true),
  label: async (name) => (await fetchMine()).label(name),
  give: async (site) => (await fetchMine()).give(site),
});

// ---- starting ---------------------------------------------------------------

/**
 * Puts an example into the pad until somebody draws, and shows what was made of it when the page was built, in every
 * layer, until the network is there.
 */
async function showMade() {
  const dataset = experiment.field('dataset').value;
  const { network, input, prediction } = await made.made(dataset);
  if (!drawing.untouched || (drawing.empty && first.left) || dataset !== experiment.field('dataset').value) return;
  if (!started) {
    stage.setNetwork(network);
    stage.setPrediction(prediction);
    answer.show({ dataset, prediction, context: { ...answer.context, label: input.picture?.label ?? -1 } });
  }
  drawing.set({ ...input, example: true });
  drawing.past = [];
  controls.drawn();
  if (greets && !look.still.matches) first.draw(input.strokes);
  else first.finish();
}

/** Takes from the stage what was made of the example. */
function clearStage() {
  stage.setPrediction({ empty: true });
  answer.show({ prediction: null });
}

const showPoster = () => poster.show({ answer, experiment, look, stage, trained });

/** Sets the experiment up. Resolves to the run that was kept. */
async function setUp() {
  const [{ presets }, record] = await Promise.all([network.then((n) => n.hello), start.run(saver)]);
  if (record?.own) own.adopt(record.job.dataset, record.own);
  start.setUp(presets, record, { answer, experiment, trained });
  chosen = experiment.settings().dataset;
  chart.clear(experiment.settings().epochs);
  show();
  return record;
}

/** The first network is on show. */
async function ready() {
  loading.done();
  run.set('idle');
  inspector.watch();
  first.after(() => stage.open());
  examine();
  const record = await setting;
  await start.restore(record, poster, { controls, drawing, lessons, run, setup });
  for (const { about, points } of record?.others ?? []) chart.runs.add(about, points);
  if (link?.file) await takeFile(!!record);
  if (link?.mine) withMine((m) => m.open(true, true));
  course.ready(true);
  if (link?.autoplay && !run.job) train();
}

/** Takes the data set of the link's file, and chooses it unless a run was kept. */
async function takeFile(/** @type {boolean} */ kept) {
  try {
    const set = await setup.fetchSet(link);
    if (!kept) await setup.choose(link.experiment, set);
  } catch (e) {
    share.say('set.refused', { name: link.file, error: e.message });
    course.send('error', { of: 'load', message: e.message });
  }
}

async function failed(/** @type {Error} */ e) {
  loading.done();
  answer.show({ failed: true, prediction: null });
  if (!started) run.fail('say.failed', e);
  course.fail(e);
  if (!(await notice.outdated(e))) console.error(e);
}

foldAway($('settings'));
$('present').addEventListener('click', () => present.set(!present.on));
$('home').addEventListener('click', () => {
  mine?.open(false);
  if (lessons.at) lessons.show(false);
});
$('own').addEventListener('click', () => deeds.mine());
$('ask').addEventListener('click', () => withMine((m) => m.offer()));
$('learn').addEventListener('click', () => lessons.show($('lessons').hidden));
$('retry').addEventListener('click', () => {
  $('simple').hidden = true;
  stage.open();
});
$('lang').addEventListener('change', () => {
  const lang = $('lang').value;
  keep({ lang });
  speak(lang);
});
$('full').addEventListener('click', (/** @type {any} */ e) => {
  e.currentTarget.href = location.href.split('#')[0] + setup.link(false);
});
document.addEventListener('visibilitychange', () => document.hidden && saver.save());
addEventListener('pagehide', () => saver.save());
addEventListener('hashchange', (e) => {
  const link = parseLink(location.hash);
  if (address.sameBut(new URL(e.oldURL).hash, location.hash)) {
    if (!!link?.mine !== !!mine?.shown) withMine((m) => m.open(!!link?.mine, true));
    if (link?.lesson !== (lessons.at || undefined)) lessons.follow(link?.lesson);
  } else if (link) {
    saver.left = true;
    location.reload();
  }
});

if (course.host.window) $('about').dataset.t = 'about.framed';
$('framed').hidden = !course.host.window;
offerLanguages($('lang'));
write();
const spoken = speak(choose([link?.lang, start.kept.lang, ...navigator.languages].filter((tag) => typeof tag === 'string')));
tabs.show(link?.tab ?? start.kept.tab ?? '');
inputPanel.set(link?.changes ?? {});
document.documentElement.classList.toggle('embedded', embedded);
if (embedded) { // where each panel may be there alone
  document.querySelector('.training .head').append($('status'));
  $('numbers').before($('note'));
  $('settings').open = true;
}
if (link?.panels || embedded) setup.choosePanels(link?.panels ?? ['answers', 'tools', 'training', 'experiment']);
setup.lock(link?.lock ?? []);
experiment.field('dataset').value = Object.hasOwn(sets, wanted.dataset) ? wanted.dataset : datasets[0];
trained.show();
const setting = setUp();
setting.catch(failed);
if (blocked) {
  notice.say('blocked');
  for (const id of ['poster', 'learn', 'own', 'share']) $(id).hidden = true;
  document.documentElement.classList.add('blocked');
  course.fail(new Error(t('blocked')));
}
if (poster) {
  document.documentElement.classList.add('poster');
  showPoster().catch(failed);
}
if (greets) first.greet();
if (start.bare && !poster) showMade().catch(() => first.finish()); // the network is on its way
made.frame.then(({ config, layers }) => stage.network ?? stage.setNetwork({ config, layers }), pictured);
// The page is seen once it has its language and its picture, and nothing moves then; on a slow line after a second.
const patience = new Promise((resolve) => setTimeout(resolve, 1000));
Promise.race([Promise.all([spoken, picture]), patience]).then(() => document.documentElement.classList.add('seen'));
course.ready(false);

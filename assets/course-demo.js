// A quiz that listens to what happens in two playgrounds.
const $ = (id) => document.getElementById(id);
const reader = $('reader');
const learner = $('learner');
const solved = new Set();

const texts = {
  en: { reads: 'it reads {name} with {p} %', learning: 'learning…', right: '{n} of 1,000. You guessed right.', wrong: '{n} of 1,000. More than most people guess!', again: 'One more time?' },
  zh: { reads: '它认作 {name}，把握 {p} %', learning: '正在学习……', right: '1,000 个里认对了 {n} 个，你猜对了。', wrong: '1,000 个里认对了 {n} 个。比大多数人猜的要多！', again: '再来一次？' },
};
const language = () => document.documentElement.lang;
const say = (key, values = {}) => texts[language()][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

function solve(name, item) {
  item.classList.add('done');
  solved.add(name);
  $('score').textContent = solved.size;
}

// Every stroke gives predictions; one that is final is of a drawing at rest.
reader.addEventListener('prediction', ({ detail: { p, name, empty, final } }) => {
  if (empty || !final) return;
  const top = Math.max(...p);
  for (const [id, right] of [['seven', name === '7' && top >= 0.9], ['unsure', top < 0.6]]) {
    if (solved.has(id)) continue;
    $(id).querySelector('output').textContent = say('reads', { name, p: top < 0.995 ? (100 * top).toFixed(0) : '>99' });
    if (right) solve(id, $(id));
  }
});

$('guess').addEventListener('change', () => ($('learn').disabled = false));
$('learn').addEventListener('click', async () => {
  const output = $('guess').querySelector('output');
  $('learn').disabled = true;
  output.textContent = say('learning');
  try {
    await learner.reset();
    const { test } = await learner.train();
    const right = $('guess').elements.guess.value === 'high';
    output.textContent = say(right === test > 0.8 ? 'right' : 'wrong', { n: Math.round(1000 * test) });
    solve('guess', $('guess'));
  } catch (e) {
    output.textContent = e.message;
  }
  $('learn').disabled = false;
});

function speak(lang) {
  document.documentElement.lang = lang;
  document.title = document.querySelector(`h1 [lang=${lang}]`).textContent;
  for (const playground of [reader, learner]) playground.setAttribute('lang', lang);
}
const languages = Object.keys(texts);
$('language').addEventListener('click', () => speak(languages[(languages.indexOf(language()) + 1) % languages.length]));
speak(navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => languages.includes(tag)) ?? languages[0]);

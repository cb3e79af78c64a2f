// Offers the way back from what this console just did, for ten seconds and only while nothing else was done.

import { say, word } from './connection.js';
import { newOp } from './post.js';
import { send } from './forms.js';
import { receive } from './live.js';

const OFFERED_FOR_MS = 10000;

const page = document.body.dataset;
const line = document.getElementById('undo');
const what = document.getElementById('undo-what');
let offered = null; // { verb, fields } that takes the last step back
let version = '';
let due;

const same = (verb) => ({ guess }) => ({ verb, fields: { guess } });
const plain = (verb) => () => ({ verb, fields: {} });
// What takes a verb back; where nothing stands here, nothing does.
const BACK = {
  stop: plain('resume'), resume: plain('stop'), lock: plain('unlock'), unlock: plain('lock'),
  'hold-back': same('put-back'), 'put-back': same('hold-back'),
  reveal: ({ guess }, was) => (guess || was.first ? { verb: 'conceal', fields: guess ? { guess } : {} } : null),
  conceal: ({ guess }) => (guess ? { verb: 'reveal', fields: { guess, anyway: 'yes' } } : null),
  spotlight: (fields, was) => ({ verb: 'spotlight', fields: { guess: was.before || '' } }),
  cluster: ({ guess }, was) => (guess ? { verb: 'cluster', fields: { guess, place: was.before || '' } } : null),
  start: plain('back'), 'next-stage': plain('back'), 'second-look': plain('back'), open: plain('back'),
};

const inWords = (verb) => ('-' + verb).replace(/-(.)/g, (_, letter) => letter.toUpperCase());

const spotlit = () => {
  const card = document.querySelector('#cards [aria-current="true"]');
  return card ? card.dataset.guess : '';
};

// What only the page knows of how it was before: which guess was on the screen, and where one stood.
document.addEventListener('submit', ({ target }) => {
  const verb = target.action.split('/').pop();
  if (verb === 'spotlight') target.dataset.before = spotlit();
  if (verb === 'cluster') target.dataset.before = (target.closest('[data-guess]') || target).dataset.place || '';
  if (verb === 'reveal' && page.phase === 'closed') target.dataset.first = 'yes';
}, true);

document.addEventListener('done', ({ detail }) => {
  const { verb, fields, was } = detail;
  const back = BACK[verb] && BACK[verb](fields, was);
  // The answer is put on the page after this; a console that looks first asks once more for its own.
  setTimeout(() => (back ? offer(back, word('undo' + inWords(verb)), String(detail.version)) : withdraw()), 0);
});

function offer(back, words, since) {
  offered = back;
  version = since;
  what.textContent = words;
  say(words);
  line.hidden = false;
  clearTimeout(due);
  due = setTimeout(withdraw, OFFERED_FOR_MS);
}

function withdraw() {
  offered = null;
  clearTimeout(due);
  line.hidden = true;
}

line.querySelector('button').addEventListener('click', async () => {
  if (!offered) return;
  const { verb, fields } = offered;
  withdraw();
  const round = page.round ? { round: page.round } : {};
  const body = await send(page.base + verb, Object.assign({ version, op: newOp() }, round, fields));
  if (!body) return;
  if (body.snapshot) receive(body.snapshot, true);
  if (body.error) say(body.error.message, true);
});

// Somebody else acted, or the word of progress says that guesses came: then no form offers the step back either.
const stands = () => page.version.split('.')[0] === version
  && (offered.verb !== 'back' || document.querySelector('form[action$="/back"]'));

document.addEventListener('snapshot', () => { if (offered && !stands()) withdraw(); });

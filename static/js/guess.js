// Sends a guess, a pass, a withdrawal or "Guess after all" again and again, until the room says that it has it.

import { connection, hush, say, warn, word } from './connection.js';
import { accept, drop, fill, forget, recall, save, written } from './draft.js';
import { onWake, pull, receive, refuse } from './live.js';
import { newOp, post } from './post.js';
import { arrive, have, keep, release, unsent } from './regions.js';

const RETRIES_MS = [500, 1000, 2000, 4000, 8000];
const STILL_MS = 3000;
const SAID = { guess: 'sent', pass: 'done', withdraw: 'withdrawn' };
const OVER = ['removed', 'ended', 'no_room'];

const page = document.body.dataset;
const compose = document.getElementById('compose');
let job = recall('q'); // what is on its way: { url, verb, fields }
let flying = false;
let kept = ''; // the round that words on show were too late for
let failed = 0;
let next;
let still;

const theBox = () => compose.querySelector('#text');
const formOf = ({ verb }) => document.querySelector('main form[action$="/' + verb + '"]');

document.addEventListener('submit', (event) => {
  if (!event.target.matches('#compose form, #listening') || !window.fetch || !window.Idiomorph) return;
  event.preventDefault();
  if (!job) begin(event.target);
});

function begin(form) {
  const verb = form.action.split('/').pop();
  const data = new FormData(form);
  const fields = Object.fromEntries(data);
  const box = form.querySelector('#text');
  if (box) Object.assign(fields, { text: box.value, option: data.getAll('option') });
  if (verb !== 'join') number(fields);
  job = { url: form.action, verb, prompt: form.dataset.prompt, fields };
  save('q', job);
  if (fields.text) save('d:' + fields.round, written(box));
  go();
}

// Own state that came in a broadcast counts from nothing, so what this phone knows itself goes first.
function number(fields) {
  const sent = recall('s:' + fields.round);
  fields.n = Math.max(fields.n, sent ? sent.n + 1 : 1);
  fields.op = newOp();
}

function go() {
  failed = 0;
  show();
  mark();
  if (job.verb !== 'join') still = setTimeout(() => say(word('still'), document.getElementById('strip').hidden), STILL_MS);
  attempt();
}

async function attempt() {
  if (!job || flying) return;
  clearTimeout(next);
  flying = true;
  let answer = { status: 0 };
  const fields = Object.assign({ have: have() }, job.fields);
  try { answer = await post(job.url, fields); } catch (unreachable) { /* tried again below */ }
  flying = false;
  if (answer.status && answer.status < 500 && answer.status !== 429) return settle(answer.body);
  if (answer.status >= 500) {
    clearTimeout(still);
    hush();
  }
  warn(answer.status >= 500 ? word('error') : '');
  const wait = RETRIES_MS[Math.min(failed, RETRIES_MS.length - 1)];
  failed += 1;
  next = setTimeout(attempt, wait * (0.75 + Math.random() / 2));
}

function settle(answer) {
  const { error, snapshot } = answer;
  const done = job;
  job = null;
  clearTimeout(still);
  drop('q');
  warn('');
  unlock(done);
  if (error) object(done, error, snapshot);
  else if (done.verb === 'join') takePart(snapshot);
  else acknowledge(done, answer);
  mark();
}

// Only here may the page say that a guess is in. If another page of this phone outdid it, the draft stays and comes back.
function acknowledge({ verb, prompt, fields }, { op, snapshot, text, notice }) {
  const ours = op === fields.op;
  if (ours) {
    save('s:' + fields.round, { n: Number(fields.n), text });
    if (verb === 'guess') save('last', { prompt, text });
    drop('d:' + fields.round);
  }
  const box = theBox();
  if (box && box.form.elements.round.value === fields.round && (ours || !('kept' in compose.dataset))) {
    accept(box);
    box.blur();
  }
  compose.querySelectorAll('details').forEach((one) => { one.open = false; });
  if (ours && !kept) release();
  receive(snapshot, true);
  // The room moved on while the answer was on its way, so it was too old to be shown.
  if (page.version !== snapshot.version.join('.')) pull(true);
  foldStory();
  say(notice || word(SAID[verb]), !ours);
  arrive();
}

// Whoever just listened is asked from now on.
function takePart(snapshot) {
  const listening = document.getElementById('listening');
  if (listening) listening.remove();
  receive(snapshot, true);
  arrive();
}

function object({ verb, away, prompt, fields }, error, snapshot) {
  const { code, message } = error;
  if (OVER.includes(code)) return forget() || refuse(error);
  if (snapshot) receive(snapshot, true);
  if (code === 'closed' && verb !== 'guess') return say(message, true);
  const box = theBox();
  const stands = box && box.form.elements.round.value === fields.round;
  if (code === 'closed' && !away && !(stands && page.phase === 'guessing')) {
    kept = fields.round;
    return keep(message, stands ? '' : fields.text, prompt);
  }
  if (verb !== 'guess' || !box || code === 'wrong_phase') return say(message, true);
  document.getElementById('text-error').textContent = message;
  warn(message, true);
  box.setAttribute('aria-invalid', 'true');
  box.focus();
}

// Lock the form of what is on its way, also after a reload, and say so on its button.
function show() {
  const form = job && formOf(job);
  const round = form && form.elements.round;
  if (!form || (round && round.value !== job.fields.round)) return;
  const button = form.querySelector('button');
  const box = theBox();
  if (!button.dataset.label) button.dataset.label = button.textContent;
  button.textContent = word('sending');
  button.setAttribute('aria-disabled', 'true');
  if (box) box.readOnly = true;
  if (box && job.verb === 'guess') fill(box, { text: job.fields.text, sure: job.fields.sure || '' });
}

function unlock(done) {
  const form = formOf(done);
  const button = form && form.querySelector('button');
  if (button && button.dataset.label) {
    button.textContent = button.dataset.label;
    button.removeAttribute('aria-disabled');
  }
  if (theBox() && !('kept' in compose.dataset)) theBox().readOnly = false;
}

// What this phone knows by itself goes back on the page: a sending on its way, a draft, the first guess.
function restore() {
  if (page.phase === 'ended') return forget();
  const box = theBox();
  const round = box ? box.form.elements.round.value : page.round;
  const draft = recall('d:' + round);
  const last = recall('last');
  const first = compose.querySelector('[data-first-guess]');
  if (first && last && last.prompt === box.form.dataset.prompt) {
    first.textContent = last.text;
    first.parentNode.hidden = false;
  }
  if (job) show();
  else if (box && draft && box.value === box.defaultValue && !box.readOnly) bringBack(box, draft);
  else if (!box && draft && draft.text && (page.phase === 'closed' || page.phase === 'revealed')) {
    keep(word('kept'), draft.text, draft.prompt);
  }
  mark();
}

function bringBack(box, draft) {
  const change = document.getElementById('change');
  if (fill(box, draft) && change) change.open = true;
}

// Done looks the same after a guess and after a pass, so that a neighbour cannot tell.
function foldStory() {
  const story = document.querySelector('details.story');
  if (story && page.phase === 'guessing') story.open = !document.getElementById('change');
}

// What the strip says while there is no connection.
function mark() {
  const sent = document.getElementById('change') ? 'Sent' : 'Calm';
  const draft = unsent(theBox()) && !('kept' in compose.dataset);
  page.own = job && job.verb !== 'join' ? 'Unsent' : draft ? 'Draft' : sent;
  connection();
}

document.getElementById('put-away').addEventListener('click', () => {
  const box = theBox();
  drop('d:' + (kept || (box ? box.form.elements.round.value : page.round)));
  kept = '';
  if (job) job.away = true;
  release();
  arrive();
});
document.addEventListener('input', mark);
document.addEventListener('snapshot', restore);
onWake(attempt);
// What a tap unfolds at the lower edge can be seen.
document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches('.own-part, .foot details')) target.scrollIntoView({ block: 'nearest' });
}, true);

foldStory();
restore();
if (job) go();

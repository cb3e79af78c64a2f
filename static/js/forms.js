// Sends a console's forms without a reload. Without scripts, or without fetch, the browser sends it by itself.

import { hush, say, warn, word } from './connection.js';
import { pull, receive, refuse } from './live.js';
import { once } from './once.js';
import { newOp, post } from './post.js';
import { apply } from './regions.js';

const TRIES_AFTER_MS = [0, 500, 2000];
const PATIENCE_MS = 1200; // a press meant for the button that stood here before must not do what cannot be undone

const page = document.body.dataset;
let pressed = 0;
let patient;
let queue = Promise.resolve();

// The same fields with the same op, so that a command whose answer got lost has one effect.
export async function send(url, fields) {
  for (const wait of TRIES_AFTER_MS) {
    await new Promise((go) => setTimeout(go, wait));
    try {
      const answer = await post(url, fields);
      if (answer.status < 500) return answer.body;
      warn(told(answer.body.error));
    } catch (unreachable) {
      warn(word('unsent'));
    }
  }
  return null;
}

// With the number by which whoever runs the program finds the failure in the log.
function told(error) {
  return word('error') + (error && error.number ? ' ' + word('number').replace('{number}', error.number) : '');
}

function settle(form, { url, was }, fields, body) {
  warn('');
  hush();
  if (body.error) return object(form, url, fields, body);
  wait();
  document.dispatchEvent(new CustomEvent('done', { detail: { verb: url.split('/').pop(), fields, was, version: body.snapshot.version[0] } }));
  if (!('look' in was)) return receive(body.snapshot, true);
  page.look = 'yes';
  apply(body.snapshot, true);
}

function object(form, url, fields, { error, snapshot }) {
  refuse(error);
  if (error.code === 'too_few') return ask('few', () => submit(form, Object.assign({}, fields, { op: newOp(), anyway: 'yes' }), url), error.message);
  if (snapshot) receive(snapshot, true);
  else pull();
  say(error.message, true);
}

// Ask once more before something that many would rather not do by a slip.
function ask(about, act, why) {
  const dialog = document.getElementById('ask');
  why = why || word(about + 'Why');
  if (!dialog || !dialog.showModal) return window.confirm(why) && act();
  document.getElementById('ask-why').textContent = why;
  document.getElementById('ask-yes').textContent = word(about + 'Yes');
  document.getElementById('ask-no').textContent = word(about + 'No');
  dialog.returnValue = '';
  dialog.onclose = () => dialog.returnValue === 'yes' && act();
  dialog.showModal();
}

// What a form would do, whatever version of the room it was drawn for.
function meaning(form) {
  const fields = Object.fromEntries(new FormData(form));
  return JSON.stringify([form.action, Object.assign(fields, { version: '', round: '', op: '' })]);
}

// One command at a time, in the order of the presses. One that waited goes with the version that the page has by then;
// if its button has become another one meanwhile, nobody pressed that.
function press(form) {
  const meant = meaning(form);
  queue = queue.catch(() => {}).then(async () => {
    if (!form.isConnected || meaning(form) !== meant) return;
    await submit(form, Object.assign(Object.fromEntries(new FormData(form)), { op: newOp() }));
  });
}

async function submit(form, fields, url = form.action) {
  if (form.dataset.busy) return;
  // The room may tell of the change before it answers, and the same form is then drawn as the next one.
  const sent = { url, was: Object.assign({}, form.dataset) };
  form.dataset.busy = 'yes';
  const button = form.querySelector('button');
  button.setAttribute('aria-disabled', 'true');
  const body = await send(url, fields);
  if (body) settle(form, sent, fields, body);
  delete form.dataset.busy;
  button.removeAttribute('aria-disabled');
}

// After a press, and after somebody else's, what is patient does not listen for a moment.
function wait() {
  pressed = Date.now();
  page.hasty = 'yes';
  clearTimeout(patient);
  patient = setTimeout(() => delete page.hasty, PATIENCE_MS);
}

document.addEventListener('snapshot', ({ detail }) => detail.moved && wait());

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.matches('[data-ask]:not([data-live])')) {
    event.preventDefault();
    return ask(form.dataset.ask, () => once(form) && form.submit());
  }
  if (form.action.endsWith('/end') && !once(form)) return event.preventDefault();
  if (!form.matches('[data-live]') || !window.fetch || !window.Idiomorph) return;
  event.preventDefault();
  if (form.hasAttribute('data-patient') && Date.now() - pressed < PATIENCE_MS) return;
  const go = () => press(form);
  const about = form.hasAttribute('data-look') ? 'look' : form.dataset.ask;
  const menu = form.closest('details.menu');
  if (menu) menu.open = false;
  if (about) ask(about, go);
  else go();
});

// A name is sent when its field is left.
document.addEventListener('change', ({ target }) => {
  if (target.form && target.form.matches('[data-names]')) target.form.requestSubmit();
});

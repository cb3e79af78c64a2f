// Sends a console's forms without a reload. Without scripts, or without fetch, the browser sends it by itself.

import { say, warn, word } from './connection.js';
import { pull, receive, refuse } from './live.js';
import { newOp, post } from './post.js';
import { apply } from './regions.js';

const TRIES_AFTER_MS = [0, 500, 2000];
const PATIENCE_MS = 1200; // a press meant for the button that stood here before must not reveal

const page = document.body.dataset;
let pressed = 0;

// The same fields with the same op, so that a command whose answer got lost has one effect.
async function send(form, fields) {
  for (const wait of TRIES_AFTER_MS) {
    await new Promise((go) => setTimeout(go, wait));
    try {
      const answer = await post(form.action, fields);
      if (answer.status < 500) return settle(form, fields, answer);
      warn(word('error'));
    } catch (unreachable) {
      warn(word('unsent'));
    }
  }
}

function settle(form, fields, { status, body }) {
  warn('');
  if (body.error) return object(form, fields, body);
  pressed = Date.now();
  if (!form.hasAttribute('data-look')) return receive(body.snapshot, true);
  page.look = 'yes';
  apply(body.snapshot, true);
}

function object(form, fields, { error, snapshot }) {
  refuse(error);
  if (error.code === 'too_few') return askAgain(form, fields, error.message);
  if (snapshot) receive(snapshot, true);
  else pull();
  say(error.message, true);
}

function askAgain(form, fields, why) {
  const dialog = document.getElementById('ask');
  const anyway = () => send(form, Object.assign({}, fields, { op: newOp(), anyway: 'yes' }));
  if (!dialog || !dialog.showModal) return window.confirm(why) && anyway();
  document.getElementById('ask-why').textContent = why;
  dialog.returnValue = '';
  dialog.onclose = () => dialog.returnValue === 'yes' && anyway();
  dialog.showModal();
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-live]') || !window.fetch || !window.Idiomorph) return;
  event.preventDefault();
  const hasty = form.hasAttribute('data-patient') && Date.now() - pressed < PATIENCE_MS;
  if (form.dataset.busy || hasty) return;
  form.dataset.busy = 'yes';
  const button = form.querySelector('button');
  button.setAttribute('aria-disabled', 'true');
  await send(form, Object.assign(Object.fromEntries(new FormData(form)), { op: newOp() }));
  delete form.dataset.busy;
  button.removeAttribute('aria-disabled');
});

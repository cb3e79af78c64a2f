// A guess that was said aloud or stands on paper. Its words stay in the box until the room has them, under one op.

import { say, word } from './connection.js';
import { send } from './forms.js';
import { newOp } from './post.js';
import { receive } from './live.js';

const page = document.body.dataset;
const dialog = document.getElementById('by-hand');
const form = document.getElementById('hand');
const box = document.getElementById('hand-text');
const error = document.getElementById('hand-error');
let op = newOp();
let flying = false;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (flying) return;
  flying = true;
  object('');
  const fields = { version: page.version.split('.')[0], round: page.round, op, text: box.value };
  const body = await send(form.action, fields);
  flying = false;
  if (!body) return object(word('unsent'));
  if (body.error) return object(body.error.message);
  box.value = '';
  op = newOp();
  dialog.close();
  document.dispatchEvent(new CustomEvent('done', { detail: { verb: 'add-guess', fields } }));
  receive(body.snapshot, true);
  say(word('added'), true);
});

// Other words are another guess.
box.addEventListener('input', () => { op = newOp(); object(''); });

function object(why) {
  error.textContent = why;
  box.toggleAttribute('aria-invalid', false);
  if (!why) return;
  box.setAttribute('aria-invalid', 'true');
  box.focus();
}

// Guessing may be closed while the dialog is open: the words stay, to be read out loud.
document.addEventListener('snapshot', () => {
  if (dialog.open && page.phase !== 'guessing' && !box.value) dialog.close();
});

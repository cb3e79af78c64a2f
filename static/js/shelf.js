// How this therapist likes the stage: the story large enough to read aloud, and a sentence to say or none.

import { word } from './connection.js';
import { recall, remember } from './remember.js';

const body = document.body;

function show() {
  const aloud = body.hasAttribute('data-aloud-large');
  const hidden = body.hasAttribute('data-no-suggestions');
  document.querySelectorAll('[data-aloud]').forEach((one) => one.setAttribute('aria-pressed', String(aloud)));
  document.querySelectorAll('[data-suggestions]').forEach((one) => { one.textContent = word(hidden ? 'show' : 'hide'); });
}

function toggle(name) {
  remember(name, body.toggleAttribute(name) ? 'yes' : '');
  show();
}

document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-aloud]')) toggle('data-aloud-large');
  if (target.closest('[data-suggestions]')) toggle('data-no-suggestions');
});
document.addEventListener('snapshot', show);

['data-aloud-large', 'data-no-suggestions'].forEach((name) => body.toggleAttribute(name, recall(name) === 'yes'));
show();

// "Find mine": this phone compares what was revealed with what it sent. Nothing is asked of the room.

import { say, word } from './connection.js';
import { recall } from './draft.js';

const page = document.body.dataset;
let on = false;
let round = '';

function own() {
  const sent = recall('s:' + page.round);
  return sent ? sent.text : '';
}

function mark() {
  const button = document.querySelector('[data-find]');
  if (!button || page.round !== round) on = false;
  round = page.round;
  if (!button) return;
  const mine = own();
  const found = Array.from(document.querySelectorAll('.note'), (note) => {
    const match = on && note.querySelector('.text').textContent === mine;
    show(note, match);
    return match;
  });
  button.setAttribute('aria-pressed', String(on));
  document.querySelector('[data-found]').textContent = on && !found.includes(true) ? word('notYours') : '';
}

function show(note, match) {
  const old = note.querySelector('.mine');
  if (!match && old) old.remove();
  note.toggleAttribute('data-mine', match);
  if (!match || old) return;
  const label = document.createElement('span');
  label.className = 'label mine';
  label.textContent = word('yours');
  note.append(label);
}

document.addEventListener('click', ({ target }) => {
  if (!target.matches('[data-find]')) return;
  on = !on;
  mark();
  if (!on) return;
  const note = document.querySelector('.note[data-mine]');
  if (note) note.scrollIntoView({ block: 'nearest' });
  say(word(note ? 'yours' : 'notYours'));
});
document.addEventListener('snapshot', mark);
mark();

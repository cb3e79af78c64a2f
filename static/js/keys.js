// Single keys press what carries them as aria-keyshortcuts. They can be switched off, and never act while somebody writes.

import { recall, remember } from './remember.js';

const OFF = 'keys-off';
const STEP = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };

const list = document.getElementById('keys');
const control = document.getElementById('single-keys');
const cards = () => Array.from(document.querySelectorAll('#cards li'));
const seen = (one) => one.offsetParent !== null;

function toggle(off) {
  document.body.toggleAttribute('data-keys-off', off);
  control.setAttribute('aria-checked', String(!off));
}

control.addEventListener('click', () => {
  const off = !document.body.hasAttribute('data-keys-off');
  remember(OFF, off ? 'yes' : '');
  toggle(off);
});

function busy({ target, ctrlKey, altKey, metaKey, isComposing }) {
  const writing = target.matches('input, textarea, select, [contenteditable]');
  return writing || ctrlKey || altKey || metaKey || isComposing;
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') closeMenus(event);
  if (busy(event) || document.body.hasAttribute('data-keys-off') || document.querySelector('dialog[open]')) return;
  if (event.key in STEP) return walk(event, STEP[event.key]);
  if (event.repeat) return;
  const card = document.activeElement.closest('#cards li');
  if (card && onCard(card, event)) return event.preventDefault();
  press(event);
});

function press(event) {
  const key = CSS.escape(event.key.toLowerCase());
  const found = Array.from(document.querySelectorAll('[aria-keyshortcuts~="' + key + '"]')).find(seen);
  if (!found) return;
  event.preventDefault();
  // The same key puts the screen back to how the room goes.
  const again = found.getAttribute('aria-pressed') === 'true' && found.closest('.segments');
  (again ? document.querySelector('.segments button') : found).click();
}

// A clicker's keys only walk: they can never change the phase.
function walk(event, step) {
  const all = cards().filter(seen);
  if (!all.length || document.activeElement.matches('summary, [role="switch"]')) return;
  const at = all.indexOf(document.activeElement.closest('#cards li'));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step));
  event.preventDefault();
  all[next].focus();
}

function onCard(card, { key, target }) {
  const form = key === 'Enter' ? target === card && card.querySelector('[data-enter]')
    : key === 'h' || key === 'H' ? card.querySelector('[data-hold]')
      : '123'.includes(key) && card.querySelector('[data-move="' + (key - 1) + '"]');
  if (!form) return false;
  form.requestSubmit();
  return true;
}

document.addEventListener('click', ({ target }) => {
  const opens = target.closest('[data-opens]');
  const closes = target.closest('[data-closes]');
  if (opens) document.getElementById(opens.dataset.opens).showModal();
  if (closes) closes.closest('dialog').close();
  document.querySelectorAll('details.menu[open]').forEach((one) => { if (!one.contains(target)) one.open = false; });
});

// A menu at the lower edge is brought into view as a whole.
document.addEventListener('toggle', ({ target }) => {
  if (target.matches('details.menu[open]')) target.lastElementChild.scrollIntoView({ block: 'nearest' });
}, true);

function closeMenus() {
  document.querySelectorAll('details.menu[open]').forEach((one) => {
    const inside = one.contains(document.activeElement);
    one.open = false;
    if (inside) one.querySelector('summary').focus();
  });
}

toggle(recall(OFF) === 'yes');
// A question mark needs Shift on most keyboards; the dialog closes by it too.
list.addEventListener('keydown', (event) => { if (event.key === '?') list.close(); });

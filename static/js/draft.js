// Half-written words: kept on this phone in sessionStorage, or in memory where there is none, until the room has them.
// d: a draft, with how sure somebody is, and s: what was sent, by round; q: the one sending that is not acknowledged yet.

const LONGEST = 200;
const LEFT_FROM = 60;

const memory = new Map();

export function save(key, value) {
  const text = JSON.stringify(value);
  memory.set(key, text);
  try { sessionStorage.setItem(key, text); } catch (refused) { /* memory has it */ }
}

export function recall(key) {
  let text = memory.get(key);
  try { text = sessionStorage.getItem(key) || text; } catch (refused) { /* memory has it */ }
  return text ? JSON.parse(text) : null;
}

export function drop(key) {
  memory.delete(key);
  try { sessionStorage.removeItem(key); } catch (refused) { /* nothing was kept */ }
}

export function forget() {
  memory.clear();
  try { sessionStorage.clear(); } catch (refused) { /* nothing was kept */ }
}

// Put words into the box as if they had been typed there.
export function write(box, text) {
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}

// Where there are options, the box holds the words of what is ticked, and the ticks follow it.
const options = () => Array.from(document.querySelectorAll('[name="option"]'));
const label = (one) => one.parentNode.textContent;
const steps = (box) => Array.from(box.form.querySelectorAll('[name="sure"]'));
const valueOf = (one) => (one ? one.value : '');
const keyOf = (box) => 'd:' + box.form.elements.round.value;

function tick(box) {
  const words = box.value.split(', ');
  options().forEach((one) => { one.checked = words.includes(label(one)); });
}

// What a form holds: the words, how sure somebody is, where that is asked, and what was asked.
export function written(box) {
  return { text: box.value, sure: valueOf(steps(box).find((one) => one.checked)), prompt: box.form.dataset.prompt };
}

function drawn(box) {
  return { text: box.defaultValue, sure: valueOf(steps(box).find((one) => one.defaultChecked)) };
}

// Put a draft into a form, and say whether anything of it was not there yet.
export function fill(box, { text, sure }) {
  const changed = text !== box.value;
  const step = steps(box).find((one) => one.value === sure && !one.checked);
  if (changed) write(box, text);
  if (step) step.checked = true;
  if (step && sure) step.closest('details').open = true;
  return changed || Boolean(step);
}

// What a form holds is what the room has.
export function accept(box) {
  box.defaultValue = box.value;
  steps(box).forEach((one) => { one.defaultChecked = one.checked; });
}

document.addEventListener('change', ({ target }) => {
  const box = document.getElementById('text');
  if (target.name === 'sure' && box.readOnly) fill(box, recall(keyOf(box)) || drawn(box));
  else if (target.name === 'sure') saveDraft();
  if (target.name !== 'option') return;
  if (box.readOnly) tick(box);
  else write(box, options().filter((one) => one.checked).map(label).join(', '));
});

// At every letter, so that what was just erased cannot come back.
function saveDraft() {
  const box = document.getElementById('text');
  const now = written(box);
  const before = drawn(box);
  const saved = box.form.querySelector('[data-saved]');
  const changed = now.text !== before.text || now.sure !== before.sure;
  if (changed) save(keyOf(box), now);
  else drop(keyOf(box));
  saved.textContent = changed ? saved.dataset.saved : '';
}

function count(box) {
  const left = LONGEST - Array.from(box.value).length;
  const words = document.getElementById('text-left');
  words.textContent = left > LEFT_FROM ? '' : words.dataset.left.replace('{n}', left);
}

document.addEventListener('input', ({ target }) => {
  if (target.id !== 'text') return;
  target.removeAttribute('aria-invalid');
  document.getElementById('text-error').textContent = '';
  tick(target);
  count(target);
  saveDraft();
});

document.addEventListener('click', ({ target }) => {
  const box = document.getElementById('text');
  if (!target.matches('.starter') || !box || box.readOnly) return;
  write(box, (box.value.trim() + ' ' + target.textContent.replace('…', ' ')).trimStart());
  box.focus();
});

// Under a thumb keyboard there is room for the question, the box and Send. It does not unfold by itself when the box
// loses focus: the page would jump, and the tap on Send would miss.
document.addEventListener('focusin', ({ target }) => {
  if (target.id !== 'text' || !window.matchMedia('(pointer: coarse)').matches) return;
  document.body.classList.add('typing');
  const story = document.querySelector('details.story');
  if (story) story.open = false;
  document.getElementById('compose').scrollIntoView();
});

// Whoever asks for the story has stopped writing for now.
document.addEventListener('click', ({ target }) => {
  if (target.closest('.story > summary')) document.body.classList.remove('typing');
});

// The page that says goodbye needs nothing else of this.
if (document.body.dataset.page === 'gone') forget();

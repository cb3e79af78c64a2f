// What a page says about itself: one polite line, one loud one, and how it is connected, in words.

const SAY_AFTER_MS = 1000;
const SHOWN_FOR_MS = 8000;
const BACK_FOR_MS = 2000;

const page = document.body.dataset;
const words = document.getElementById('words');
let saying;
let state = '';

export function word(name) {
  return (words && words.dataset[name]) || '';
}

// Newest wins, so that a screen reader is not left reading what is over already.
export function say(sentence, shown) {
  const line = document.getElementById('said');
  if (!line || !sentence) return;
  clearTimeout(saying);
  saying = setTimeout(() => {
    line.textContent = sentence;
    line.toggleAttribute('data-shown', Boolean(shown));
    saying = setTimeout(() => line.removeAttribute('data-shown'), SHOWN_FOR_MS);
  }, shown ? 0 : SAY_AFTER_MS);
}

// What was said about an earlier press is over with the next one.
export function hush() {
  const line = document.getElementById('said');
  if (line) line.removeAttribute('data-shown');
}

// `quietly` is for what stands on the page already: it is heard and not drawn twice.
export function warn(sentence, quietly) {
  const line = document.getElementById('alert');
  if (!line) return;
  line.classList.toggle('hidden-label', Boolean(quietly));
  if (line.textContent !== sentence) line.textContent = sentence; // what is said again is not heard again
}

// `now` is connected, connecting or offline; without it the strip says anew what holds for this page's own words.
export function connection(now = state) {
  const was = state;
  const strip = document.getElementById('strip');
  const back = was === 'offline' && now === 'connected';
  if (now === 'offline' && strip) write(strip, word('offline' + (page.own || 'Calm')));
  if (now === was) return;
  state = now;
  showState();
  if (!strip) return;
  if (back) write(strip, word('online'));
  strip.hidden = now !== 'offline' && !back;
  if (!strip.hidden) say(strip.textContent, false);
  if (back) setTimeout(() => { strip.hidden = state !== 'offline'; }, BACK_FOR_MS);
}

// The first sentence stands out; what it means for the words on this phone follows.
function write(strip, sentences) {
  const end = sentences.indexOf('. ') + 1;
  const first = document.createElement('b');
  first.textContent = sentences.slice(0, end);
  strip.textContent = sentences.slice(end);
  strip.prepend(first);
}

function showState() {
  const sign = document.getElementById('connection');
  if (!sign) return;
  sign.dataset.state = state;
  sign.textContent = word(state) || word('connecting');
}

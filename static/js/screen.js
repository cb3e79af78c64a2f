// The shared screen's own manners: it fits what it shows, and full screen and theme are a key away.

import { word } from './connection.js';
import { fit } from './screen_fit.js';

const STILL_MS = 3000;
const FONTS_MS = 1500;
const OFF = new URLSearchParams(window.location.search).get('keys') === 'off';

const page = document.body.dataset;
const root = document.documentElement;
const wall = document.querySelector('.wall');
const scene = () => wall.querySelector('.scene');

let shown = scene();
let told = isDark();
let alone = textAlone();
let empty = isEmpty();
let still;

function isDark() {
  return 'dark' in scene().dataset;
}

function textAlone() {
  const note = wall.querySelector('.held .note');
  return note ? note.textContent : '';
}

function isEmpty() {
  return !wall.querySelector('.note');
}

function refit() {
  drawPages(fit(wall));
}

// Dots, because a wall shows no numbers; in words for who hears it.
function drawPages({ page: now, all }) {
  const sign = wall.querySelector('.pages');
  const words = document.createElement('span');
  words.className = 'hidden-label';
  words.textContent = word('pages').replace('{n}', now + 1).replace('{all}', all);
  const dots = Array.from({ length: all }, (_, place) => {
    const dot = document.createElement('i');
    dot.className = place === now ? 'dot now' : 'dot';
    return dot;
  });
  sign.replaceChildren(words, ...dots);
  sign.hidden = all < 2;
}

// Notes unfold when they have just been revealed, and not when they merely come back.
function unfold(moved) {
  const fresh = scene() !== shown;
  const text = textAlone();
  const revealed = page.phase === 'revealed' && ((fresh && moved) || (text && text !== alone) || (!fresh && empty && !isEmpty()));
  if (fresh || text !== alone || revealed) delete wall.dataset.unfold;
  if (revealed) {
    void wall.offsetWidth; // begins the same unfolding anew
    wall.dataset.unfold = '';
  }
  shown = scene();
  alone = text;
  empty = isEmpty();
}

// What was said last counts: the console's switch, or this screen's own key.
function setTheme(theme) {
  root.dataset.theme = theme;
  page.query = '?theme=' + theme; // for the page that says goodbye
}

document.addEventListener('snapshot', ({ detail }) => {
  if (told !== isDark()) {
    told = isDark();
    setTheme(told ? 'dark' : 'light');
    window.history.replaceState(null, '', page.base);
  }
  unfold(detail.moved);
  refit();
});

async function fullScreen() {
  try { await root.requestFullscreen(); } catch (refused) { /* a browser that cannot */ }
}

const KEYS = {
  f: () => (document.fullscreenElement ? document.exitFullscreen() : fullScreen()),
  t: () => {
    setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark');
    window.history.replaceState(null, '', page.query);
  },
};

document.addEventListener('keydown', (event) => {
  const act = KEYS[event.key.toLowerCase()];
  if (OFF || !act || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act();
});
document.addEventListener('click', () => document.fullscreenElement || fullScreen());

// The pointer and the hint show only while somebody moves the mouse.
document.addEventListener('pointermove', () => {
  page.pointer = '';
  clearTimeout(still);
  still = setTimeout(() => { delete page.pointer; }, STILL_MS);
});

window.addEventListener('resize', refit);
setTheme(root.dataset.theme);
const patience = new Promise((enough) => setTimeout(enough, FONTS_MS));
Promise.race([document.fonts.load('1em Literata'), patience]).catch(() => {}).then(() => {
  refit();
  document.fonts.addEventListener('loadingdone', refit);
});

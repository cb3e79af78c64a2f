// Finds the largest size at which a scene of the shared screen can be read whole, before it is painted.
// It works on any `.wall`: the whole window, or a small copy of it on the console.

import { fitBoard } from './screen_board.js';

// All in u; `far` is for small or far screens. What comes after the first few is for very long texts only.
const ALONE = [6, 5.5, 5, 4.6, 4.2, 4, 3.75, 3.6, 3, 2.7, 2.4, 2.1];
const ALONE_FAR = [8, 7, ...ALONE];
const READING = [3, 2.8, 2.6, 2.35, 2.1];
const READING_FAR = [4.6, 4.2, 3.8, 3.5, ...READING];
const ASKING = [[2.7, 4.1], [2.5, 4.1], [2.35, 4.1], [2.35, 3.6], [2.1, 3]]; // the story, the question
const ASKING_FAR = [[3.8, 4.8], [3.5, 4.1], [3.5, 3.6], ...ASKING];
const CHOOSING = [3, 2.7, 2.4, 2.25, 2.1]; // 40 px at 1080p, and no less while pages can be turned
const CHOOSING_FAR = [4.4, 4, 3.75]; // 72 px
const CHOOSING_LAST = [1.8, 1.5, 1.2];

const FITS = { board: fitBoard, alone: fitAlone, reading: fitReading, asking: fitAsking, choosing: fitChoosing };

// Returns on which page of how many this leaves the wall.
export function fit(wall) {
  const scene = wall.querySelector('.scene');
  const kind = Object.keys(FITS).find((name) => scene && scene.classList.contains(name));
  wall.dataset.how = '';
  wall.dataset.fit = ''; // first, because sizes for pages without scripts would be measured otherwise
  const pages = kind && FITS[kind](wall, scene, 'far' in scene.dataset);
  delete wall.dataset.measuring;
  return pages || { page: 0, all: 1 };
}

function fitAlone(wall, scene, far) {
  const held = scene.querySelector('.held');
  const note = held.firstElementChild;
  note.style.inlineSize = '';
  // Rather smaller letters than a broken word, and rather a broken word than a part that is cut.
  ['whole', 'anyhow'].some((way) => {
    wall.dataset.measuring = way;
    return (far ? ALONE_FAR : ALONE).some((size) => {
      set(wall, 'alone', size);
      return !overflows(held) && note.scrollWidth <= note.clientWidth;
    });
  });
  hug(note);
}

// A note of several lines is as wide as its longest line, so that the words stand in its middle.
function hug(note) {
  const words = document.createRange();
  words.selectNodeContents(note);
  const lines = Array.from(words.getClientRects());
  const width = Math.max(...lines.map((line) => line.right)) - Math.min(...lines.map((line) => line.left));
  const { paddingLeft, paddingRight } = getComputedStyle(note);
  note.style.inlineSize = Math.ceil(width + parseFloat(paddingLeft) + parseFloat(paddingRight)) + 1 + 'px';
}

function fitReading(wall, scene, far) {
  // What was read before goes first, when all of it together would be too small to read.
  shorten(wall, ['', 'brief'], () => (far ? READING_FAR : READING).some((size) => {
    set(wall, 'story', size);
    return !overflows(scene);
  }));
}

function fitAsking(wall, scene, far) {
  // Then the drawing goes, because the words matter more.
  shorten(wall, ['', 'brief', 'brief plain'], () => (far ? ASKING_FAR : ASKING).some(([story, question]) => {
    set(wall, 'story', story);
    set(wall, 'question', question);
    return !overflows(scene) && !overflows(scene.firstElementChild);
  }));
}

// The fewest pages, then one column of rows rather than two, then the largest letters.
function fitChoosing(wall, scene, far) {
  const parts = {
    sheets: Array.from(scene.querySelectorAll('.sheet')),
    rows: Array.from(scene.querySelectorAll('.sheet:first-child > .spread > *')),
    also: scene.querySelector('.sheet:first-child > .quiet'),
  };
  const all = (far && search(wall, parts, CHOOSING_FAR)) || search(wall, parts, CHOOSING)
    || search(wall, parts, CHOOSING_LAST) || 1;
  const page = Number(scene.dataset.page) % all;
  turn(parts, page, all);
  return { page, all };
}

function search(wall, parts, sizes) {
  const most = parts.rows.length + parts.sheets.length;
  for (let all = 1; all <= most; all += 1) {
    for (const how of ['', 'two']) {
      wall.dataset.how = how;
      const fits = sizes.some((size) => {
        set(wall, 'choice', size);
        return Array.from({ length: all }, (_, page) => page).every((page) => turn(parts, page, all));
      });
      if (fits) return all;
    }
  }
  return 0;
}

// How sure people were is the last of several pages; the rows share the others. Says whether this one is whole.
function turn({ sheets, rows, also }, page, all) {
  const [chosen, ...sure] = sheets;
  const parts = Math.max(1, all - sure.length);
  chosen.hidden = page >= parts;
  sure.forEach((sheet) => { sheet.hidden = all > 1 && page < parts; });
  rows.forEach((row, place) => { row.hidden = Math.floor(place * parts / rows.length) !== page; });
  if (also) also.hidden = page !== parts - 1;
  return sheets.every((one) => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth);
}

function shorten(wall, ways, fits) {
  ways.some((how) => {
    wall.dataset.how = how;
    return fits();
  });
}

function set(wall, name, value) {
  wall.style.setProperty('--' + name, String(value));
}

// By boxes and not by scrollHeight, which counts the ink of large letters in tight lines too.
function overflows(box) {
  const { top, bottom } = box.getBoundingClientRect();
  return Array.from(box.children).some((part) => {
    const inner = part.getBoundingClientRect();
    return inner.top < top - 1 || inner.bottom > bottom + 1;
  });
}

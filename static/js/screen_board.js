// Lays revealed notes out in columns, and in pages where they are too many: the fewest pages, then the largest size.

import { spread } from './screen_columns.js';

// In px at 1080p, where 1u is 19.2 px.
const PX_IN_U = 19.2;
const SIZES = [72, 64, 56, 52, 48, 44]; // below them there are pages
const FAR = [92, 84, 76, 72]; // for small or far screens: capitals of 16 minutes of arc and more
const SMALLEST = [40]; // for a note that fits nowhere else
const TWO_COLUMNS_FROM = 60; // below this size three are tried first
const NARROWEST = 7; // how wide a line is at least, in letters m

// Returns on which page of how many this leaves the wall.
export function fitBoard(wall, scene, far) {
  const board = unfold(wall, scene);
  const found = choose(board, far);
  delete wall.dataset.measuring;
  const page = Number(scene.dataset.page) % found.all;
  show(board, found, page);
  return { page, all: found.all };
}

// Every note in one column of its list, so that its height can be read off.
function unfold(wall, scene) {
  const lists = Array.from(scene.querySelectorAll('.notes'), (list) => ({
    list,
    group: list.closest('.group'),
    notes: Array.from(list.children),
  }));
  lists.forEach(({ notes }) => notes.forEach((note) => {
    note.hidden = false;
    note.classList.remove('starts');
  }));
  return { wall, lists, groups: scene.querySelector('.groups'), known: {} };
}

function choose(board, far) {
  return (far && search(board, FAR, far, true))
    || (far && search(board, FAR, far, false))
    || search(board, sizesFor(board), far, true)
    || search(board, sizesFor(board), far, false)
    || search(board, SMALLEST, far, false)
    || lay(board, SMALLEST[0], sharesFor(board, SMALLEST[0], far).pop(), longest(board), Infinity);
}

// Groups are compared with each other, so they come on one page if that can be.
function sizesFor({ lists }) {
  return lists.length > 1 ? [...SIZES, ...SMALLEST] : SIZES;
}

// With `whole` no word may be broken and no line be very short.
function search(board, sizes, far, whole) {
  for (let all = 1; all <= longest(board); all += 1) {
    for (const size of sizes) {
      for (const shares of sharesFor(board, size, far)) {
        const found = (!whole || measure(board, size, shares).whole) && lay(board, size, shares, all, 0);
        if (found) return found;
      }
    }
  }
  return null;
}

const longest = ({ lists }) => Math.max(...lists.map(({ notes }) => notes.length));

// How many columns each list could have. Beside a single group, all that is in none takes two of three.
function sharesFor({ lists }, size, far) {
  if (lists.length > 1) return [lists.map(({ group }) => (lists.length === 2 && 'rest' in group.dataset ? 2 : 1))];
  const columns = far ? [2, 1] : size < TWO_COLUMNS_FROM ? [3, 2] : [2, 3];
  return columns.filter((one) => one <= lists[0].notes.length).map((one) => [one]);
}

function measure(board, size, shares) {
  const key = size + ' ' + shares;
  if (!board.known[key]) {
    setSizes(board, size, shares);
    board.known[key] = read(board);
  }
  return board.known[key];
}

function read({ wall, lists, groups }) {
  const every = [].concat(...lists.map(({ notes }) => notes));
  wall.dataset.measuring = 'whole';
  const whole = every.every((note) => note.scrollWidth <= note.clientWidth);
  wall.dataset.measuring = 'anyhow';
  const { marginBottom, fontSize, paddingLeft } = getComputedStyle(every[0]);
  const bottom = groups.getBoundingClientRect().top + groups.clientHeight;
  const line = every[0].clientWidth - 2 * parseFloat(paddingLeft);
  return {
    gap: parseFloat(marginBottom),
    whole: whole && line >= NARROWEST * parseFloat(fontSize),
    lists: lists.map(({ list, notes }) => ({
      room: bottom - list.getBoundingClientRect().top,
      heights: notes.map((note) => note.offsetHeight),
    })),
  };
}

// Share the notes out to the columns of `all` pages; null when some column would be more than `over` px too tall.
function lay(board, size, shares, all, over) {
  const { gap, lists } = measure(board, size, shares);
  const parts = lists.map(({ heights }, place) => spread(heights, gap, shares[place] * all));
  const fits = parts.every(({ tallest }, place) => tallest <= lists[place].room + over);
  return fits ? { size, shares, all, starts: parts.map((one) => one.starts) } : null;
}

function setSizes({ wall, lists }, size, shares) {
  wall.style.setProperty('--note', String(size / PX_IN_U));
  wall.style.setProperty('--columns', String(shares.reduce((sum, one) => sum + one)));
  lists.forEach(({ list, group }, place) => (group || list).style.setProperty('--share', String(shares[place])));
}

function show(board, { size, shares, all, starts }, page) {
  setSizes(board, size, shares);
  board.lists.forEach(({ group, notes }, place) => {
    notes.forEach((note, at) => {
      const column = starts[place].filter((start) => start <= at).length - 1;
      note.hidden = Math.floor(column / shares[place]) % all !== page;
      note.classList.toggle('starts', starts[place][column] === at && column % shares[place] !== 0);
    });
    if (group) group.classList.toggle('spent', notes.every((note) => note.hidden));
  });
}

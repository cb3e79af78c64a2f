// Counts up in the page, against the server's clock: how long guessing is open, how long phones are out.

import { word } from './connection.js';

const EACH_MS = 1000;
const LONG_MIN = 25;

// The page was drawn a moment ago at this time of the server's; a laptop's own clock may be wrong.
const ahead = Number(document.body.dataset.now) - Date.now();

function show() {
  document.querySelectorAll('[data-since]').forEach((one) => {
    const seconds = Math.max(0, Math.floor((Date.now() + ahead) / 1000 - one.dataset.since));
    const minutes = Math.floor(seconds / 60);
    const phones = one.dataset.counts === 'phones';
    const time = phones ? `${minutes}\u00a0min` : minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
    const words = phones && !minutes ? one.textContent : word(one.dataset.counts).replace('{time}', time);
    if (one.textContent !== words) one.textContent = words;
    if (phones && minutes >= LONG_MIN) one.closest('[data-hint]').dataset.hint = 'yes';
  });
}

document.addEventListener('snapshot', show);
setInterval(show, EACH_MS);
show();

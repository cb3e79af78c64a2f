// The join card on a screen: print it, or let it fill the screen of a tablet that goes around, and keep that lit.

import './screen_awake.js';

const root = document.documentElement;
const print = document.getElementById('print');
const whole = document.getElementById('whole');

if (print) print.addEventListener('click', () => window.print());
if (whole && root.requestFullscreen) {
  whole.hidden = false;
  whole.addEventListener('click', () => root.requestFullscreen().catch(() => { whole.hidden = true; }));
}

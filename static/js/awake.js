// Keeps the phone from sleeping while somebody writes, and while guesses are read. Where it may not, nothing is said.

const AT_REST = ['lobby', 'between', 'checkout', 'ended'];

const page = document.body.dataset;
let wanted = false;
let asking = false;
let lock = null;

async function hold() {
  if (!wanted || lock || asking || document.hidden || !navigator.wakeLock) return;
  asking = true;
  try {
    lock = await navigator.wakeLock.request('screen');
    lock.addEventListener('release', () => { lock = null; });
  } catch (refused) { /* a low battery, or plain http */ }
  asking = false;
  if (!wanted) letGo();
}

function letGo() {
  wanted = false;
  if (lock) lock.release();
}

function follow() {
  if (AT_REST.includes(page.phase)) letGo();
  if (page.phase !== 'revealed') return;
  wanted = true;
  hold();
}

document.addEventListener('focusin', ({ target }) => {
  if (target.id !== 'text' || page.phase !== 'guessing') return;
  wanted = true;
  hold();
});
document.addEventListener('visibilitychange', hold);
document.addEventListener('snapshot', follow);
follow();

// Keeps the shared screen lit for the whole sitting. Where that cannot be had, nothing is said.

let held = null;

async function stayAwake() {
  if (document.hidden || (held && !held.released)) return;
  try {
    held = await navigator.wakeLock.request('screen');
  } catch (refused) {
    held = null;
  }
}

document.addEventListener('visibilitychange', stayAwake);
document.addEventListener('click', stayAwake); // some browsers want a press first
stayAwake();

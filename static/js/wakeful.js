// Keeps a console's screen awake for the whole sitting, where the browser can.

async function stayAwake() {
  if (document.hidden || !navigator.wakeLock) return;
  try { await navigator.wakeLock.request('screen'); } catch (refused) { /* the battery is low; nothing to do */ }
}

document.addEventListener('visibilitychange', stayAwake);
stayAwake();

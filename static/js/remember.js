// What this browser of a therapist keeps of how they like the console; nothing of a room is ever among it.

const OURS = 'console:';

export function remember(name, value) {
  try { localStorage.setItem(OURS + name, value); } catch (refused) { /* kept until the page closes */ }
}

export function recall(name) {
  try { return localStorage.getItem(OURS + name) || ''; } catch (refused) { return ''; }
}

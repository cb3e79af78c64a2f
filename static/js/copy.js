// Copies the link that opens the room, also where a page on plain http may not touch the clipboard.

import { say, word } from './connection.js';

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (unavailable) {
    return copyOldWay(text);
  }
}

function copyOldWay(text) {
  const back = document.activeElement;
  const box = document.createElement('textarea');
  box.value = text;
  box.readOnly = true;
  box.className = 'hidden-label';
  document.body.append(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  if (back) back.focus();
  return done;
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  const done = await copy(button.dataset.copy);
  say(done ? word('copied') : `${word('notCopied')} ${button.dataset.copy}`, true);
});

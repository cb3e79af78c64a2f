// The console's own colours: as the system has them, light, or dark. A cookie, so that the server draws them at once.

import { say, word } from './connection.js';

const KEPT_S = 365 * 24 * 3600;
const NEXT = { '': 'light', light: 'dark', dark: '' };

const root = document.documentElement;

document.addEventListener('click', ({ target }) => {
  if (!target.closest('[data-theme-switch]')) return;
  const wanted = NEXT[root.dataset.theme || ''];
  if (wanted) root.dataset.theme = wanted;
  else delete root.dataset.theme;
  document.cookie = `colours=${wanted}; path=/therapist/; max-age=${wanted ? KEPT_S : 0}; samesite=lax`;
  say(word('colours' + (wanted ? wanted[0].toUpperCase() + wanted.slice(1) : 'Auto')), true);
});

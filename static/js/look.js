// Looking first is this console's own: going back folds the words again, here and nowhere else.

import { pull } from './live.js';

const page = document.body.dataset;

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-fold]')) return;
  event.preventDefault();
  delete page.look;
  pull(true);
});

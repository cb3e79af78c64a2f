// The shared screen in small: fitted by the same rules as on the wall, so that it turns the same pages.

import { word } from './connection.js';
import { fit } from './screen_fit.js';

const thumb = () => document.querySelector('.thumb');

function refit() {
  if (!thumb() || !thumb().offsetWidth) return;
  const { page, all } = fit(thumb().firstElementChild);
  const turning = document.querySelector('.turning');
  if (!turning) return;
  turning.hidden = all < 2;
  turning.querySelector('[data-page-of]').textContent = word('pageOf').replace('{n}', page + 1).replace('{all}', all);
}

const watching = new ResizeObserver(refit);
watching.observe(document.querySelector('.console > .room')); // the picture itself comes and goes
document.addEventListener('snapshot', refit);
document.fonts.addEventListener('loadingdone', refit);
refit();

// Groups by drag: an extra beside the buttons and the keys. What is dropped presses the button that does the same.

const FAR_PX = 6;

const page = document.body.dataset;
let drag = null; // { card, x, y, moving, over }

// Groups begin with a first guess in them; the switch only shows where it could go.
document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-grouping]')) group(!('grouping' in page));
});

function group(on) {
  if (on) page.grouping = 'yes';
  else delete page.grouping;
  document.querySelectorAll('[data-grouping]').forEach((one) => one.setAttribute('aria-pressed', String(on)));
}

document.addEventListener('pointerdown', (event) => {
  const card = event.target.closest('#cards [data-guess]');
  const free = card && !event.target.closest('button, summary, a, input, details > div');
  if (!free || event.button || event.pointerType === 'touch' || !card.querySelector('[data-move]')) return;
  drag = { card, x: event.clientX, y: event.clientY, moving: false, over: null };
});

document.addEventListener('pointermove', (event) => {
  if (!drag) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  if (!drag.moving && Math.hypot(dx, dy) < FAR_PX) return;
  if (!drag.moving) begin();
  event.preventDefault();
  drag.card.classList.add('dragged'); // also after a snapshot came in between
  drag.card.style.transform = `translate(${dx}px, ${dy}px) rotate(1.5deg)`;
  hover(event);
});

function begin() {
  drag.moving = true;
  page.dragging = 'yes';
  window.getSelection().removeAllRanges();
}

function hover({ clientX, clientY }) {
  const under = document.elementsFromPoint(clientX, clientY).map((one) => one.closest('[data-drop]')).find(Boolean);
  if (under === drag.over) return;
  if (drag.over) drag.over.classList.remove('over');
  if (under) under.classList.add('over');
  drag.over = under;
}

function drop(act) {
  if (!drag) return;
  const { card, over, moving } = drag;
  drag = null;
  delete page.dragging;
  card.style.transform = '';
  card.classList.remove('dragged');
  if (over) over.classList.remove('over');
  const form = act && moving && over && card.querySelector(`[data-move="${over.dataset.drop}"]`);
  if (form) form.requestSubmit();
}

document.addEventListener('pointerup', () => drop(true));
document.addEventListener('pointercancel', () => drop(false));
document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') drop(false); });
document.addEventListener('snapshot', () => {
  if (drag && (!drag.card.isConnected || page.phase !== 'revealed')) drop(false);
  group('grouping' in page && page.phase === 'revealed');
});

// "Back one step" is offered for a short time after each change; without scripts it stays.

const OFFERED_FOR_MS = 10000;

const page = document.body.dataset;
let version = '';
let due;

function offer() {
  const now = page.version.split('.')[0];
  if (now === version) return;
  version = now;
  delete page.undo;
  clearTimeout(due);
  due = setTimeout(() => { page.undo = 'gone'; }, OFFERED_FOR_MS);
}

document.addEventListener('snapshot', offer);
offer();

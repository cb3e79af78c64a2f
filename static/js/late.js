// The kind word for whoever came late is over with the round they came late for; a reload need not say it again.

const late = document.getElementById('late');
const page = document.body.dataset;
const { round } = page;

if (late) {
  window.history.replaceState(null, '', page.base);
  document.addEventListener('snapshot', () => { if (page.round !== round) late.remove(); });
}

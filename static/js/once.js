// What leaves this page is sent once: the second press of two quick ones would ask for a room that is gone, or for two.

export function once(form) {
  if (form.dataset.busy) return false;
  form.dataset.busy = 'yes';
  return true;
}

// A page that the browser brings back from where it kept it begins anew.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) document.querySelectorAll('[data-busy]').forEach((one) => { delete one.dataset.busy; });
});

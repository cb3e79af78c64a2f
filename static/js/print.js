// Prints the page at the press of a button.

document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-print]')) window.print();
});

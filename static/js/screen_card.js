// Prints the join card.
const button = document.getElementById('print');
if (button) button.addEventListener('click', () => window.print());

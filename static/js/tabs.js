// On a narrow screen one part is shown at a time. Without scripts the parts stand below each other, and these are links.

const page = document.body.dataset;
const tabs = Array.from(document.querySelectorAll('.tabs a'));

function show(tab) {
  page.tab = tab.hash.slice(1);
  tabs.forEach((one) => one.toggleAttribute('aria-current', one === tab));
  tab.setAttribute('aria-current', 'true');
}

tabs.forEach((tab) => tab.addEventListener('click', (event) => {
  event.preventDefault();
  show(tab);
  window.scrollTo(0, 0);
}));
show(tabs[1]);

// One shared screen: what everyone sees, or all tools, without asking the server.
const all = document.querySelector('[data-all-tools]');
if (all) {
  all.addEventListener('click', (event) => {
    event.preventDefault();
    const slim = document.body.toggleAttribute('data-slim');
    all.textContent = document.getElementById('words').dataset[slim ? 'all' : 'slim'];
  });
}

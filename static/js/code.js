// Says at once that a sign is in no code, while the rest of it is still being typed.

const box = document.getElementById('code');
const line = document.getElementById('code-error');

// A whole join address may be pasted; only what comes after it is a code.
const signs = () => (box.value.includes('/') ? '' : box.value.toUpperCase().replace(/[\s\u2010-\u2015-]/g, ''));

box.addEventListener('input', () => {
  const typed = signs();
  const others = Array.from(typed).some((sign) => !line.dataset.only.split(':')[1].includes(sign));
  line.textContent = /[OIL]/.test(typed) ? line.dataset.never : others ? line.dataset.only : '';
  if (line.textContent) box.setAttribute('aria-invalid', 'true');
  else box.removeAttribute('aria-invalid');
});

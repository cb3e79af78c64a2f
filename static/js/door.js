// Waits at the door: tries the same code again by itself, ever more slowly, while the typed one stays in its box.

const FIRST_MS = 5000;
const LONGEST_MS = 30000;
const SLOWER = 1.3;

const form = document.getElementById('door');
const code = form.elements.code.defaultValue;
let wait = FIRST_MS;

async function knock() {
  if (!document.hidden) {
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams({ code }) });
      if (answer.ok && answer.redirected) return window.location.replace(answer.url);
      const asked = Number(answer.headers.get('Retry-After')) * 1000;
      wait = Math.max(asked, Math.min(wait * SLOWER, LONGEST_MS));
    } catch (unreachable) {
      wait = Math.min(wait * SLOWER, LONGEST_MS);
    }
  }
  setTimeout(knock, wait);
}

if (code && window.fetch) setTimeout(knock, wait);

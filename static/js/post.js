// Sends a form's fields, and makes the names by which the room knows a repeated sending.

const GIVE_UP_MS = 8000;

// 128 random bits; crypto.randomUUID is missing on plain http.
export function newOp() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, '0')).join('');
}

// Resolves to the status and what was answered; rejects when no answer came that could be read.
export async function post(url, fields) {
  const giveUp = new AbortController();
  const late = setTimeout(() => giveUp.abort(), GIVE_UP_MS);
  const body = new URLSearchParams();
  Object.keys(fields).forEach((name) => [].concat(fields[name]).forEach((one) => body.append(name, one)));
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { Accept: 'application/json' },
      signal: giveUp.signal,
    });
    return { status: answer.status, body: await answer.json() };
  } finally {
    clearTimeout(late);
  }
}

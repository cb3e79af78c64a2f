// Watches the room: a socket while it works, asking over HTTP while it does not, and asking anew on every wake.

import { Manager } from '../vendor/socket.io.websocket.min.js';
import { connection, word } from './connection.js';
import { apply, have } from './regions.js';

const ACK_MS = 2500;
const WAKE_ACK_MS = 1500; // a phone that wakes shows the room within three seconds
const ASK_MS = 8000;
const SYNC_MS = 10000;
const SYNC_JITTER_MS = 1500;
const POLL_MS = 3000;
const WAKE_MS = 150;
const RELOAD_MS = 1000;
const GOODBYE = ['removed', 'ended'];
const OVER = ['removed', 'ended', 'no_room', 'not_yours', 'signed_out'];

const page = document.body.dataset;
const SILENCE_MS = page.page === 'screen' ? 10000 : 4000;

let lost = Date.now(); // since when nothing was heard, in ms; 0 while all is well
let before = false; // whether there was a connection before this one
let over = false;
let asking = false;
let tried = Date.now();

const manager = new Manager({
  transports: ['websocket'],
  reconnectionDelay: 400,
  reconnectionDelayMax: 2000,
  randomizationFactor: 0.5,
  timeout: ASK_MS,
});
const socket = manager.socket(page.namespace, {
  auth: (say) => say(Object.assign({ have: have() }, page.token ? { token: page.token } : { code: page.code })),
});

// Call `act` when the page wakes: made visible, shown again, online, or focused; many at once count as one.
export function onWake(act) {
  let due;
  const soon = (event) => {
    if (event.type === 'pageshow' && !event.persisted) return; // a page that was just drawn
    clearTimeout(due);
    due = setTimeout(() => { if (!document.hidden) act(); }, WAKE_MS);
  };
  document.addEventListener('visibilitychange', soon);
  ['pageshow', 'online', 'focus'].forEach((name) => window.addEventListener(name, soon));
}

// Put what came for everyone on the page; a console that looks first asks for its own instead.
export function receive(snapshot, own) {
  if (page.look && snapshot.phase === 'closed') return pull(true);
  delete page.look;
  apply(snapshot, own);
}

// Ask for the room as it is; `fresh` asks for everything, so that this page's own state comes along.
export function pull(fresh) {
  if (!over) return socket.connected ? sync(fresh) : ask(fresh);
}

async function sync(fresh) {
  const asked = Object.assign({}, fresh ? {} : { have: have() }, page.look ? { look: true } : {});
  try {
    take(await socket.timeout(fresh ? WAKE_ACK_MS : ACK_MS).emitWithAck('sync', asked));
  } catch (silence) {
    // The socket says it is open and is dead: a phone that slept. A new one, at once.
    lose();
    reconnect();
  }
}

async function ask(fresh) {
  if (asking) return;
  asking = true;
  const query = new URLSearchParams(Object.assign({}, fresh ? {} : { have: have() }, page.look ? { look: 'true' } : {}));
  const giveUp = new AbortController();
  const late = setTimeout(() => giveUp.abort(), ASK_MS);
  try {
    const headers = { Accept: 'application/json' };
    const answer = await fetch(page.base + 'snapshot?' + query, { headers, cache: 'no-store', signal: giveUp.signal });
    take(await answer.json());
  } catch (unreachable) {
    lose();
  }
  clearTimeout(late);
  asking = false;
}

function take(answer) {
  if (answer.error) return refuse(answer.error) || lose();
  lost = 0;
  connection('connected');
  apply(answer, true);
}

// There is nothing to watch any more. A member is told here, because this phone's seat is gone with the answer;
// everyone else is told by the page that the server has now.
export function refuse({ code, message }) {
  if (over || !OVER.includes(code)) return;
  over = true;
  socket.disconnect();
  if (page.page === 'member' && GOODBYE.includes(code)) sayGoodbye(message);
  else setTimeout(() => window.location.replace(page.base + (page.query || '')), RELOAD_MS);
}

// As the server draws it, ring and all: the first sentence is the heading.
function sayGoodbye(message) {
  const end = message.indexOf('. ') + 1 || message.length;
  const lines = [['h1', '', message.slice(0, end)], ['p', 'lead', message.slice(end).trim()], ['p', 'quiet', word('goodbye')]];
  const goodbye = document.createElement('div');
  goodbye.className = 'fill centred stack';
  goodbye.append(...lines.map(([tag, name, text]) => {
    const line = document.createElement(tag);
    line.className = name;
    line.textContent = text;
    return line;
  }));
  const heading = goodbye.firstChild;
  heading.before(document.querySelector('#words > .seats'));
  heading.tabIndex = -1;
  document.querySelector('main').replaceChildren(goodbye);
  ['connection', 'leaving'].forEach((id) => document.getElementById(id).remove());
  heading.focus();
  page.phase = 'ended';
  document.dispatchEvent(new CustomEvent('snapshot'));
}

function lose() {
  if (!lost) setTimeout(() => lost && lose(), SILENCE_MS);
  lost = lost || Date.now();
  connection(Date.now() - lost < SILENCE_MS && navigator.onLine ? 'connecting' : 'offline');
}

function reconnect() {
  tried = Date.now();
  socket.disconnect().connect();
}

socket.on('connect', () => {
  pull(before);
  before = true;
});
socket.on('snapshot', (snapshot) => receive(snapshot, false));
socket.on('disconnect', () => { lose(); ask(); });

onWake(() => {
  if (!socket.connected && Date.now() - tried > ACK_MS) reconnect();
  pull(true);
});
window.addEventListener('offline', () => { lost = 1; lose(); });

// While the socket cannot connect; a server that refused one is tried again only if it still answers.
setInterval(() => {
  if (over || socket.connected) return;
  if (lost) lose();
  if (!document.hidden) ask();
  if (!socket.active && !lost) reconnect();
}, POLL_MS);

(function beat() {
  setTimeout(() => { if (socket.connected) pull(); beat(); }, SYNC_MS + (Math.random() * 2 - 1) * SYNC_JITTER_MS);
})();

connection('connecting');

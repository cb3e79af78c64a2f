// Puts a snapshot on the page: newer ones only, region by region, and never over half-written words.

import { say, word } from './connection.js';

const page = document.body.dataset;
const byId = (id) => document.getElementById(id);
const phaseOf = (key) => key.split('.').pop();
const roundOf = (key) => key.split('.')[0];

let version = page.version.split('.').map(Number);
let latest = null; // the compose region that waits while words that came too late are still shown

export const have = () => version.join('.');

// `own` says that the snapshot was drawn for this page alone, and not for all members alike.
export function apply(snapshot, own) {
  if (!snapshot || snapshot.same || older(snapshot.version)) return;
  // While people read along, another question to come moves nobody.
  const moved = snapshot.phase !== page.phase || ((snapshot.round || '') !== page.round && snapshot.phase !== 'reading');
  version = snapshot.version;
  page.version = have();
  page.phase = snapshot.phase;
  page.round = snapshot.round || '';
  page.moved = '';
  Object.keys(snapshot.regions).forEach((name) => {
    const place = byId(name);
    const region = snapshot.regions[name];
    if (place && (name !== 'compose' || mayReplace(place, region, own))) morph(place, region);
  });
  if (moved && page.page === 'member') arrive();
  document.dispatchEvent(new CustomEvent('snapshot', { detail: { moved } }));
}

// Notes are known by their words, so that a new one unfolds where it belongs and the others lie still.
function named(place) {
  if (page.page !== 'member') return place;
  const names = new Set();
  place.querySelectorAll('.note > .text').forEach((text) => {
    let name = 'note ' + text.textContent;
    while (names.has(name)) name += ' again';
    names.add(name);
    text.parentNode.id = name;
  });
  return place;
}

// A new phase begins at its heading, unless somebody is writing.
export function arrive() {
  if (typing()) return;
  document.body.classList.remove('typing');
  const heading = Array.from(document.querySelectorAll('main h1')).find((one) => one.offsetParent);
  if (heading) heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function typing() {
  const at = document.activeElement;
  return Boolean(at && at.matches('textarea, input'));
}

export function unsent(box) {
  return Boolean(box && box.value.trim() && box.value !== box.defaultValue);
}

// Words that were not sent in time stay: in the box they were written in, or as `text` under its `prompt` where there is none.
export function keep(why, text, prompt) {
  const box = byId('text');
  byId('kept-why').textContent = why;
  byId('kept-asked').textContent = (text && prompt) || '';
  byId('kept-text').textContent = text || '';
  byId('kept').hidden = false;
  if (text || !box) return;
  box.readOnly = true;
  byId('compose').dataset.kept = '';
}

export function release() {
  byId('kept').hidden = true;
  delete byId('compose').dataset.kept;
  if (latest) morph(byId('compose'), latest);
  latest = null;
}

function older(other) {
  return other[0] < version[0] || (other[0] === version[0] && other[1] < version[1]);
}

function mayReplace(place, region, own) {
  const same = place.dataset.key === region.key;
  const phase = phaseOf(region.key);
  if (same && !own) return false;
  if (phase === 'ended' || (phase === 'guessing' && !same)) {
    release();
    return true;
  }
  if (!('kept' in place.dataset) && !unsent(byId('text'))) return true;
  if (same) return false;
  // An opening that was taken back: the draft comes back when guessing opens again.
  if (phase === 'reading' && roundOf(region.key) === roundOf(place.dataset.key)) return true;
  latest = region;
  if (!('kept' in place.dataset)) keep(word('kept'));
  return false;
}

function morph(place, region) {
  if (place.dataset.digest === region.digest) return;
  const before = spoken(place);
  const drawn = document.createElement('template');
  drawn.innerHTML = region.html;
  window.Idiomorph.morph(named(place), named(drawn.content).childNodes, {
    morphStyle: 'innerHTML',
    // A focused button must follow its label; only what somebody writes in is left alone.
    ignoreActiveValue: typing(),
    // What somebody opened stays open; what must begin folded has an id of its own.
    callbacks: { beforeAttributeUpdated: (name, node) => name !== 'open' || node.tagName !== 'DETAILS' },
  });
  place.dataset.key = region.key;
  place.dataset.digest = region.digest;
  say(spoken(place).filter((line) => !before.includes(line)).pop());
}

function spoken(place) {
  return Array.from(place.querySelectorAll('[data-say]'), (one) => one.dataset.say);
}

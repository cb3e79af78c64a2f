"""Pages without a browser: they keep the rules of static/js in bad times, and a history of what they hear."""

import contextlib
import threading
import time
from collections.abc import Iterator
from itertools import chain, repeat
from random import Random
from typing import Any

import httpx

from tests.actors import Member, Screen, Therapist, new_op
from tests.faults.history import History, Seen, Sending
from tests.sockets.pages import Page, content_of, cookie_of

RETRY_S = (0.5, 1.0, 2.0, 4.0, 8.0)
RECONNECT_S, SLOWEST_RECONNECT_S = 0.4, 2.0
SYNC_S, SYNC_JITTER_S = 10.0, 1.5
ANSWER_S = 2.5
POLL_S = 3.0
SLICE_S = 0.25

LOST = (OSError, httpx.TransportError)


class Watcher:
    """A page that watches its room, as static/js/live.js does, in a thread of its own."""

    def __init__(self, client: httpx.Client, namespace: str, base: str, dice: Random, **auth: str) -> None:
        self.client = client
        self.dice = dice
        self.history = History()
        self.shown: dict[str, Any] = {"version": [0, 0], "phase": "", "round": None}
        self._namespace, self._base, self._auth = namespace, base, auth
        self._off = threading.Event()
        self._taking = threading.Lock()
        self._asked_at = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._off.set()
        self._thread.join(10)

    @property
    def version(self) -> int:
        """The room's version, as this page shows it."""
        number: int = self.shown["version"][0]
        return number

    def take(self, snapshot: dict[str, Any]) -> None:
        """Put a snapshot on the page if it is newer, and note that the server was heard."""
        with self._taking:
            if "error" in snapshot:
                self.history.refusals.append(snapshot["error"]["code"])
                return
            if "same" not in snapshot and snapshot["version"] >= self.shown["version"]:
                self.shown = snapshot
            self.history.seen.append(Seen(time.monotonic(), self.version, self.shown["phase"]))

    def _watch(self) -> None:
        tries = 0
        while not self._off.is_set():
            with contextlib.suppress(*LOST), self._socket() as page:
                self.take(page.watch(self._namespace, **self._auth))
                tries = 0
                self._stay(page)
            self._ask()
            slow = RECONNECT_S * 2**tries * self.dice.uniform(0.5, 1.5)
            tries += 1
            self._rest(min(SLOWEST_RECONNECT_S, slow))

    @contextlib.contextmanager
    def _socket(self) -> Iterator[Page]:
        page = Page(self.client.base_url.port or 0, cookie=cookie_of(self.client))
        try:
            yield page
        finally:
            page.leave()

    def _stay(self, page: Page) -> None:
        asked_at = self._sync(page)
        due = asked_at + self._beat()
        while not self._off.is_set():
            try:
                text = page.hear(SLICE_S)
            except TimeoutError:
                now = time.monotonic()
                if asked_at and now - asked_at > ANSWER_S:
                    return  # Open and dead: a new one, at once.
                if now > due:
                    asked_at, due = self._sync(page), now + self._beat()
                continue
            if text is None:
                return
            if text.startswith("43"):
                asked_at = 0.0
            if text.startswith(("42", "43")):
                self.take(content_of(text))

    def _sync(self, page: Page) -> float:
        have = "{}.{}".format(*self.shown["version"])
        page.send(f'42{self._namespace},7["sync",{{"have":"{have}"}}]')
        return time.monotonic()

    def _beat(self) -> float:
        return SYNC_S + self.dice.uniform(-SYNC_JITTER_S, SYNC_JITTER_S)

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        with contextlib.suppress(*LOST):
            have = "{}.{}".format(*self.shown["version"])
            answer = self.client.get(f"{self._base}snapshot", params={"have": have}, headers=_JSON)
            if answer.status_code < 500:
                self.take(answer.json())
            else:
                self.history.mishaps.append(answer.status_code)

    def _rest(self, pause_s: float) -> None:
        until = time.monotonic() + pause_s
        while (now := time.monotonic()) < until and not self._off.is_set():
            if now >= self._asked_at + POLL_S:
                self._ask()
            self._off.wait(min(until, self._asked_at + POLL_S) - now)


class Phone(Watcher):
    """A member's phone: what it sends, it sends again until it is answered, as static/js/guess.js does."""

    def __init__(self, member: Member, dice: Random) -> None:
        super().__init__(member.browser.http, "/member", f"/r/{member.code}/", dice, code=member.code)
        self._n = 0

    def send(self, verb: str, text: str = "", *, round_id: str) -> None:
        """Send a guess, a pass or a withdrawal, and stay with it until the room has it or refuses it."""
        self._n += 1
        sending = Sending(round_id, new_op(), self._n, verb, text)
        self.history.sendings.append(sending)
        for wait_s in chain(RETRY_S, repeat(RETRY_S[-1])):
            if self._attempt(sending) or self._off.wait(wait_s * self.dice.uniform(0.75, 1.25)):
                return

    def _attempt(self, sending: Sending) -> bool:
        fields = {"round": sending.round_id, "op": sending.op, "n": str(sending.n), "text": sending.text}
        try:
            answer = self.client.post(f"{self._base}{sending.verb}", data=fields, headers=_JSON, timeout=8)
        except LOST:
            self.history.unanswered += 1
            return False
        if answer.status_code >= 500:
            self.history.mishaps.append(answer.status_code)
            return False
        body = answer.json()
        if "snapshot" in body:
            self.take(body["snapshot"])
        if answer.status_code == 200 and body["op"] == sending.op:
            sending.told = "acknowledged"
        else:
            sending.told = body["error"]["code"] if "error" in body else "overtaken"
        return True


class Console(Watcher):
    """A therapist's console, whose command is sent again under the same `op` until it is answered."""

    def __init__(self, therapist: Therapist, dice: Random) -> None:
        super().__init__(therapist.browser.http, "/therapist", therapist.base, dice, code=therapist.code)

    def press(self, command: str, **fields: str) -> dict[str, Any]:
        """Give a command with the version that this page shows, and return what was answered."""
        sent = {"version": str(self.version), "op": new_op(), **fields}
        for wait_s in chain((0.2,), repeat(0.5)):
            with contextlib.suppress(*LOST):
                answer = self.client.post(f"{self._base}{command}", data=sent, headers=_JSON, timeout=8)
                if answer.status_code >= 500:
                    self.history.mishaps.append(answer.status_code)
                    time.sleep(wait_s)
                    continue
                assert answer.status_code == 200, f"{command}: {answer.status_code} {answer.text[:300]}"
                body: dict[str, Any] = answer.json()
                if body["snapshot"]:
                    self.take(body["snapshot"])
                return body
            time.sleep(wait_s)
        raise AssertionError


class Wall(Watcher):
    """The shared screen."""

    def __init__(self, screen: Screen, dice: Random) -> None:
        token = screen.path.strip("/").rpartition("/")[2]
        super().__init__(screen.browser.http, "/screen", screen.path, dice, token=token)


_JSON = {"Accept": "application/json"}

"""Rooms full of people over HTTP, and the truth about them that no thief may recover."""

import asyncio
import hashlib
import random
import secrets
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.bench.wire import Answer, Line, Watch, open_line, open_watch

PEOPLE = 8
AT_ONCE = 12  # rooms that are played at the same time
WORDS = ("afraid", "alone", "angry", "calm", "hopes", "leaves", "maybe", "needs", "quiet", "she", "waits")
SOCKET = "/socket.io/?EIO=4&transport=websocket"


@dataclass
class Seat:
    """A member's place as the phone knows it."""

    token: str
    ref: str = ""
    listens: Watch | None = None

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.token.encode()).digest()


@dataclass
class RoundTruth:
    """One round: what each member sent last, in which order they first and last sent, and by which op."""

    id: str
    texts: dict[int, str] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    ops: dict[int, str] = field(default_factory=dict)
    all_texts: list[str] = field(default_factory=list)


@dataclass
class Truth:
    """Who did what in one room. Members are numbered in the order of joining, sendings by the clock."""

    code: str
    screen: str
    phones: str
    room_id: str = ""
    seats: list[Seat] = field(default_factory=list)
    rounds: list[RoundTruth] = field(default_factory=list)
    version: int = 1


class Crowd:
    """Many rooms of one server, played step by step so that a thief may come in between.

    In some rooms all phones watch by a socket, in some they poll, in some they have no script at all.
    """

    def __init__(
        self, ports: list[int], sign_in: str, *, rooms: int, seed: int, at_once: int = AT_ONCE
    ) -> None:
        self._ports = ports
        self._sign_in = f"sign-in={sign_in}"
        self._dice = random.Random(seed)
        self._lines: list[tuple[int, Line]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.truths: list[Truth] = []
        self._rooms = rooms
        self._at_once = at_once

    def gather(self) -> None:
        """Open the rooms and let everyone in."""
        ways = [("socket", "poll", "plain", "mixed")[n % 4] for n in range(self._rooms)]
        self._all(ways, self._gather)

    def guess(self) -> None:
        """Open guessing in every room and let people send, change, pass, withdraw or stay silent."""
        self._all(self.truths, self._guess)

    def close(self) -> None:
        self._all(self.truths, lambda truth: self._does(truth, "close"))

    def reveal(self) -> None:
        self._all(self.truths, lambda truth: self._does(truth, "reveal", anyway="yes"))

    def end(self) -> None:
        self._all(self.truths, lambda truth: self._does(truth, "end"))

    def leave(self) -> None:
        """Hang up everywhere."""
        self._run(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _all(self, these: list[Any], step: Callable[[Any], Awaitable[None]]) -> None:
        async def everywhere() -> None:
            gate = asyncio.Semaphore(self._at_once)

            async def one(this: Any) -> None:
                async with gate:
                    await step(this)

            await asyncio.gather(*(one(this) for this in these))

        self._run(everywhere())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(600)

    async def _gather(self, way: str) -> None:
        made = (await self._post("/therapist/rooms", self._sign_in, vignette="waving")).content["room"]
        truth = Truth(made["code"], urlsplit(made["screen_url"]).path.split("/")[2], way)
        for _ in range(PEOPLE):
            answer = await self._post(f"/r/{truth.code}/join", "")
            truth.seats.append(Seat(answer.cookie("seat")))
            await self._looks(truth, len(truth.seats) - 1)
        self.truths.append(truth)

    async def _looks(self, truth: Truth, member: int) -> None:
        """What a page does as soon as it is open."""
        seat, way = truth.seats[member], self._way(truth, member)
        cookie = f"seat={seat.token}"
        if way == "socket":
            port = self._dice.choice(self._ports)
            greeting = f'40/member,{{"code":"{truth.code}"}}'
            seat.listens = await open_watch(
                port, SOCKET, greeting=greeting, cookie=cookie, heard=lambda *_: None
            )
        else:
            await self._ask("GET", f"/r/{truth.code}/{'snapshot' if way == 'poll' else ''}", cookie)

    def _way(self, truth: Truth, member: int) -> str:
        return ("socket", "poll", "plain")[member % 3] if truth.phones == "mixed" else truth.phones

    async def _guess(self, truth: Truth) -> None:
        if not truth.rounds:
            await self._does(truth, "start", vignette="waving")
            round_id = await self._does(truth, "open")
        else:
            round_id = await self._does(truth, "second-look")
        round_ = RoundTruth(round_id)
        truth.rounds.append(round_)
        for place, (member, n, kind) in enumerate(self._plan()):
            if self._way(truth, member) == "poll" or self._dice.random() < 0.1:
                await self._ask("GET", f"/r/{truth.code}/snapshot", f"seat={truth.seats[member].token}")
            await self._send(truth, round_, member, n, kind)
            round_.first.setdefault(member, place)
            round_.last[member] = place

    def _plan(self) -> list[tuple[int, int, str]]:
        """Shuffle what everybody does in a round: member, number of the sending, and its kind."""
        plan: list[tuple[int, int, str]] = []
        habits = [["guess"], ["guess", "guess"], ["pass"], ["guess", "withdraw"], []]
        steps = [(member, self._dice.choices(habits, [58, 12, 10, 5, 15])[0]) for member in range(PEOPLE)]
        order = [member for member, kinds in steps for _ in kinds]
        self._dice.shuffle(order)
        left = {member: list(enumerate(kinds, start=1)) for member, kinds in steps}
        for member in order:
            n, kind = left[member].pop(0)
            plan.append((member, n, kind))
        return plan

    async def _send(self, truth: Truth, round_: RoundTruth, member: int, n: int, kind: str) -> None:
        op, path = secrets.token_hex(16), f"/r/{truth.code}/"
        cookie = f"seat={truth.seats[member].token}"
        fields = {"round": round_.id, "op": op, "n": n}
        round_.texts.pop(member, None)
        round_.ops[member] = op
        if kind == "guess":
            fields["text"] = round_.texts[member] = self._words()
            round_.all_texts.append(round_.texts[member])
        if self._way(truth, member) == "plain":
            await self._ask("POST", f"{path}{kind}", cookie, accept="text/html", **fields)
            await self._ask("GET", path, cookie, accept="text/html")
        else:
            await self._post(f"{path}{kind}", cookie, **fields)

    def _words(self) -> str:
        # With a letter beyond ASCII, so that JSON's escapes and UTF-8 differ.
        words = self._dice.choices(WORDS, k=self._dice.randint(1, 18))
        return " ".join([f"kanárie{secrets.token_hex(6)}", *words])

    async def _does(self, truth: Truth, command: str, **fields: str) -> str:
        path = f"/therapist/rooms/{truth.code}/{command}"
        content = (await self._post(path, self._sign_in, version=truth.version, **fields)).content
        if content["snapshot"] is None:
            return ""
        truth.version = content["snapshot"]["version"][0]
        return content["snapshot"]["round"] or ""

    async def _post(self, path: str, cookie: str, **fields: object) -> Answer:
        return await self._ask("POST", path, cookie, **fields)

    async def _ask(
        self, method: str, path: str, cookie: str, *, accept: str = "application/json", **fields: object
    ) -> Answer:
        port, line = await self._line()
        body = urlencode(fields)
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Origin: http://127.0.0.1:{port}"]
        head += [f"Cookie: {cookie}", f"Accept: {accept}", "Connection: keep-alive"]
        if method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        answer = await line.ask("\r\n".join([*head, "", body]).encode(), expected=(200, 303))
        self._lines.append((port, line))
        return answer

    async def _line(self) -> tuple[int, Line]:
        while self._lines:
            port, line = self._lines.pop()
            if line.open:
                return port, line
        port = self._dice.choice(self._ports)
        return port, await open_line(port)

    async def _hang_up(self) -> None:
        for _, line in self._lines:
            line.hang_up()
        for truth in self.truths:
            for seat in truth.seats:
                if seat.listens:
                    seat.listens.hang_up()

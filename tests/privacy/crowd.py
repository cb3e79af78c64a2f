"""Rooms full of people over HTTP, and the truth about them that no thief may recover."""

import asyncio
import random
import secrets
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.bench.wire import Answer, Line, open_line, open_watch
from tests.privacy import habits
from tests.privacy.habits import CHOOSING, OPTIONS, PHONES, TAKE_PART, VIGNETTE, Step
from tests.privacy.truth import PEOPLE, RoundTruth, Seat, Truth

AT_ONCE = 12  # rooms that are played at the same time
SOCKET = "/socket.io/?EIO=4&transport=websocket"
Chooses = tuple[tuple[bool, ...], ...]  # whether there is something to choose, round by round
# One kind of room after the other, each with every kind of phones.
CHOOSES: Chooses = ((False, False), (True, True), (False, True), (False, False))


class Crowd:
    """Many rooms of one server, played step by step so that a thief may come in between.

    In some rooms all phones watch by a socket, in some they poll, in some they have no script at all.
    """

    def __init__(
        self,
        ports: list[int],
        sign_in: str,
        *,
        rooms: int,
        seed: int,
        at_once: int = AT_ONCE,
        chooses: Chooses = CHOOSES,
        phones: tuple[str, ...] = PHONES,
        pause_s: float = 0.0,
    ) -> None:
        self._ports = ports
        self._sign_in = f"sign-in={sign_in}"
        self._seed = seed
        self._lines: list[tuple[int, Line]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.truths: list[Truth] = []
        self._rooms = rooms
        self._at_once = at_once
        self._chooses = chooses
        self._phones = phones
        self._pause_s = pause_s

    def gather(self) -> None:
        """Open the rooms and let everyone in."""
        self._all(range(self._rooms), self._gather)

    def guess(self) -> None:
        """Open guessing in every room and let people send, change, pass, withdraw, stay silent or join in."""
        self._all(self.truths, self._guess)

    def close(self) -> None:
        self._all(self.truths, lambda truth: self._then(truth, "close"))

    def reveal(self) -> None:
        self._all(self.truths, lambda truth: self._then(truth, "reveal", anyway="yes"))

    def end(self) -> None:
        self._all(self.truths, lambda truth: self._does(truth, "end"))

    def leave(self) -> None:
        """Hang up everywhere."""
        self._run(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _all(self, these: Iterable[Any], step: Callable[[Any], Awaitable[None]]) -> None:
        async def everywhere() -> None:
            gate = asyncio.Semaphore(self._at_once)

            async def one(this: Any) -> None:
                async with gate:
                    await step(this)

            await asyncio.gather(*(one(this) for this in these))

        self._run(everywhere())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(3600)

    async def _gather(self, number: int) -> None:
        made = (await self._post("/therapist/rooms", self._sign_in, vignette=VIGNETTE)).content["room"]
        screen = urlsplit(made["screen_url"]).path.split("/")[2]
        four, way = divmod(number, len(self._phones))
        chooses = self._chooses[four % len(self._chooses)]
        truth = Truth(
            random.Random(f"{self._seed} {number}"),
            made["code"],
            screen,
            self._phones[way],
            chooses=chooses,
            sureness=chooses[0] or (four + way) % 2 == 0,
        )
        for member in range(PEOPLE):
            wish = {"listen": "yes"} if truth.dice.random() < habits.LISTENS else {}
            answer = await self._post(f"/r/{truth.code}/join", "", **wish)
            truth.seats.append(Seat(answer.cookie("seat")))
            truth.listening |= {member} if wish else set()
            await self._looks(truth, member)
        self.truths.append(truth)

    async def _looks(self, truth: Truth, member: int) -> None:
        """What a page does as soon as it is open."""
        seat, way = truth.seats[member], self._way(truth, member)
        cookie = _cookie(truth, member)
        if way == "socket":
            port = random.choice(self._ports)
            greeting = f'40/member,{{"code":"{truth.code}"}}'
            seat.listens = await open_watch(
                port, SOCKET, greeting=greeting, cookie=cookie, heard=lambda *_: None
            )
        else:
            await self._ask("GET", f"/r/{truth.code}/{'snapshot' if way == 'poll' else ''}", cookie)

    def _way(self, truth: Truth, member: int) -> str:
        return ("socket", "poll", "plain")[member % 3] if truth.phones == "mixed" else truth.phones

    async def _guess(self, truth: Truth) -> None:
        # Of those who just listen some join in before guessing opens, some meanwhile, and some never.
        moods = {member: truth.dice.choice(("now", "late", "late", "never")) for member in truth.listening}
        for member in [member for member, mood in moods.items() if mood == "now"]:
            await self._takes_part(truth, member)
        round_ = await self._opens(truth)
        truth.rounds.append(round_)
        round_.late = {member for member, mood in moods.items() if mood == "late"}
        round_.listening = truth.listening - round_.late
        plan = habits.plan(truth.dice, listening=round_.listening, late=round_.late)
        for place, step in enumerate(plan):
            await asyncio.sleep(self._pause_s)
            if step.kind == TAKE_PART:
                await self._takes_part(truth, step.member)
                continue
            if self._way(truth, step.member) == "poll" or truth.dice.random() < 0.1:
                await self._ask("GET", f"/r/{truth.code}/snapshot", _cookie(truth, step.member))
            await self._send(truth, round_, step)
            round_.first.setdefault(step.member, place)
            round_.last[step.member] = place

    async def _opens(self, truth: Truth) -> RoundTruth:
        number = len(truth.rounds)
        choosing = truth.chooses[number]
        if number and choosing == truth.chooses[number - 1]:
            return RoundTruth(await self._does(truth, "second-look"), choosing)
        if not number:
            await self._does(truth, "ask-sureness", asked="yes" if truth.sureness else "no")
            await self._does(truth, "start", vignette=VIGNETTE)
        if choosing:
            await self._does(truth, "ask", prompt=CHOOSING)
        return RoundTruth(await self._does(truth, "open"), choosing)

    async def _takes_part(self, truth: Truth, member: int) -> None:
        """Guess after all: the page comes anew."""
        accept = "text/html" if self._way(truth, member) == "plain" else "application/json"
        await self._ask("POST", f"/r/{truth.code}/join", _cookie(truth, member), accept=accept)
        truth.listening.remove(member)
        if watch := truth.seats[member].listens:
            watch.hang_up()
        await self._looks(truth, member)

    async def _send(self, truth: Truth, round_: RoundTruth, step: Step) -> None:
        op, member = secrets.token_hex(16), step.member
        cookie, path = _cookie(truth, member), f"/r/{truth.code}/"
        fields: dict[str, Any] = {"round": round_.id, "op": op, "n": step.n}
        for said in (round_.texts, round_.options, round_.sure):
            said.pop(member, None)
        round_.ops[member] = op
        if step.kind == "guess":
            fields |= self._says(truth, round_, member)
        if self._way(truth, member) == "plain":
            await self._ask("POST", f"{path}{step.kind}", cookie, accept="text/html", **fields)
            await self._ask("GET", path, cookie, accept="text/html")
        else:
            await self._post(f"{path}{step.kind}", cookie, **fields)

    def _says(self, truth: Truth, round_: RoundTruth, member: int) -> dict[str, Any]:
        """Write or choose, and note the truth about it."""
        fields: dict[str, Any] = {}
        if truth.sureness and (sure := habits.sureness(truth.dice)) is not None:
            fields["sure"] = round_.sure[member] = sure
        if round_.choosing:
            fields["option"] = round_.options[member] = habits.choice(truth.dice)
            round_.texts[member] = ", ".join(OPTIONS[one] for one in round_.options[member])
        else:
            fields["text"] = round_.texts[member] = habits.words(truth.dice)
            round_.written.append(round_.texts[member])
        return fields

    async def _then(self, truth: Truth, command: str, **fields: str) -> None:
        """A page that polls asks all the time, whether it sends or not."""
        for member in range(PEOPLE):
            if self._way(truth, member) == "poll":
                await self._looks(truth, member)
        await self._does(truth, command, **fields)

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
        body = urlencode(fields, doseq=True)
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
        port = random.choice(self._ports)
        return port, await open_line(port)

    async def _hang_up(self) -> None:
        for _, line in self._lines:
            line.hang_up()
        for truth in self.truths:
            for seat in truth.seats:
                if seat.listens:
                    seat.listens.hang_up()


def _cookie(truth: Truth, member: int) -> str:
    return f"seat={truth.seats[member].token}"

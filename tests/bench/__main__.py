"""`make bench`: the live room under load, beside three yardsticks in the same run.

The server is kept on one core and the phones on the other. Everything stays on 127.0.0.1 and ends by itself.
"""

import asyncio
import functools
import tempfile
import time
from pathlib import Path

from tests.bench import loads
from tests.bench.figures import Times, compared, table, timed
from tests.bench.loads import fire
from tests.bench.people import GUESS, Caller, Circle, Room
from tests.bench.processes import Yardsticks, cpu_s, memory_kib, on_core
from tests.server import Server

PHONES = 12
ROOMS = 50
ROUNDS = 15
SPREAD_S = 10.0
CALM_S = 2.0  # in which a room of people who were told to send now does
WATCHING = 2_000
COLUMNS = "p50 ms|p95 ms|p99 ms|count|aim p95|"


class Bench:
    """One run against one server and its yardsticks."""

    def __init__(self, server: Server, cookie: str, yardsticks: Yardsticks) -> None:
        self.server, self.cookie, self.yardsticks = server, cookie, yardsticks

    async def run(self) -> None:
        calm, submits, reveals = await self.one_room()
        bare, insert, fan_out = await self.yardstick_times()
        table(
            "12 phones in one room",
            COLUMNS,
            [
                timed(f"submit -> acknowledged, within {CALM_S:.0f} s", calm, aim=20),
                timed("submit -> acknowledged, at one instant", submits),
                timed("reveal -> last phone", reveals, aim=30),
                timed("yardstick: bare route", bare),
                timed("yardstick: one fsynced insert", insert),
                timed("yardstick: bare fan-out, same bytes", fan_out),
                compared("submit / fsynced insert, at one instant", submits, insert, aim=2),
                compared("reveal / bare fan-out", reveals, fan_out, aim=3),
            ],
        )
        await self.many_rooms()
        await self.memory()
        table("The generator", "", [(f"busy at most {loads.busiest:.0%} of any load's time",)])

    async def one_room(self) -> tuple[Times, Times, Times]:
        """Send as people do and at one instant, and reveal, round after round."""
        room = await self._room(PHONES)
        calm: list[float] = []
        submits: list[float] = []
        reveals: list[float] = []
        for _ in range(ROUNDS):
            await room.opens()
            shots = [functools.partial(one.submit, room) for one in room.phones]
            calm += await fire(shots, over_s=CALM_S)
            submits += await fire(shots)
            await room.does("close")
            reveals += await fire([functools.partial(room.tells, "reveal")])
        self.message = room.circle.last.decode()
        room.leave()
        return calm, submits, reveals

    async def yardstick_times(self) -> tuple[Times, Times, Times]:
        """The same loads on servers with next to nothing in them."""
        port = self.yardsticks.port
        callers = [Caller(port) for _ in range(PHONES)]
        for caller in callers:
            await caller.pick_up()
        times: dict[str, list[float]] = {"/bare": [], "/insert": []}
        for _ in range(ROUNDS):
            for path, found in times.items():
                found += await fire([functools.partial(asks, one, path) for one in callers])
        circle = Circle()
        for _ in range(PHONES):
            await circle.add(port, "/watch/one")
        await callers[0].send("/message", message=self.message)
        fan_out: list[float] = []
        for _ in range(ROUNDS):
            fan_out += await fire([functools.partial(tells, callers[0], circle)])
        for one in (circle, *callers):
            one.hang_up()
        return times["/bare"], times["/insert"], fan_out

    async def many_rooms(self) -> None:
        """50 rooms of 12: joining, sending over ten seconds and at one instant, revealing."""
        rooms = [await Room(self.server.port, self.cookie).begin(PHONES) for _ in range(ROOMS)]
        phones = [phone for room in rooms for phone in room.phones]
        began = time.perf_counter()
        await fire([phone.join for phone in phones])
        joined_s = time.perf_counter() - began
        for room in rooms:
            await room.watch()
        rows = []
        for name, over_s, aim in (("over 10 s", SPREAD_S, 50.0), ("at one instant", 0.0, 1_500.0)):
            for room in rooms:
                await room.opens()
            worked = cpu_s(self.server.pid)
            shots = [functools.partial(phone.submit, room) for room in rooms for phone in room.phones]
            at_once = await fire(shots, over_s=over_s)
            rows.append(timed(f"600 submits {name}", at_once, aim=aim))
            worked = cpu_s(self.server.pid) - worked
            rows.append((f"  processor time a submit: {worked / len(phones) * 1_000:.2f} ms",))
            if not over_s:
                rows += await self.crowd_beside(at_once, callers=len(phones))
            for room in rooms:
                await room.does("close")
            shots = [functools.partial(room.tells, "reveal") for room in rooms]
            rows.append(
                timed(f"50 reveals {name}", await fire(shots, over_s=over_s), aim=100 if over_s else None)
            )
        rows.append((f"joins a second: {len(phones) / joined_s:.0f}",))
        table("50 rooms of 12", COLUMNS, rows)
        for room in rooms:
            room.leave()

    async def crowd_beside(self, submits: Times, *, callers: int) -> list[tuple[str, ...]]:
        """As many who ask the yardsticks at one instant, as rows beside the submits."""
        crowd = [Caller(self.yardsticks.port) for _ in range(callers)]
        for caller in crowd:
            await caller.pick_up()
        bare = await fire([functools.partial(asks, one, "/bare") for one in crowd])
        insert = await fire([functools.partial(asks, one, "/insert") for one in crowd])
        for caller in crowd:
            caller.hang_up()
        return [
            timed("yardstick: bare route", bare),
            timed("yardstick: one fsynced insert", insert),
            compared("600 submits / fsynced insert", submits, insert, aim=2),
        ]

    async def memory(self) -> None:
        """How much a watching connection takes."""
        room = await self._room(PHONES)
        before = memory_kib(self.server.pid)
        crowd = Circle()
        for n in range(WATCHING):
            await room.phones[n % PHONES].watch(crowd)
        each = (memory_kib(self.server.pid) - before) / WATCHING
        table("Memory", "", [(f"{each:.1f} KiB a connection of {WATCHING}; aim < 75",)])
        crowd.hang_up()
        room.leave()

    async def _room(self, phones: int) -> Room:
        room = await Room(self.server.port, self.cookie).begin(phones)
        for phone in room.phones:
            await phone.join()
        await room.watch()
        return room


async def asks(caller: Caller, path: str) -> float:
    answer = await caller.send(path, text=GUESS, round="0" * 32, op="0" * 32, n=1)
    return answer.at


async def tells(caller: Caller, circle: Circle) -> float:
    heard = circle.all_hear()
    await caller.send("/tell/one")
    return await heard


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with on_core(0):
            server = Server(Path(folder) / "server").start()
            yardsticks = Yardsticks(Path(folder))
        try:
            cookie = server.therapist().browser.http.cookies["sign-in"]
            with on_core(1):
                asyncio.run(Bench(server, f"sign-in={cookie}", yardsticks).run())
        finally:
            yardsticks.stop()
            server.stop()


if __name__ == "__main__":
    main()

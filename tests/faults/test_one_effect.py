"""Ten thousand doubled, stale and parallel commands: each has one effect, or none (R4)."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

import pytest

from facilitator.core import room as core
from facilitator.core.errors import Closed, RoomError
from facilitator.core.guess import Envelope, Sent
from facilitator.core.room import RoomId
from facilitator.live import Seen
from facilitator.members import Members
from facilitator.services import Services
from facilitator.storage import therapists
from facilitator.storage.rooms import LiveRoom, RoomRecord
from facilitator.storage.seats import Seat
from tests.actors import new_op
from tests.conftest import TORTURE
from tests.faults.together import make_text
from tests.server import Server

HANDS = 8
PHONES = 4
COMMANDS = 10_000


@dataclass
class Ledger:
    """What happened to a room's version, as whoever asked was told."""

    done: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    told: int = 0
    lock: Lock = field(default_factory=Lock)

    def does(self, act: Callable[[], LiveRoom], seen: Seen) -> None:
        with self.lock:
            self.told += 1
        try:
            version = act().room.version
        except RoomError as refusal:
            with self.lock:
                self.refused[refusal.code] += 1
        else:
            with self.lock:
                self.done[version] += 1
            assert version == seen.version + 1, "a command that saw another version had an effect"


def a_room(here: Services) -> tuple[RoomRecord, list[Seat]]:
    with here.database.write() as tx:
        owner = therapists.add(tx, f"{new_op()}@clinic.example", "unused")
    record = here.live.make_room(owner.id, next(iter(here.library)))
    seats = [here.members.join(record, None, listening=False) for _ in range(PHONES)]
    now = here.commands.start(record.id, Seen(1), next(iter(here.library)))
    here.commands.open_guessing(record.id, Seen(now.room.version))
    return record, seats


def in_parallel(hands: ThreadPoolExecutor, acts: list[Callable[[], None]]) -> None:
    for one in [hands.submit(act) for act in acts]:
        one.result()


@pytest.fixture(scope="module")
def hands() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(HANDS) as pool:
        yield pool


@pytest.fixture
def here(here: Services) -> Services:
    """The program without waiting for the disk: nothing is killed here."""
    if here.database.is_sqlite:
        line = here.database.engine.raw_connection()
        line.cursor().execute("PRAGMA synchronous=OFF")
        line.close()
    return here


@pytest.mark.timeout(900)
def test_ten_thousand_doubled_stale_and_parallel_commands_have_one_effect(
    here: Services, published: list[LiveRoom], hands: ThreadPoolExecutor, say: Callable[[str], None]
) -> None:
    dice, ledger = Random(2026), Ledger()
    record, _ = a_room(here)
    published.clear()
    first = version = here.live.load(record.id).room.version
    while ledger.told < _most(COMMANDS):
        change = core.stop if not here.live.load(record.id).room.stopped else core.resume
        seen = Seen(version, op=new_op())
        other = Seen(version, op=new_op())
        stale = Seen(version - 1, op=new_op())
        asked = [seen] * dice.randint(2, 4) + [other] * dice.randint(0, 2) + [stale]
        dice.shuffle(asked)
        acts = [_command(here, record.id, one, change, ledger) for one in asked]
        in_parallel(hands, acts)
        version += 1
        assert here.live.load(record.id).room.version == version
    effects = version - first
    say(f"{ledger.told} commands, {effects} effects, refused: {dict(ledger.refused)}")
    assert [one.room.version for one in published] == list(range(first + 1, version + 1))
    assert set(ledger.refused) == {"stale"}


@pytest.mark.timeout(900)
def test_thousands_of_doubled_late_and_parallel_sendings_leave_one_guess_each(
    here: Services, hands: ThreadPoolExecutor, say: Callable[[str], None]
) -> None:
    dice = Random(2026)
    record, seats = a_room(here)
    round_id = here.live.load(record.id).room.rounds[-1].id
    sent = 0
    newest: dict[bytes, Envelope] = {}
    earlier: dict[bytes, list[Envelope]] = {seat.hash: [] for seat in seats}
    while sent < _most(COMMANDS // 4):
        seat = dice.choice(seats)
        n = newest[seat.hash].n + 1 if seat.hash in newest else 1
        fresh = Envelope(new_op(), n, Sent.GUESS, make_text())
        late = dice.sample(earlier[seat.hash], min(2, len(earlier[seat.hash])))
        batch = [*([fresh] * dice.randint(1, 3)), *late]
        dice.shuffle(batch)
        in_parallel(hands, [_sending(here.members, seat, round_id, one) for one in batch])
        sent += len(batch)
        newest[seat.hash] = fresh
        earlier[seat.hash] = [*earlier[seat.hash][-20:], fresh]
        assert here.members.own(seat, here.live.load(record.id).room).text == fresh.text
    closed = here.commands.close(record.id, Seen(here.live.load(record.id).room.version))
    texts = sorted(one.text for one in closed.room.rounds[-1].guesses)
    say(f"{sent} sendings of {len(newest)} phones, {len(texts)} guesses")
    assert texts == sorted(one.text for one in newest.values())


def test_closings_in_parallel_with_sendings_lose_nothing_and_double_nothing(
    here: Services, hands: ThreadPoolExecutor
) -> None:
    for _ in range(15):
        record, seats = a_room(here)
        room = here.live.load(record.id).room
        acknowledged: list[str] = []

        def send(seat: Seat, round_id: Any, kept: list[str]) -> None:
            text = make_text()
            try:
                here.members.submit(seat, round_id, Envelope(new_op(), 1, Sent.GUESS, text))
            except Closed:
                pass
            else:
                kept.append(text)

        def close(room_id: RoomId, version: int) -> None:
            here.commands.close(room_id, Seen(version, op=new_op()))

        acts: list[Callable[[], None]] = [
            lambda seat=seat, room=room, kept=acknowledged: send(seat, room.rounds[-1].id, kept)  # type: ignore[misc]
            for seat in seats
        ]
        acts.append(lambda record=record, room=room: close(record.id, room.version))  # type: ignore[misc]
        in_parallel(hands, acts)
        pile = here.live.load(record.id).room.rounds[-1].guesses
        assert sorted(one.text for one in pile) == sorted(acknowledged)


@pytest.fixture
def published(here: Services) -> list[LiveRoom]:
    """Everything that pages are told."""
    told: list[LiveRoom] = []
    lock = Lock()

    def publish(now: LiveRoom) -> None:
        with lock:
            told.append(now)
            told.sort(key=lambda one: one.room.version)

    here.live.publish = publish
    return told


def _most(count: int) -> int:
    # PostgreSQL commits each one to the disk and takes ten times as long.
    return count // 10 if Server.new_database and not TORTURE else count


def _command(
    here: Services, room_id: RoomId, seen: Seen, change: Callable[[Any], Any], ledger: Ledger
) -> Callable[[], None]:
    return lambda: ledger.does(lambda: here.live.change(room_id, seen, lambda tx, room: change(room)), seen)


def _sending(members: Members, seat: Seat, round_id: Any, one: Envelope) -> Callable[[], None]:
    def send() -> None:
        members.submit(seat, round_id, one)

    return send

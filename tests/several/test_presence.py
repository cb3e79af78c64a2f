"""Presence across processes: a person is counted once, and a killed process leaves no ghost."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from facilitator.core.codes import Code
from facilitator.core.room import Room, RoomId
from facilitator.core.vignette import VignetteId
from facilitator.presence import LAPSE_S, POLLED_S, REFRESH_S, SKEW_S, Presence
from facilitator.storage import rooms, seats, tables, therapists
from facilitator.storage.database import Database
from facilitator.storage.keys import KeyFile, Keys
from facilitator.storage.rooms import RoomRecord
from facilitator.storage.seats import SeatToken

HOUR_S = 3_600.0


class Clock:
    now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Process = Callable[[str], Presence]


@pytest.fixture
def process(database: Database, clock: Clock) -> Process:
    return lambda name: Presence(database, process=name, clock=clock)


@pytest.fixture
def people(database: Database, tmp_path: Path) -> tuple[RoomId, list[bytes]]:
    """A room with three seats."""
    keys = Keys(KeyFile.create_if_missing(tmp_path / "instance.key"), bytes(32))

    room_id = RoomId("r" * 32)
    with database.write() as tx:
        owner = therapists.add(tx, "ada@clinic.example", "unused")
        record = RoomRecord(room_id, Code("HQ7K3MPX"), owner.id, "screen", VignetteId("waving"))
        rooms.add(tx, keys, Room(room_id, record.code), record, until=2e9)
        taken = [
            seats.take(tx, keys, room_id, SeatToken(f"token{n}"), listening=False).hash for n in range(3)
        ]
    return room_id, taken


def awake(database: Database, presence: Presence, room_id: RoomId) -> int:
    with database.read() as tx:
        return sum(phone.awake for phone in presence.phones(tx, room_id))


def test_a_killed_process_leaves_no_ghost(
    database: Database, clock: Clock, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    room_id, (first, second, third) = people
    killed, lives = process("killed"), process("lives")
    for seat in (first, second):
        killed.enter(seat)
    for seat in (second, third):
        lives.enter(seat)
    killed.refresh()
    lives.refresh()
    assert awake(database, lives, room_id) == 3
    for _ in range(int(LAPSE_S // REFRESH_S) + 1):  # The killed one refreshes nothing any more.
        clock.now += REFRESH_S
        lives.refresh()
    assert awake(database, lives, room_id) == 2


def test_a_phone_that_moves_on_is_awake_all_the_time(
    database: Database, clock: Clock, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    room_id, (seat, *_) = people
    before, after = process("before"), process("after")
    before.enter(seat)
    before.refresh()
    before.leave(seat)
    after.enter(seat)
    for _ in range(8):
        clock.now += REFRESH_S
        before.refresh()
        after.refresh()
        assert awake(database, before, room_id) == awake(database, after, room_id) == 1


def test_a_clock_set_back_leaves_no_ghost_for_an_hour(
    database: Database, clock: Clock, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    room_id, (seat, other, _) = people
    killed, lives = process("killed"), process("lives")
    killed.enter(seat)
    killed.refresh()
    clock.now -= HOUR_S
    lives.enter(other)
    lives.refresh()
    assert awake(database, lives, room_id) == 1
    assert SKEW_S < HOUR_S


def test_a_room_that_ends_while_presence_is_noted_harms_nobody(
    database: Database, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    """The seats are held by the one that comes first; the other one waits and finds them gone."""

    _, taken = people
    presence = process("one")
    for seat in taken:
        presence.enter(seat)
    with database.write() as tx:
        tx.execute(tables.presence.delete())
        tx.execute(tables.seat.delete())
    presence.refresh()


def test_a_phone_without_a_script_is_not_told_by_when_it_asked(
    database: Database, clock: Clock, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    """It asks when it sends, and else never."""
    room_id, (sends, silent, _) = people
    presence = process("one")
    presence.saw(sends)
    presence.saw(silent)
    for beat in range(240):
        clock.now += REFRESH_S
        if beat == 30:
            presence.saw(sends)
        presence.refresh()
        with database.read() as tx:
            assert len(set(tx.scalars(sa.select(tables.presence.c.until)))) == 1
        assert awake(database, presence, room_id) == 2


@pytest.mark.parametrize("where", ["one", "another"])
def test_a_page_that_turns_out_to_have_a_script_falls_asleep(
    where: str, database: Database, clock: Clock, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    room_id, (seat, *_) = people
    drew = process("one")
    watches = drew if where == "one" else process("another")
    drew.saw(seat)
    drew.refresh()
    watches.enter(seat)
    for _ in range(8):
        clock.now += REFRESH_S
        drew.refresh()
        watches.refresh()
    watches.leave(seat)
    for _ in range(8):
        clock.now += REFRESH_S
        drew.refresh()
        watches.refresh()
    assert awake(database, drew, room_id) == 0


def test_a_page_that_asks_by_itself_falls_asleep_some_minutes_after(
    database: Database, clock: Clock, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    room_id, (seat, *_) = people
    presence = process("one")
    presence.saw(seat)
    presence.asked(seat)
    presence.refresh()
    assert awake(database, presence, room_id) == 1
    clock.now += max(POLLED_S) + 1
    presence.refresh()
    assert awake(database, presence, room_id) == 0


def test_pages_of_a_room_that_ended_are_forgotten(
    database: Database, process: Process, people: tuple[RoomId, list[bytes]]
) -> None:
    presence = process("one")
    for seat in people[1]:
        presence.saw(seat)
    with database.write() as tx:
        tx.execute(tables.seat.delete())
    presence.refresh()
    assert not presence._pages

"""How a leak is built into the real program, and what such a program remembers."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError

from facilitator import members
from facilitator.core.guess import Envelope, Guess
from facilitator.storage import migrate, rounds
from facilitator.storage.seats import Seat
from tests.privacy.habits import PHONES

BRISK_S = 0.5  # between chores that take many seconds in the real program
BOTH, SQLITE, POSTGRES = ("SQLite", "PostgreSQL"), ("SQLite",), ("PostgreSQL",)
log = logging.getLogger("facilitator.leak")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A leak: what it is in words, the change itself, and the databases it shows on.

    `choosing`: whether it shows where there is something to choose, or where people write. `phones`: with
    what kinds of phones, room after room. `pause_s`: how long people take for each thing they do, where a
    leak needs time to show; then the rooms are played at once.
    """

    words: str
    build_in: Callable[[], None]
    databases: tuple[str, ...] = BOTH
    rotates: bool = True
    choosing: bool = False
    phones: tuple[str, ...] = PHONES
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a program must forget: who sent a text, when, and as which sending."""

    seat: Seat
    at: float
    number: int
    op: str


memory: dict[str, Remembered] = {}
MUTANTS: dict[str, Mutant] = {}


def mutant(
    words: str,
    *,
    on: tuple[str, ...] = BOTH,
    rotates: bool = True,
    choosing: bool = False,
    phones: tuple[str, ...] = PHONES,
    pause_s: float = 0.0,
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def keep(build_in: Callable[[], None]) -> Callable[[], None]:
        MUTANTS[build_in.__name__] = Mutant(words, build_in, on, rotates, choosing, phones, pause_s)
        return build_in

    return keep


def remember() -> None:
    def note(_self: Any, seat: Seat, sending: Envelope) -> None:
        memory[sending.text] = Remembered(seat, time.time(), len(memory), sending.op)

    at_sending(note)


def at_sending(note: Callable[[Any, Seat, Envelope], object]) -> None:
    submit = members.Members.submit

    def noting(self: Any, seat: Seat, round_id: Any, sending: Envelope) -> Any:
        found = submit(self, seat, round_id, sending)
        note(self, seat, sending)
        return found

    members.Members.submit = noting  # type: ignore[method-assign]


def at_closing(note: Callable[[Any, Any, str, Guess], None]) -> None:
    remember()
    save = rounds._save

    def noting(tx: Any, made: Any, room_id: Any, position: int, old: Any, new: Any) -> None:
        save(tx, made, room_id, position, old, new)
        for guess in new.guesses if not old.guesses else ():
            note(tx, made, new.id, guess)

    rounds._save = noting


def in_every_new_database(*statements: str) -> None:
    upgrade = migrate.upgrade

    def with_more(found: Any) -> None:
        upgrade(found)
        for statement in statements:
            # Of two processes the second finds it done.
            with suppress(DBAPIError), found.write() as tx:
                tx.exec_driver_sql(statement)

    migrate.upgrade = with_more

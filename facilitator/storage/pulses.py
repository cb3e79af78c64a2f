"""The pulse of a room: what its console and screen last saw move, and when they may see it move again."""

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from facilitator.core.guess import Progress
from facilitator.core.room import RoomId
from facilitator.core.views import Phone, Pulse
from facilitator.storage import tables
from facilitator.storage.database import Transaction

SLOW_SHOWN_S = 300.0
FURTHEST_S = 60.0  # Nothing is due so far ahead.


@dataclass(frozen=True, slots=True)
class Moved:
    """What a ticker found to be so, to be held against what the console last saw."""

    progress: Progress
    slow_down: bool
    at_the_door: bool
    phones: tuple[Phone, ...]


def begin(tx: Transaction, room_id: RoomId) -> None:
    """Give a new room its pulse."""
    row = {
        "room_id": room_id,
        "n": 0,
        "due": 0.0,
        "progress": Progress.COMING_IN,
        "slow_from": None,
        "slow_down": False,
        "at_the_door": False,
        "phones": _digest(()),
    }
    tx.execute(tables.tick.insert().values(**row))


def load(tx: Transaction, room_id: RoomId, phones: tuple[Phone, ...]) -> Pulse:
    """Load the pulse as of the last tick; `phones` are those here now."""
    row = tx.execute(sa.select(tables.tick).where(tables.tick.c.room_id == room_id)).one()
    return Pulse(row.n, Progress(row.progress), row.slow_down, row.at_the_door, phones)


def due(tx: Transaction, now: float) -> list[RoomId]:
    """List the rooms whose pulse may move; `now` in seconds since 1970."""
    return [RoomId(one) for one in tx.scalars(sa.select(tables.tick.c.room_id).where(_is_due(now)))]


def opened(tx: Transaction, room_id: RoomId, *, next_due: float) -> None:
    """Begin a new round of guessing: the word is the first one, and does not move before `next_due`."""
    mine = tables.tick.c.room_id == room_id
    tx.execute(tables.tick.update().where(mine).values(progress=Progress.COMING_IN, due=next_due))


def win(tx: Transaction, room_id: RoomId, *, now: float, next_due: float) -> bool:
    """Claim this tick for this process; False if another was faster (times in seconds since 1970)."""
    mine = sa.and_(tables.tick.c.room_id == room_id, _is_due(now))
    return tx.execute(tables.tick.update().where(mine).values(due=next_due)).rowcount == 1


def move(tx: Transaction, room_id: RoomId, moved: Moved) -> bool:
    """Store what moved and raise the tick by one; False, and nothing written, if all is as it was."""
    row = {
        "progress": moved.progress,
        "slow_down": moved.slow_down,
        "at_the_door": moved.at_the_door,
        "phones": _digest(moved.phones),
    }
    table = tables.tick
    # Held, so that of two processes that find the same one tells it, and the other finds it told.
    old = tx.execute(sa.select(table).where(table.c.room_id == room_id).with_for_update()).one()
    if all(getattr(old, name) == value for name, value in row.items()):
        return False
    tx.execute(table.update().where(table.c.room_id == room_id).values(n=table.c.n + 1, **row))
    return True


def ask_to_slow_down(tx: Transaction, room_id: RoomId, *, now: float, shown_from: float) -> None:
    """Let the console be told, from `shown_from` on, that someone would like to slow down; taps merge."""
    table = tables.tick
    over = sa.or_(table.c.slow_from.is_(None), table.c.slow_from + SLOW_SHOWN_S <= now)
    tx.execute(table.update().where(table.c.room_id == room_id, over).values(slow_from=shown_from))


def slow_down_shows(tx: Transaction, room_id: RoomId, now: float) -> bool:
    """Say whether the wish for a slower pace is to be shown now."""
    slow_from = tx.scalar(sa.select(tables.tick.c.slow_from).where(tables.tick.c.room_id == room_id))
    return slow_from is not None and slow_from <= now < slow_from + SLOW_SHOWN_S


def _is_due(now: float) -> sa.ColumnElement[bool]:
    # What is due later than any tick can be was set before the clock was set back.
    return sa.or_(tables.tick.c.due <= now, tables.tick.c.due > now + FURTHEST_S)


def _digest(phones: tuple[Phone, ...]) -> str:
    text = ",".join(f"{phone.seat}{phone.awake:d}" for phone in phones)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

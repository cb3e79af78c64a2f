"""The pulse of a room: what its console and screen last saw move, and when they may see it move again."""

import hashlib
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from facilitator.core.guess import Progress, furthest
from facilitator.core.pulse import Phone, Pulse
from facilitator.core.room import RoomId
from facilitator.storage import tables
from facilitator.storage.database import Transaction

SIGNAL_SHOWN_S = 300.0
FURTHEST_S = 60.0  # Nothing is due so far ahead.


class Signal(Enum):
    """What a member may let the therapist know, without a name."""

    SLOW_DOWN = "slow-down"
    WORD = "word"


_SINCE = {Signal.SLOW_DOWN: tables.tick.c.slow_from, Signal.WORD: tables.tick.c.word_from}
_LOAD = sa.select(tables.tick).where(tables.tick.c.room_id == sa.bindparam("room_id"))


@dataclass(frozen=True, slots=True)
class Found:
    """What a ticker found to be so, to be held against what the console last saw."""

    progress: Progress
    slow_down: bool
    at_the_door: bool
    phones: tuple[Phone, ...]
    sent: int | None = None
    word: bool = False


def begin(tx: Transaction, room_id: RoomId) -> None:
    """Give a new room its pulse."""
    row = {
        "room_id": room_id,
        "n": 0,
        "due": 0.0,
        "progress": Progress.COMING_IN,
        "slow_from": None,
        "slow_down": False,
        "sent": None,
        "opened": None,
        "phones_out": None,
        "at_the_door": False,
        "phones": _digest(()),
        "word_from": None,
        "word": False,
    }
    tx.execute(tables.tick.insert().values(**row))


def load(tx: Transaction, room_id: RoomId, phones: tuple[Phone, ...]) -> Pulse:
    """Load the pulse as of the last tick; `phones` are those here now."""
    row = tx.execute(_LOAD, {"room_id": room_id}).one()
    return Pulse(
        tick=row.n,
        progress=Progress(row.progress),
        sent=row.sent,
        opened=row.opened,
        phones_out=row.phones_out,
        slow_down=row.slow_down,
        at_the_door=row.at_the_door,
        phones=phones,
        word=row.word,
    )


def due(tx: Transaction, now: float) -> list[RoomId]:
    """List the rooms whose pulse may move; `now` in seconds since 1970."""
    return [RoomId(one) for one in tx.scalars(sa.select(tables.tick.c.room_id).where(_is_due(now)))]


def opened(tx: Transaction, room_id: RoomId, *, now: float, next_due: float) -> None:
    """Begin a new round of guessing: the word is the first one, and does not move before `next_due`."""
    table = tables.tick
    row = {
        "progress": Progress.COMING_IN,
        "due": next_due,
        "sent": None,
        "opened": now,
        "phones_out": sa.func.coalesce(table.c.phones_out, now),
    }
    tx.execute(table.update().where(table.c.room_id == room_id).values(**row))


def win(tx: Transaction, room_id: RoomId, *, now: float, next_due: float) -> bool:
    """Claim this tick for this process; False if another was faster (times in seconds since 1970)."""
    mine = sa.and_(tables.tick.c.room_id == room_id, _is_due(now))
    return tx.execute(tables.tick.update().where(mine).values(due=next_due)).rowcount == 1


def move(tx: Transaction, room_id: RoomId, found: Found) -> bool | None:
    """Store what moved, raise the tick by one, and say whether the word of progress is another one.

    It never goes back before the next opening. None, and nothing written, if all is as it was.
    """
    table = tables.tick
    # Held, so that of two processes that find the same one tells it, and the other finds it told.
    old = tx.execute(sa.select(table).where(table.c.room_id == room_id).with_for_update()).one()
    row = {
        "progress": furthest(Progress(old.progress), found.progress),
        "slow_down": found.slow_down,
        "at_the_door": found.at_the_door,
        "phones": _digest(found.phones),
        "sent": found.sent,
        "word": found.word,
    }
    if all(getattr(old, name) == value for name, value in row.items()):
        return None
    tx.execute(table.update().where(table.c.room_id == room_id).values(n=table.c.n + 1, **row))
    return bool(row["progress"] != old.progress)


def signal(tx: Transaction, room_id: RoomId, which: Signal, *, now: float, shown_from: float) -> None:
    """Let the console be told of a wish from `shown_from` on; taps merge (times in seconds since 1970)."""
    since = _SINCE[which]
    over = sa.or_(since.is_(None), since + SIGNAL_SHOWN_S <= now)
    here = sa.and_(tables.tick.c.room_id == room_id, over)
    tx.execute(tables.tick.update().where(here).values({since: shown_from}))


def shows(tx: Transaction, room_id: RoomId, which: Signal, now: float) -> bool:
    """Say whether a wish is to be shown now."""
    shown_from = tx.scalar(sa.select(_SINCE[which]).where(tables.tick.c.room_id == room_id))
    return shown_from is not None and shown_from <= now < shown_from + SIGNAL_SHOWN_S


def _is_due(now: float) -> sa.ColumnElement[bool]:
    # What is due later than any tick can be was set before the clock was set back.
    return sa.or_(tables.tick.c.due <= now, tables.tick.c.due > now + FURTHEST_S)


def _digest(phones: tuple[Phone, ...]) -> str:
    text = ",".join(f"{phone.seat}{phone.awake:d}" for phone in phones)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

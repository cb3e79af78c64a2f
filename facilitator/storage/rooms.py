"""Rooms: finding, loading, locking, saving what changed."""

from dataclasses import asdict, dataclass
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from facilitator.core.codes import Code
from facilitator.core.errors import NoRoom, Stale
from facilitator.core.pulse import Pulse
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Phase, RoundId
from facilitator.core.screen import Screen, Shows, Where
from facilitator.core.vignette import VignetteId
from facilitator.storage import data_keys, rounds, tables
from facilitator.storage.database import Transaction
from facilitator.storage.keys import Keys


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What is kept about a room beside its course: whose it is, and where its screen and its plan are."""

    id: RoomId
    code: Code
    therapist_id: str
    screen_token: str
    planned: VignetteId
    where: str = Where.WALL
    practice: bool = False


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class LiveRoom:
    """A room as it stands now: its value, its record, and its pulse; each loading is one of its own."""

    room: Room
    record: RoomRecord
    pulse: Pulse


_table = tables.room
RECORD = tuple(_table.c[name] for name in RoomRecord.__dataclass_fields__)
_RECORD = sa.select(*RECORD)
_FIND = {name: _RECORD.where(_table.c[name] == sa.bindparam(name)) for name in ("id", "code", "screen_token")}
_LOAD = sa.select(_table).where(_table.c.id == sa.bindparam("room_id"))
_LOCK = _LOAD.with_for_update()
_LOCK_SHARED = _LOAD.with_for_update(read=True)
_UPDATE = _table.update().where(
    _table.c.id == sa.bindparam("room_id"), _table.c.version == sa.bindparam("seen")
)


def add(tx: Transaction, keys: Keys, room: Room, record: RoomRecord, *, until: float) -> None:
    """Insert a new room with its key; `until` is when it is purged (seconds since 1970)."""
    tx.execute(_table.insert(), asdict(record) | _row(room) | {"until": until})
    data_keys.add(tx, keys, f"room:{room.id}")


def find(tx: Transaction, **where: str) -> RoomRecord:
    """Find a room by `code`, `id` or `screen_token`. Raises `NoRoom`."""
    (name,) = where
    row = tx.execute(_FIND[name], where).one_or_none()
    if row is None:
        raise NoRoom()
    return RoomRecord(*row)


def use(tx: Transaction, room_id: RoomId, where: Where) -> bool:
    """Store where people look from now on; False if they do already."""
    elsewhere = sa.and_(_table.c.id == room_id, _table.c.where != where)
    return tx.execute(_table.update().where(elsewhere).values(where=where)).rowcount == 1


def of_therapist(tx: Transaction, therapist_id: str) -> list[RoomRecord]:
    """List a therapist's live rooms."""
    return [RoomRecord(*row) for row in tx.execute(_RECORD.where(_table.c.therapist_id == therapist_id))]


def practices(tx: Transaction, now: float) -> list[tuple[RoomRecord, float]]:
    """List the practice rooms that are not over, each with when it will be; `now` in seconds since 1970."""
    query = sa.select(_table.c.id, _table.c.until).where(_table.c.practice, _table.c.until > now)
    return [(find(tx, id=row.id), row.until) for row in tx.execute(query).all()]


def ended(tx: Transaction, room_ids: set[str]) -> set[str]:
    """Say which of these rooms are no more."""
    return room_ids - set(tx.scalars(sa.select(_table.c.id).where(_table.c.id.in_(room_ids))))


def overdue(tx: Transaction, now: float) -> list[RoomId]:
    """List the rooms that nobody ended in time; `now` in seconds since 1970."""
    return [RoomId(one) for one in tx.scalars(sa.select(_table.c.id).where(_table.c.until <= now))]


def load(tx: Transaction, keys: Keys, room_id: RoomId) -> Room:
    """Load a room with its rounds and guesses. Raises `NoRoom`."""
    return _load(tx, keys, _LOAD, room_id)


def lock(tx: Transaction, keys: Keys, room_id: RoomId, *, guesses: bool = True) -> Room:
    """Load a room and hold its row until the end, so that commands take turns. Raises `NoRoom`.

    Without its `guesses` it can be loaded although they can no longer be opened.
    """
    return _load(tx, keys, _LOCK, room_id, guesses=guesses)


def lock_shared(tx: Transaction, keys: Keys, room_id: RoomId) -> Room:
    """Load a room without its guesses, so that submits never wait for each other or cross a closing."""
    return _load(tx, keys, _LOCK_SHARED, room_id, guesses=False)


def save(tx: Transaction, keys: Keys, before: Room, after: Room) -> None:
    """Write what differs between two values of a room.

    Raises `Stale` if the stored version is not that of `before`.
    """
    seen = {"room_id": before.id, "seen": before.version}
    if tx.execute(_UPDATE, _row(after) | seen).rowcount != 1:
        raise Stale()
    rounds.save(tx, keys, before, after)


def _load(
    tx: Transaction, keys: Keys, query: sa.Select[Any], room_id: RoomId, *, guesses: bool = True
) -> Room:
    row = tx.execute(query, {"room_id": room_id}).one_or_none()
    if row is None:
        raise NoRoom()
    return Room(
        id=RoomId(row.id),
        code=Code(row.code),
        version=row.version,
        outside=Phase(row.outside) if row.outside else None,
        rounds=rounds.load(tx, keys, row.id, guesses=guesses),
        stopped=row.stopped,
        locked=row.locked,
        looking_back=RoundId(row.looking_back) if row.looking_back else None,
        last_op=row.last_op,
        exact=row.exact,
        asks_sureness=row.sureness,
        screen=_screen(row.screen),
    )


def _screen(row: dict[str, Any]) -> Screen:
    return Screen(**row | {"shows": Shows(row.get("shows", Shows.ROOM))})


def _row(room: Room) -> dict[str, Any]:
    return {
        "id": room.id,
        "code": room.code,
        "version": room.version,
        "outside": room.outside,
        "stopped": room.stopped,
        "locked": room.locked,
        "looking_back": room.looking_back,
        "last_op": room.last_op,
        "exact": room.exact,
        "sureness": room.asks_sureness,
        "screen": asdict(room.screen),
    }


def new_id() -> str:
    """Make a random id of 128 bits, in hex: it holds no time and no counter."""
    return token_hex(16)

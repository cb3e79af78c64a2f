"""Seats and the door: who may be in a room, without a name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

import sqlalchemy as sa

from facilitator.core.room import RoomId
from facilitator.storage import tables
from facilitator.storage.database import Transaction, upsert
from facilitator.storage.keys import Keys
from facilitator.storage.rooms import RECORD, RoomRecord, new_id

SeatToken = NewType("SeatToken", str)


class Gone(StrEnum):
    """Why a seat is empty."""

    LEFT = "left"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place. `token` is known to the phone and to this request only."""

    token: SeatToken
    hash: bytes
    ref: str
    room_id: RoomId
    listening: bool
    gone: Gone | None


_WITH_ROOM = (
    sa.select(*RECORD, tables.seat)
    .join_from(tables.seat, tables.room, tables.room.c.id == tables.seat.c.room_id)
    .where(tables.seat.c.hash == sa.bindparam("hash"))
)


def take(tx: Transaction, keys: Keys, room_id: RoomId, token: SeatToken, *, listening: bool) -> Seat:
    """Make a seat in a room for the holder of `token`."""
    seat = Seat(token, keys.seat_hash(token), new_id(), room_id, listening, None)
    row = {"hash": seat.hash, "ref": seat.ref, "room_id": room_id, "listening": listening, "gone": None}
    tx.execute(tables.seat.insert().values(**row))
    return seat


def find(tx: Transaction, keys: Keys, token: SeatToken) -> Seat | None:
    """Find the seat that a phone's token stands for, or None."""
    found = find_with_room(tx, keys, token)
    return found[0] if found else None


def find_with_room(tx: Transaction, keys: Keys, token: SeatToken) -> tuple[Seat, RoomRecord] | None:
    """Find the seat that a phone's token stands for, and the room it is in, or None."""
    hashed = keys.seat_hash(token)
    row = tx.execute(_WITH_ROOM, {"hash": hashed}).one_or_none()
    if row is None:
        return None
    gone = Gone(row.gone) if row.gone else None
    seat = Seat(token, hashed, row.ref, RoomId(row.room_id), row.listening, gone)
    return seat, RoomRecord(*row[: len(RECORD)])


def take_part(tx: Transaction, seat: Seat) -> bool:
    """Let whoever just listened guess from now on; False if this seat could already."""
    mine = sa.and_(tables.seat.c.hash == seat.hash, tables.seat.c.listening)
    return tx.execute(tables.seat.update().where(mine).values(listening=False)).rowcount == 1


def leave(tx: Transaction, seat: Seat) -> None:
    """Empty a seat at its member's wish; a guess that was sent stays."""
    tx.execute(tables.seat.update().where(tables.seat.c.hash == seat.hash).values(gone=Gone.LEFT))


def remove(tx: Transaction, room_id: RoomId, ref: str) -> bool:
    """Take a phone out of a room by its reference; False if there is no such phone there."""
    mine = sa.and_(tables.seat.c.room_id == room_id, tables.seat.c.ref == ref, tables.seat.c.gone.is_(None))
    return tx.execute(tables.seat.update().where(mine).values(gone=Gone.REMOVED)).rowcount == 1


def gone(tx: Transaction, hashes: list[bytes]) -> set[bytes]:
    """Say which of these seats are empty, or were in a room that is no more."""
    table = tables.seat
    query = sa.select(table.c.hash).where(table.c.hash.in_(hashes), table.c.gone.is_(None))
    return set(hashes) - set(tx.scalars(query))


def knock(tx: Transaction, keys: Keys, room_id: RoomId, token: SeatToken) -> None:
    """Remember that a phone waits at the door; knocking again changes nothing."""
    hashed = keys.seat_hash(token)
    here = sa.and_(tables.knock.c.hash == hashed, tables.knock.c.room_id == room_id)
    if tx.scalar(sa.select(tables.knock.c.hash).where(here)) is None:
        # A phone that waited at another room's door waits here from now on.
        upsert(tx, tables.knock, {"hash": hashed, "room_id": room_id, "admitted": False, "put_off": False})


def may_enter(tx: Transaction, keys: Keys, room_id: RoomId, token: SeatToken | None) -> bool:
    """Say whether the therapist admitted this waiting phone to a locked room."""
    if token is None:
        return False
    table = tables.knock
    mine = sa.and_(table.c.hash == keys.seat_hash(token), table.c.room_id == room_id, table.c.admitted)
    return tx.scalar(sa.select(table.c.hash).where(mine)) is not None


def admit(tx: Transaction, room_id: RoomId) -> bool:
    """Let in everyone who waits at the door now; False if nobody does."""
    waiting = sa.and_(tables.knock.c.room_id == room_id, sa.not_(tables.knock.c.admitted))
    return tx.execute(tables.knock.update().where(waiting).values(admitted=True)).rowcount > 0


def put_off(tx: Transaction, room_id: RoomId) -> bool:
    """Tell of those who wait now no more; they wait on, and can still be admitted. False if nobody does."""
    return tx.execute(tables.knock.update().where(_waits(room_id)).values(put_off=True)).rowcount > 0


def someone_waits(tx: Transaction, room_id: RoomId) -> bool:
    """Say whether anyone waits at the door."""
    return tx.scalar(sa.select(sa.func.count()).select_from(tables.knock).where(_waits(room_id))) != 0


def _waits(room_id: RoomId) -> sa.ColumnElement[bool]:
    table = tables.knock
    return sa.and_(table.c.room_id == room_id, sa.not_(table.c.admitted), sa.not_(table.c.put_off))

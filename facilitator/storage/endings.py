"""How a room ends: keys destroyed, everything written gone, a summary without words stays (privacy.md §1)."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from facilitator.core.codes import Code
from facilitator.core.room import Room, RoomId
from facilitator.storage import data_keys, tables
from facilitator.storage.database import Transaction
from facilitator.storage.keys import Keys
from facilitator.storage.rooms import RoomRecord, new_id

STUB_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Summary:
    """What stays of a room: the year and what was asked, each as vignette, stage, prompt and second look."""

    id: str
    therapist_id: str
    year: int
    asked: tuple[dict[str, Any], ...]


def end(tx: Transaction, keys: Keys, room: Room, record: RoomRecord, *, now: float, year: int) -> str | None:
    """Purge a room and return the id of its summary, or None: of practice nothing stays.

    `now` in seconds since 1970.
    """
    if record.practice:
        _purge(tx, room)
        return None
    summary_id = new_id()
    asked = [
        {"vignette": one.vignette, "stage": one.stage, "prompt": one.prompt, "second_look": one.second_look}
        for one in room.rounds
    ]
    tx.execute(
        tables.summary.insert().values(
            id=summary_id, therapist_id=record.therapist_id, year=year, asked=asked
        )
    )
    mac = _code_mac(keys, room.code)
    # The same code may have been drawn for a room that ended within the last hours.
    tx.execute(tables.ended_seat.delete().where(tables.ended_seat.c.code_mac == mac))
    tx.execute(tables.ended_room.delete().where(tables.ended_room.c.code_mac == mac))
    tx.execute(tables.ended_room.insert().values(code_mac=mac, summary_id=summary_id, until=now + STUB_S))
    _move_seats(tx, room.id, mac)
    _purge(tx, room)
    return summary_id


def summary_of_code(tx: Transaction, keys: Keys, code: Code) -> Summary | None:
    """Find the summary of a room that ended within the last hours, or None."""
    mac = _code_mac(keys, code)
    found = tx.scalar(sa.select(tables.ended_room.c.summary_id).where(tables.ended_room.c.code_mac == mac))
    return summary(tx, found) if found else None


def summary(tx: Transaction, summary_id: str) -> Summary | None:
    """Load a summary, or None."""
    row = tx.execute(sa.select(tables.summary).where(tables.summary.c.id == summary_id)).one_or_none()
    return Summary(row.id, row.therapist_id, row.year, tuple(row.asked)) if row else None


def summaries(tx: Transaction, therapist_id: str) -> list[Summary]:
    """List a therapist's summaries, in no telling order."""
    mine = tables.summary.c.therapist_id == therapist_id
    rows = tx.execute(sa.select(tables.summary).where(mine).order_by(tables.summary.c.id)).all()
    return [Summary(row.id, row.therapist_id, row.year, tuple(row.asked)) for row in rows]


def delete_summary(tx: Transaction, summary_id: str) -> None:
    """Forget a summary and the stub that leads to it."""
    table = tables.ended_room
    stubs = sa.select(table.c.code_mac).where(table.c.summary_id == summary_id)
    tx.execute(tables.ended_seat.delete().where(tables.ended_seat.c.code_mac.in_(stubs)))
    tx.execute(table.delete().where(table.c.summary_id == summary_id))
    tx.execute(tables.summary.delete().where(tables.summary.c.id == summary_id))


def seat_ended(tx: Transaction, keys: Keys, token: str, code: Code) -> bool:
    """Say whether a phone's token was a seat in the room of this code, which ended within the last hours."""
    table = tables.ended_seat
    mine = sa.and_(table.c.hash == keys.seat_hash(token), table.c.code_mac == _code_mac(keys, code))
    return tx.scalar(sa.select(tables.ended_seat.c.hash).where(mine)) is not None


def forget_stubs(tx: Transaction, now: float) -> None:
    """Delete the stubs whose hours are over; `now` in seconds since 1970."""
    old = sa.select(tables.ended_room.c.code_mac).where(tables.ended_room.c.until <= now)
    tx.execute(tables.ended_seat.delete().where(tables.ended_seat.c.code_mac.in_(old)))
    tx.execute(tables.ended_room.delete().where(tables.ended_room.c.until <= now))


def _code_mac(keys: Keys, code: Code) -> bytes:
    return keys.mac(b"code", code.encode())


def _move_seats(tx: Transaction, room_id: RoomId, mac: bytes) -> None:
    table = tables.seat
    # Held, so that no process notes a phone as present while its seat goes away; in order, so that two who
    # hold several never wait for each other.
    query = sa.select(table.c.hash).where(table.c.room_id == room_id).order_by(table.c.hash)
    hashes = tx.scalars(query.with_for_update()).all()
    if hashes:
        rows = [{"hash": one, "code_mac": mac} for one in sorted(hashes)]
        tx.execute(tables.ended_seat.insert(), rows)


def _purge(tx: Transaction, room: Room) -> None:
    round_ids = [one.id for one in room.rounds]
    owners = [f"room:{room.id}", *(f"round:{one}" for one in round_ids)]
    data_keys.destroy(tx, *owners)
    for table in (tables.envelope, tables.receipt, tables.guess):
        tx.execute(table.delete().where(table.c.round_id.in_(round_ids)))
    hashes = sa.select(tables.seat.c.hash).where(tables.seat.c.room_id == room.id)
    tx.execute(tables.presence.delete().where(tables.presence.c.seat_hash.in_(hashes)))
    for table in (tables.round, tables.seat, tables.tick, tables.knock):
        tx.execute(table.delete().where(table.c.room_id == room.id))
    tx.execute(tables.room.delete().where(tables.room.c.id == room.id))

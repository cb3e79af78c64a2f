"""Who is connected now: counted per seat, alive across processes, with no ghosts when one is killed."""

from collections.abc import Callable
from threading import Lock

import sqlalchemy as sa

from facilitator.core.room import RoomId
from facilitator.core.views import Phone
from facilitator.storage import tables
from facilitator.storage.database import Database, Transaction, upsert

REFRESH_S = 15.0
LAPSE_S = 40.0
HERE_S = 600.0


class Presence:
    """This process's part of presence: which seats its connections belong to."""

    def __init__(self, database: Database, *, process: str, clock: Callable[[], float]) -> None:
        self._database = database
        self._process = process
        self._clock = clock
        self._connections: dict[bytes, int] = {}
        self._polled: set[bytes] = set()
        self._lock = Lock()

    def enter(self, seat: bytes) -> None:
        """Count one more connection of a seat; the first one is written at once."""
        with self._lock:
            self._connections[seat] = self._connections.get(seat, 0) + 1
            first = self._connections[seat] == 1
        if first:
            self._write(seat, until=self._clock() + LAPSE_S)

    def leave(self, seat: bytes) -> None:
        """Count one connection less; after the last one the phone is asleep."""
        with self._lock:
            left = self._connections.get(seat, 1) - 1
            self._connections[seat] = left
            if left < 1:
                del self._connections[seat]
        if left < 1:
            self._write(seat, until=self._clock())

    def saw(self, seat: bytes) -> None:
        """Note a page without a socket; it counts as connected until it stops asking."""
        with self._lock:
            known = seat in self._polled or seat in self._connections
            self._polled.add(seat)
        if not known:
            self._write(seat, until=self._clock() + LAPSE_S)

    def refresh(self) -> None:
        """Say once more, for all seats of this process, that they are connected; due every `REFRESH_S`."""
        with self._lock:
            seats = [*self._connections, *self._polled]
            self._polled.clear()
        if seats:
            table = tables.presence
            mine = sa.and_(table.c.process == self._process, table.c.seat_hash.in_(seats))
            with self._database.write() as tx:
                tx.execute(table.update().where(mine).values(until=self._clock() + LAPSE_S))

    def phones(self, tx: Transaction, room_id: RoomId) -> tuple[Phone, ...]:
        """List the phones that are here: connected now or within `HERE_S`, not gone, not just listening."""
        now = self._clock()
        until = sa.func.max(tables.presence.c.until)
        query = (
            sa.select(tables.seat.c.ref, until.label("until"))
            .join(tables.presence, tables.presence.c.seat_hash == tables.seat.c.hash)
            .where(tables.seat.c.room_id == room_id, tables.seat.c.gone.is_(None))
            .where(sa.not_(tables.seat.c.listening))
            .group_by(tables.seat.c.ref)
            .having(until > now - HERE_S)
            .order_by(tables.seat.c.ref)
        )
        return tuple(Phone(row.ref, row.until > now) for row in tx.execute(query))

    def _write(self, seat: bytes, *, until: float) -> None:
        row = {"seat_hash": seat, "process": self._process, "until": until}
        with self._database.write() as tx:
            if tx.scalar(sa.select(tables.seat.c.hash).where(tables.seat.c.hash == seat)):
                upsert(tx, tables.presence, row)

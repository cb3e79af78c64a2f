"""Who is connected now: counted per seat, alive across processes, with no ghosts when one is killed."""

import random
from collections.abc import Callable
from threading import Lock

import sqlalchemy as sa

from facilitator.core.pulse import Phone
from facilitator.core.room import RoomId
from facilitator.storage import seats, tables
from facilitator.storage.database import Database, Transaction

REFRESH_S = 15.0
LAPSE_S = 40.0
SKEW_S = 60.0  # how far the clocks of two processes may differ
HERE_S = 600.0
POLLED_S = (300.0, 600.0)

_dice = random.SystemRandom()


_until = sa.func.max(tables.presence.c.until)
_HERE = (
    sa.select(tables.seat.c.ref, _until.label("until"))
    .join(tables.presence, tables.presence.c.seat_hash == tables.seat.c.hash)
    .where(tables.seat.c.room_id == sa.bindparam("room_id"), tables.seat.c.gone.is_(None))
    .where(sa.not_(tables.seat.c.listening))
    # A row that no clock can have written was written before the clock was set back.
    .where(tables.presence.c.until <= sa.bindparam("latest"))
    .group_by(tables.seat.c.ref)
    .having(_until > sa.bindparam("last"))
    .order_by(tables.seat.c.ref)
)


class Presence:
    """This process's part of presence: which seats its connections belong to.

    Rows are written on a beat, all at once and all alike. Written when a phone wakes or asks for a page, they
    would tell in which order people were busy, and envelopes lie in the order in which people sent.
    """

    def __init__(self, database: Database, *, process: str, clock: Callable[[], float]) -> None:
        self._database = database
        self._process = process
        self._clock = clock
        self._connections: dict[bytes, int] = {}
        self._polled: dict[bytes, float] = {}
        self._pages: dict[bytes, float] = {}
        self._lock = Lock()

    def joined(self, tx: Transaction, seat: bytes) -> None:
        """Count a new seat as connected from the start."""
        self.saw(seat)
        row = {"seat_hash": seat, "process": self._process, "until": self._clock() + LAPSE_S}
        tx.execute(tables.presence.insert().values(**row))

    def enter(self, seat: bytes) -> None:
        """Count one more connection of a seat."""
        with self._lock:
            self._pages.pop(seat, None)
            self._connections[seat] = self._connections.get(seat, 0) + 1

    def leave(self, seat: bytes) -> None:
        """Count one connection less; some time after the last one the phone is asleep."""
        with self._lock:
            left = self._connections.pop(seat, 1) - 1
            if left > 0:
                self._connections[seat] = left

    def saw(self, seat: bytes) -> None:
        """Note a page, which counts as connected to the end of its room unless it turns out to have a script.

        A phone without a script asks only when it sends, and must not be told by when it falls asleep.
        """
        with self._lock:
            if seat not in self._connections:
                self._pages.setdefault(seat, self._clock())

    def asked(self, seat: bytes) -> None:
        """Note a page whose script asks every few seconds; some minutes after the last time it is asleep."""
        with self._lock:
            self._pages.pop(seat, None)
            self._polled[seat] = self._clock() + _dice.uniform(*POLLED_S)

    def refresh(self) -> None:
        """Say once more, for all seats of this process, that they are connected; due every `REFRESH_S`."""
        now = self._clock()
        with self._lock:
            connected = set(self._connections)
            self._polled = {seat: until for seat, until in self._polled.items() if until > now}
            polled, pages = set(self._polled), dict(self._pages)
        if not (connected or polled or pages):
            return
        with self._database.write() as tx:
            over = self._over(tx, pages, now=now)
            asking = (polled | pages.keys() - over) - connected
            self._write(tx, connected | asking, until=now + LAPSE_S)
            self._take_over(tx, connected, asking, now=now)
        with self._lock:
            for seat in over:
                self._pages.pop(seat, None)

    def phones(self, tx: Transaction, room_id: RoomId) -> tuple[Phone, ...]:
        """List the phones that are here: connected now or within `HERE_S`, not gone, not just listening."""
        now = self._clock()
        asked = {"room_id": room_id, "latest": now + LAPSE_S + SKEW_S, "last": now - HERE_S}
        return tuple(Phone(row.ref, row.until > now) for row in tx.execute(_HERE, asked))

    def _write(self, tx: Transaction, seats: set[bytes], *, until: float) -> None:
        table = tables.presence
        mine = sa.and_(table.c.process == self._process, table.c.seat_hash.in_(seats))
        tx.execute(table.update().where(mine).values(until=until))

    def _over(self, tx: Transaction, pages: dict[bytes, float], *, now: float) -> set[bytes]:
        """Find the pages that are no more, and those that turn out to have a script, at another process."""
        # Until then a process that was killed still seems to speak for its phones.
        old = [seat for seat, since in pages.items() if since < now - LAPSE_S]
        table = tables.presence
        others = sa.and_(table.c.process != self._process, table.c.until > now)
        spoken_for = sa.select(table.c.seat_hash).where(table.c.seat_hash.in_(old), others)
        return seats.gone(tx, list(pages)) | set(tx.scalars(spoken_for))

    def _take_over(self, tx: Transaction, connected: set[bytes], polled: set[bytes], *, now: float) -> None:
        """Begin to speak for seats that another process let in.

        A page that only asks stays with that one as long as it lives: a phone without a script may ask
        another process for the first time when it sends.
        """
        table = tables.presence
        mine = set(tx.scalars(sa.select(table.c.seat_hash).where(table.c.process == self._process)))
        others = sa.select(table.c.seat_hash).where(table.c.seat_hash.in_(polled - mine), table.c.until > now)
        wanted = (connected | polled - set(tx.scalars(others))) - mine
        # A room may have ended since, and must not end while this is written.
        seat = tables.seat.c.hash
        hashes = sa.select(seat).where(seat.in_(wanted)).order_by(seat)
        fresh = hashes.with_for_update(read=True, key_share=True)
        rows = [
            {"seat_hash": seat, "process": self._process, "until": now + LAPSE_S}
            for seat in sorted(tx.scalars(fresh))
        ]
        if rows:
            tx.execute(table.insert(), rows)

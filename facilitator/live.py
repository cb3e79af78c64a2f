"""How a room changes: lock, load, change, save, commit, publish. No Flask, no sockets."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import token_urlsafe

from facilitator.core import room as core
from facilitator.core.codes import make_code
from facilitator.core.errors import Stale, WrongPhase
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Round, RoundId
from facilitator.core.screen import Where
from facilitator.core.views import Library
from facilitator.core.vignette import Prompt, Vignette, VignetteId
from facilitator.presence import Presence
from facilitator.storage import endings, pulses, rooms
from facilitator.storage.database import Database, Transaction
from facilitator.storage.keys import Keys
from facilitator.storage.rooms import LiveRoom, RoomRecord
from facilitator.storage.rotation import Renewal

LONGEST_ROOM_S = 12 * 3600
LONGEST_PRACTICE_S = 3600
WORD_S = 5.0
WORD_JITTER_S = 2.0

Publish = Callable[[LiveRoom], None]
Change = Callable[[Transaction, Room], Room]

_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a console saw when it asked: the version, the round it meant, and an id of the asking."""

    version: int
    round: RoundId | None = None
    op: str = ""


class Live:
    """The live service. `publish` is told of every change after it is committed."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        library: Library,
        presence: Presence,
        *,
        publish: Publish,
        clock: Callable[[], float],
        year: Callable[[], int],
    ) -> None:
        self.database = database
        self.keys = keys
        self.library = library
        self.presence = presence
        self.publish = publish
        self.clock = clock
        self.renewal = Renewal(database, keys)
        self._year = year

    def make_room(
        self, therapist_id: str, planned: VignetteId, where: Where = Where.WALL, *, practice: bool = False
    ) -> RoomRecord:
        """Make a room in its lobby; in a practice room the members are pretend, and it ends sooner.

        Raises `WrongPhase` for a vignette that does not exist.
        """
        self.vignette(planned)
        room_id = RoomId(rooms.new_id())
        code, screen = make_code(_dice.choice), token_urlsafe(24)
        record = RoomRecord(room_id, code, therapist_id, screen, planned, where, practice)
        with self.database.write() as tx:
            until = self.clock() + (LONGEST_PRACTICE_S if practice else LONGEST_ROOM_S)
            rooms.add(tx, self.keys, Room(room_id, record.code), record, until=until)
            pulses.begin(tx, room_id)
        return record

    def change(self, room_id: RoomId, seen: Seen, change: Change) -> LiveRoom:
        """Apply one command. A repeated `op` and a change of nothing have no effect and publish nothing.

        Raises `Stale` when the asker saw another version or round, and whatever `change` refuses.
        """
        with self.database.write() as tx:
            before = rooms.lock(tx, self.keys, room_id)
            after = before if _repeats(seen, before) else self._apply(tx, before, seen, change)
            now = self.live_room(tx, after)
        if after is not before:
            self.publish(now)
        return now

    def end(self, room_id: RoomId, seen: Seen | None = None) -> str | None:
        """End a room, destroy its keys and everything in it; return the id of its summary, if it has one.

        Without `seen` it is ended by the server itself, because nobody did.
        """
        with self.database.write() as tx:
            room = rooms.lock(tx, self.keys, room_id, guesses=False)
            if seen:
                _check(seen, room)
            ended = core.end(room)
            record = rooms.find(tx, id=room_id)
            pulse = pulses.load(tx, room_id, ())
            now, year = self.clock(), self._year()
            summary_id = endings.end(tx, self.keys, room, record, now=now, year=year)
        self.publish(LiveRoom(replace(ended, rounds=()), record, pulse))
        self.renewal.due = True
        if self.database.is_sqlite:
            # With the old key-encryption key, older copies of this room's wrapped keys die too.
            self.renewal.renew()
        return summary_id

    def vignette(self, vignette_id: VignetteId) -> Vignette:
        """Find a vignette. Raises `WrongPhase` if there is none of this name."""
        if vignette_id not in self.library:
            raise WrongPhase("There is no story of this name.")
        return self.library[vignette_id]

    def prompt(self, asked: Round) -> Prompt:
        """Find the prompt that a round asks."""
        return self.library[asked.vignette].prompt(asked.prompt)

    def load(self, room_id: RoomId) -> LiveRoom:
        """Load a room as it stands now. Raises `NoRoom`."""
        with self.database.read() as tx:
            return self.live_room(tx, rooms.load(tx, self.keys, room_id))

    def live_room(self, tx: Transaction, room: Room) -> LiveRoom:
        """Put a loaded room together with its record and its pulse."""
        pulse = pulses.load(tx, room.id, self.presence.phones(tx, room.id))
        return LiveRoom(room, rooms.find(tx, id=room.id), pulse)

    def _apply(self, tx: Transaction, before: Room, seen: Seen, change: Change) -> Room:
        _check(seen, before)
        after = change(tx, before)
        if after is before:
            return before
        after = replace(after, last_op=seen.op)
        rooms.save(tx, self.keys, before, after)
        return after


def next_word(now: float) -> float:
    """Say when the word of progress may move again, in seconds since 1970."""
    return now + WORD_S + _dice.uniform(0, WORD_JITTER_S)


def _repeats(seen: Seen, room: Room) -> bool:
    return bool(seen.op) and seen.op == room.last_op


def _check(seen: Seen, room: Room) -> None:
    now = room.round.id if room.round else None
    if seen.version != room.version or (seen.round is not None and seen.round != now):
        raise Stale()

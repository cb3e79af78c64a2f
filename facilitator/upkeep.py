"""What the server does by itself: move the pulse of rooms, and end those that nobody ended."""

import logging
import time
from collections.abc import Callable

from facilitator.core.errors import NoRoom
from facilitator.core.guess import progress
from facilitator.core.room import RoomId
from facilitator.core.round import Phase
from facilitator.live import Live, next_word
from facilitator.storage import endings, envelopes, pulses, rooms, seats
from facilitator.storage.keys import KeyGone, Tampered
from facilitator.storage.pulses import Signal
from facilitator.storage.rooms import LiveRoom

UNREADABLE = (KeyGone, Tampered)

log = logging.getLogger(__name__)


class Upkeep:
    """The chores of rooms, to be called again and again."""

    def __init__(self, live: Live, *, publish: Callable[[LiveRoom, bool], None]) -> None:
        self.live = live
        self.publish = publish
        self.database = live.database
        self.keys = live.keys
        self._passed_over: set[RoomId] = set()

    def tick(self) -> None:
        """Let the pulse of every room move whose time has come, and tell its console and screen."""
        with self.database.read() as tx:
            due = pulses.due(tx, self.live.clock())
        for room_id in due:
            try:
                moved = self._tick(room_id)
            except UNREADABLE:
                self._pass_over(room_id)
                continue
            if moved:
                self.publish(*moved)
            time.sleep(0)  # Who sends does not wait until fifty consoles are drawn.

    def purge(self) -> int:
        """End the rooms that nobody ended in `live.LONGEST_ROOM_S`; return how many there were."""
        now = self.live.clock()
        with self.database.write() as tx:
            late = rooms.overdue(tx, now)
            endings.forget_stubs(tx, now)
        for room_id in late:
            self.live.end(room_id)
        return len(late)

    def _pass_over(self, room_id: RoomId) -> None:
        """Leave a room to its end, and let no other one wait for it; the right key file may yet come back."""
        if room_id not in self._passed_over:
            self._passed_over.add(room_id)
            log.warning(
                "A room cannot be opened with the key file that is here. It ends when its hours are over."
            )

    def _tick(self, room_id: RoomId) -> tuple[LiveRoom, bool] | None:
        """Move a room's pulse; return the room and whether its word of progress moved, or None."""
        now = self.live.clock()
        with self.database.write() as tx:
            try:
                room = rooms.load(tx, self.keys, room_id)
                if room.phase is Phase.GUESSING:
                    # Closing waits: its envelopes and their key must not go away while they are counted.
                    room = rooms.lock_shared(tx, self.keys, room_id)
            except NoRoom:
                return None
            guessing = room.phase is Phase.GUESSING
            # The word is looked at on a beat of its own: were it looked at when a guess comes in,
            # a tap on a phone and a change on the wall would match by eye.
            if guessing and not pulses.win(tx, room_id, now=now, next_due=next_word(now)):
                return None
            now_sent = envelopes.sent(tx, self.keys, room.rounds[-1].id) if guessing else 0
            people = room.rounds[-1].people if guessing else 0
            found = pulses.Found(
                progress=progress(sent=now_sent, people=people),
                sent=now_sent if guessing and room.exact else None,
                slow_down=pulses.shows(tx, room_id, Signal.SLOW_DOWN, now),
                at_the_door=seats.someone_waits(tx, room_id),
                phones=self.live.presence.phones(tx, room_id),
                word=pulses.shows(tx, room_id, Signal.WORD, now),
            )
            word_moved = pulses.move(tx, room_id, found)
            if word_moved is None:
                return None
            return self.live.live_room(tx, rooms.load(tx, self.keys, room_id)), word_moved

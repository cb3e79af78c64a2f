"""Practice rooms: six pretend members for a therapist who tries it alone join, wait, guess and think again.

Nothing about them is kept. Who does what and when is drawn by dice that fall the same way whenever they are
thrown for the same room and round, so the same six carry on after a restart and in any number of processes.
"""

from collections.abc import Iterator, Mapping
from random import Random

from facilitator.core.errors import RoomError
from facilitator.core.guess import Envelope, Sent
from facilitator.core.options import read_options
from facilitator.core.room import Room
from facilitator.core.round import Phase, Round
from facilitator.core.vignette import Kind
from facilitator.live import LONGEST_PRACTICE_S
from facilitator.members import Members
from facilitator.presence import Presence
from facilitator.pretend import PEOPLE, Pool, Sending, guess, texts_about, think_again
from facilitator.storage import rooms
from facilitator.storage.pulses import Signal
from facilitator.storage.rooms import LiveRoom, RoomRecord
from facilitator.storage.seats import Seat, SeatToken

JOIN_S = 1.6  # from one to the next
SLOW_DOWN_S = 12.0  # after the very first opening
ASKING_S = 5.0


class Practice:
    """Lets the six live on. `pace` stretches all their times; with 0 they do not wait at all."""

    def __init__(self, members: Members, presence: Presence, pool: Pool, *, pace: float = 1.0) -> None:
        self.members = members
        self.live = members.live
        self.presence = presence
        self.pool = pool
        self.pace = pace

    def tick(self) -> None:
        """Let the six of every practice room do what is due; in a tick at most one of them sends."""
        now = self.live.clock()
        with self.live.database.read() as tx:
            found = rooms.practices(tx, now)
        for record, until in found:
            try:
                self._live_on(record, now=now, made=until - LONGEST_PRACTICE_S)
            except RoomError:
                # The therapist moved on in the same moment; people come too late now and then.
                continue

    def _live_on(self, record: RoomRecord, *, now: float, made: float) -> None:
        present = dict(self._arrived(record, now - made))
        for seat in present.values():
            self.presence.saw(seat.hash)
        here = self.live.load(record.id)
        opened = here.pulse.opened
        if here.room.phase is Phase.GUESSING and not here.room.stopped and opened is not None:
            self._take_part(here, present, since=now - opened)

    def _arrived(self, record: RoomRecord, age: float) -> Iterator[tuple[int, Seat]]:
        """Yield who is in the room, `age` seconds after it was made, and let in who comes just now."""
        for person in PEOPLE:
            if age < self.pace * JOIN_S * (person + self._dice(record.id, "join", person).random()):
                continue
            token = SeatToken(self._name(record.id, "seat", person))
            seat = self.members.seat(token)
            if seat is None and self.members.knock(record, token):
                seat = self.members.join(record, token, listening=False, token=token)
            if seat and not seat.gone:
                yield person, seat

    def _take_part(self, here: LiveRoom, present: Mapping[int, Seat], *, since: float) -> None:
        room, now = here.room, here.room.rounds[-1]
        self._perhaps_slow_down(room, present, since=since)
        for sending in self._plan(room, now):
            seat = present.get(sending.person)
            if seat and self.pace * sending.at <= since and self.members.own(seat, room).n < sending.n:
                op = self._name(now.id, "op", sending.person, sending.n)
                sent = Sent.GUESS if sending.text else Sent.PASS
                prompt = self.live.prompt(now)
                options = read_options(sending.text, prompt) if prompt.options else ()
                self.members.submit(seat, now.id, Envelope(op, sending.n, sent, sending.text, options))
                return

    def _perhaps_slow_down(self, room: Room, present: Mapping[int, Seat], *, since: float) -> None:
        # A wish merges with one that is shown already, so asking for some seconds is asking once.
        due = 0 <= since - self.pace * SLOW_DOWN_S < ASKING_S
        if due and len(room.rounds) == 1 and present:
            who = self._dice(room.id, "slow down").choice(sorted(present))
            self.members.signal(present[who], Signal.SLOW_DOWN)

    def _plan(self, room: Room, of: Round) -> list[Sending]:
        dice = self._dice(room.id, "plan", of.id)
        if not of.second_look:
            # With a pass there would be too few to show a therapist how choices are counted.
            return guess(self._texts(room, of), dice, passing=not self.live.prompt(of).options)
        first = [one for one in room.rounds[: room.rounds.index(of)] if not one.second_look][-1]
        return think_again(self._plan(room, first), self._texts(room, first), dice)

    def _texts(self, room: Room, of: Round) -> list[str]:
        """Return all that fits a round, in an order in which as little as may be comes twice in a room."""
        vignette = self.live.library[of.vignette]
        texts = texts_about(vignette, vignette.prompt(of.prompt), self.pool)
        kind = self._kind(of)
        self._dice(room.id, "texts", kind).shuffle(texts)
        before = room.rounds[: room.rounds.index(of)]
        asked = sum(self._kind(one) is kind for one in before if not one.second_look)
        used = len(PEOPLE) * asked % len(texts)
        return texts[used:] + texts[:used]

    def _kind(self, of: Round) -> Kind:
        return self.live.library[of.vignette].prompt(of.prompt).kind

    def _dice(self, *what: object) -> Random:
        return Random(self._name(*what))

    def _name(self, *what: object) -> str:
        """Return 128 bits, in hex, that are always the same for the same thing, and that nobody can guess."""
        return self.live.keys.mac(b"practice", *(str(one).encode() for one in what)).hex()[:32]

"""What members do in a room: join, send, pass, withdraw, slow down, ask for a word, leave. No Flask here."""

import random
from secrets import token_urlsafe

from facilitator.core.errors import Closed, NoRoom, Removed, WrongPhase
from facilitator.core.guess import Envelope, Sent
from facilitator.core.options import fit
from facilitator.core.room import Room
from facilitator.core.round import Phase, RoundId
from facilitator.core.views import Own
from facilitator.live import Live
from facilitator.storage import data_keys, envelopes, pulses, rooms, rounds, seats
from facilitator.storage.database import Transaction
from facilitator.storage.keys import KeyGone
from facilitator.storage.pulses import Signal
from facilitator.storage.rooms import RoomRecord
from facilitator.storage.seats import Gone, Seat, SeatToken
from facilitator.storage.together import Together

SIGNAL_DELAY_S = (1.0, 4.0)

_dice = random.SystemRandom()


class Members:
    """The members' side of the live service: nothing here raises a room's version or tells anybody."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.database = live.database
        self.keys = live.keys
        self._together = Together(live.database)

    def join(
        self,
        record: RoomRecord,
        waiting: SeatToken | None,
        *,
        listening: bool,
        token: SeatToken | None = None,
    ) -> Seat:
        """Make a seat, or find this phone's: by `token`, or else by the one that it has for the door.

        Two taps on "Join" come before either is answered, and must not make two people. Raises `NoRoom` when
        the room is locked and this phone was not admitted, `Removed` when it was taken out of the room.
        """
        token = token or self._token(record, waiting)
        with self.database.write() as tx:
            room = rooms.lock(tx, self.keys, record.id)
            taken = seats.find(tx, self.keys, token)
            if taken and taken.gone is None:
                return taken
            if taken and taken.gone is Gone.REMOVED:
                raise Removed()
            if taken:
                token = new_token()  # It left, and comes as somebody new.
            if room.locked and not seats.may_enter(tx, self.keys, room.id, waiting):
                raise NoRoom()
            seat = seats.take(tx, self.keys, room.id, token, listening=listening)
            self.live.presence.joined(tx, seat.hash)
            if room.phase is Phase.GUESSING and room.round and not listening:
                rounds.count_in(tx, room.round.id)
        return seat

    def take_part(self, seat: Seat) -> None:
        """Count in somebody who just listened and would like to guess after all; again changes nothing.

        Counted with a guess instead, they would make the word of progress tell whose guess is in.
        """
        with self.database.write() as tx:
            room = rooms.lock(tx, self.keys, seat.room_id)
            if seats.take_part(tx, seat) and room.phase is Phase.GUESSING and room.round:
                rounds.count_in(tx, room.round.id)

    def seat(self, token: SeatToken) -> Seat | None:
        """Find the seat that a token stands for."""
        with self.database.read() as tx:
            return seats.find(tx, self.keys, token)

    def knock(self, record: RoomRecord, waiting: SeatToken) -> bool:
        """Ask to be let in. True if the door is open to this phone; else the console is told."""
        with self.database.write() as tx:
            room = rooms.lock_shared(tx, self.keys, record.id)
            if not room.locked or seats.may_enter(tx, self.keys, room.id, waiting):
                return True
            seats.knock(tx, self.keys, room.id, waiting)
        return False

    def may_join(self, record: RoomRecord, waiting: SeatToken | None) -> bool:
        """Say whether the door is open to this phone."""
        with self.database.read() as tx:
            room = rooms.load(tx, self.keys, record.id)
            return not room.locked or seats.may_enter(tx, self.keys, room.id, waiting)

    def submit(self, seat: Seat, round_id: RoundId, sending: Envelope) -> tuple[Room, Envelope]:
        """Store a guess, pass or withdrawal durably, and return the room and what now stands.

        A retry after closing whose first copy was in is answered as if it were in time. Raises `Closed` when
        guessing of that round is over, `WrongPhase` when it has not begun or the seat just listens, and what
        `options.fit` refuses.
        """

        def submit(tx: Transaction) -> tuple[Room, Envelope]:
            return self._submit(tx, seat, round_id, sending)

        return self._together.write(submit)

    def own(self, seat: Seat, room: Room) -> Own:
        """Find what this phone sent in the present round, while it can still be changed."""
        if room.phase is not Phase.GUESSING or room.round is None:
            return Own()
        with self.database.read() as tx:
            try:
                return own_state(envelopes.own(tx, self.keys, room.round.id, seat.token))
            except KeyGone:
                return Own()  # It was closed since the room was loaded.

    def signal(self, seat: Seat, which: Signal) -> None:
        """Let the console be told, a little later, what someone would like; nothing says who."""
        now = self.live.clock()
        with self.database.write() as tx:
            pulses.signal(tx, seat.room_id, which, now=now, shown_from=_a_little_after(now))

    def leave(self, seat: Seat) -> None:
        """Empty a seat; a guess that was sent stays."""
        with self.database.write() as tx:
            seats.leave(tx, seat)

    def _token(self, record: RoomRecord, waiting: SeatToken | None) -> SeatToken:
        """Make a seat's token: for one phone at one door always the same, which nobody else can make."""
        if waiting is None:
            return new_token()
        return SeatToken(self.keys.mac(b"seat", record.id.encode(), waiting.encode()).hex())

    def _submit(
        self, tx: Transaction, seat: Seat, round_id: RoundId, sending: Envelope
    ) -> tuple[Room, Envelope]:
        # Whoever sends in the same transaction finds the same room: none of them changes it.
        once = self._together.once
        room = once(tx, rooms.lock_shared, self.keys, seat.room_id)
        if room.phase is Phase.GUESSING and room.rounds[-1].id == round_id:
            if seat.listening:
                raise WrongPhase("You said you just listen today. Tap “Guess after all” first.")
            fitting = fit(sending, self.live.prompt(room.rounds[-1]), sureness=room.asks_sureness)
            data_key = once(tx, data_keys.find, self.keys, f"round:{round_id}")
            return room, envelopes.put(tx, self.keys, data_key, round_id, seat.token, fitting)
        asked = next((one for one in room.rounds if one.id == round_id), None)
        if asked and envelopes.has_receipt(tx, self.keys, round_id, sending.op):
            stands = fit(sending, self.live.prompt(asked), sureness=room.asks_sureness)
            return rooms.load(tx, self.keys, room.id), stands
        if room.round and room.round.id == round_id and room.phase is Phase.READING:
            raise WrongPhase("Guessing has not begun yet. Your words stay on this phone.")
        raise Closed(_too_late(sending))


def new_token() -> SeatToken:
    """Make the token of a seat or of a place at the door (128 random bits)."""
    return SeatToken(token_urlsafe(16))


def own_state(envelope: Envelope | None) -> Own:
    """Turn what stands in an envelope into what its phone may show."""
    if envelope is None:
        return Own()
    return Own(envelope.sent, envelope.text, envelope.n, envelope.options, envelope.sure)


def _too_late(sending: Envelope) -> str | None:
    if sending.sent is Sent.GUESS and sending.n == 1:
        return None
    if sending.sent is Sent.GUESS:
        return (
            "This came in after guessing was closed. Only you can see it. "
            "If you sent a guess before, that one stays in."
        )
    return "Guessing is closed now. What was sent before stays in, without a name, and cannot be taken back."


def _a_little_after(now: float) -> float:
    """Return a moment (in seconds since 1970) at which a signal no longer matches a tap by eye."""
    return now + _dice.uniform(*SIGNAL_DELAY_S)

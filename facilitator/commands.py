"""What therapists do in a room, command by command. No Flask here."""

import random
from collections.abc import Callable

from facilitator.core import room as core
from facilitator.core.errors import Stale, WrongPhase
from facilitator.core.guess import Envelope, Guess, Sent, clean, shuffle_pile, texts_of
from facilitator.core.options import fit, read_options
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Phase, Round, RoundId
from facilitator.core.screen import Where
from facilitator.core.spread import Spread, spread_of
from facilitator.core.vignette import PromptId, Vignette, VignetteId
from facilitator.live import Live, Seen, next_word
from facilitator.storage import envelopes, pulses, rooms, seats
from facilitator.storage.database import Transaction
from facilitator.storage.rooms import LiveRoom

BACK_S = 12.0  # the ten seconds that a console offers it, and the time of an answer and a press on their way

_dice = random.SystemRandom()


class Commands:
    """The therapists' side of the live service. Each raises what `Live.change` and `core.room` refuse."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.database = live.database
        self.keys = live.keys

    def start(self, room_id: RoomId, seen: Seen, vignette: VignetteId) -> LiveRoom:
        """Begin a vignette."""
        story = self.live.vignette(vignette)
        return self.live.change(room_id, seen, lambda tx, room: core.start(room, story, new_round_id()))

    def ask(self, room_id: RoomId, seen: Seen, prompt: PromptId) -> LiveRoom:
        """Ask another prompt of the present vignette."""
        return self.live.change(
            room_id, seen, lambda tx, room: core.ask(room, self._story(room), prompt, new_round_id())
        )

    def next_stage(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Open the vignette's next part."""
        return self.live.change(
            room_id, seen, lambda tx, room: core.next_stage(room, self._story(room), new_round_id())
        )

    def open_guessing(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Let guesses come in."""
        return self._guessing(room_id, seen, lambda room, people: core.open_guessing(room, people=people))

    def second_look(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Ask the same prompt again, open at once."""
        return self._guessing(
            room_id, seen, lambda room, people: core.second_look(room, new_round_id(), people=people)
        )

    def close(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Close guessing: the envelopes are opened and burnt, and a shuffled pile stays."""

        def close(tx: Transaction, room: Room) -> Room:
            return core.close(room, *self._open_envelopes(tx, core.round_for(room, "close")))

        now = self.live.change(room_id, seen, close)
        # Deleted rows lie on in write-ahead logs and on disks, in the order of sending.
        self.live.renewal.due = True
        return now

    def back(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Take the last step back; an opening only at once, and while nobody has guessed."""
        return self.live.change(
            room_id, seen, lambda tx, room: core.back(room, under_way=self._under_way(tx, room))
        )

    def admit(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Let in everyone who waits at the door."""
        return self._tend(room_id, seen, "admit", lambda tx: seats.admit(tx, room_id))

    def not_now(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Let those who wait at the door wait on."""
        return self._tend(room_id, seen, "not-now", lambda tx: seats.put_off(tx, room_id))

    def add_guess(self, room_id: RoomId, seen: Seen, text: str) -> LiveRoom:
        """Put a guess that somebody said or wrote on paper into the same shuffle as all others.

        Like a submit it changes no room and tells nobody. Where the prompt has options, `text` names them.
        Raises `EmptyText`, `TooLong`, `TooMany`, `BadForm` for the text, `WrongPhase` when guessing is not
        open, `Stale` for another round.
        """
        cleaned = clean(text)
        with self.database.write() as tx:
            room = rooms.lock_shared(tx, self.keys, room_id)
            now = core.round_for(room, "add-guess")
            if seen.round is not None and seen.round != now.id:
                raise Stale()
            prompt = self.live.prompt(now)
            options = read_options(cleaned, prompt) if prompt.options else ()
            said = Envelope(seen.op or rooms.new_id(), 1, Sent.HAND, cleaned, options)
            envelopes.put_by_hand(tx, self.keys, now.id, fit(said, prompt, sureness=False))
            return self.live.live_room(tx, room)

    def remove(self, room_id: RoomId, seen: Seen, ref: str) -> LiveRoom:
        """Take a phone out of the room, by phone and never by guess; what it sent stays."""
        return self._tend(room_id, seen, "remove", lambda tx: seats.remove(tx, room_id, ref))

    def use(self, room_id: RoomId, seen: Seen, where: Where) -> LiveRoom:
        """Let people look somewhere else from now on, as at a shared screen after all."""
        return self._tend(room_id, seen, "use", lambda tx: rooms.use(tx, room_id, where))

    def _tend(self, room_id: RoomId, seen: Seen, verb: str, do: Callable[[Transaction], bool]) -> LiveRoom:
        """Change what is kept beside the room's value and is shown with it; `do` says whether it did."""

        def change(tx: Transaction, room: Room) -> Room:
            after = core.touch(room, verb)
            return after if do(tx) else room

        return self.live.change(room_id, seen, change)

    def _guessing(self, room_id: RoomId, seen: Seen, begin: Callable[[Room, int], Room]) -> LiveRoom:
        def change(tx: Transaction, room: Room) -> Room:
            after = begin(room, len(self.live.presence.phones(tx, room.id)))
            now = self.live.clock()
            pulses.opened(tx, room.id, now=now, next_due=next_word(now))
            return after

        return self.live.change(room_id, seen, change)

    def _under_way(self, tx: Transaction, room: Room) -> bool:
        """Say whether an opening can no longer be taken back; later it never can, or trying would tell."""
        if room.round is None or room.phase is not Phase.GUESSING:
            return False
        since = pulses.load(tx, room.id, ()).opened or 0.0
        return self.live.clock() - since > BACK_S or envelopes.count(tx, room.round.id) > 0

    def _open_envelopes(self, tx: Transaction, now: Round) -> tuple[tuple[Guess, ...], Spread | None]:
        opened = envelopes.open_all(tx, self.keys, now.id)
        pile = shuffle_pile(texts_of(opened), shuffle=_dice.shuffle, new_id=rooms.new_id)
        return pile, spread_of(opened, self.live.prompt(now))

    def _story(self, room: Room) -> Vignette:
        if room.round is None:
            raise WrongPhase()
        return self.live.library[room.round.vignette]


def new_round_id() -> RoundId:
    """Make the id of a new round."""
    return RoundId(rooms.new_id())

"""What therapists do in a room: lock, load, change, save, commit, publish. No Flask, no sockets."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import token_urlsafe

from facilitator.core import room as core
from facilitator.core.codes import make_code
from facilitator.core.errors import Stale, WrongPhase
from facilitator.core.guess import Envelope, Guess, Sent, clean, shuffle_pile, texts_of
from facilitator.core.options import fit, read_options
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Phase, Round, RoundId
from facilitator.core.screen import Where
from facilitator.core.spread import Spread, spread_of
from facilitator.core.views import Library
from facilitator.core.vignette import Prompt, PromptId, Vignette, VignetteId
from facilitator.presence import Presence
from facilitator.storage import endings, envelopes, pulses, rooms, seats
from facilitator.storage.database import Database, Transaction
from facilitator.storage.keys import Keys
from facilitator.storage.rooms import LiveRoom, RoomRecord
from facilitator.storage.rotation import rotate_keys

LONGEST_ROOM_S = 12 * 3600
LONGEST_PRACTICE_S = 3600
WORD_S = 5.0
WORD_JITTER_S = 2.0
BACK_S = 12.0  # the ten seconds that a console offers it, and the time of an answer and a press on their way

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
        # What was there before the last start may have been closed without a rotation.
        self.rotation_due = True
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

    def start(self, room_id: RoomId, seen: Seen, vignette: VignetteId) -> LiveRoom:
        """Begin a vignette."""
        story = self.vignette(vignette)
        return self.change(room_id, seen, lambda tx, room: core.start(room, story, new_round_id()))

    def ask(self, room_id: RoomId, seen: Seen, prompt: PromptId) -> LiveRoom:
        """Ask another prompt of the present vignette."""
        return self.change(
            room_id, seen, lambda tx, room: core.ask(room, self._story(room), prompt, new_round_id())
        )

    def next_stage(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Open the vignette's next part."""
        return self.change(
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

        now = self.change(room_id, seen, close)
        # Deleted rows lie on in write-ahead logs and on disks, in the order of sending.
        self.rotation_due = True
        return now

    def back(self, room_id: RoomId, seen: Seen) -> LiveRoom:
        """Take the last step back; an opening only at once, and while nobody has guessed."""
        return self.change(
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
            prompt = self.prompt(now)
            options = read_options(cleaned, prompt) if prompt.options else ()
            said = Envelope(seen.op or rooms.new_id(), 1, Sent.HAND, cleaned, options)
            envelopes.put_by_hand(tx, self.keys, now.id, fit(said, prompt, sureness=False))
            return self.live_room(tx, room)

    def remove(self, room_id: RoomId, seen: Seen, ref: str) -> LiveRoom:
        """Take a phone out of the room, by phone and never by guess; what it sent stays."""
        return self._tend(room_id, seen, "remove", lambda tx: seats.remove(tx, room_id, ref))

    def use(self, room_id: RoomId, seen: Seen, where: Where) -> LiveRoom:
        """Let people look somewhere else from now on, as at a shared screen after all."""
        return self._tend(room_id, seen, "use", lambda tx: rooms.use(tx, room_id, where))

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
        self.rotation_due = True
        if self.database.is_sqlite:
            # With the old key-encryption key, older copies of this room's wrapped keys die too.
            self.renew_keys()
        return summary_id

    def renew_keys(self) -> None:
        """Rotate the keys if a round was closed or a room ended since, so that no leftover can be opened."""
        if self.rotation_due:
            self.rotation_due = False
            try:
                rotate_keys(self.database, self.keys)
            except Exception:
                self.rotation_due = True
                raise

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

    def _tend(self, room_id: RoomId, seen: Seen, verb: str, do: Callable[[Transaction], bool]) -> LiveRoom:
        """Change what is kept beside the room's value and is shown with it; `do` says whether it did."""

        def change(tx: Transaction, room: Room) -> Room:
            after = core.touch(room, verb)
            return after if do(tx) else room

        return self.change(room_id, seen, change)

    def _guessing(self, room_id: RoomId, seen: Seen, begin: Callable[[Room, int], Room]) -> LiveRoom:
        def change(tx: Transaction, room: Room) -> Room:
            after = begin(room, len(self.presence.phones(tx, room.id)))
            now = self.clock()
            pulses.opened(tx, room.id, now=now, next_due=next_word(now))
            return after

        return self.change(room_id, seen, change)

    def _under_way(self, tx: Transaction, room: Room) -> bool:
        """Say whether an opening can no longer be taken back; later it never can, or trying would tell."""
        if room.round is None or room.phase is not Phase.GUESSING:
            return False
        since = pulses.load(tx, room.id, ()).opened or 0.0
        return self.clock() - since > BACK_S or envelopes.count(tx, room.round.id) > 0

    def _open_envelopes(self, tx: Transaction, now: Round) -> tuple[tuple[Guess, ...], Spread | None]:
        opened = envelopes.open_all(tx, self.keys, now.id)
        pile = shuffle_pile(texts_of(opened), shuffle=_dice.shuffle, new_id=rooms.new_id)
        return pile, spread_of(opened, self.prompt(now))

    def _story(self, room: Room) -> Vignette:
        if room.round is None:
            raise WrongPhase()
        return self.library[room.round.vignette]


def next_word(now: float) -> float:
    """Say when the word of progress may move again, in seconds since 1970."""
    return now + WORD_S + _dice.uniform(0, WORD_JITTER_S)


def new_round_id() -> RoundId:
    """Make the id of a new round."""
    return RoundId(rooms.new_id())


def _repeats(seen: Seen, room: Room) -> bool:
    return bool(seen.op) and seen.op == room.last_op


def _check(seen: Seen, room: Room) -> None:
    now = room.round.id if room.round else None
    if seen.version != room.version or (seen.round is not None and seen.round != now):
        raise Stale()

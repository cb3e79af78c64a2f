"""With the same texts and permuted authors, everything that every other viewer receives is the same (L3).

Ids may differ, and orders that were drawn by chance; a phone is known by its number in the order of joining.
"""

import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, is_dataclass, replace
from typing import Any

import pytest

from facilitator import commands as commands_module
from facilitator import live as live_module
from facilitator import members as members_module
from facilitator import upkeep as upkeep_module
from facilitator.core import room as core
from facilitator.core.codes import make_code
from facilitator.core.guess import Envelope, Sent
from facilitator.core.pulse import Phone
from facilitator.core.room import Room
from facilitator.core.round import Phase, RoundId
from facilitator.core.views import member_view, screen_view, therapist_view
from facilitator.core.vignette import PromptId, VignetteId
from facilitator.live import Seen
from facilitator.presence import Presence
from facilitator.services import Services
from facilitator.storage import database, envelopes, rotation, tables, therapists
from facilitator.storage.rooms import LiveRoom
from facilitator.storage.seats import Seat
from tests.conftest import PASSWORD_HASH

# `make attack` plays 500.
SEEDS = int(os.environ.get("PERHAPS_SEEDS", "60"))
DRAWN = 10  # every so many seeds the pages are drawn as well, and not only their views built
PEOPLE = 5
CHOOSING, OPTIONS = PromptId("feelings"), 8
KINDS = {Sent.GUESS: 8, Sent.PASS: 1, Sent.WITHDRAWN: 1}
_ID = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass
class Play:
    """One room from start to end; `author` says which seat speaks with which voice."""

    here: Services
    therapist: str
    seed: int
    author: list[int]
    drawn: bool
    clock: Callable[[float], None]

    def transcript(self) -> list[Any]:
        """Play it and return all that viewers received who wrote nothing themselves."""
        self.heard: list[Any] = []
        self.dice = random.Random(self.seed)
        live_module.make_code = lambda choice: make_code(random.Random(self.seed).choice)
        # Drawn by chance too, and what the console suggests saying hangs on it.
        rounds = random.Random(self.seed)
        commands_module.new_round_id = lambda: RoundId(f"{rounds.getrandbits(128):032x}")
        self.here.live.publish = self.here.upkeep.publish = self._hear
        self.record = self.here.live.make_room(self.therapist, VignetteId("waving"))
        # One of them just listened at first, and one does to the end.
        self.seats = [self._joins(listening=one == 0) for one in range(PEOPLE)]
        self._joins(listening=True)
        self._does(self.here.commands.start, VignetteId("waving"))
        self._round(self.here.commands.open_guessing)
        if self.here.live.load(self.record.id).room.phase is Phase.REVEALED:
            self._round(self.here.commands.second_look)  # Else nobody guessed.
        self._change(lambda room: core.ask_sureness(room, asked=True))
        self._does(self.here.commands.ask, CHOOSING)
        self._round(self.here.commands.open_guessing)
        self.here.live.end(self.record.id)
        return self.heard

    def _joins(self, *, listening: bool) -> Seat:
        return self.here.members.join(self.record, None, listening=listening)

    def _round(self, begin: Callable[..., LiveRoom]) -> None:
        now = self._does(begin)
        self.here.members.take_part(self.seats[0])
        self.seats[0] = replace(self.seats[0], listening=False)
        steps = [(voice, n) for voice in range(PEOPLE) for n in range(self.dice.randint(0, 2))]
        self.dice.shuffle(steps)
        for number, (voice, _) in enumerate(steps, start=1):
            kind = self.dice.choices([*KINDS], KINDS.values())[0]
            op, sure = f"{self.dice.getrandbits(128):032x}", self.dice.choice((None, 0, 1, 2, 3))
            text, options = f"words {self.seed} {number}", ()
            if now.room.rounds[-1].prompt == CHOOSING:
                text, options = "", tuple(self.dice.sample(range(OPTIONS), 2))
            sending = Envelope(op, number, kind, text, options, sure)
            seat = self.seats[self.author[voice]]
            self.here.members.submit(seat, now.room.rounds[-1].id, sending)
            self._look_around()
        self._does(self.here.commands.close)
        self._change(core.look_first)
        self._change(lambda room: core.reveal(room, anyway=True) if room.rounds[-1].can_be_shown else room)
        self._look_around()

    def _does(self, command: Callable[..., LiveRoom], *more: Any) -> LiveRoom:
        version = self.here.live.load(self.record.id).room.version
        return command(self.record.id, Seen(version), *more)

    def _change(self, change: Callable[[Room], Room]) -> None:
        self._does(lambda room_id, seen: self.here.live.change(room_id, seen, lambda tx, room: change(room)))

    def _look_around(self) -> None:
        """Everybody asks again, and the beat of the pulse comes."""
        self.clock(7.5)
        self.here.upkeep.tick()
        self._hear(self.here.live.load(self.record.id))

    def _hear(self, now: LiveRoom, word_moved: bool = True) -> None:
        library = self.here.library
        views = [
            member_view(now.room, library),
            screen_view(now.room, library, now.pulse),
            *(therapist_view(now.room, library, now.pulse, look=look) for look in (False, True)),
        ]
        self.heard.append([word_moved, *(self._plain(view) for view in views)])
        if self.drawn:
            snapshots = self.here.snapshots
            drawn = (snapshots.member(now.room), snapshots.screen(now), snapshots.therapist(now, look=True))
            self.heard.append([sorted(self._pieces(one.as_json())) for one in drawn])

    def _pieces(self, snapshot: dict[str, Any]) -> Iterator[str]:
        """A page cut into its list items: their order may be one drawn by chance."""
        for name, region in snapshot["regions"].items():
            yield from (f"{name} {piece}" for piece in re.split("</?li", self._named(region["html"])))

    def _plain(self, value: Any) -> Any:
        """A view without ids, and with its lists in an order of their own."""
        if is_dataclass(value) and not isinstance(value, type):
            value = asdict(value)
        if isinstance(value, dict):
            return {key: self._plain(one) for key, one in value.items()}
        if isinstance(value, tuple | list | set | frozenset):
            return sorted((self._plain(one) for one in value), key=repr)
        return self._named(value) if isinstance(value, str) else value

    def _named(self, text: str) -> str:
        for number, seat in enumerate(self.seats if hasattr(self, "seats") else []):
            text = text.replace(seat.ref, f"phone {number}")
        return _ID.sub("id", text.replace(self.record.screen_token, "screen"))


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk, and no jitter that would differ between two plays."""
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "synchronous=OFF"))
    monkeypatch.setattr(live_module, "make_code", make_code)
    monkeypatch.setattr(commands_module, "new_round_id", commands_module.new_round_id)
    for module in (commands_module, upkeep_module):
        monkeypatch.setattr(module, "next_word", lambda now: now + 5)
    monkeypatch.setattr(rotation, "rotate_keys", lambda *_: None)


def differing(here: Services, seeds: range) -> Iterator[int]:
    """Play each seed twice, with the authors changed round, and find those that can be told apart."""
    with here.database.write() as tx:
        therapist = therapists.add(tx, "ada@clinic.example", PASSWORD_HASH).id
    moment = [1_900_000_000.0]

    def pass_time(seconds: float) -> None:
        moment[0] += seconds

    here.live.clock = here.presence._clock = lambda: moment[0]
    for seed in seeds:
        author = list(range(PEOPLE))
        plays = []
        for _ in range(2):
            moment[0] = 1_900_000_000.0 + seed * 100_000
            play = Play(here, therapist, seed, [*author], seed % DRAWN == 0, pass_time)
            plays.append(play.transcript())
            random.Random(-seed).shuffle(author)
        if plays[0] != plays[1]:
            yield seed


@pytest.mark.timeout(300 + 15 * SEEDS)
def test_nobody_can_tell_one_order_of_authors_from_another(here: Services) -> None:
    assert list(differing(here, range(SEEDS))) == []


def test_a_phone_that_looks_busy_when_it_sent_is_noticed(
    here: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: set[str] = set()
    submit, phones = members_module.Members.submit, Presence.phones

    def noting(self: Any, seat: Seat, *rest: Any) -> Any:
        busy.add(seat.ref)
        return submit(self, seat, *rest)

    def showing(self: Any, *rest: Any) -> tuple[Phone, ...]:
        return tuple(replace(one, awake=one.seat in busy) for one in phones(self, *rest))

    monkeypatch.setattr(members_module.Members, "submit", noting)
    monkeypatch.setattr(Presence, "phones", showing)
    assert any(differing(here, range(1, 33)))


def test_a_word_of_progress_that_waits_for_one_seat_is_noticed(
    here: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, seen = members_module.Members.submit, defaultdict(list)

    def noting(self: Any, seat: Seat, round_id: Any, sending: Envelope) -> Any:
        seen[seat.room_id].append(seat.ref)
        found = submit(self, seat, round_id, sending)
        if seat.ref == min(seen[seat.room_id]):
            self.live.publish(self.live.load(seat.room_id))
        return found

    monkeypatch.setattr(members_module.Members, "submit", noting)
    assert any(differing(here, range(1, 33)))


def test_a_word_of_progress_that_leaves_out_whoever_just_listened_is_noticed(
    here: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet: set[str] = set()
    submit = members_module.Members.submit
    read_all = envelopes._read_all
    ops: set[str] = set()

    def counting_nobody_in(self: Any, seat: Seat) -> None:
        quiet.add(seat.ref)
        with self.database.write() as tx:
            tx.execute(tables.seat.update().where(tables.seat.c.ref == seat.ref).values(listening=False))

    def noting(self: Any, seat: Seat, round_id: Any, sending: Envelope) -> Any:
        if seat.ref in quiet:
            ops.add(sending.op)
        return submit(self, seat, round_id, sending)

    def without_those(*asked: Any) -> list[Envelope]:
        return [one for one in read_all(*asked) if one.op not in ops]

    monkeypatch.setattr(members_module.Members, "take_part", counting_nobody_in)
    monkeypatch.setattr(members_module.Members, "submit", noting)
    monkeypatch.setattr(envelopes, "sent", lambda *asked: len(without_those(*asked)))
    assert any(differing(here, range(1, 33)))

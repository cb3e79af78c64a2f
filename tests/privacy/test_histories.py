"""A thousand random rooms: no text is in anybody's view, or on anybody's page, too early."""

import os
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from facilitator.core import room as core
from facilitator.core import round_view as round_views
from facilitator.core import views
from facilitator.core.codes import Code
from facilitator.core.errors import RoomError
from facilitator.core.guess import Envelope, GuessId, Sent, shuffle_pile, succeed, texts_of
from facilitator.core.pulse import Pulse
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Phase, Round, RoundId
from facilitator.core.views import Own
from facilitator.core.vignette import VignetteId
from facilitator.snapshots import Snapshots
from facilitator.storage.rooms import LiveRoom, RoomRecord
from facilitator.storage.vignettes import load_shipped
from tests.privacy.opened import shown, unfolded, with_empty_ones

HISTORIES = int(os.environ.get("PERHAPS_HISTORIES", "1000"))
DRAWN = 25  # every so many histories the pages are drawn as well, and not only their views built
STEPS = 60
SEATS = range(4)
BY_HAND = 4  # The envelopes that the therapist adds are nobody's,
NOBODY = -1  # and so are the names of clusters.
KINDS = {Sent.GUESS: 6, Sent.PASS: 1, Sent.WITHDRAWN: 1}
LIBRARY = load_shipped()
SNAPSHOTS = Snapshots(LIBRARY, "http://localhost:8000")
FORWARD = ["start", "open", "open", "close", "close", "reveal", "reveal", "second-look"] * 3
FORWARD += ["cluster", "name-cluster"] * 8


class History:
    """A room and its envelopes, and what everybody hears of them after every step."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.drawn = seed % DRAWN == 0
        self.room = Room(RoomId("room"), Code("BCDFGHJK"))
        self.envelopes: dict[int, Envelope] = {}
        self.canaries: dict[str, int] = {}
        self.revealed = self.named = 0

    def play(self) -> "History":
        for step in range(STEPS):
            before, sent = self.room, {**self.envelopes}
            if self.dice.random() < 0.5 and self.room.phase is Phase.GUESSING:
                self._send(step)
            else:
                self._command(step)
            # A refusal changes nothing that could be heard.
            if self.room is not before or self.envelopes != sent:
                self._listen(before)
        return self

    def _send(self, step: int) -> None:
        seat = self.dice.choice([*SEATS, BY_HAND])
        kind = Sent.HAND if seat == BY_HAND else self.dice.choices([*KINDS], KINDS.values())[0]
        # Each that is added by hand has an envelope of its own.
        seat += step if kind is Sent.HAND else 0
        text = f"canary{self.dice.getrandbits(64):016x}" if kind in (Sent.GUESS, Sent.HAND) else ""
        if text:
            self.canaries[text] = seat
        new = Envelope(f"op {step}", step + 1, kind, text)
        self.envelopes[seat] = succeed(self.envelopes.get(seat), new)

    def _command(self, step: int) -> None:
        verb = self.dice.choice([*VERBS, *(one for one in FORWARD if self.room.can(one))])
        if self.room.stopped and self.dice.random() < 0.7:
            verb = "resume"
        try:
            after = VERBS[verb](self, RoundId(f"round {step}"))
        except RoomError:
            return
        if after.phase is not Phase.GUESSING:
            self.envelopes.clear()
        self.named += verb == "name-cluster"
        self.revealed += after.phase is Phase.REVEALED and self.room.phase is Phase.CLOSED
        self.room = after

    def close(self) -> Room:
        pile = shuffle_pile(
            texts_of(self.envelopes.values()),
            shuffle=self.dice.shuffle,
            new_id=lambda: f"{self.dice.getrandbits(128):032x}",
        )
        return core.close(self.room, pile)

    def guess(self) -> GuessId | None:
        guesses = self.room.round.guesses if self.room.round else ()
        return self.dice.choice(guesses).id if guesses else None

    def name(self) -> str:
        name = f"canary{self.dice.getrandbits(64):016x}"
        self.canaries[name] = NOBODY
        return name

    def _listen(self, before: Room) -> None:
        allowed = shown(self.room)
        on_consoles = allowed | unfolded(self.room)
        for name, said in self._said():
            heard = {one for one in self.canaries if one in said}
            own = {one for one, seat in self.canaries.items() if name == f"member {seat}"}
            may = on_consoles if "console" in name else allowed | own
            if name == "console that looks" and self.room.round and not self.room.looking_back:
                may = on_consoles | looked_at(self.room)
            assert heard <= may, f"{name} heard {heard - may} in {self.room.phase}, from {before.phase}"

    def _said(self) -> list[tuple[str, str]]:
        pulse = Pulse(1)
        record = RoomRecord(self.room.id, self.room.code, "therapist", "screen", VignetteId("waving"))
        now = LiveRoom(self.room, record, pulse)
        consoles = [("console", False), ("console that looks", True)]
        said = [
            ("all members", repr(views.member_view(self.room, LIBRARY))),
            ("screen", repr(views.screen_view(self.room, LIBRARY, pulse))),
        ]
        for name, look in consoles:
            said.append((name, repr(views.therapist_view(self.room, LIBRARY, pulse, look=look))))
        for seat in SEATS:
            own = views.member_view(self.room, LIBRARY, self._own(seat))
            said.append((f"member {seat}", repr(own)))
        if self.drawn:
            said += [
                ("all members", repr(SNAPSHOTS.member(self.room).as_json())),
                ("screen", repr(SNAPSHOTS.screen(now).as_json())),
                *((name, repr(SNAPSHOTS.therapist(now, look=look).as_json())) for name, look in consoles),
                ("member 0", repr(SNAPSHOTS.member(self.room, self._own(0)).as_json())),
            ]
        return said

    def _own(self, seat: int) -> Own:
        mine = self.envelopes.get(seat)
        return Own(mine.sent, mine.text, mine.n) if mine else Own()


VERBS: dict[str, Callable[[History, RoundId], Room]] = {
    "start": lambda one, new: core.start(one.room, LIBRARY[VignetteId("waving")], new),
    "open": lambda one, _: core.open_guessing(one.room, people=4),
    "last-call": lambda one, _: core.last_call(one.room),
    "close": lambda one, _: one.close(),
    "look-first": lambda one, _: core.look_first(one.room),
    "hold-back": lambda one, _: core.hold_back(one.room, one.guess() or GuessId("none")),
    "put-back": lambda one, _: core.put_back(one.room, one.guess() or GuessId("none")),
    "reveal": lambda one, _: core.reveal(one.room, one.dice.choice([None, one.guess()]), anyway=True),
    "conceal": lambda one, _: core.conceal(one.room, one.dice.choice([None, one.guess()])),
    "spotlight": lambda one, _: core.spotlight(one.room, one.guess()),
    "cluster": lambda one, _: core.cluster(one.room, one.guess(), one.dice.choice([None, 0, 0, 1, 2])),
    "name-cluster": lambda one, _: core.name_cluster(one.room, one.dice.choice([0, 0, 1]), one.name()),
    "second-look": lambda one, new: core.second_look(one.room, new, people=4),
    "next-stage": lambda one, new: core.next_stage(one.room, LIBRARY[VignetteId("waving")], new),
    "look-back": lambda one, _: core.look_back(
        one.room, one.dice.choice([None, *(r.id for r in one.room.rounds)])
    ),
    "back": lambda one, _: core.back(one.room, under_way=bool(one.envelopes)),
    "finish": lambda one, _: core.finish(one.room),
    "check-out": lambda one, _: core.check_out(one.room),
    "stop": lambda one, _: core.stop(one.room),
    "resume": lambda one, _: core.resume(one.room),
    "lock": lambda one, _: core.lock(one.room),
    "unlock": lambda one, _: core.unlock(one.room),
}


def looked_at(room: Room) -> set[str]:
    """What a console may unfold that looks first: the guesses of the present round, if anybody looked."""
    now = room.round
    return {guess.text for guess in now.guesses} if now and now.looked else set()


def play(seeds: range) -> tuple[int, int]:
    """Live through random rooms and return how many rounds were revealed, and how many clusters named."""
    played = [History(seed).play() for seed in seeds]
    return sum(one.revealed for one in played), sum(one.named for one in played)


@pytest.mark.timeout(600)
def test_a_thousand_rooms_tell_nothing_too_early() -> None:
    revealed, named = play(range(HISTORIES))
    # Rooms that never reveal anything would prove nothing.
    assert revealed > HISTORIES
    assert named > HISTORIES / 10


@pytest.mark.parametrize("leak", ["shown", "cards", "names"])
def test_a_view_that_shows_folded_guesses_is_heard(leak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if leak == "shown":
        honest = round_views.round_view

        def leaky(round_: Round, *rest: object) -> views.RoundView:
            everything = tuple(one.id for one in round_.guesses)
            return honest(replace(round_, shown=everything), *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(round_views, "round_view", leaky)
    elif leak == "names":
        monkeypatch.setattr(round_views, "_groups", with_empty_ones(round_views._groups))
    else:
        build = views.therapist_view
        monkeypatch.setattr(
            views, "therapist_view", lambda room, *rest, look: build(_all_looked(room), *rest, look=True)
        )
    with pytest.raises(AssertionError, match="heard"):
        play(range(1, 60))


def _all_looked(room: Room) -> Room:
    return replace(room, rounds=tuple(replace(one, looked=True) for one in room.rounds))

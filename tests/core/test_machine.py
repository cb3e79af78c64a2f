"""All verbs in any order, while phones send, change, repeat, pass and withdraw (architecture.md §5)."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from facilitator.core import room as verbs
from facilitator.core.errors import Ended, RoomError, WrongPhase
from facilitator.core.guess import Envelope, GuessId, Progress, Sent, shuffle_pile, succeed, texts_of
from facilitator.core.pulse import Pulse
from facilitator.core.room import Room
from facilitator.core.round import Phase, RoundId
from facilitator.core.verbs import WHEN
from facilitator.core.views import Own, member_view, screen_view, therapist_view
from facilitator.core.vignette import Vignette
from tests.core.leaves import numbers, texts
from tests.core.rooms import DO, LIBRARY, LOBBY, TRAIN

Change = Callable[[Room], Room]

BY_PHONE = (Sent.GUESS, Sent.PASS, Sent.WITHDRAWN)  # a guess by hand is the therapist's
SEATS = ("seat-a", "seat-b", "seat-c", "seat-d", "seat-e")
PULSE = Pulse(tick=1, progress=Progress.MOST)
LONG_ENOUGH = 40  # changes before a room may be ended, so that most of them get somewhere

seats = st.sampled_from(SEATS)
places = st.integers(min_value=0, max_value=50)
people = st.integers(min_value=0, max_value=12)


def allowed(verb: str) -> Callable[[Any], Any]:
    """Do something only where its verb is allowed; `out_of_turn` tries it everywhere else."""
    return precondition(lambda sitting: sitting.room.can(verb))


def is_guessing(sitting: "Sitting") -> bool:
    return sitting.room.phase is Phase.GUESSING


def guesses_in(view: object) -> list[str]:
    """Find every guess that anybody ever wrote, wherever in a view it may be."""
    # Put together, a guess stands in its group as well as in the list.
    return sorted(set(re.findall(r"guess \d+\.", "\n".join(texts(view)))))


def attempt(change: Change, room: Room) -> Room | RoomError:
    try:
        return change(room)
    except RoomError as refusal:
        return refusal


class Sitting(RuleBasedStateMachine):
    """A room, the envelopes beside it, and what a plain reading of the design says about both."""

    def __init__(self) -> None:
        super().__init__()
        self.room = LOBBY
        self.fresh = count(1)
        self.envelopes: dict[tuple[RoundId, str], Envelope] = {}
        self.last_words: dict[str, str] = {}
        self.posted: list[tuple[RoundId, str, Envelope]] = []
        self.piles: dict[RoundId, dict[GuessId, str]] = {}
        self.shown: dict[RoundId, set[GuessId]] = {}
        self.held_back: set[GuessId] = set()
        self.looked: set[RoundId] = set()
        self.before_step: Room | None = None

    @allowed("start")
    @rule(vignette=st.sampled_from(list(LIBRARY.values())))
    def start(self, vignette: Vignette) -> None:
        self.do("start", lambda room: verbs.start(room, vignette, self.new_round()))

    @allowed("ask")
    @rule(prompt=st.sampled_from([prompt.id for prompt in TRAIN.prompts]))
    def ask(self, prompt: Any) -> None:
        self.do("ask", lambda room: verbs.ask(room, self.story(), prompt, self.new_round()))

    @allowed("open")
    @rule(people=people)
    def open(self, people: int) -> None:
        assert self.do("open", lambda room: verbs.open_guessing(room, people=people))

    @allowed("last-call")
    @rule()
    def last_call(self) -> None:
        assert self.do("last-call", verbs.last_call)

    @allowed("close")
    @rule(dice=st.randoms(use_true_random=False))
    def close(self, dice: Random) -> None:
        opened = texts_of(self.envelopes.values())
        pile = shuffle_pile(opened, shuffle=dice.shuffle, new_id=lambda: f"id {next(self.fresh):06}")
        assert self.do("close", lambda room: verbs.close(room, pile))
        # One envelope per seat: the pile is the last word of each, and nothing else.
        assert sorted(one.text for one in pile) == sorted(filter(None, self.last_words.values()))
        self.piles[self.present] = {one.id: one.text for one in pile}
        self.burn_envelopes()

    @allowed("look-first")
    @rule()
    def look_first(self) -> None:
        assert self.do("look-first", verbs.look_first)
        self.looked.add(self.present)

    @allowed("hold-back")
    @rule(place=places)
    def hold_back(self, place: int) -> None:
        guess = self.some_guess(place)
        if self.do("hold-back", lambda room: verbs.hold_back(room, guess)):
            self.held_back.add(guess)
            self.shown.get(self.present, set()).discard(guess)

    @allowed("put-back")
    @rule(place=places)
    def put_back(self, place: int) -> None:
        guess = self.some_guess(place)
        if self.do("put-back", lambda room: verbs.put_back(room, guess)):
            self.held_back.discard(guess)

    @allowed("reveal")
    @rule(place=places, anyway=st.booleans())
    def reveal(self, place: int, anyway: bool) -> None:
        guess = self.some_guess(place)
        if self.do("reveal", lambda room: verbs.reveal(room, guess, anyway=anyway)):
            assert guess not in self.held_back
            self.shown.setdefault(self.present, set()).add(guess)

    @allowed("reveal")
    @rule(anyway=st.booleans())
    def reveal_all(self, anyway: bool) -> None:
        if self.do("reveal", lambda room: verbs.reveal(room, anyway=anyway)):
            self.shown[self.present] = self.piles[self.present].keys() - self.held_back

    @allowed("conceal")
    @rule(place=places)
    def conceal(self, place: int) -> None:
        guess = self.some_guess(place)
        if self.do("conceal", lambda room: verbs.conceal(room, guess)):
            self.shown[self.present].discard(guess)

    @allowed("conceal")
    @rule()
    def conceal_all(self) -> None:
        assert self.do("conceal", verbs.conceal)
        self.shown[self.present].clear()

    @allowed("spotlight")
    @rule(place=places)
    def spotlight(self, place: int) -> None:
        guess = self.some_guess(place)
        lit = self.do("spotlight", lambda room: verbs.spotlight(room, guess))
        assert lit == (guess in self.shown[self.present])

    @allowed("spotlight")
    @rule()
    def spotlight_off(self) -> None:
        assert self.do("spotlight", verbs.spotlight)

    @allowed("cluster")
    @rule(place=places, cluster=st.none() | st.integers(min_value=0, max_value=3))
    def cluster(self, place: int, cluster: int | None) -> None:
        guess = self.some_guess(place)
        if self.do("cluster", lambda room: verbs.cluster(room, guess, cluster)):
            together = [one.guesses for one in self.room.rounds[-1].clusters if guess in one.guesses]
            assert len(together) == (cluster is not None)

    @allowed("cluster")
    @rule()
    def dissolve_clusters(self) -> None:
        assert self.do("cluster", verbs.cluster)

    @allowed("name-cluster")
    @rule(cluster=st.integers(min_value=0, max_value=3))
    def name_cluster(self, cluster: int) -> None:
        named = self.do("name-cluster", lambda room: verbs.name_cluster(room, cluster, "Maybe shy"))
        assert named == (cluster < len(self.room.rounds[-1].clusters))

    @allowed("second-look")
    @rule(people=people)
    def second_look(self, people: int) -> None:
        assert self.do("second-look", lambda room: verbs.second_look(room, self.new_round(), people=people))

    @allowed("next-stage")
    @rule()
    def next_stage(self) -> None:
        self.do("next-stage", lambda room: verbs.next_stage(room, self.story(), self.new_round()))

    @allowed("look-back")
    @rule(place=places)
    def look_back(self, place: int) -> None:
        wanted = self.room.rounds[place % len(self.room.rounds)].id
        looking = self.do("look-back", lambda room: verbs.look_back(room, wanted))
        assert looking == (wanted in self.shown and wanted != self.present)

    @allowed("look-back")
    @rule()
    def look_at_the_present_again(self) -> None:
        assert self.do("look-back", verbs.look_back)

    @allowed("back")
    @rule()
    def back(self) -> None:
        before, restored = self.room, self.before_step
        done = self.do("back", lambda room: verbs.back(room, under_way=bool(self.envelopes)))
        assert done == (not self.envelopes)
        if done:
            assert self.room.rounds[: len(before.rounds) - 1] == before.rounds[:-1]
        if done and restored:
            now = replace(self.room, version=restored.version, looking_back=restored.looking_back)
            assert now == restored

    @allowed("finish")
    @rule()
    def finish(self) -> None:
        assert self.do("finish", verbs.finish)

    @allowed("check-out")
    @rule()
    def check_out(self) -> None:
        assert self.do("check-out", verbs.check_out)

    @rule(
        verb=st.sampled_from(
            ["stop", "resume", "lock", "unlock", "admit", "not-now", "remove", "use", "show", "count-exactly"]
        )
    )
    def tend_to_the_room(self, verb: str) -> None:
        self.do(verb, DO[verb])

    @allowed("ask-sureness")
    @rule()
    def ask_sureness(self) -> None:
        assert self.do("ask-sureness", DO["ask-sureness"])

    @precondition(lambda self: self.room.stopped)
    @rule()
    def resume(self) -> None:
        assert self.do("resume", verbs.resume)

    @precondition(lambda self: self.room.version > LONG_ENOUGH)
    @allowed("end")
    @rule()
    def end(self) -> None:
        assert self.do("end", verbs.end)
        self.burn_envelopes()
        self.piles.clear()
        self.shown.clear()

    @rule(data=st.data())
    def out_of_turn(self, data: st.DataObject) -> None:
        verb = data.draw(st.sampled_from(sorted(verb for verb in WHEN if not self.room.can(verb))))
        assert not self.do(verb, DO[verb])

    @precondition(is_guessing)
    @rule(seat=seats, sent=st.sampled_from(BY_PHONE))
    def send(self, seat: str, sent: Sent) -> None:
        # Stopping the room does not keep out a guess that is on its way.
        self.have_the_last_word(seat, sent, n=self.own(seat).n + 1)

    @precondition(is_guessing)
    @rule(seat=seats, sent=st.sampled_from(BY_PHONE))
    def send_from_another_tab(self, seat: str, sent: Sent) -> None:
        self.have_the_last_word(seat, sent, n=self.own(seat).n)

    @precondition(lambda self: self.posted)
    @rule(place=places)
    def deliver_a_late_copy(self, place: int) -> None:
        before = dict(self.envelopes)
        self.arrive(*self.posted[-1 - place % len(self.posted)])
        assert self.envelopes == before

    @precondition(lambda self: self.room.rounds)
    @rule(seat=seats, place=places)
    def send_too_late(self, seat: str, place: int) -> None:
        wanted = self.room.rounds[place % len(self.room.rounds)].id
        if not self.is_open(wanted):
            before = dict(self.envelopes)
            self.arrive(wanted, seat, self.sealed(Sent.GUESS, n=99))
            assert self.envelopes == before

    @invariant()
    def only_the_open_round_has_envelopes(self) -> None:
        assert all(self.is_open(round_id) for round_id, _ in self.envelopes)

    @invariant()
    def nothing_that_was_closed_is_lost(self) -> None:
        piles = {one.id: {guess.id: guess.text for guess in one.guesses} for one in self.room.rounds}
        closed = (Phase.CLOSED, Phase.REVEALED)
        assert self.piles == {one.id: piles[one.id] for one in self.room.rounds if one.phase in closed}

    @invariant()
    def members_and_screen_see_what_is_shown_and_no_other_guess(self) -> None:
        shown = sorted(self.piles[self.seen][guess] for guess in self.shown.get(self.seen, ()))
        assert guesses_in(member_view(self.room, LIBRARY)) == shown
        assert guesses_in(screen_view(self.room, LIBRARY, PULSE)) == shown

    @invariant()
    def nobody_sees_a_guess_that_is_held_back(self) -> None:
        held = {pile[guess] for pile in self.piles.values() for guess in pile if guess in self.held_back}
        assert not held & set(guesses_in(member_view(self.room, LIBRARY)))
        assert not held & set(guesses_in(screen_view(self.room, LIBRARY, PULSE)))

    @invariant()
    def a_member_sees_their_own_guess_and_nobody_elses(self) -> None:
        if is_guessing(self):
            for seat in SEATS:
                view = member_view(self.room, LIBRARY, self.own(seat))
                assert guesses_in(view) == sorted(filter(None, [self.last_words.get(seat)]))
                assert numbers(view) == [self.own(seat).n]

    @invariant()
    def the_screen_has_no_number(self) -> None:
        # How many pages the therapist turned tells nothing of how many guesses there are.
        assert numbers(screen_view(self.room, LIBRARY, PULSE)) == [self.room.screen.page]

    @invariant()
    def a_therapist_sees_guesses_only_after_the_reveal_or_by_looking_first(self) -> None:
        pile = set(self.piles.get(self.seen, {}).values())
        for look in (False, True):
            view = therapist_view(self.room, LIBRARY, PULSE, look=look)
            unfolded = self.seen in self.shown or (look and self.seen in self.looked)
            assert set(guesses_in(view)) == (pile if unfolded else set())
            assert view.count == (len(pile) if self.seen in self.piles else None)

    def do(self, verb: str, change: Change) -> bool:
        """Make a change, hold it against what is true of every verb, and say whether it was let through."""
        before, as_it_was = self.room, repr(self.room)
        after = attempt(change, before)
        assert repr(before) == as_it_was
        if isinstance(after, RoomError):
            out_of_turn = Ended if before.phase is Phase.ENDED else WrongPhase
            assert before.can(verb) or type(after) is out_of_turn
            return False
        assert before.can(verb)
        if after is not before:
            assert after.version == before.version + 1
            assert (
                verb in ("admit", "not-now", "remove", "use")
                or replace(after, version=before.version) != before
            )
            began = len(after.rounds) > len(before.rounds) or verb == "open"
            self.before_step = before if began else None
        self.room = after
        return True

    def have_the_last_word(self, seat: str, sent: Sent, *, n: int) -> None:
        envelope = self.sealed(sent, n=n)
        self.arrive(self.present, seat, envelope)
        self.posted.append((self.present, seat, envelope))
        self.last_words[seat] = envelope.text

    def sealed(self, sent: Sent, *, n: int) -> Envelope:
        number = next(self.fresh)
        return Envelope(f"op {number}", n, sent, f"guess {number}." if sent is Sent.GUESS else "")

    def arrive(self, round_id: RoundId, seat: str, envelope: Envelope) -> None:
        if self.is_open(round_id):
            stands = self.envelopes.get((round_id, seat))
            self.envelopes[round_id, seat] = succeed(stands, envelope)

    def own(self, seat: str) -> Own:
        mine = self.envelopes.get((self.present, seat))
        return Own(mine.sent, mine.text, mine.n) if mine else Own()

    def is_open(self, round_id: RoundId) -> bool:
        return is_guessing(self) and self.present == round_id

    def burn_envelopes(self) -> None:
        self.envelopes.clear()
        self.last_words.clear()

    def new_round(self) -> RoundId:
        return RoundId(f"round {next(self.fresh)}")

    def story(self) -> Vignette:
        return LIBRARY[self.room.rounds[-1].vignette]

    def some_guess(self, place: int) -> GuessId:
        """Pick a guess, most often one of the present round."""
        earlier = [guess for pile in self.piles.values() for guess in pile]
        choice = [*sorted(self.piles.get(self.present, ())) * 3, *earlier, GuessId("no such guess")]
        return choice[place % len(choice)]

    @property
    def present(self) -> RoundId:
        return self.room.round.id if self.room.round else RoundId("outside of rounds")

    @property
    def seen(self) -> RoundId:
        return self.room.looking_back or self.present


def test_whatever_is_done_in_whatever_order_a_room_keeps_its_promises() -> None:
    run_state_machine_as_test(Sitting, settings=settings(max_examples=100, stateful_step_count=60))

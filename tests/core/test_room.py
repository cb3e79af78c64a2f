from dataclasses import replace

import pytest

from facilitator.core.errors import Ended, RoomError, WrongPhase
from facilitator.core.room import (
    Room,
    ask,
    close,
    cluster,
    conceal,
    end,
    hold_back,
    last_call,
    lock,
    look_back,
    look_first,
    name_cluster,
    next_stage,
    resume,
    reveal,
    second_look,
    spotlight,
    start,
    stop,
    touch,
    unlock,
)
from facilitator.core.round import Phase, RoundId
from facilitator.core.verbs import WHEN
from facilitator.core.vignette import PromptId
from tests.core.rooms import (
    BETWEEN,
    CHAIR,
    CHECKOUT,
    CLOSED,
    DO,
    ENDED,
    FEELING,
    FIRST,
    G1,
    GUESSES,
    GUESSING,
    IN_PHASE,
    LATER,
    LOBBY,
    READING,
    REVEALED,
    SECOND,
    THINKING,
    TRAIN,
    pile,
)

ANY = "lobby reading guessing closed revealed between checkout"
CALM = "reading closed revealed"

# architecture.md §5, written down once more and not taken from the code.
ALLOWED = {
    "start": "lobby between revealed",
    "ask": CALM,
    "open": "reading",
    "last-call": "guessing",
    "close": "guessing",
    "look-first": "closed revealed",
    "hold-back": "closed revealed",
    "put-back": "closed revealed",
    "reveal": "closed revealed",
    "conceal": "revealed",
    "spotlight": "revealed",
    "cluster": "revealed",
    "name-cluster": "revealed",
    "add-guess": "guessing",
    "second-look": "revealed",
    "next-stage": CALM,
    "look-back": CALM,
    "back": "reading guessing",
    "finish": "lobby reading closed revealed checkout",
    "check-out": "between",
    "stop": ANY,
    "resume": ANY,
    "lock": ANY,
    "unlock": ANY,
    "admit": ANY,
    "not-now": ANY,
    "remove": ANY,
    "use": ANY,
    "show": ANY,
    "count-exactly": ANY,
    "ask-sureness": ANY.replace("guessing ", ""),
    "end": ANY,
}
EVEN_WHILE_STOPPED = {"stop", "resume", "lock", "unlock", "use", "show", "end"}

every_verb = pytest.mark.parametrize("verb", sorted(DO))
every_phase = pytest.mark.parametrize("phase", list(Phase))


def test_the_table_of_verbs_is_complete() -> None:
    assert set(WHEN) == set(ALLOWED) == set(DO)


@every_verb
@every_phase
def test_a_verb_works_in_its_phases_and_is_refused_in_all_others(verb: str, phase: Phase) -> None:
    room = IN_PHASE[phase]
    assert room.can(verb) == (phase in ALLOWED[verb].split())
    if room.can(verb):
        assert isinstance(DO[verb](room), Room)
    else:
        with pytest.raises(Ended if phase is Phase.ENDED else WrongPhase):
            DO[verb](room)


@every_verb
@every_phase
def test_a_stopped_room_can_only_be_resumed_locked_shown_or_ended(verb: str, phase: Phase) -> None:
    if phase is Phase.ENDED:
        return
    stopped = stop(IN_PHASE[phase])
    if verb in EVEN_WHILE_STOPPED:
        DO[verb](stopped)
    else:
        with pytest.raises(WrongPhase, match="stopped"):
            DO[verb](stopped)


@every_verb
def test_after_the_end_everything_is_refused_with_the_same_word(verb: str) -> None:
    with pytest.raises(RoomError) as refusal:
        DO[verb](ENDED)
    assert refusal.value.code == "ended"


@pytest.mark.parametrize(
    "verb, before, after",
    [
        ("start", "lobby", "reading"),
        ("start", "between", "reading"),
        ("start", "revealed", "reading"),
        ("ask", "reading", "reading"),
        ("ask", "closed", "reading"),
        ("ask", "revealed", "reading"),
        ("open", "reading", "guessing"),
        ("last-call", "guessing", "guessing"),
        ("close", "guessing", "closed"),
        ("look-first", "closed", "closed"),
        ("hold-back", "closed", "closed"),
        ("reveal", "closed", "revealed"),
        ("conceal", "revealed", "revealed"),
        ("second-look", "revealed", "guessing"),
        ("cluster", "revealed", "revealed"),
        ("show", "guessing", "guessing"),
        ("count-exactly", "guessing", "guessing"),
        ("ask-sureness", "revealed", "revealed"),
        ("next-stage", "reading", "reading"),
        ("next-stage", "closed", "reading"),
        ("next-stage", "revealed", "reading"),
        ("finish", "reading", "between"),
        ("finish", "checkout", "between"),
        ("check-out", "between", "checkout"),
        ("end", "guessing", "ended"),
    ],
)
def test_a_verb_leads_to_its_phase_and_raises_the_version_by_one(verb: str, before: str, after: str) -> None:
    room = IN_PHASE[Phase(before)]
    changed = DO[verb](room)
    assert changed.phase == Phase(after)
    assert changed.version == room.version + 1


@pytest.mark.parametrize(
    "room, verb",
    [
        (last_call(GUESSING), "last-call"),
        (look_first(CLOSED), "look-first"),
        (hold_back(CLOSED, G1), "hold-back"),
        (CLOSED, "put-back"),
        (REVEALED, "reveal"),
        (conceal(REVEALED), "conceal"),
        (spotlight(REVEALED, G1), "spotlight"),
        (REVEALED, "look-back"),
        (stop(LOBBY), "stop"),
        (LOBBY, "resume"),
        (lock(LOBBY), "lock"),
        (LOBBY, "unlock"),
        (cluster(REVEALED, G1, 0), "cluster"),
        (name_cluster(cluster(REVEALED, G1, 0), 0, "Maybe shy"), "name-cluster"),
        (DO["show"](LOBBY), "show"),
    ],
)
def test_a_second_tap_changes_nothing_and_returns_the_same_room(room: Room, verb: str) -> None:
    assert DO[verb](room) is room


def test_asking_what_is_asked_already_changes_nothing() -> None:
    assert ask(READING, TRAIN, THINKING, SECOND) is READING


def test_admitting_and_removing_count_as_changes_although_the_course_stays() -> None:
    for verb in ("admit", "not-now", "remove", "use"):
        assert touch(GUESSING, verb) == replace(GUESSING, version=GUESSING.version + 1)


def test_a_vignette_starts_with_its_first_stage_and_first_prompt() -> None:
    begun = start(LOBBY, CHAIR, FIRST).round
    assert begun is not None
    assert (begun.id, begun.vignette, begun.stage, begun.prompt) == (FIRST, CHAIR.id, 0, THINKING)


def test_while_reading_another_prompt_takes_the_place_of_the_first_under_an_id_of_its_own() -> None:
    asked = ask(READING, TRAIN, FEELING, SECOND)
    assert [(one.id, one.prompt) for one in asked.rounds] == [(SECOND, FEELING)]
    assert ask(READING, TRAIN, READING.rounds[0].prompt, SECOND) is READING


@pytest.mark.parametrize("room", [CLOSED, REVEALED])
def test_after_closing_another_prompt_begins_a_new_round_at_the_same_stage(room: Room) -> None:
    asked = ask(room, TRAIN, FEELING, SECOND)
    assert asked.rounds[:-1] == room.rounds
    assert asked.rounds[-1].id == SECOND
    assert (asked.rounds[-1].stage, asked.rounds[-1].guesses) == (room.rounds[-1].stage, ())


@pytest.mark.parametrize("prompt", [LATER, PromptId("of-another-story")])
def test_a_prompt_that_the_stage_does_not_offer_is_refused(prompt: PromptId) -> None:
    with pytest.raises(WrongPhase, match="question"):
        ask(READING, TRAIN, prompt, SECOND)


def test_a_prompt_of_a_later_stage_can_be_asked_there() -> None:
    there = ask(next_stage(REVEALED, TRAIN, SECOND), TRAIN, LATER, RoundId("third"))
    assert there.rounds[-1].prompt == LATER


def test_the_next_stage_keeps_the_prompt_and_the_last_stage_has_none_after_it() -> None:
    at_the_last = next_stage(next_stage(REVEALED, TRAIN, SECOND), TRAIN, RoundId("third"))
    assert (at_the_last.rounds[-1].stage, at_the_last.rounds[-1].prompt) == (2, THINKING)
    with pytest.raises(WrongPhase, match="last part"):
        next_stage(at_the_last, TRAIN, RoundId("fourth"))


def test_a_second_look_is_a_new_empty_round_on_the_same_prompt_and_stage() -> None:
    again = second_look(REVEALED, SECOND, people=5).rounds[-1]
    assert again.second_look
    assert (again.vignette, again.stage, again.prompt, again.people) == (TRAIN.id, 0, THINKING, 5)
    assert not again.guesses
    assert not again.shown


def test_closing_is_for_good() -> None:
    for verb in ("open", "back", "last-call", "close"):
        with pytest.raises(WrongPhase):
            DO[verb](CLOSED)


def test_stopping_keeps_the_phase_so_that_a_guess_on_its_way_still_finds_its_round() -> None:
    stopped = stop(GUESSING)
    assert (stopped.phase, stopped.round) == (Phase.GUESSING, GUESSING.round)


def test_ending_a_stopped_room_leaves_it_calm_and_empty() -> None:
    ended = end(stop(REVEALED))
    assert not ended.stopped
    assert ended.rounds == ()
    assert ended.round is None


def test_outside_of_rounds_there_is_no_present_round() -> None:
    assert [room.round for room in (LOBBY, BETWEEN, CHECKOUT)] == [None, None, None]


def test_only_earlier_rounds_that_were_revealed_can_be_looked_back_at() -> None:
    third = next_stage(next_stage(REVEALED, TRAIN, SECOND), TRAIN, RoundId("third"))
    assert [one.id for one in third.earlier] == [FIRST]
    assert look_back(third, FIRST).looking_back == FIRST
    for refused in (SECOND, RoundId("third"), RoundId("of another room")):
        with pytest.raises(WrongPhase):
            look_back(third, refused)


def test_looking_back_leaves_the_present_as_it_is_and_comes_back_to_it() -> None:
    now = next_stage(REVEALED, TRAIN, SECOND)
    there = look_back(now, FIRST)
    assert (there.phase, there.round) == (now.phase, now.round)
    assert replace(look_back(there), version=now.version) == now


PRESENT = close(second_look(REVEALED, SECOND, people=3), pile(*GUESSES))
HELD = hold_back(look_first(PRESENT), G1)


@pytest.mark.parametrize(
    "present, verb",
    [
        (PRESENT, "reveal"),
        (PRESENT, "hold-back"),
        (PRESENT, "ask"),
        (PRESENT, "next-stage"),
        (PRESENT, "finish"),
        (PRESENT, "end"),
        (reveal(PRESENT), "start"),
        (reveal(PRESENT), "second-look"),
        (next_stage(PRESENT, TRAIN, RoundId("third")), "open"),
        (next_stage(PRESENT, TRAIN, RoundId("third")), "back"),
        # Also what was done before, and so changes nothing but this.
        (HELD, "hold-back"),
        (HELD, "look-first"),
        (reveal(PRESENT), "reveal"),
    ],
)
def test_whoever_acts_on_the_present_brings_everyone_back_to_it(present: Room, verb: str) -> None:
    there = look_back(present, FIRST)
    acted = DO[verb](there)
    assert acted.looking_back is None
    assert acted.version == there.version + 1


def test_stopping_and_locking_do_not_end_a_look_back() -> None:
    there = look_back(PRESENT, FIRST)
    assert unlock(lock(resume(stop(there)))).looking_back == FIRST

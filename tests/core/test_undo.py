from collections.abc import Callable
from dataclasses import replace

import pytest

from facilitator.core.errors import WrongPhase
from facilitator.core.guess import Progress
from facilitator.core.pulse import Pulse
from facilitator.core.room import (
    Room,
    ask,
    back,
    conceal,
    hold_back,
    last_call,
    lock,
    next_stage,
    open_guessing,
    put_back,
    resume,
    reveal,
    second_look,
    spotlight,
    start,
    stop,
    unlock,
)
from facilitator.core.views import therapist_view
from tests.core.rooms import (
    BETWEEN,
    CHAIR,
    CLOSED,
    FEELING,
    G1,
    GUESSING,
    LIBRARY,
    LOBBY,
    PEOPLE,
    READING,
    REVEALED,
    SECOND,
    TRAIN,
)

Step = Callable[[Room], Room]


def taken_back(room: Room) -> Room:
    return back(room, under_way=False)


def to_open(room: Room) -> Room:
    return open_guessing(room, people=PEOPLE)


def to_second_look(room: Room) -> Room:
    return second_look(room, SECOND, people=PEOPLE)


def to_next_stage(room: Room) -> Room:
    return next_stage(room, TRAIN, SECOND)


def to_start(room: Room) -> Room:
    return start(room, CHAIR, SECOND)


def to_ask(room: Room) -> Room:
    return ask(room, TRAIN, FEELING, SECOND)


@pytest.mark.parametrize(
    "room, step, undo",
    [
        (LOBBY, to_start, taken_back),
        (BETWEEN, to_start, taken_back),
        (REVEALED, to_start, taken_back),
        (READING, to_open, taken_back),
        (REVEALED, to_second_look, taken_back),
        (READING, to_next_stage, taken_back),
        (CLOSED, to_next_stage, taken_back),
        (REVEALED, to_next_stage, taken_back),
        (CLOSED, to_ask, taken_back),
        (GUESSING, stop, resume),
        (GUESSING, lock, unlock),
        (CLOSED, lambda room: hold_back(room, G1), lambda room: put_back(room, G1)),
        (REVEALED, lambda room: spotlight(room, G1), spotlight),
    ],
)
def test_undo_restores_everything_but_the_version_which_still_rises(
    room: Room, step: Step, undo: Step
) -> None:
    restored = undo(step(room))
    assert replace(restored, version=room.version) == room
    assert restored.version == room.version + 2


def test_revealing_again_undoes_concealing_all_after_a_reveal_of_all() -> None:
    assert replace(reveal(conceal(REVEALED)), version=REVEALED.version) == REVEALED


def test_taking_back_an_opening_forgets_its_last_call_and_its_count_of_people() -> None:
    assert replace(taken_back(last_call(GUESSING)), version=READING.version) == READING


def test_steps_are_taken_back_one_at_a_time() -> None:
    assert taken_back(taken_back(GUESSING)) == replace(LOBBY, version=GUESSING.version + 2)


@pytest.mark.parametrize("room", [GUESSING, to_second_look(REVEALED)])
def test_a_step_is_not_taken_back_once_guessing_is_under_way(room: Room) -> None:
    with pytest.raises(WrongPhase, match="so it stays open"):
        back(room, under_way=True)


def test_going_back_is_offered_until_the_word_of_progress_says_that_guesses_came() -> None:
    def offered(room: Room, progress: Progress) -> bool:
        return "back" in therapist_view(room, LIBRARY, Pulse(progress=progress)).can

    assert offered(GUESSING, Progress.COMING_IN)
    assert not offered(GUESSING, Progress.MOST)
    assert not offered(GUESSING, Progress.EVERYONE)
    # What the word said of the round before is no news about this one.
    assert offered(READING, Progress.EVERYONE)


@pytest.mark.parametrize("room", [CLOSED, REVEALED, BETWEEN, LOBBY])
def test_closing_revealing_and_finishing_are_never_taken_back(room: Room) -> None:
    with pytest.raises(WrongPhase):
        taken_back(room)

from collections.abc import Callable

import pytest

from facilitator.core.errors import EmptyText, TooFew, WrongPhase
from facilitator.core.guess import GuessId
from facilitator.core.room import (
    Room,
    close,
    conceal,
    hold_back,
    look_first,
    put_back,
    reveal,
    second_look,
    spotlight,
)
from facilitator.core.round import Phase
from facilitator.core.views import member_view
from tests.core.rooms import CLOSED, FIRST, G1, G2, G3, G4, GUESSES, GUESSING, LIBRARY, REVEALED, SECOND, pile

UNKNOWN = GuessId("of another round")


def shown(room: Room) -> list[str]:
    """What members read, from the top."""
    told = member_view(room, LIBRARY).round
    assert told is not None
    return [one.text for one in told.guesses]


def test_revealing_all_shows_all_in_the_order_that_closing_drew() -> None:
    assert shown(reveal(CLOSED)) == list(GUESSES)


def test_revealing_one_by_one_lists_the_newest_first() -> None:
    assert shown(reveal(reveal(CLOSED, G3), G1)) == [GUESSES[0], GUESSES[2]]


def test_revealing_the_rest_keeps_what_is_shown_in_its_place() -> None:
    assert shown(reveal(reveal(CLOSED, G3))) == [GUESSES[0], GUESSES[1], GUESSES[3], GUESSES[2]]


def test_the_first_reveal_says_whether_guesses_come_one_by_one() -> None:
    def one_by_one(room: Room) -> bool:
        assert room.round is not None
        return room.round.one_by_one

    first = reveal(CLOSED, G1)
    assert [one_by_one(room) for room in (CLOSED, first, reveal(first, G2))] == [False, True, True]
    assert not one_by_one(reveal(first))
    assert not one_by_one(reveal(conceal(REVEALED, G1), G1))
    assert one_by_one(reveal(conceal(REVEALED), G1))


def test_a_guess_that_is_held_back_stays_out_of_a_reveal_of_all() -> None:
    assert shown(reveal(hold_back(CLOSED, G2))) == [GUESSES[0], GUESSES[2], GUESSES[3]]


def test_a_guess_that_is_held_back_cannot_be_revealed_before_it_is_put_back() -> None:
    held = hold_back(CLOSED, G2)
    with pytest.raises(WrongPhase, match="held back"):
        reveal(held, G2)
    assert shown(reveal(put_back(held, G2), G2)) == [GUESSES[1]]


def test_holding_back_a_shown_guess_takes_it_away_and_putting_it_back_does_not_show_it_again() -> None:
    held = hold_back(spotlight(REVEALED, G2), G2)
    assert GUESSES[1] not in shown(held)
    assert held.rounds[-1].spotlight is None
    assert GUESSES[1] not in shown(put_back(held, G2))


def test_concealing_keeps_the_phase_and_revealing_brings_the_guess_back() -> None:
    folded = conceal(REVEALED, G1)
    assert folded.phase is Phase.REVEALED
    assert shown(folded) == list(GUESSES[1:])
    assert shown(reveal(folded, G1)) == list(GUESSES)


def test_concealing_all_folds_all_and_revealing_all_restores_the_order() -> None:
    folded = conceal(reveal(reveal(CLOSED, G4), G2))
    assert shown(folded) == []
    assert shown(reveal(folded)) == list(GUESSES)


def test_concealing_a_guess_that_is_folded_already_changes_nothing() -> None:
    one = reveal(CLOSED, G1)
    assert conceal(one, G2) is one


def test_the_spotlight_falls_on_shown_guesses_only_and_goes_out_when_its_guess_is_folded() -> None:
    with pytest.raises(WrongPhase, match="spotlight"):
        spotlight(reveal(CLOSED, G1), G2)
    lit = spotlight(REVEALED, G1)
    assert spotlight(lit, G2).rounds[-1].spotlight == G2
    assert spotlight(lit).rounds[-1].spotlight is None
    assert conceal(lit, G2).rounds[-1].spotlight == G1
    assert conceal(lit, G1).rounds[-1].spotlight is None
    assert conceal(lit).rounds[-1].spotlight is None


@pytest.mark.parametrize("verb", [hold_back, put_back, reveal, conceal, spotlight])
@pytest.mark.parametrize("guess", [UNKNOWN, GuessId("")])
def test_a_guess_of_another_round_is_refused(verb: Callable[[Room, GuessId], Room], guess: GuessId) -> None:
    with pytest.raises(WrongPhase):
        verb(REVEALED, guess)


@pytest.mark.parametrize("guesses", [1, 2])
def test_below_three_guesses_revealing_asks_again_and_says_why(guesses: int) -> None:
    closed = close(GUESSING, pile(*GUESSES[:guesses]))
    for guess in (None, G1):
        with pytest.raises(TooFew, match=f"Only {guesses} guess.*People may tell who wrote them"):
            reveal(closed, guess)
        assert reveal(closed, guess, anyway=True).phase is Phase.REVEALED


def test_once_confirmed_it_does_not_ask_for_the_next_guess() -> None:
    closed = close(GUESSING, pile(*GUESSES[:2]))
    assert len(shown(reveal(reveal(closed, G1, anyway=True), G2))) == 2


def test_three_guesses_are_revealed_without_asking() -> None:
    assert len(shown(reveal(close(GUESSING, pile(*GUESSES[:3]))))) == 3


@pytest.mark.parametrize("guess", [None, G1])
def test_nothing_to_show_is_refused_even_anyway(guess: GuessId | None) -> None:
    with pytest.raises(EmptyText):
        reveal(close(GUESSING, ()), guess, anyway=True)


def test_when_every_guess_is_held_back_there_is_nothing_to_show() -> None:
    held = CLOSED
    for guess in (G1, G2, G3, G4):
        held = hold_back(held, guess)
    with pytest.raises(EmptyText):
        reveal(held)


def test_looking_first_shows_nothing_to_members() -> None:
    assert shown(look_first(CLOSED)) == []


def test_an_earlier_round_keeps_what_it_showed_whatever_happens_later() -> None:
    first = spotlight(hold_back(REVEALED, G2), G3)
    later = reveal(close(second_look(first, SECOND, people=3), pile(*GUESSES)), G1)
    assert later.rounds[0] == first.rounds[0]
    assert [one.id for one in later.earlier] == [FIRST]

"""After revealing one by one, all guesses can be shown together."""

import pytest

from facilitator.core.guess import GuessId
from facilitator.core.room import reveal
from tests.core.rooms import CLOSED, G1, G2, G3, G4, REVEALED


def test_all_that_were_revealed_one_by_one_can_be_shown_together() -> None:
    room = CLOSED
    for guess in (G1, G2, G3, G4):
        room = reveal(room, guess)
    assert room.round
    assert room.round.one_by_one
    together = reveal(room)
    assert together.round
    assert not together.round.one_by_one
    assert together.round.shown == room.round.shown
    assert together.version == room.version + 1


@pytest.mark.parametrize("guess", [None, G1])
def test_revealing_what_is_revealed_already_changes_nothing(guess: GuessId | None) -> None:
    assert reveal(REVEALED, guess) is REVEALED

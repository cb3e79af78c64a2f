"""Guesses put together, and what is set about a room beside its course."""

import pytest

from facilitator.core.errors import TooLong, WrongPhase
from facilitator.core.room import (
    Room,
    cluster,
    conceal,
    count_exactly,
    hold_back,
    name_cluster,
    second_look,
    show,
)
from facilitator.core.round import LONGEST_NAME, MOST_CLUSTERS, Cluster
from facilitator.core.screen import MOST_PAGES, Screen, Shows
from tests.core.rooms import CLOSED, G1, G2, G3, G4, LOBBY, REVEALED, SECOND


def groups(room: Room) -> list[tuple[str, ...]]:
    return [one.guesses for one in room.rounds[-1].clusters]


TWO = cluster(cluster(cluster(REVEALED, G1, 0), G2, 0), G3, 1)


def test_a_guess_stands_in_one_group_at_a_time() -> None:
    assert groups(TWO) == [(G1, G2), (G3,)]
    assert groups(cluster(TWO, G1, 1)) == [(G2,), (G3, G1)]


def test_the_place_after_the_last_one_begins_a_new_group_until_there_are_three() -> None:
    three = cluster(TWO, G4, 2)
    assert groups(three) == [(G1, G2), (G3,), (G4,)]
    for place in (MOST_CLUSTERS, -1):
        with pytest.raises(WrongPhase, match="no such group"):
            cluster(three, G1, place)
    with pytest.raises(WrongPhase, match="no such group"):
        cluster(REVEALED, G1, 1)


def test_taking_out_the_last_guess_of_the_last_group_takes_the_group_away_unless_it_has_a_name() -> None:
    assert groups(cluster(TWO, G3, None)) == [(G1, G2)]
    named = name_cluster(TWO, 1, "Tired")
    emptied = cluster(named, G3, 0)
    assert emptied.rounds[-1].clusters[1] == Cluster("Tired")


def test_without_a_guess_all_groups_are_dissolved_and_the_guesses_stay() -> None:
    dissolved = cluster(TWO)
    assert groups(dissolved) == []
    assert dissolved.rounds[-1].shown == TWO.rounds[-1].shown
    assert cluster(dissolved) is dissolved


def test_a_name_is_short_and_belongs_to_a_group_that_is_there() -> None:
    assert name_cluster(TWO, 0, "x" * LONGEST_NAME).rounds[-1].clusters[0].name == "x" * LONGEST_NAME
    with pytest.raises(TooLong, match="40 letters"):
        name_cluster(TWO, 0, "x" * (LONGEST_NAME + 1))
    with pytest.raises(WrongPhase, match="no such group"):
        name_cluster(TWO, 2, "Nobody")


def test_what_is_concealed_or_held_back_comes_back_to_its_group() -> None:
    for change in (conceal, hold_back):
        assert groups(change(TWO, G1)) == groups(TWO)


def test_a_new_round_has_no_groups() -> None:
    assert groups(second_look(TWO, SECOND, people=3)) == []


def test_nothing_is_put_together_before_it_is_revealed() -> None:
    with pytest.raises(WrongPhase):
        cluster(CLOSED, G1, 0)


def test_the_screen_keeps_what_is_not_set_and_begins_again_after_the_last_page() -> None:
    shown = show(LOBBY, Screen(Shows.BLANK, far=True))
    assert shown.screen == Screen(Shows.BLANK, far=True)
    assert show(LOBBY, Screen(page=MOST_PAGES)).screen.page == 0


def test_exact_numbers_are_off_until_they_are_asked_for() -> None:
    assert not LOBBY.exact
    assert count_exactly(LOBBY, exact=True).exact
    assert count_exactly(LOBBY, exact=False) is LOBBY

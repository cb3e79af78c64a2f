"""A member who just listens: waited for by nobody, left out of nothing, and free to guess after all."""

import pytest
from flask import Flask

from facilitator.services import Services
from facilitator.storage.pulses import FURTHEST_S
from tests.actors import Browser, Member, Refused, Therapist, html_of
from tests.web.test_matrix import open_socket

NOTE = "You said you just listen today."
GUESS = "Maybe he wants to be seen"


def listener(therapist: Therapist) -> Member:
    return Member(Browser(therapist.new_client()), therapist.code).join(listen="yes")


def with_three_who_guess(therapist: Therapist) -> list[Member]:
    members = [therapist.member() for _ in range(3)]
    for one in members:
        one.browser.page(f"/r/{one.code}/")
    return members


def guesses_after_all(quiet: Member) -> None:
    """Tap the button, as a browser without a script does."""
    answer = quiet.browser.submit_form(f"/r/{quiet.code}/join")
    assert answer.headers["Location"] == f"/r/{quiet.code}/"


def word_moves(here: Services) -> None:
    """Let the time pass after which the console is told how far the guesses are."""
    now = here.live.clock() + FURTHEST_S / 2
    here.live.clock = lambda: now
    here.upkeep.tick()


def test_nobody_waits_for_whoever_just_listens(therapist: Therapist, here: Services) -> None:
    members, quiet = with_three_who_guess(therapist), listener(therapist)
    quiet.browser.page(f"/r/{quiet.code}/")
    therapist.starts_guessing()
    listener(therapist)  # One more, while guessing is open.
    for one in members[:2]:
        one.submit(GUESS)
    word_moves(here)
    assert not therapist.sees("Everyone is in")
    members[2].pass_()
    word_moves(here)
    assert therapist.sees("Everyone is in")


def test_whoever_just_listens_sees_all_and_may_guess_after_all(therapist: Therapist) -> None:
    quiet, other = listener(therapist), therapist.member()
    therapist.starts_guessing()
    other.submit("Part of him hopes somebody saw")
    guesses_after_all(quiet)
    answer = quiet.submit(GUESS)
    assert answer["text"] == GUESS
    therapist.does("close")
    therapist.reveals()
    assert quiet.sees("Part of him hopes somebody saw")
    assert other.sees(GUESS)


def test_only_the_own_page_says_that_somebody_just_listens(therapist: Therapist) -> None:
    quiet, other = listener(therapist), therapist.member()
    therapist.starts_guessing()
    path = f"/r/{therapist.code}/"
    assert NOTE in quiet.browser.page(path)
    assert NOTE not in other.browser.page(path)
    assert "just listen" not in str(therapist.snapshot()).lower()
    assert "just listen" not in str(therapist.screen().snapshot()).lower()


def test_a_guess_after_all_is_waited_for_and_makes_no_other_one_look_sent(
    therapist: Therapist, here: Services
) -> None:
    members, quiet = with_three_who_guess(therapist), listener(therapist)
    quiet.browser.page(f"/r/{quiet.code}/")
    therapist.starts_guessing()
    for _ in range(2):  # A second tap counts nobody twice.
        guesses_after_all(quiet)
    quiet.submit(GUESS)
    for one in members[:2]:
        one.submit(GUESS)
    word_moves(here)
    assert not therapist.sees("Everyone is in")
    members[2].submit(GUESS)
    word_moves(here)
    assert therapist.sees("Everyone is in")


def test_the_word_never_goes_back_or_it_would_tell_who_has_not_sent(
    therapist: Therapist, here: Services
) -> None:
    members, quiet = with_three_who_guess(therapist), listener(therapist)
    quiet.browser.page(f"/r/{quiet.code}/")
    therapist.starts_guessing()
    for one in members:
        one.submit(GUESS)
    word_moves(here)
    guesses_after_all(quiet)
    members[0].withdraw()
    word_moves(here)
    assert therapist.sees("Everyone is in")
    therapist.does("close")
    therapist.reveals()
    therapist.does("second-look")
    assert not therapist.sees("Everyone is in")


def test_a_screen_cannot_count_what_the_console_is_told(
    app: Flask, therapist: Therapist, here: Services
) -> None:
    members = with_three_who_guess(therapist)
    therapist.does("count-exactly", exact="yes")
    therapist.starts_guessing()
    wall = therapist.screen()
    told = open_socket(app, "/screen", {"token": wall.path.split("/")[2]}, wall.browser)
    before = told.get_received("/screen")[-1]["args"][0]
    members[0].submit(GUESS)
    word_moves(here)
    members[1].browser.post(f"/r/{therapist.code}/slow-down")
    word_moves(here)
    assert told.get_received("/screen") == []
    assert wall.snapshot()["version"] == before["version"]
    for one in members[1:]:
        one.submit(GUESS)
    word_moves(here)
    (after,) = told.get_received("/screen")
    assert after["args"][0]["version"] > before["version"]


def test_who_guesses_after_all_is_waited_for_in_the_next_round_too(
    therapist: Therapist, here: Services
) -> None:
    members, quiet = with_three_who_guess(therapist), listener(therapist)
    guesses_after_all(quiet)
    therapist.starts_guessing()
    for one in members:
        one.submit(GUESS)
    word_moves(here)
    assert not therapist.sees("Everyone is in")


def test_a_seat_that_just_listens_sends_nothing_before_it_says_so(therapist: Therapist) -> None:
    quiet, other = listener(therapist), therapist.member()
    therapist.starts_guessing()
    other.submit("Part of him hopes somebody saw")
    with pytest.raises(Refused, match="Guess after all") as refused:
        quiet.submit(GUESS)
    assert refused.value.status == 409
    quiet.browser.post(f"/r/{quiet.code}/join", listen="yes")  # The first form once more, from a lost answer.
    with pytest.raises(Refused):
        quiet.pass_()
    therapist.does("close")
    looked = html_of(therapist.does("look-first")["snapshot"])
    assert "Part of him hopes somebody saw" in looked
    assert GUESS not in looked
    assert NOTE in quiet.browser.page(f"/r/{quiet.code}/")


def test_the_note_goes_with_the_tap(therapist: Therapist) -> None:
    quiet = listener(therapist)
    guesses_after_all(quiet)
    assert NOTE not in quiet.browser.page(f"/r/{quiet.code}/")

"""A member who just listens: waited for by nobody, left out of nothing, and free to guess after all."""

from facilitator.services import Services
from facilitator.storage.pulses import FURTHEST_S
from tests.actors import Browser, Member, Therapist

NOTE = "You said you just listen today."
GUESS = "Maybe he wants to be seen"


def listener(therapist: Therapist) -> Member:
    return Member(Browser(therapist.new_client()), therapist.code).join(listen="yes")


def with_three_who_guess(therapist: Therapist) -> list[Member]:
    members = [therapist.member() for _ in range(3)]
    for one in members:
        one.browser.page(f"/r/{one.code}/")
    return members


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

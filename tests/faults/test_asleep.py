"""A phone that slept is right again as soon as it wakes, however long it was."""

import time

import pytest

from tests.actors import Therapist, html_of
from tests.faults.nursery import Fragile
from tests.faults.together import guesses_in, make_text
from tests.sockets.pages import Page, cookie_of

WAKE_S = 2.0


@pytest.fixture(scope="module")
def account(fragile: Fragile) -> Therapist:
    return fragile.therapist()


def test_a_phone_that_slept_is_right_within_two_seconds(
    fragile: Fragile, therapist: Therapist, asleep_s: float
) -> None:
    """Its socket is not read and answers no ping, as when a phone's screen is off; long ones are cut off."""
    member, other = therapist.member(), therapist.member()
    page = Page(fragile.port, cookie=cookie_of(member.browser.http))
    page.watch("/member", code=therapist.code)
    therapist.starts_guessing()
    text = make_text()
    member.submit(text)
    other.submit(make_text())
    time.sleep(asleep_s / 2)
    therapist.does("close")
    therapist.reveals()
    time.sleep(asleep_s / 2)
    woke = time.monotonic()
    pulled = member.snapshot()
    assert (pulled["phase"], len(guesses_in(pulled))) == ("revealed", 2)
    again = Page(fragile.port, cookie=cookie_of(member.browser.http))
    assert again.watch("/member", code=therapist.code)["version"] == pulled["version"]
    assert time.monotonic() - woke < WAKE_S
    again.leave()
    assert page.closes(0.5) is (asleep_s > 30)
    page.leave()


def test_a_phone_that_slept_for_ten_minutes_keeps_its_seat_and_its_words(
    fragile: Fragile, therapist: Therapist
) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    first, second = make_text(), make_text()
    member.submit(first)
    page = Page(fragile.port, cookie=cookie_of(member.browser.http))
    page.watch("/member", code=therapist.code)  # and it is not read any more
    with fragile.trouble("clock", "601"):
        assert first in html_of(member.snapshot())
        member.submit(second)
        therapist.does("close")
        therapist.reveals()
        pulled = member.snapshot()
        assert guesses_in(pulled) == [second]
        again = Page(fragile.port, cookie=cookie_of(member.browser.http))
        assert again.watch("/member", code=therapist.code)["version"] == pulled["version"]
        again.leave()
    page.leave()


def test_two_tabs_and_a_reload_are_one_phone(fragile: Fragile, therapist: Therapist) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    tabs = [Page(fragile.port, cookie=cookie_of(member.browser.http)) for _ in range(2)]
    for tab in tabs:
        tab.watch("/member", code=therapist.code)
    text = make_text()
    member.submit(text)
    for tab in tabs:
        assert text in html_of(tab.ask())
    tabs[0].leave()
    assert text in member.browser.page(f"/r/{member.code}/")
    therapist.does("close")
    assert tabs[1].hear_snapshot()["phase"] == "closed"
    therapist.reveals()
    assert guesses_in(member.snapshot()) == [text]
    tabs[1].leave()

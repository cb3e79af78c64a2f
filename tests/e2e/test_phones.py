"""Phones as they are: they reload, sleep, and lose the network in the middle of a sending."""

import os
import signal
import time
from collections.abc import Callable

from playwright.sync_api import APIResponse, Browser, Route, expect

from tests.actors import Therapist, stage_of
from tests.e2e.people import Member
from tests.server import Server

SLEEP_S = 20
GUESS = "Maybe he is saying goodbye"


def revealed(therapist: Therapist) -> str:
    therapist.does("close")
    return stage_of(therapist.reveals()["snapshot"])


def test_a_reloaded_phone_keeps_its_seat_and_its_half_written_words(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    member.page.wait_for_timeout(500)
    member.page.reload()
    expect(member.box).to_have_value(GUESS)
    member.presses("Send my guess")
    member.sees("You are done for now.")
    member.page.reload()
    member.sees("You are done for now.")
    assert revealed(therapist).count(GUESS) == 1


def test_a_guess_whose_answer_got_lost_is_sent_again_and_counts_once(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.context.route("**/guess", losing_the_first_answer())
    member.guesses(GUESS)
    assert revealed(therapist).count(GUESS) == 1


def test_an_answer_that_the_room_overtakes_still_shows_that_the_guess_is_in(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    held: list[tuple[Route, APIResponse]] = []
    member.context.route("**/guess", lambda route: held.append((route, route.fetch())))
    member.presses("Send my guess")
    member.sees("Sending…")
    therapist.does("last-call")
    member.sees("Guessing is closing soon.")
    (route, answer) = held[0]
    route.fulfill(response=answer)
    member.sees("You are done for now.")


def test_words_that_come_too_late_stay_on_the_phone(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    therapist.does("close")
    member.sees("Your words stay on this phone.")
    expect(member.box).to_have_value(GUESS)
    member.presses("Put away")
    member.sees("Take a breath.")


def test_a_phone_that_slept_wakes_to_the_room_as_it_is(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """The renderer is stopped, as a phone's is: its timers and its sockets stand still."""
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.guesses(GUESS)
    asleep = renderers_of(browser, server)
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(SLEEP_S)
    therapist.does("close")
    therapist.reveals()
    for pid in asleep:
        os.kill(pid, signal.SIGCONT)
    member.sees("We talk now.")
    member.sees(GUESS)


def losing_the_first_answer() -> Callable[[Route], None]:
    lost = []

    def handle(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())  # The server has it; the phone is told nothing.
        route.abort()

    return handle


def renderers_of(browser: Browser, server: Server) -> list[int]:
    """The processes that draw pages in this browser."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [one["id"] for one in processes if one["type"] == "renderer"]


def test_another_question_to_come_moves_nobody_who_reads_along(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server, viewport={"width": 390, "height": 300}).joins(therapist.code)
    therapist.does("start", vignette="waving")
    member.sees("You can read along here.")
    member.page.evaluate("window.scrollTo(0, 150)")
    version = therapist.does("ask", prompt="feelings")["snapshot"]["version"][0]
    expect(member.page.locator(f'body[data-version^="{version}."]')).to_be_attached()
    assert member.page.evaluate("window.scrollY") == 150

"""What goes wrong between a phone and its room is said once, truly, and mends itself (screens.md §2.7)."""

import time
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Route, WebSocketRoute, expect

from tests.actors import Therapist, stage_of
from tests.e2e.people import Member
from tests.server import Server

GUESS = "Maybe he wants to be seen"
STILL_MS = 3_000  # after which a phone says that it is still sending
SILENCE_S = 4.0  # after which it says that there is no connection


def test_an_error_of_the_server_is_the_only_thing_said_while_the_phone_tries_again(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    error = "Something went wrong on our side. It is not your fault. Your words are still on this phone."
    tries: list[int] = []

    def fail(route: Route) -> None:
        # The first answer is so slow that the phone has said "Still sending" already.
        if not tries:
            member.page.wait_for_timeout(STILL_MS + 500)
            expect(member.page.locator("#said[data-shown]")).to_contain_text("Still sending")
        tries.append(1)
        route.fulfill(status=500, body="{}", content_type="application/json")

    member.page.route("**/guess", fail)
    member.presses("Send my guess")
    expect(member.page.get_by_role("alert")).to_have_text(f"{error} We try again by ourselves.")
    expect(member.page.locator("#said[data-shown]")).to_have_count(0)
    member.page.wait_for_timeout(STILL_MS + 500)
    expect(member.page.locator("#said[data-shown]")).to_have_count(0)
    expect(member.page.get_by_role("alert")).to_be_visible()
    member.page.unroute("**/guess")
    member.sees("You are done for now.")
    expect(member.page.get_by_role("alert")).to_be_empty()
    assert len(tries) > 1


def test_a_phone_whose_socket_cannot_connect_asks_and_is_told_of_every_phase(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server)
    member.page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    member.joins(therapist.code)
    member.sees("You are in.")
    therapist.starts_guessing()
    member.guesses(GUESS)
    therapist.does("close")
    member.sees("Guessing is closed.")
    therapist.reveals()
    member.sees("We talk now.")
    member.sees(GUESS)


def test_a_guess_whose_answer_was_lost_before_the_closing_is_said_to_be_in_and_counts_once(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    sent: list[str] = []
    through = False

    def lose(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if through:
            return route.continue_()
        if len(sent) == 1:
            route.fetch()
        return route.abort()

    member.page.route("**/guess", lose)
    member.presses("Send my guess")
    member.sees("Sending…")
    while len(sent) < 3:
        member.page.wait_for_timeout(100)
    therapist.does("close")
    member.page.wait_for_timeout(500)
    through = True
    expect(member.page.locator("#said")).to_have_text("Your guess is in.")
    assert len({parse_qs(one)["op"][0] for one in sent}) == 1
    assert stage_of(therapist.reveals()["snapshot"]).count(GUESS) == 1


def test_a_phone_that_is_not_answered_for_four_seconds_says_that_there_is_no_connection(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """The browser believes that it is online, and no socket is closed."""
    member = Member(browser, server)
    silent = False

    def carry(socket: WebSocketRoute) -> None:
        there = socket.connect_to_server()
        socket.on_message(lambda message: None if silent else there.send(message))
        there.on_message(lambda message: None if silent else socket.send(message))

    member.page.route_web_socket("**/socket.io/**", carry)
    member.joins(therapist.code)
    sign, strip = member.page.locator("#connection"), member.page.locator("#strip")
    expect(sign).to_have_text("Connected")
    silent = True
    member.page.route("**/snapshot*", lambda route: route.abort())
    member.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(sign).to_have_text("Connecting…")
    began = time.monotonic()
    expect(strip).to_be_hidden()
    expect(strip).to_be_visible()
    assert time.monotonic() - began > SILENCE_S - 1
    expect(strip).to_contain_text("No connection right now.")
    expect(sign).to_have_text("Offline")


def test_late_words_that_were_kept_stand_under_their_question(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    therapist.does("close")
    member.sees("Your words stay on this phone.")
    asked = "What might be going on in Emil’s mind?"
    expect(member.page.locator("#compose h1")).to_have_text(asked)
    heading = member.page.locator("#compose h1").bounding_box()
    assert heading
    assert heading["height"] > 20
    member.page.reload()
    expect(member.page.locator("#kept-text")).to_have_text(GUESS)
    expect(member.page.locator("#kept-asked")).to_have_text(asked)
    expect(member.page.locator("#kept-asked")).to_be_visible()


def test_a_goodbye_on_an_open_page_is_drawn_as_the_server_draws_it(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    expect(member.page.locator("#connection")).to_have_text("Connected")
    seat = therapist.snapshot()["regions"]["room"]["html"].split('name="seat" value="')[1].partition('"')[0]
    therapist.does("remove", seat=seat)
    member.sees("You can close this page now.")
    live = goodbye(member)
    member.page.reload()
    assert goodbye(member) == live
    assert "<svg" in live


def goodbye(member: Member) -> str:
    """What a goodbye is made of, but for where the focus may go."""
    member.sees("You can close this page now.")
    html: str = member.page.locator("main .fill").inner_html()
    return html.replace(' tabindex="-1"', "").replace("\n", "").replace("  ", "").replace(' class=""', "")

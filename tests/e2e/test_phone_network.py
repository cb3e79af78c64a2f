"""Phones sleep, lose the network and wake: the room is there soon, a guess arrives once (C-5, C-6)."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.actors import Therapist, stage_of
from tests.e2e.people import Member
from tests.e2e.wire import Meter, Wire, tell
from tests.server import Server

GUESS = "Maybe he wants to be seen"
AWAKE_WITHIN_S, ARRIVES_WITHIN_S = 3.0, 5.0
IDLE_B_S, LEAPS_S = 30, 24
TRIES = 3  # a busy machine may be late once, and a slow program is late every time

WAKE_LOCKS = """
  window.locks = [];
  const request = () => {
    const lock = new EventTarget();
    lock.release = () => { window.locks.push('released'); lock.dispatchEvent(new Event('release')); };
    window.locks.push('held');
    return Promise.resolve(lock);
  };
  Object.defineProperty(navigator, 'wakeLock', { value: { request } });
"""


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def far_server(tmp_path: Path, wire: Wire) -> Iterator[Server]:
    """A server that phones reach over a wire that can fall silent."""
    server = Server(tmp_path, FACILITATOR_BASE_URL=wire.url).start()
    wire.lead_to(server.port)
    yield server
    server.stop()


def listed(took: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in took)


def wake(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_phone_whose_socket_died_in_silence_is_in_the_right_phase_soon_after_it_wakes(
    browser: Browser, far_server: Server, wire: Wire
) -> None:
    """The packets are dropped, so the socket still says that it is open."""
    therapist = far_server.therapist().open_room()
    member = Member(browser, far_server)
    member.opens(f"{wire.url}/J/{therapist.code}")
    member.presses("Join")
    member.sees("You are in.")
    expect(member.page.locator("#connection")).to_have_text("Connected")
    took = []
    for command, shown in (
        ("start", "You can read along here."),
        ("open", "Send my guess"),
        ("stop", "pause"),
    ):
        expect(member.page.locator("#connection")).to_have_text("Connected")
        wire.fall_silent()
        therapist.does(command, **({"vignette": "waving"} if command == "start" else {}))
        began = time.monotonic()
        wake(member.page)
        member.sees(shown)
        took.append(time.monotonic() - began)
        if took[-1] <= AWAKE_WITHIN_S:
            break
    tell(f"right phase {listed(took)} s after waking over a dead socket ({AWAKE_WITHIN_S})")
    assert min(took) <= AWAKE_WITHIN_S


def test_without_a_network_no_phone_promises_to_send_what_nobody_sent(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    member.context.set_offline(True)
    member.sees("Your words are safe on this phone. You can go on writing.")
    member.context.set_offline(False)
    therapist.does("close")
    member.sees("Your words stay on this phone.")
    expect(member.page.locator("#strip")).to_be_hidden()
    member.context.set_offline(True)
    expect(member.page.locator("#strip")).to_contain_text("You do not need to do anything.")
    member.does_not_see("We send it")


def test_a_guess_sent_offline_arrives_once_and_soon_after_the_network_is_back(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    therapist.starts_guessing()
    took: list[float] = []
    for _ in range(TRIES):
        member = Member(browser, server).joins(therapist.code)
        member.writes(f"{GUESS}, number {len(took)}")
        member.context.set_offline(True)
        member.presses("Send my guess")
        member.sees("Your guess is safe on this phone.")
        member.sees("Sending…")
        began = time.monotonic()
        member.context.set_offline(False)
        member.sees("You are done for now.")
        took.append(time.monotonic() - began)
        member.sees("Back online.")
        expect(member.page.locator("#strip")).to_be_hidden()
        if took[-1] <= ARRIVES_WITHIN_S:
            break
    tell(f"the guess was in {listed(took)} s after the network was back ({ARRIVES_WITHIN_S})")
    assert min(took) <= ARRIVES_WITHIN_S
    therapist.does("close")
    shown = stage_of(therapist.reveals()["snapshot"])
    assert [shown.count(f"{GUESS}, number {one}") for one in range(len(took))] == [1] * len(took)


def test_a_sending_on_its_way_survives_a_reload_and_counts_once(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    member.context.route("**/guess", lambda route: route.abort())
    member.presses("Send my guess")
    member.sees("Sending…")
    member.page.reload()
    expect(member.box).to_have_value(GUESS)
    expect(member.box).to_have_attribute("readonly", "")
    member.context.unroute("**/guess")
    member.sees("You are done for now.")
    therapist.does("close")
    assert stage_of(therapist.reveals()["snapshot"]).count(GUESS) == 1


def test_after_sending_the_strip_says_that_nothing_need_be_done(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.guesses(GUESS)
    member.context.set_offline(True)
    member.sees("Your guess got through. You do not need to do anything.")
    expect(member.page.locator("#strip")).to_have_text(
        "No connection right now. Your guess got through. You do not need to do anything. We keep trying."
    )


def test_a_page_that_was_just_drawn_is_not_sent_the_room_again(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server)
    meter = Meter(member.page)
    member.joins(therapist.code)
    expect(member.page.locator("#connection")).to_have_text("Connected")
    frames = sum(cost for key, cost in meter.bytes_of.items() if key.endswith(" frames"))
    tell(f"{frames:.0f} bytes in frames until the page is live")
    assert 0 < frames < 400
    before = meter.total
    therapist.does("start", vignette="waving")
    member.sees("You can read along here.")
    tell(f"{meter.total - before} bytes for a new phase")
    assert meter.total - before < 4_096
    assert {urlsplit(f"//{host}").hostname for host in meter.hosts} == {"127.0.0.1"}


def test_a_phone_that_only_waits_costs_next_to_nothing(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """The page leaps through as much time as it waits for a ping; the server's pings are reckoned."""
    member = Member(browser, server)
    member.page.clock.install()
    frames: list[tuple[int, str]] = []  # how long the frame's own head is, and what it says

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda text: frames.append((6, str(text))))
        socket.on("framereceived", lambda text: frames.append((2, str(text))))

    def told(start: str, holds: str = "") -> int:
        return sum(text.startswith(start) and holds in text for _, text in frames)

    member.page.on("websocket", watch)
    member.joins(therapist.code)
    expect(member.page.locator("#connection")).to_have_text("Connected")
    while not told("43/member"):
        member.page.wait_for_timeout(20)
    opening = next(text for _, text in frames if text.startswith("0{"))
    pings_s = json.loads(opening[1:])["pingInterval"] / 1000
    frames.clear()
    for _ in range(LEAPS_S):
        member.page.clock.run_for(1_000)
        member.page.wait_for_timeout(20)
        while told("42/member", "sync") > told("43/member"):
            member.page.wait_for_timeout(20)  # for the server, whose own time goes on as it does
    idle = sum(head + len(text.encode()) for head, text in frames if text not in "23") / LEAPS_S
    pings = (2 + 6 + len("23")) / pings_s
    tell(f"{idle:.1f} B/s of questions and {pings:.1f} B/s of pings while nothing happens ({IDLE_B_S})")
    assert 1 <= told("42/member", "sync") == told("43/member") <= 3
    assert idle + pings <= IDLE_B_S
    expect(member.page.locator("#connection")).to_have_text("Connected")


def test_a_phone_is_kept_awake_while_guesses_are_written_and_read(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    other = therapist.member()
    member = Member(browser, server)
    member.context.add_init_script(WAKE_LOCKS)
    member.joins(therapist.code)

    def locks() -> list[str]:
        found: list[str] = member.page.evaluate("window.locks")
        return found

    therapist.starts_guessing()
    expect(member.box).to_be_visible()
    assert locks() == []
    member.box.tap()
    member.page.wait_for_function("window.locks.length === 1")
    member.guesses(GUESS)
    other.pass_()
    therapist.does("close")
    therapist.reveals()
    member.sees("We talk now.")
    assert locks() == ["held"]
    therapist.does("finish")
    member.sees("A short break between stories.")
    assert locks() == ["held", "released"]


def test_a_phone_that_may_not_be_kept_awake_says_nothing(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server)
    said: list[str] = []
    member.page.on("console", lambda message: said.append(message.text))
    member.page.on("pageerror", lambda error: said.append(str(error)))
    refuse = "{ request: () => Promise.reject(new DOMException('no', 'NotAllowedError')) }"
    member.context.add_init_script(f"Object.defineProperty(navigator, 'wakeLock', {{ value: {refuse} }})")
    member.joins(therapist.code)
    therapist.starts_guessing()
    member.box.tap()
    member.guesses(GUESS)
    assert said == []


def test_words_too_late_for_their_question_are_kept_in_sight_while_it_is_asked_again(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    phone = Member(browser, server).joins(therapist.code)
    other = therapist.member()
    therapist.starts_guessing("waving")
    phone.writes(GUESS)
    phone.context.set_offline(True)
    phone.presses("Send my guess")
    phone.sees("Your guess is safe on this phone.")
    other.submit("Maybe he greets the street")
    therapist.does("close")
    therapist.reveals()
    therapist.does("second-look")
    phone.context.set_offline(False)
    phone.sees("Your guess came in after guessing was closed.")
    expect(phone.page.locator("#kept-text")).to_have_text(GUESS)
    phone.guesses("I think so still")
    phone.presses("Put away")
    expect(phone.page.locator("#kept")).to_be_hidden()
    phone.page.reload()
    phone.sees("You are done for now.")
    phone.does_not_see(GUESS)

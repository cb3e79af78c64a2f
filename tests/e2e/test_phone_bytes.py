"""From the square on the wall to the first guess: taps, bytes, requests, and how soon (C-2, C-8, C-9)."""

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.actors import Therapist
from tests.e2e.people import Member
from tests.e2e.wire import SLOW_3G, SLOW_CPU, Meter, tell
from tests.server import Server

MOST_BYTES = 30 * 1024
MOST_REQUESTS = 12
FIRST_WINDOW_BYTES = 14 * 1024
FIRST_PAINT_MS, LIVE_MS = 1_800, 3_500
GENEROUS_MS = 20_000
TRIES = 5  # a busy machine may be late once, and a slow program is late every time


@pytest.fixture
def therapist(ada: Therapist) -> Therapist:
    ada.open_room().starts_guessing()
    return ada


def test_from_the_square_on_the_wall_to_the_first_guess_are_two_taps_and_few_bytes(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server)
    meter = Meter(member.page)
    pages: list[str] = []
    member.page.on("framenavigated", lambda frame: pages.append(frame.url))
    member.opens(f"/J/{therapist.code}")
    member.page.get_by_role("button", name="Join").tap()
    expect(member.page.locator("#connection")).to_have_text("Connected")
    member.writes("Maybe he wants to be seen")
    member.page.get_by_role("button", name="Send my guess").tap()
    member.sees("You are done for now.")
    tell(f"\n{meter.report()}\n{meter.requests} requests")
    assert len(pages) == 2, "the page that asks, and the room: no other page in between"
    assert meter.requests <= MOST_REQUESTS
    assert meter.total <= MOST_BYTES
    assert meter.hosts == {f"127.0.0.1:{server.port}"}


def test_a_first_page_and_its_styles_each_fit_the_first_window_of_a_connection(therapist: Therapist) -> None:
    stranger = therapist.stranger()
    page = stranger.http.get(f"/r/{therapist.code}/")
    assert len(page.content) < FIRST_WINDOW_BYTES
    member = therapist.member()
    page = member.browser.http.get(f"/r/{therapist.code}/")
    tell(f"\nthe room's page: {len(page.content)} bytes unpacked")
    assert len(page.content) < FIRST_WINDOW_BYTES
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text.split("<noscript>")[0])
    assert len(styles) == 1
    asked = {"Accept-Encoding": "gzip"}  # the larger of the two
    with member.browser.http.stream("GET", styles[0], headers=asked) as answer:
        assert len(b"".join(answer.iter_raw())) < FIRST_WINDOW_BYTES


def in_the_room(browser: Browser, server: Server, therapist: Therapist) -> tuple[Member, str]:
    """A member who has joined, and the address of the room's page."""
    member = Member(browser, server)
    member.opens(f"/J/{therapist.code}")
    member.presses("Join")
    member.sees("Send my guess")
    return member, member.page.url


def test_two_round_trips_paint_a_form_that_can_be_sent_without_any_script(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """The page, and its one file of styles: first paint waits for nothing else that a phone asks for."""
    member, path = in_the_room(browser, server, therapist)
    held: list[Route] = []
    # Asked for and never answered: everything but pages and styles.
    answered = (path, ".css", "/guess")
    member.context.route(lambda url: not url.endswith(answered), lambda route: held.append(route))
    member.page.goto("about:blank")
    asked: list[str] = []
    member.page.on("request", lambda request: asked.append(request.resource_type))
    member.page.goto(path, wait_until="commit")
    member.page.evaluate(
        """() => new Promise((painted) => new PerformanceObserver((list) => {
          if (list.getEntriesByName('first-contentful-paint').length) painted();
        }).observe({ type: 'paint', buffered: true }))"""
    )
    assert sorted(asked) == ["document", "script", "stylesheet"]
    assert [route.request.resource_type for route in held] == ["script"]
    expect(member.box).to_be_visible()
    expect(member.box).to_be_editable()
    member.box.fill("Maybe he wants to be seen")
    member.presses("Send my guess")
    member.sees("You are done for now.")
    assert {route.request.resource_type for route in held} == {"script"}


@pytest.mark.timeout(180)
def test_on_a_slow_phone_the_form_is_usable_at_first_paint(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """Slow 3G and a sixth of the processor."""
    member, path = in_the_room(browser, server, therapist)
    meter = Meter(member.page)
    meter.cdp.send("Network.emulateNetworkConditions", SLOW_3G)
    meter.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
    member.page.add_init_script(
        """
        new PerformanceObserver((list) => {
          if (!list.getEntriesByName('first-contentful-paint').length) return;
          const box = document.querySelector('#compose textarea');
          window.usableAtFirstPaint = Boolean(box && box.form.action && !box.readOnly);
        }).observe({ type: 'paint', buffered: true });
        new MutationObserver((_, watcher) => {
          const word = document.getElementById('connection');
          if (!word || word.textContent !== 'Connected') return;
          watcher.disconnect();
          window.liveAfter = performance.now();
        }).observe(document, { subtree: true, childList: true, characterData: true });
        """
    )
    took = []
    for _ in range(TRIES):
        took.append(time_a_first_page(member, meter, path))
        assert member.page.evaluate("window.usableAtFirstPaint")
        if took[-1][0] <= FIRST_PAINT_MS and took[-1][1] <= LIVE_MS:
            break
    tell(
        f"\nSlow 3G, CPU x{SLOW_CPU}: first paint and live after "
        + ", ".join(f"{paint_ms:.0f} and {live_ms:.0f} ms" for paint_ms, live_ms in took)
        + f" ({FIRST_PAINT_MS}, {LIVE_MS})"
    )
    assert min(paint_ms for paint_ms, _ in took) <= FIRST_PAINT_MS
    assert min(live_ms for _, live_ms in took) <= LIVE_MS


def time_a_first_page(member: Member, meter: Meter, path: str) -> tuple[float, float]:
    """Open the room as if for the first time; return the ms until it is painted, and until it is live."""
    member.page.goto("about:blank")
    meter.cdp.send("Network.clearBrowserCache")
    member.page.goto(path, wait_until="commit")
    expect(member.page.locator("#connection")).to_have_text("Connected", timeout=GENEROUS_MS)
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return member.page.evaluate(paint), member.page.evaluate("window.liveAfter")

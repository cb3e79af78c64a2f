"""A therapist alone: from the first page to a revealed round, without a second device or a second person."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.actors import PASSWORD
from tests.e2e.axe import complaints, ways
from tests.e2e.people import LAPTOP, PHONE, Therapist
from tests.e2e.wire import tell
from tests.server import Server

COMING_MS = 20_000  # six come within ten seconds, and the console hears of it on its next tick
GUESSING_MS = 45_000  # the last guess comes at 25 s, a second thought later, the word after that
SMALLEST_TARGET = 44
# One press with the mouse, and one sign as most people type (Card, Moran and Newell 1980).
ACTION_S, SIGN_S = 1.2, 0.28
START_S = 60
SMALL = """least => [...document.querySelectorAll('a, button, summary, input, select')]
  .map((one) => one.type === 'radio' ? one.parentElement : one)
  .filter((one) => one.checkVisibility())
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < least - .5 || box.width < least - .5)
  .map(([one, box]) => `${one.outerHTML.slice(0, 90)}: ${box.width} by ${box.height}`)"""


@pytest.fixture
def ada(browser: Browser, new_server: Server) -> Iterator[Therapist]:
    new_server.therapist()
    ada = Therapist(browser, new_server)
    ada.opens("/")
    ada.page.get_by_text("Sign in as a therapist").click()
    ada.page.get_by_label("E-mail address").fill("ada@clinic.example")
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.presses("Sign in")
    ada.page.wait_for_url("**/therapist/")
    yield ada
    ada.leaves()


@pytest.mark.timeout(240)
def test_a_therapist_alone_sees_the_whole_arc(ada: Therapist) -> None:
    ada.presses("Try it alone first")
    ada.page.wait_for_url("**/therapist/rooms/*/")
    ada.sees("Practice. No real people.")
    expect(ada.page.get_by_text("6 people here").first).to_be_visible(timeout=COMING_MS)
    ada.does("Start the story")
    ada.does("Open guessing")
    expect(ada.page.get_by_text("Everyone is in").first).to_be_visible(timeout=GUESSING_MS)
    ada.waits()
    ada.does("Close guessing")
    ada.waits()
    ada.does("Reveal")
    cards = ada.page.locator("#cards li")
    expect(cards).to_have_count(5)
    assert len(set(cards.locator(".text").all_inner_texts())) == 5
    ada.opens("/therapist/")
    ada.sees("Your room is open")
    # Also beside an open room all of home is on a laptop's page.
    expect(ada.page.get_by_role("link", name="Past rooms")).to_be_in_viewport(ratio=1)


def test_from_the_first_page_to_open_guessing_are_a_password_three_clicks_and_a_minute(
    browser: Browser, new_server: Server
) -> None:
    """C-1: what the machine took, a fixed time for each press, and one for each sign that is typed."""
    new_server.therapist()
    ada = Therapist(browser, new_server)
    began = time.monotonic()
    actions = signs = 0

    def click(name: str) -> None:
        nonlocal actions
        actions += 1
        ada.presses(name)

    def type_in(name: str, text: str) -> None:
        nonlocal actions, signs
        actions, signs = actions + 1, signs + len(text)
        ada.page.get_by_label(name).press_sequentially(text)

    ada.opens("/")
    actions += 1
    ada.page.get_by_text("Sign in as a therapist").click()
    type_in("E-mail address", "ada@clinic.example")
    type_in("Password", PASSWORD)
    click("Sign in")
    ada.page.wait_for_url("**/therapist/")
    signed_in = actions
    click("Open a room")
    ada.page.wait_for_url("**/therapist/rooms/*/")
    click("Start the story")
    click("Open guessing")
    ada.sees("Guesses are coming in")
    machine_s = time.monotonic() - began
    whole_s = machine_s + actions * ACTION_S + signs * SIGN_S
    tell(
        f"{actions} actions, {signs} signs and {machine_s:.1f} s of the machine: {whole_s:.0f} s ({START_S})"
    )
    assert actions - signed_in <= 3
    assert whole_s <= START_S
    ada.leaves()


def test_a_room_is_opened_with_keys_alone(ada: Therapist) -> None:
    ada.page.get_by_label("Story").focus()
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("ArrowRight")
    expect(ada.page.get_by_label("One shared screen")).to_be_checked()
    ada.sees("Everyone sees this page.")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    ada.page.wait_for_url("**/therapist/rooms/*/")
    ada.opens("/therapist/")
    expect(ada.page.get_by_label("One shared screen")).to_be_checked()


def test_a_wrong_sign_is_named_while_it_is_typed(browser: Browser, server: Server) -> None:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(server.url)
    box, line = page.get_by_label("Type your code"), page.locator("#code-error")
    box.press_sequentially("hq7k-3")
    expect(line).to_have_text("")
    box.press_sequentially("l")
    expect(line).to_have_text("Codes never have O, I or L.")
    box.press("Backspace")
    expect(line).to_have_text("")
    box.press_sequentially("5")
    expect(line).to_contain_text("Codes use only these signs")
    context.close()


@pytest.mark.timeout(300)
def test_these_pages_are_accessible_in_every_theme_width_and_tongue(ada: Therapist) -> None:
    ada.opens("/therapist/stories")
    page, found = ada.page, []
    room = ada.server.url
    made = page.request.post(f"{room}/therapist/practice", headers={"Origin": room}, max_redirects=0)
    assert made.status == 303
    for path, device in pages(ada):
        page.set_viewport_size(device["viewport"])
        page.goto(f"{room}{path}")
        open_all(page)
        for theme, tongue in ways(page):
            how = f"{path} {device['viewport']['width']} {theme} {tongue}"
            found += [f"{how}: {line}" for line in complaints(page, theme)]
        found += [f"{path} too small: {one}" for one in page.evaluate(SMALL, SMALLEST_TARGET)]
    assert not found, "\n".join(found)


def pages(ada: Therapist) -> Iterator[tuple[str, dict[str, Any]]]:
    tablet = {"viewport": {"width": 820, "height": 1180}}
    narrow = {"viewport": {"width": 320, "height": 640}}
    for path in ("/", "/therapist/", "/therapist/stories", "/therapist/summaries", "/no-such-page"):
        for device in (LAPTOP, tablet, PHONE, narrow) if path == "/therapist/" else (LAPTOP, narrow):
            yield path, device


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

"""The keys of the console: what they press, and when they keep still; two consoles together (C-21)."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.consoles import GUESSES, Clinic, Console, fill, revealed
from tests.e2e.people import Member


def test_from_the_lobby_two_presses_open_guessing_and_the_next_ones_lead_to_the_talk(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.types("n")
    ada.is_at("reading")
    ada.types("n")
    ada.is_at("guessing")
    for guess in GUESSES:
        room.member().submit(guess)
    ada.waits()
    ada.types("n")
    ada.is_at("closed")
    ada.types("n", "n", "n")
    assert ada.phase == "closed", "a hasty press must not reveal"
    ada.waits()
    ada.types("n")
    ada.is_at("revealed")
    ada.sees(GUESSES[0])
    ada.leaves()


def test_keys_keep_still_while_somebody_writes_with_modifiers_and_when_they_are_off(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    fill(room)
    ada = Console(browser, clinic, room)
    ada.types("a")
    box = ada.page.locator("#hand-text")
    ada.has_focus_on(box)
    ada.types("n", "p", "l", "Escape")
    expect(box).to_have_value("npl")
    ada.types("Control+n", "Alt+n", "Meta+p")
    ada.types("?")
    control = ada.page.get_by_role("switch", name="Single-key shortcuts")
    control.click()
    ada.types("Escape")
    ada.types("n", "p", "l", "c", "b", "?")
    ada.page.wait_for_timeout(400)
    assert (ada.phase, room.snapshot()["phase"]) == ("guessing", "guessing")
    expect(ada.page.locator("#keys")).not_to_be_visible()
    # This browser remembers it, and the list can still be opened by hand.
    ada.page.reload()
    ada.page.get_by_role("button", name="Shortcuts").click()
    expect(control).to_have_attribute("aria-checked", "false")
    control.click()
    ada.types("Escape", "p")
    ada.is_at("stopped")
    ada.leaves()


def test_a_clicker_walks_from_guess_to_guess_and_never_changes_the_phase(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    before = room.snapshot()["version"][0]
    ada.types(*["PageDown", "PageUp"] * 3)
    assert room.snapshot()["version"][0] == before
    revealed(room)
    ada.is_at("revealed")
    cards = ada.page.locator("#cards li")
    version = room.snapshot()["version"][0]
    ada.types("PageDown")
    ada.has_focus_on(cards.nth(0))
    ada.types("PageDown", "ArrowRight")
    ada.has_focus_on(cards.nth(2))
    ada.types("PageUp")
    ada.has_focus_on(cards.nth(1))
    assert room.snapshot()["version"][0] == version
    ada.leaves()


def test_the_list_names_keys_of_the_shared_screen_only_where_there_is_one(
    browser: Browser, clinic: Clinic
) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room(where="phones"))
    of_the_screen = ada.page.locator("#keys dd").filter(has_text="screen")
    ada.types("?")
    expect(ada.page.locator("#keys dd").filter(has_text="The next step")).to_be_visible()
    assert of_the_screen.filter(visible=True).count() == 0
    ada.types("Escape")
    ada.does("Use a shared screen after all")
    ada.types("?")
    expect(of_the_screen.filter(visible=True)).to_have_count(3)
    ada.leaves()


def test_the_marked_guess_is_shown_moved_and_held_back_by_keys(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    member = Member(browser, clinic.server).joins(room.code)
    revealed(room)
    ada = Console(browser, clinic, room)
    ada.types("ArrowRight")
    card = ada.page.locator("#cards li:focus")
    words = card.locator(".text").inner_text()
    ada.types("Enter")
    member.sees("We are talking about this one")
    marked = ada.card(words)
    expect(marked).to_have_attribute("aria-current", "true")
    ada.has_focus_on(marked)
    ada.types("Enter")
    expect(marked).not_to_have_attribute("aria-current", "true")
    ada.types("1")
    expect(ada.page.locator('[data-drop="0"]').get_by_text(words)).to_be_visible()
    ada.has_focus_on(ada.card(words))
    ada.types("2")
    expect(ada.page.locator('.group[data-drop="1"]').get_by_text(words)).to_be_visible()
    ada.has_focus_on(ada.card(words))
    ada.types("h")
    expect(ada.card(words)).to_contain_text("Held back.")
    member.does_not_see(words)
    ada.types("u")
    member.does_not_see(words)
    expect(ada.card(words)).to_contain_text("Still folded")
    for person in (ada, member):
        person.leaves()


def test_one_key_blanks_the_screen_and_the_same_key_brings_it_back(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    room.does("start", vignette="waving")
    screen = room.screen()
    ada = Console(browser, clinic, room)
    pressed = ada.page.locator('.segment[aria-pressed="true"]')
    for key, name in (
        ("b", "Blank"),
        ("b", "Question"),
        (".", "Blank"),
        ("j", "Join code"),
        ("s", "Question"),
    ):
        ada.types(key)
        expect(pressed).to_have_text(name, use_inner_text=True)
    assert screen.sees("Emil")
    ada.types("l")
    ada.sees("The room is locked.")
    ada.types("u")
    ada.does_not_see("The room is locked.")
    ada.leaves()


def test_looking_first_asks_once_and_going_back_folds_the_words(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    fill(room)
    room.does("close")
    ada, other = Console(browser, clinic, room), Console(browser, clinic, room)
    ada.types("c")
    ada.sees("Is this screen on the wall?")
    ada.presses("Not now")
    assert GUESSES[0] not in ada.page.content()
    ada.types("c")
    ada.presses("Unfold them here")
    ada.sees(GUESSES[0])
    assert GUESSES[0] not in other.page.content()
    ada.types("c")
    ada.sees("Still folded.")
    assert GUESSES[0] not in ada.page.locator("main").inner_text()
    for person in (ada, other):
        person.leaves()


def test_two_consoles_press_the_next_step_together_and_one_step_is_made(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada, ben = Console(browser, clinic, room), Console(browser, clinic, room)
    before = room.snapshot()["version"][0]
    # Neither hears of the other's press before its own is on its way.
    for one in (ada, ben):
        one.page.evaluate("document.querySelector('#next .primary').click()")
    for one in (ada, ben):
        one.is_at("reading")
    ada.page.wait_for_timeout(300)
    assert room.snapshot()["version"][0] == before + 1
    notices = [one.page.get_by_role("status").inner_text() for one in (ada, ben)]
    assert sum("Your co-therapist already moved on" in one for one in notices) == 1
    for one in (ada, ben):
        one.leaves()


def test_quick_presses_are_sent_one_after_the_other_and_a_double_press_makes_one_step(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.types("l", "b", "n", "n")
    ada.is_at("reading")
    ada.sees("The room is locked.")
    expect(ada.page.locator('.segment[aria-pressed="true"]')).to_contain_text("Blank")
    ada.page.wait_for_timeout(500)
    assert room.snapshot()["phase"] == "reading"
    ada.does_not_see("already moved on")
    ada.leaves()


@pytest.mark.parametrize("pause_ms", [120, 400, 700])
def test_a_double_press_neither_closes_guessing_nor_begins_a_second_look(
    browser: Browser, clinic: Clinic, pause_ms: int
) -> None:
    """The button under the finger becomes the next step, which cannot be taken back."""
    room = clinic.opens_a_room()
    members = [room.member() for _ in GUESSES]
    room.does("start", vignette="waving")
    ada = Console(browser, clinic, room)

    def presses_twice(name: str) -> None:
        box = ada.page.locator("#next").get_by_role("button", name=name, exact=True).bounding_box()
        assert box
        for _ in range(2):
            ada.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            ada.page.wait_for_timeout(pause_ms)
        ada.page.wait_for_timeout(500)

    presses_twice("Open guessing")
    assert room.snapshot()["phase"] == "guessing"
    for member, guess in zip(members, GUESSES, strict=True):
        member.submit(guess)
    room.does("close")
    ada.is_at("closed")
    ada.waits()
    presses_twice("Reveal")
    assert room.snapshot()["phase"] == "revealed"
    ada.waits()
    ada.types("n")
    ada.is_at("guessing")
    ada.leaves()

"""Guesses put together: by button, by drag and by name; the keys are in test_console_keys.py."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.consoles import GUESSES, Clinic, Console, revealed
from tests.e2e.people import Wall


@pytest.fixture
def ada(browser: Browser, clinic: Clinic) -> Console:
    """A console whose room talks about five revealed guesses."""
    room = clinic.opens_a_room()
    revealed(room)
    return Console(browser, clinic, room)


def group(ada: Console, place: int) -> Locator:
    return ada.page.locator(f'.group[data-drop="{place}"]')


def moves(ada: Console, text: str, name: str) -> None:
    card = ada.card(text)
    card.get_by_label("More for this guess").click()
    ada.presses(name, within=card)


def drags(page: Page, card: Locator, onto: str) -> None:
    """Take a card by its words and let it go over a place."""
    card.locator(".text").scroll_into_view_if_needed()
    start = card.locator(".text").bounding_box()
    assert start
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20)
    target = page.locator(onto)
    target.scroll_into_view_if_needed()
    end = target.bounding_box()
    assert end
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 20, steps=5)
    page.mouse.up()


def test_guesses_are_put_together_by_buttons_named_and_seen_on_the_wall(
    browser: Browser, clinic: Clinic, ada: Console
) -> None:
    wall = Wall(browser, clinic.server, ada.screen_path())
    moves(ada, GUESSES[0], "Move to a new group")
    expect(group(ada, 0)).to_contain_text(GUESSES[0])
    moves(ada, GUESSES[1], "Move to a new group")
    moves(ada, GUESSES[2], "Move to group 1")
    expect(group(ada, 0)).to_contain_text(GUESSES[2])
    ada.page.get_by_label("Name of group 1").fill("Missing someone")
    ada.page.get_by_label("Name of group 1").press("Enter")
    wall.sees("Missing someone")
    moves(ada, GUESSES[2], "Take out of the group")
    expect(ada.page.locator(".rest")).to_contain_text(GUESSES[2])
    ada.types("u")
    expect(group(ada, 0)).to_contain_text(GUESSES[2])
    for person in (ada, wall):
        person.leaves()


def test_a_guess_is_dragged_into_a_new_group_to_another_one_and_out_again(ada: Console) -> None:
    drags(ada.page, ada.card(GUESSES[0]), ".new-group")
    expect(group(ada, 0)).to_contain_text(GUESSES[0])
    drags(ada.page, ada.card(GUESSES[1]), '.group[data-drop="0"]')
    expect(group(ada, 0)).to_contain_text(GUESSES[1])
    drags(ada.page, ada.card(GUESSES[0]), ".rest")
    expect(ada.page.locator(".rest")).to_contain_text(GUESSES[0])
    before = ada.version
    drags(ada.page, ada.card(GUESSES[1]), "main h1")
    assert (ada.version, ada.card(GUESSES[1]).evaluate("one => one.style.transform")) == (before, "")
    ada.leaves()


def test_dissolving_the_groups_asks_first_and_keeps_every_guess(ada: Console) -> None:
    moves(ada, GUESSES[0], "Move to a new group")
    expect(group(ada, 0)).to_be_visible()
    ada.presses("No groups")
    ada.presses("Keep them")
    expect(group(ada, 0)).to_be_visible()
    ada.presses("No groups")
    ada.presses("No groups", within=ada.page.locator("#ask"))
    expect(group(ada, 0)).to_have_count(0)
    for guess in GUESSES:
        expect(ada.card(guess)).to_be_visible()
    ada.leaves()


def test_a_name_that_is_being_written_survives_what_others_do(clinic: Clinic, ada: Console) -> None:
    moves(ada, GUESSES[0], "Move to a new group")
    name = ada.page.get_by_label("Name of group 1")
    name.fill("Half a na")
    version = ada.version
    path = ada.page.url.removeprefix(clinic.server.url)
    clinic.signed_in.browser.post(f"{path}lock", version=version)
    ada.sees("The room is locked.")
    expect(name).to_have_value("Half a na")
    ada.has_focus_on(name)
    ada.leaves()

"""What a console does at its turns: the plan between stories, one by one, groups, pages, colours."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.consoles import GUESSES, Clinic, Console, fill, revealed
from tests.e2e.people import PATIENCE_MS
from tests.e2e.walls import Wall, long_guess

COUNT_LOCKS = """
  window.locks = 0;
  const request = async (kind) => { window.locks += 1; return { kind }; };
  Object.defineProperty(navigator, 'wakeLock', { value: { request } });
"""


def test_between_stories_the_list_of_stories_is_open_without_a_reload(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    revealed(room)
    ada = Console(browser, clinic, room)
    drill = ada.page.locator(".stories").get_by_role("button", name="The drill")
    expect(drill).not_to_be_visible()
    ada.presses("Finish this story", within=ada.page.locator(".plan"))
    ada.is_at("between")
    expect(drill).to_be_visible()
    drill.click()
    ada.is_at("reading")
    ada.leaves()


def test_where_nobody_guessed_the_next_key_leads_onwards(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    room.starts_guessing()
    ada = Console(browser, clinic, room)
    ada.waits()
    ada.types("n")
    ada.is_at("closed")
    ada.sees("Silence is fine.")
    ada.does_not_see("Whatever we see now")
    ada.types("n")
    assert ada.phase == "closed", "a hasty press must not go on"
    ada.waits()
    ada.types("n")
    ada.is_at("reading")
    ada.sees("Part 2")
    ada.leaves()


def test_one_key_reveals_one_by_one_and_the_next_step_goes_on_with_it(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    fill(room)
    room.does("close")
    ada = Console(browser, clinic, room)
    shown = ada.page.locator("#cards li[data-guess]")
    ada.types("o")
    ada.is_at("revealed")
    expect(shown).to_have_count(1)
    ada.sees("Next: one more guess")
    ada.types("o")
    expect(shown).to_have_count(2)
    ada.types("n")
    expect(shown).to_have_count(3)
    ada.leaves()


def test_the_groups_switch_shows_where_a_group_could_begin(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    revealed(room)
    ada = Console(browser, clinic, room)
    switch = ada.page.get_by_role("button", name="Groups")
    place = ada.page.get_by_text("Drop here for a new group")
    before = room.snapshot()["version"][0]
    expect(place).not_to_be_visible()
    for key, on in (("g", True), ("g", False), ("G", True)):
        ada.types(key)
        expect(switch).to_have_attribute("aria-pressed", str(on).lower())
        expect(place).to_be_visible(visible=on)
    assert room.snapshot()["version"][0] == before, "the switch is this console's own"
    room.does("lock")
    ada.is_level_with(room)
    expect(place).to_be_visible()
    ada.leaves()


def test_a_console_keeps_its_screen_awake_and_asks_again_when_it_comes_back(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.context.add_init_script(COUNT_LOCKS)
    ada.page.reload()
    expect(ada.page.locator("#connection")).to_have_text("Connected")
    assert ada.page.evaluate("window.locks") == 1
    ada.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert ada.page.evaluate("window.locks") == 2
    # A browser lets go when a page is hidden, and then there is nothing to ask for.
    ada.page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', { value: true });
          document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    assert ada.page.evaluate("window.locks") == 2
    ada.leaves()


def test_the_colours_go_round_from_light_to_dark_to_the_systems_and_are_kept(
    browser: Browser, clinic: Clinic
) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room())
    ada.page.emulate_media(color_scheme="dark")
    switch = ada.page.get_by_role("button", name="Light or dark")
    root, light, dark = ada.page.locator("html"), "rgb(238, 242, 238)", "rgb(15, 23, 20)"
    steps = (("light", "Light colours", light), ("dark", "Dark colours", dark))
    for theme, said, ground in steps:
        switch.click()
        expect(root).to_have_attribute("data-theme", theme)
        ada.sees(said)
        expect(ada.page.locator("body")).to_have_css("background-color", ground)
        ada.page.reload()
        expect(root).to_have_attribute("data-theme", theme)
    switch.click()
    expect(root).not_to_have_attribute("data-theme", re.compile(".*"))
    ada.sees("Colours as your system has them")
    ada.page.reload()
    expect(root).not_to_have_attribute("data-theme", re.compile(".*"))
    ada.leaves()


def test_turning_the_page_on_the_console_turns_it_on_the_wall(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    revealed(room, *(long_guess(n) for n in range(12)))
    ada, wall = Console(browser, clinic, room), Wall(browser, clinic.server, room)

    def on_the_wall() -> set[str]:
        wall.stands_at(room)
        wall.page.wait_for_timeout(300)
        return {one["text"] for one in wall.notes()}

    first = on_the_wall()
    ada.sees("Page 1 of")
    ada.does("Turn the page")
    ada.sees("Page 2 of")
    second = on_the_wall()
    assert first
    assert second
    assert not first & second
    ada.does("Back")
    ada.sees("Page 1 of")
    assert on_the_wall() == first
    for person in (ada, wall):
        person.leaves()


def test_a_console_says_the_number_of_what_went_wrong_and_tries_again(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.page.route(
        "**/lock",
        lambda route: route.fulfill(
            status=500, json={"error": {"code": "mishap", "message": "-", "number": "041 207"}}
        ),
    )
    ada.presses("Lock the room")
    alert = ada.page.get_by_role("alert")
    expect(alert).to_contain_text("If you ask for help, say 041 207.", timeout=PATIENCE_MS)
    # It is tried again by itself.
    ada.page.unroute("**/lock")
    ada.sees("The room is locked.")
    expect(alert).to_be_empty()
    ada.leaves()


@pytest.mark.parametrize("width", [1024, 1280])
def test_the_words_of_the_screens_buttons_and_the_code_have_room(
    browser: Browser, clinic: Clinic, width: int
) -> None:
    room = clinic.opens_a_room()
    room.does("start", vignette="waving")
    ada = Console(browser, clinic, room, viewport={"width": width, "height": 768})
    lines = (
        "one => Math.round(one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight))"
    )
    assert ada.page.locator(".join-card .code").evaluate(lines) == 1
    ends = ada.page.locator(".segment > span").evaluate_all(
        "all => all.map((one) => [one.getBoundingClientRect().left, one.getBoundingClientRect().right])"
    )
    assert all(second[0] - first[1] >= 8 for first, second in pairwise(ends)), ends
    assert ada.page.locator(".join-card").evaluate("one => one.scrollWidth <= one.clientWidth")
    ada.leaves()


def test_what_comes_next_in_the_lobby_stands_under_its_heading(browser: Browser, clinic: Clinic) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room())
    heading, card = (ada.page.locator(one).bounding_box() for one in ("#stories-now > summary", ".planned"))
    assert heading
    assert card
    assert (heading["x"], heading["width"]) == (card["x"], card["width"])
    ada.leaves()


def test_looking_first_does_not_wear_the_colour_of_a_lost_connection(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    fill(room, *GUESSES[:3])
    room.does("close")
    ada = Console(browser, clinic, room)
    ada.types("c")
    ada.presses("Unfold them here")
    strip = ada.page.locator(".strip.looking")
    expect(strip).to_have_css("background-color", "rgb(251, 232, 218)")
    expect(strip).to_have_css("color", "rgb(143, 68, 22)")
    ada.leaves()

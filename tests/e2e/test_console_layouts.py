"""The console on a laptop, on a tablet, as the one screen that everybody sees, and beside phones alone."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.consoles import GUESSES, TABLET, Clinic, Console, fill, knocks, revealed, steps

WIDE = {"viewport": {"width": 1920, "height": 1080}}
SMALL = {"viewport": {"width": 1024, "height": 768}}
NARROW = {"viewport": {"width": 320, "height": 640}}  # also a laptop's page at 400 %
EDGELESS = """() => Array.from(document.querySelectorAll('.card, .button, .folded, #cards li, .dots i'))
  .filter((one) => one.checkVisibility() && !one.closest('.thumb'))
  .filter((one) => ['borderTopStyle', 'outlineStyle'].every((edge) => getComputedStyle(one)[edge] === 'none'))
  .map((one) => one.outerHTML.slice(0, 90))"""
SIZES = {"laptop": {}, "small laptop": SMALL, "desk": WIDE, "tablet": TABLET, "narrow": NARROW}


def test_a_tablet_shows_one_part_at_a_time_and_the_next_step_with_each(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    room.does("start", vignette="waving")
    ada = Console(browser, clinic, room, **TABLET)
    parts = {"Plan": ".plan", "Guesses": "main .suggestion", "Room & screen": ".room"}
    for name, part in parts.items():
        ada.page.get_by_role("link", name=name).click()
        for other in parts.values():
            expect(ada.page.locator(f".console > {other}")).to_be_visible(visible=other == part)
        expect(ada.page.get_by_role("button", name="Open guessing")).to_be_in_viewport()
    # Whichever part is shown, who knocks is seen.
    ada.types("l")
    ada.sees("The room is locked.")
    knocks(room)
    ada.sees("Someone is at the door.")
    assert not ada.overflows()
    ada.leaves()


def test_one_shared_screen_shows_what_everyone_may_see_and_nothing_of_the_therapists(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room(where="shared")
    ada = Console(browser, clinic, room)
    ada.sees("Welcome. Take a seat.")
    ada.does_not_see("people here")
    members = fill(room)
    members[0].slow_down()
    room.does("count-exactly", exact="yes")
    ada.is_at("guessing")
    ada.page.wait_for_timeout(5_000)
    for hidden in ("Someone would like to slow down", "Something you could say", "are done", "5 people here"):
        ada.does_not_see(hidden)
    assert ada.page.locator("footer").last.bounding_box()["height"] < 90  # type: ignore[index]
    ada.presses("Close guessing")
    ada.is_at("closed")
    assert GUESSES[0] not in ada.page.content()
    ada.does_not_see("Look first")
    ada.waits()
    ada.presses("Reveal")
    ada.sees(GUESSES[0])
    assert ada.faults() == []
    ada.page.get_by_role("link", name="All tools").click()
    ada.sees("5 people here")
    ada.page.get_by_role("link", name="Only what everyone may see").click()
    ada.does_not_see("5 people here")
    ada.leaves()


def test_one_shared_screen_fills_a_tablet_too(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room(where="shared")
    revealed(room)
    ada = Console(browser, clinic, room, **TABLET)
    box = ada.page.locator(".thumb").bounding_box()
    assert box
    assert box["height"] > 900
    ada.sees(GUESSES[0])
    ada.leaves()


@pytest.mark.parametrize("where", ["wall", "phones"])
def test_a_lobby_shows_square_and_code_at_once_on_a_laptop(
    browser: Browser, clinic: Clinic, where: str
) -> None:
    room = clinic.opens_a_room(where=where)
    ada = Console(browser, clinic, room)
    stage = ada.page.locator("main")
    for part in (stage.locator(".qr"), stage.locator(".big-code"), stage.locator(".arrived")):
        expect(part).to_be_in_viewport(ratio=1)
    if where == "wall":
        expect(stage.locator(".suggestion")).to_be_in_viewport(ratio=1)
    ada.leaves()


@pytest.mark.timeout(300)
def test_on_a_small_laptop_the_bar_says_what_comes_next_in_one_line_and_its_effect_in_two(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room, **SMALL)
    for step in steps(room):
        ada.is_level_with(room)
        for words, lines in ((".next-bar b", 1), (".next-bar .effect", 2)):
            found = ada.page.locator(words).evaluate(
                "one => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight)"
            )
            assert round(found) <= lines, step
    ada.leaves()


def test_a_menu_at_the_lower_edge_is_brought_into_view(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    revealed(room)
    ada = Console(browser, clinic, room, **SMALL)
    ada.page.locator("#cards li .menu > summary").last.click()
    for item in ada.page.locator("#cards .menu[open] button").all():
        expect(item).to_be_in_viewport(ratio=1)
        box, bar = item.bounding_box(), ada.page.locator("footer").last.bounding_box()
        assert box
        assert bar
        assert box["y"] + box["height"] <= bar["y"]
    ada.leaves()


def test_a_folded_guess_is_held_back_only_after_it_was_read(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    ids = list(revealed(room).values())
    room.does("conceal", guess=ids[0])
    ada = Console(browser, clinic, room)
    card = ada.page.locator("#cards .unseen")
    hold = card.get_by_role("button", name="Hold back")
    expect(card.get_by_role("button", name="Reveal")).to_be_visible()
    expect(hold).not_to_be_visible()
    card.get_by_text("Look").click()
    hold.click()
    expect(ada.page.locator("#cards .held-back")).to_have_count(1)
    ada.leaves()


def test_without_a_script_one_shared_screen_has_all_tools_behind_a_link(
    browser: Browser, clinic: Clinic
) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room(where="shared"), script=False)
    ada.page.get_by_role("link", name="All tools").click()
    ada.sees("0 people here")
    ada.leaves()


def test_phones_alone_begin_with_a_code_to_hand_around(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room(where="phones")
    ada = Console(browser, clinic, room, **TABLET)
    square = ada.page.locator("main .qr").bounding_box()
    assert square
    assert square["width"] > 500
    expect(ada.page.locator("main").get_by_text(room.room["code"][:4])).to_be_in_viewport()
    ada.leaves()


def test_phones_alone_have_a_join_card_and_no_shared_screen_until_one_is_wanted(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room(where="phones")
    revealed(room)
    ada = Console(browser, clinic, room)
    card = ada.page.get_by_role("link", name="Open the join card")
    expect(ada.page.locator(".shared-screen")).to_have_count(0)
    for hidden in ("Join code", "Blank", "Show on screen"):
        ada.does_not_see(hidden)
    expect(card).to_have_attribute("href", re.compile(r"/screen/[^/]+/card$"))
    ada.presses("Use a shared screen after all")
    expect(card).not_to_be_visible()
    thumb = ada.page.locator(".thumb")
    expect(thumb).to_contain_text(GUESSES[0])
    # It is fitted as if it had been there from the first.
    expect(thumb.locator(".wall")).to_have_attribute("data-fit", "")
    ada.sees("Show on screen")
    ada.page.get_by_text("Screen settings").click()
    ada.presses("Use phones only")
    expect(card).to_be_visible()
    assert ada.faults() == []
    ada.leaves()


def test_the_small_picture_shows_what_the_wall_shows(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    ids = revealed(room)
    ada = Console(browser, clinic, room)
    thumb = ada.page.locator(".thumb")
    expect(thumb).to_contain_text(GUESSES[0])
    room.does("spotlight", guess=ids[GUESSES[1]])
    ada.is_level_with(room)
    expect(thumb.locator(".note")).to_have_text(GUESSES[1])
    room.does("show", shows="join")
    expect(thumb).to_contain_text("Welcome. Take a seat.")
    # Nothing of the console's own style reaches into the picture, in whichever scene.
    for step in ("start", "open"):
        room.does("show", shows="room")
        room.does(step, **({"vignette": "the-drill"} if step == "start" else {}))
        ada.is_level_with(room)
        assert thumb.evaluate("one => one.querySelector('.scene').scrollHeight <= one.offsetHeight")
    room.does("show", dark="yes")
    ada.is_level_with(room)
    dark = thumb.locator(".wall").evaluate("one => getComputedStyle(one).backgroundColor")
    assert dark == "rgb(12, 20, 17)"
    ada.leaves()


@pytest.mark.parametrize("device", SIZES.values(), ids=SIZES)
def test_the_widest_join_code_has_room(browser: Browser, clinic: Clinic, device: dict[str, object]) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room(), **device)
    ada.page.evaluate(
        "document.querySelectorAll('.code').forEach((one) => { one.textContent = 'WMWM WMWM'; })"
    )
    for tab in ada.page.locator(".tabs a").filter(visible=True).all() or [None]:
        if tab:
            tab.click()
        assert not ada.overflows()
    ada.leaves()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("device", SIZES.values(), ids=SIZES)
def test_what_can_be_pressed_is_large_enough_and_nothing_hangs_over(
    browser: Browser, clinic: Clinic, device: dict[str, object]
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room, **device)
    for step in steps(room):
        ada.is_level_with(room)
        tabs = ada.page.locator(".tabs a").filter(visible=True)
        for tab in tabs.all() or [None]:
            if tab:
                tab.click()
            ada.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert ada.small_targets() == [], step
            assert not ada.overflows(), step
            ada.page.evaluate(
                "document.querySelectorAll('details.menu').forEach((one) => { one.open = false; })"
            )
    ada.leaves()


@pytest.mark.timeout(300)
def test_axe_finds_no_fault_in_any_part_of_a_tablet(browser: Browser, clinic: Clinic) -> None:
    """The same for a laptop is in test_axe, with every other screen."""
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room, **TABLET)
    for step in steps(room):
        ada.is_level_with(room)
        for tab in ada.page.locator(".tabs a").filter(visible=True).all():
            tab.click()
            assert ada.faults() == [], step
    ada.leaves()


@pytest.mark.parametrize("device", [{}, TABLET], ids=["laptop", "tablet"])
def test_axe_finds_no_fault_in_what_opens(
    browser: Browser, clinic: Clinic, device: dict[str, object]
) -> None:
    room = clinic.opens_a_room()
    revealed(room)
    ada = Console(browser, clinic, room, **device)
    ada.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for theme in ("light", "dark"):
        ada.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert ada.faults() == [], theme
        for key in ("?", "a"):
            ada.types(key)
            assert ada.faults() == [], (theme, key)
            ada.types("Escape")
    ada.leaves()


def test_the_console_reads_from_right_to_left(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    revealed(room)
    ada = Console(browser, clinic, room)
    ada.page.evaluate("document.documentElement.dir = 'rtl'")
    plan, side = (ada.page.locator(f".console > {name}").bounding_box() for name in (".plan", ".room"))
    assert plan
    assert side
    assert plan["x"] > side["x"]
    assert not ada.overflows()
    ada.leaves()


@pytest.mark.timeout(300)
def test_every_state_can_be_told_without_colours_and_without_motion(browser: Browser, clinic: Clinic) -> None:
    """C-20: nothing moves, what can be pressed has an edge, and what stands out has another one."""
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room, forced_colors="active", reduced_motion="reduce")
    for step in steps(room):
        ada.is_level_with(room)
        ada.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        moving = ada.page.evaluate(
            "document.getAnimations().filter((one) => one.effect.getTiming().duration > 150).length"
        )
        assert moving == 0, step
        assert ada.page.evaluate(EDGELESS) == [], step
        cards = ada.page.locator("#cards li")
        if ada.page.locator("#cards [aria-current]").count():
            widths = {
                (
                    card.get_attribute("aria-current"),
                    card.evaluate("one => getComputedStyle(one).borderTopWidth"),
                )
                for card in cards.all()
            }
            assert len(
                {width for current, width in widths if current == "true"} - {w for c, w in widths if not c}
            )
    ada.leaves()

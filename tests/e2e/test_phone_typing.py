"""Somebody writes, and the room goes on around them (C-13, C-14, screens.md §5.2)."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.actors import Therapist
from tests.e2e.people import Member
from tests.e2e.phones import card_of
from tests.e2e.wire import tell
from tests.server import Server

WORDS = "Maybe he is"
SEND_WITHIN_PX = 348


def writing(browser: Browser, server: Server, therapist: Therapist, **device: object) -> Member:
    member = Member(browser, server, **device).joins(therapist.code)
    therapist.starts_guessing()
    expect(member.box).to_be_visible()
    member.box.tap()
    member.page.keyboard.type(WORDS)
    return member


def edges(page: Page, selector: str) -> tuple[float, float]:
    top, bottom = page.locator(selector).evaluate(
        "(one) => { const box = one.getBoundingClientRect(); return [box.top, box.bottom] }"
    )
    return top, bottom


def test_with_a_keyboard_open_question_box_and_send_are_above_it(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = writing(browser, server, therapist)
    _, bottom = edges(member.page, "#compose button.primary")
    tell(f"390x844: the lower edge of Send is {bottom:.0f} px from the top ({SEND_WITHIN_PX})")
    assert bottom <= SEND_WITHIN_PX
    member.page.locator(".story > summary").click()
    expect(member.page.get_by_text("It is eight in the morning.")).to_be_visible()
    expect(member.page.locator(".starters")).to_be_visible()


def test_on_a_phone_with_little_left_two_lines_and_send_are_whole(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = writing(browser, server, therapist, viewport={"width": 375, "height": 300})
    top, bottom = edges(member.page, "#text")
    _, send = edges(member.page, "#compose button.primary")
    line = member.box.evaluate("(one) => parseFloat(getComputedStyle(one).lineHeight)")
    tell(f"375x300: {bottom - max(0, top):.0f} px of the box ({line:.0f} px a line), Send ends at {send:.0f}")
    assert bottom - max(0, top) >= 2 * line
    assert send <= 300


def test_closing_revealing_and_a_spotlight_take_neither_the_focus_nor_the_words(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    other, another = therapist.member(), therapist.member()
    member = writing(browser, server, therapist)
    round_id = other.snapshot()["round"]
    other.submit("Part of him hopes somebody saw", round=round_id)
    another.submit("He might think: never again", round=round_id)

    def still_writing() -> None:
        expect(member.box).to_have_value(WORDS)
        expect(member.box).to_be_focused()
        assert member.page.evaluate("document.scrollingElement.scrollTop") == scrolled

    scrolled = member.page.evaluate("document.scrollingElement.scrollTop")
    therapist.does("last-call")
    member.sees("Guessing is closing soon.")
    still_writing()
    therapist.does("close")
    member.sees("Your words stay on this phone.")
    still_writing()
    html = therapist.reveals()["snapshot"]["regions"]["stage"]["html"]
    member.sees("He might think: never again")
    still_writing()
    therapist.does("spotlight", guess=card_of(html, "never again"))
    member.sees("We are talking about this one")
    still_writing()
    expect(member.page.locator("#said")).to_have_text("We are talking about: He might think: never again")


def test_last_call_moves_nothing_on_the_phone_of_who_sent(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.guesses(WORDS)
    before = edges(member.page, "#compose h1")
    now = therapist.does("last-call")["snapshot"]["version"][0]
    expect(member.page.locator(f'body[data-version^="{now}."]')).to_be_attached()
    member.does_not_see("Guessing is closing soon.")
    assert edges(member.page, "#compose h1") == before


def test_a_phone_that_only_watches_is_led_to_the_new_heading(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    other = therapist.member()
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    other.submit("Part of him hopes somebody saw")
    member.passes()
    expect(member.page.get_by_role("heading", name="You are done for now.")).to_be_focused()
    expect(member.page.locator("#said")).to_have_text("You are done for now.")
    therapist.does("close")
    expect(member.page.get_by_role("heading", name="Guessing is closed.")).to_be_focused()
    therapist.reveals()
    expect(member.page.get_by_role("heading", name="What might be going on")).to_be_focused()
    expect(member.page.locator("#said")).to_have_text("The guesses are revealed. 1 guess.")
    assert member.page.title() == "Room"


def test_a_refused_guess_stays_in_its_box_with_the_reason_beside_it(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = writing(browser, server, therapist)
    member.box.evaluate("(one) => { one.removeAttribute('maxlength'); one.value = 'x'.repeat(201) }")
    member.presses("Send my guess")
    expect(member.page.locator("#text-error")).to_contain_text("This is longer than 200 letters.")
    expect(member.page.get_by_role("alert")).to_contain_text("This is longer than 200 letters.")
    expect(member.box).to_be_focused()
    expect(member.box).to_have_value("x" * 201)
    expect(member.box).to_have_attribute("aria-invalid", "true")


def test_with_the_story_folded_all_that_can_be_done_is_on_one_page(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """The longest question of the shipped vignettes."""
    member = Member(browser, server).joins(therapist.code)
    therapist.does("start", vignette="the-dog-again")
    therapist.does("next-stage")
    therapist.does("ask", prompt="hanne-mind")
    therapist.does("open")
    expect(member.box).to_be_visible()
    member.page.locator(".story > summary").click()
    inside = "#compose h1, .starters, #text, #compose button.primary, form[action$=pass] button, .foot a"
    found = member.page.locator(inside)
    assert found.count() == 6
    for one in found.all():
        box = one.bounding_box()
        assert box
        assert box["y"] >= 0, one
        assert box["y"] + box["height"] <= 844, one


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_ways_to_begin_are_one_row_that_is_pushed_sideways_by_finger_and_by_key(
    browser: Browser, server: Server, therapist: Therapist, direction: str
) -> None:
    member = Member(browser, server, viewport={"width": 320, "height": 568}).joins(therapist.code)
    therapist.starts_guessing()
    expect(member.box).to_be_visible()
    page, row = member.page, member.page.get_by_role("group", name="Ways to begin")
    page.evaluate("(dir) => { document.documentElement.dir = dir }", direction)
    chips = row.get_by_role("button").all()
    lines = {round(box["y"]) for one in chips if (box := one.bounding_box())}
    assert len(chips) == 3
    assert len(lines) == 1
    shown = [seen(page, one) for one in chips]
    assert shown[0] == 1
    assert any(0 < part < 1 for part in shown), "a beginning that is cut off says that the row goes on"
    assert shown[-1] == 0
    chips[0].focus()
    for one in chips[1:]:
        page.keyboard.press("Tab")
        expect(one).to_be_focused()
        assert seen(page, one) > 1 / 3
    assert seen(page, chips[-1]) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def seen(page: Page, chip: Locator) -> float:
    """Say how much of a button can be seen, from 0 to 1."""
    left, right = chip.evaluate(
        "(one) => { const box = one.getBoundingClientRect(); return [box.left, box.right] }"
    )
    shown = min(right, page.evaluate("innerWidth")) - max(left, 0)
    return max(0.0, shown / (right - left))


def test_a_starter_begins_the_guess_with_the_characters_name(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.page.get_by_role("button", name="Maybe Emil feels…").tap()
    expect(member.box).to_have_value("Maybe Emil feels ")
    expect(member.box).to_be_focused()

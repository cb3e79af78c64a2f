"""A phone's page under a hand: what is in reach, what unfolds, what a key does (screens.md §2.4, §5.2)."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.actors import Therapist
from tests.e2e.people import Member
from tests.server import Server

GUESS = "Maybe he wants to be seen"


@pytest.fixture
def phone(browser: Browser, server: Server, therapist: Therapist) -> Member:
    """A phone that is asked for a guess, with the shortest story open above it."""
    phone = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing("waving")
    expect(phone.box).to_be_visible()
    return phone


def in_view(place: Locator) -> bool:
    """Whether all of it can be seen and nothing lies over it."""
    seen: bool = place.evaluate(
        """(one) => {
          const {left, top, right, bottom} = one.getBoundingClientRect();
          const [x, y] = [(left + right) / 2, (top + bottom) / 2];
          const over = document.elementFromPoint(x, y);
          return top >= 0 && bottom <= innerHeight && one.contains(over);
        }"""
    )
    return seen


def test_slow_down_is_in_view_from_the_question_to_the_talk(phone: Member, therapist: Therapist) -> None:
    slow = phone.page.get_by_role("link", name="Slow down")
    assert phone.page.locator("details.story").get_attribute("open") is not None
    assert phone.page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert in_view(slow)
    phone.guesses(GUESS)
    assert in_view(slow)
    therapist.does("close")
    therapist.reveals()
    phone.sees("We talk now.")
    assert in_view(slow)


def test_on_its_side_a_phone_shows_story_question_and_box_beside_each_other(phone: Member) -> None:
    phone.page.set_viewport_size({"width": 844, "height": 390})
    question = phone.page.locator("#compose h1")
    assert in_view(phone.page.locator("details.story"))
    assert in_view(question)
    assert in_view(phone.box)
    story, asked = phone.page.locator("details.story").bounding_box(), question.bounding_box()
    assert story and asked
    assert asked["x"] >= story["x"] + story["width"]


def test_what_a_tap_unfolds_at_the_lower_edge_comes_into_view(phone: Member, therapist: Therapist) -> None:
    phone.page.get_by_text("Leave", exact=True).tap()
    leave = phone.page.get_by_role("button", name="Leave the room")
    expect(leave).to_be_visible()
    phone.page.wait_for_timeout(300)
    assert in_view(leave)
    phone.page.get_by_text("Leave", exact=True).tap()
    phone.guesses(GUESS)
    phone.page.get_by_text("Change my guess").tap()
    send = phone.page.get_by_role("button", name="Send my guess")
    expect(send).to_be_visible()
    phone.page.wait_for_timeout(300)
    assert in_view(send)


def test_the_quiet_page_is_one_page_with_one_button(phone: Member, therapist: Therapist) -> None:
    phone.opens(f"/r/{therapist.code}/quiet")
    assert phone.page.evaluate("document.documentElement.scrollHeight") <= 844
    edges = phone.page.evaluate(
        "Array.from(document.querySelectorAll('.button'), (one) => getComputedStyle(one).borderTopColor)"
    )
    assert len(edges) == 3
    assert set(edges) == {"rgba(0, 0, 0, 0)"}


def test_boxes_to_tick_wear_the_colours_of_the_page_in_the_dark(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    phone = Member(browser, server, color_scheme="dark").joins(therapist.code)
    therapist.does("ask-sureness", asked="yes")
    therapist.does("start", vignette="waving")
    therapist.does("ask", prompt="feelings")
    therapist.does("open")
    phone.page.get_by_text("Only if you like.").tap()
    for label in ("Lonely", "A bit sure"):
        box = phone.page.get_by_label(label, exact=True)
        assert look_of(box) == ["none", colour(phone.page, "surface")]
        box.tap()
        expect(box).to_be_checked()
        assert look_of(box) == ["none", colour(phone.page, "primary")]


def look_of(box: Locator) -> list[str]:
    found: list[str] = box.evaluate(
        "(one) => [getComputedStyle(one).appearance, getComputedStyle(one).backgroundColor]"
    )
    return found


def colour(page: Page, token: str) -> str:
    """What a token comes to on this page."""
    found: str = page.evaluate(
        """(token) => {
          const one = document.createElement('i');
          one.style.color = `var(--${token})`;
          document.body.append(one);
          const {color} = getComputedStyle(one);
          one.remove();
          return color;
        }""",
        token,
    )
    return found


def test_enter_makes_a_line_or_ends_a_composition_and_sends_nothing(phone: Member) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.box.tap()
    keyboard = phone.context.new_cdp_session(phone.page)
    keyboard.send("Input.imeSetComposition", {"text": "せなか", "selectionStart": 3, "selectionEnd": 3})
    keyboard.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229}
    )
    keyboard.send("Input.insertText", {"text": "背中"})
    expect(phone.box).to_have_value("背中")
    phone.page.keyboard.press("Enter")
    phone.page.keyboard.type("b")
    expect(phone.box).to_have_value("背中\nb")
    phone.page.wait_for_timeout(300)
    assert not [url for url in asked if url.endswith("/guess")]
    phone.sees("Send my guess")


def test_how_many_letters_are_left_is_said_for_the_last_sixty(phone: Member) -> None:
    left = phone.page.locator("#text-left")
    phone.box.fill("x" * 139)
    expect(left).to_be_empty()
    phone.box.fill("x" * 140)
    expect(left).to_have_text("60 letters left")
    phone.box.fill("x" * 138 + "😀")
    expect(left).to_be_empty()
    phone.box.fill("x" * 200)
    expect(left).to_have_text("0 letters left")


def test_the_page_can_be_enlarged_and_its_box_takes_words_in_any_direction(
    phone: Member, therapist: Therapist
) -> None:
    viewport = phone.page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert viewport.startswith("width=device-width, initial-scale=1,")
    assert "interactive-widget=resizes-content" in viewport
    assert not {"maximum-scale", "user-scalable"} & {
        one.strip().partition("=")[0] for one in viewport.split(",")
    }
    expect(phone.box).to_have_attribute("enterkeyhint", "enter")
    expect(phone.box).to_have_attribute("dir", "auto")
    phone.guesses("أظن أنه خجول")
    phone.page.get_by_text("Show what I sent").tap()
    assert runs_from_the_right(phone.page.locator("#compose .own"))
    therapist.does("close")
    therapist.reveals()
    phone.sees("We talk now.")
    assert runs_from_the_right(phone.page.locator(".note .text"))


def runs_from_the_right(place: Locator) -> bool:
    expect(place).to_have_attribute("dir", "auto")
    found: str = place.evaluate("(one) => getComputedStyle(one).direction")
    return found == "rtl"

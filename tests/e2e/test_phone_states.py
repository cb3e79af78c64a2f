"""Every state of a phone, at every size: nothing sticks out, is too small, or is cut off (C-11, C-12)."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.actors import Therapist
from tests.e2e import looks
from tests.e2e.people import Member
from tests.e2e.phones import Way
from tests.e2e.wire import tell
from tests.server import Server

USUAL, SMALL, ZOOMED = (390, 844), (320, 568), (320, 256)
LEAST_PX, LEAST_CHOICE_PX = 44, 48


@pytest.mark.timeout(300)
def test_in_every_state_a_phone_is_easy_to_hit_and_whole_to_read(
    browser: Browser, house: Server, ada: Therapist, pictures: Path | None
) -> None:
    way = Way(browser, house, ada.open_room(), Member(browser, house))
    smallest = float("inf")
    for number, name in enumerate(way.states()):
        page = way.member.page
        keep(way.member, pictures, f"{number:02d} {name}")
        for target in looks.targets(page):
            least = LEAST_CHOICE_PX if target["choice"] else LEAST_PX
            assert min(target["width"], target["height"]) >= least, f"{name}: {target}"
            smallest = min(smallest, target["width"], target["height"])
        for size, css in ((USUAL, ""), (USUAL, looks.SPACING), (USUAL, looks.TWICE), (ZOOMED, "")):
            resize(page, size)
            looks.dress(page, css)
            assert looks.sideways(page) == 0, f"{name} at {size} {css}"
            assert looks.cut_off(page) == [], f"{name} at {size} {css}"
        looks.dress(page, "")
        resize(page, USUAL)
    tell(f"smallest target {smallest:.0f} px in {number + 1} states, no sideways scroll, nothing cut off")


@pytest.mark.timeout(300)
def test_in_the_dark_with_less_motion_and_forced_colours_every_state_can_be_told(
    browser: Browser, house: Server, ada: Therapist, pictures: Path | None
) -> None:
    """C-20: nothing moves, and what colour says is also said by a word, a border or a shape."""
    device = {"color_scheme": "dark", "reduced_motion": "reduce", "forced_colors": "active"}
    phone = Member(browser, house, **device)
    way = Way(browser, house, ada.open_room(), phone, device)
    for number, name in enumerate(way.states()):
        page = way.member.page
        way.member.shows(pictures, f"forced {number:02d} {name}".replace(" ", "-"))
        assert page.evaluate("document.getAnimations().length") == 0, name
        edges = page.evaluate(
            """() => Array
              .from(document.querySelectorAll('.note, .card, .button, .strip, .choice, .folded, .dots i'))
              .filter((one) => one.checkVisibility())
              .filter((one) => getComputedStyle(one).borderTopStyle === 'none')
              .map((one) => one.className)"""
        )
        assert edges == [], name


def keep(member: Member, pictures: Path | None, name: str) -> None:
    """Take pictures of a state, light and dark, usual and small."""
    if not pictures:
        return
    for scheme in ("light", "dark"):
        member.page.emulate_media(color_scheme=scheme)
        member.shows(pictures, f"{name} {scheme}".replace(", ", "-").replace(" ", "-"))
    member.page.emulate_media(color_scheme="light")
    resize(member.page, SMALL)
    member.shows(pictures, f"{name} small".replace(", ", "-").replace(" ", "-"))
    resize(member.page, USUAL)


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})

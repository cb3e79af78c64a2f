"""Every phase and state of a phone, at every size: nothing sticks out, is too small, or is cut off."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.people import Member
from tests.e2e.phones import Way
from tests.server import Server

SIZES = {"": (390, 844), "-small": (320, 568)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shots(browser: Browser, server: Server, pictures: Path | None, scheme: str) -> None:
    therapist = server.therapist().open_room()
    way = Way(browser, server, therapist, Member(browser, server, color_scheme=scheme))
    for number, name in enumerate(way.states()):
        for size, (width, height) in SIZES.items():
            page: Page = way.member.page
            page.set_viewport_size({"width": width, "height": height})
            way.member.shows(pictures, f"{number:02d}-{name.replace(', ', '-').replace(' ', '-')}{size}")
        way.member.page.set_viewport_size({"width": 390, "height": 844})

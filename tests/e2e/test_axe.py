"""C-10: axe finds nothing on any screen, in any state, light and dark, in three kinds of text."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.axe import ask_axe, is_too_wide, speak, speak_plainly
from tests.e2e.tour import Tour
from tests.server import Server
from tests.shots.__main__ import THEMES, wear

NATURAL = {"phone": (390, 844), "console": (1280, 800), "screen": (1920, 1080)}
TONGUES = ("en", "de", "ar")
# Looked at by hand: axe cannot see through a gradient, nor behind something that overlaps in part.
REVIEWED = {"color-contrast"}


@pytest.mark.timeout(900)
def test_axe_finds_nothing_anywhere(browser: Browser, server: Server) -> None:
    tour = Tour(browser, server)
    asked, found = 0, []
    for state in tour.states():
        for who, page in state.pages.items():
            width, height = NATURAL[who]
            page.set_viewport_size({"width": width, "height": height})
            for how in ways(page):
                asked += 1
                found += [f"{state.name}, {who}, {how}: {line}" for line in complaints(page)]
    tour.close()
    assert asked > 300
    assert not found, f"{len(found)} complaints in {asked} looks:\n" + "\n".join(found)


def ways(page: Page) -> Iterator[str]:
    """Let the page be read in every theme and tongue."""
    page.wait_for_timeout(600)
    page.emulate_media(reduced_motion="reduce")  # A colour on its way to another one is neither.
    for theme in THEMES:
        wear(page, theme)
        for tongue in TONGUES:
            speak(page, tongue)
            yield f"{theme} {tongue}"
            speak_plainly(page)
    wear(page, None)
    page.emulate_media(reduced_motion="no-preference")


def complaints(page: Page) -> list[str]:
    found = ask_axe(page)
    lines = [f"{rule} at {places}" for rule, places in found["violations"]]
    lines += [f"undecided {rule} at {places}" for rule, places in found["incomplete"] if rule not in REVIEWED]
    return lines + (["scrolls sideways"] if is_too_wide(page) else [])

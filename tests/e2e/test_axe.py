"""C-10: axe finds nothing on any screen, in any state, light and dark, in three kinds of text."""

import pytest
from playwright.sync_api import Browser

from tests.e2e.axe import complaints, ways
from tests.e2e.tour import Tour
from tests.server import Server

# Phone and console are looked at on tall screens, so that no foot and no column hides what axe is to judge.
NATURAL = {"phone": (390, 2000), "console": (1280, 1600), "screen": (1920, 1080)}


@pytest.mark.timeout(1200)
def test_axe_finds_nothing_anywhere(browser: Browser, server: Server) -> None:
    tour = Tour(browser, server)
    asked, found = 0, []
    for state in tour.states():
        for who, page in state.pages.items():
            width, height = NATURAL[who]
            page.set_viewport_size({"width": width, "height": height})
            for theme, tongue in ways(page):
                asked += 1
                how = f"{state.name}, {who}, {theme} {tongue}"
                found += [f"{how}: {line}" for line in complaints(page, theme)]
    tour.close()
    assert asked > 500
    assert not found, f"{len(found)} complaints in {asked} looks:\n" + "\n".join(found)

"""The therapist's pages, magnified and with a reader's own spacing: all of it can be read (C-12)."""

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e import looks
from tests.e2e.consoles import Clinic, Console, steps

LAPTOP, ZOOMED = (1280, 800), (320, 256)
PLACES = (
    "/",
    "/therapist/",
    "/therapist/stories",
    "/therapist/summaries",
    "/therapist/account/",
    "/no-such-page",
)


@pytest.mark.timeout(300)
def test_in_every_state_a_console_is_whole_to_read(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    found = []
    for step in steps(room):
        ada.is_level_with(room)
        found += [f"{step}, {one}" for one in faults(ada.page)]
    assert not found, "\n".join(found)
    ada.leaves()


@pytest.mark.timeout(300)
def test_home_and_what_is_beside_it_are_whole_to_read(browser: Browser, clinic: Clinic) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room())
    found = []
    for path in PLACES:
        ada.opens(path)
        ada.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found += [f"{path}, {one}" for one in faults(ada.page)]
    assert not found, "\n".join(found)
    ada.leaves()


def faults(page: Page) -> list[str]:
    """What is cut off or pushed aside at 400 %, with letters twice as large, and with more space."""
    found = []
    browser = page.context.new_cdp_session(page)
    for (width, height), css, letters_px, how in (
        (ZOOMED, "", 16, "400 %"),
        (LAPTOP, "", 32, "200 % text"),
        (LAPTOP, looks.SPACING, 16, "spacing"),
    ):
        page.set_viewport_size({"width": width, "height": height})
        # As the browser's own setting does it: rules for narrow pages go by the size of letters too.
        browser.send("Page.setFontSizes", {"fontSizes": {"standard": letters_px}})
        looks.dress(page, css)
        for tab in page.locator(".tabs a").filter(visible=True).all() or [page.locator("body")]:
            tab.dispatch_event("click")
            found += [f"{how}: {one}" for one in looks.cut_off(page)]
            found += [f"{how}: sideways by {by} px" for by in [looks.sideways(page)] if by]
        looks.dress(page, "")
    browser.send("Page.setFontSizes", {"fontSizes": {"standard": 16}})
    browser.detach()
    return found

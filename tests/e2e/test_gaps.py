"""What can be pressed stands at least 8 px from what else can be pressed, and nothing lies over it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.axe import stand_still
from tests.e2e.consoles import TABLET, Clinic, Console
from tests.e2e.looks import dress
from tests.e2e.people import Member
from tests.e2e.test_console_layouts import NARROW, SIZES, steps

# Parts scroll by themselves, so that what is in one may lie behind another; a menu lies over what it covers.
TOO_CLOSE = """(nearest) => {
  const parts = '.console > *, dialog, details.menu > div';
  const found = [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.thumb, #words'))
    .map((one) => ({ one, part: one.closest(parts), at: one.getBoundingClientRect() }))
    .filter(({ at }) => at.width > 1 && at.height > 1);
  const name = ({ one }) => one.textContent.trim().replace(/\\s+/g, ' ') || one.id || one.ariaLabel;
  const gap = (a, b) => Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
  return found.flatMap((a, n) => found.slice(n + 1)
    .filter((b) => a.part === b.part && !a.one.contains(b.one) && gap(a.at, b.at) < nearest - .1)
    .map((b) => `${name(a)} | ${name(b)}: ${gap(a.at, b.at).toFixed(1)} px`));
}"""
NEAREST_PX = 8

# Where the focus is, and what lies over the middle of it.
COVERED = """() => {
  const one = document.activeElement;
  const at = one.getBoundingClientRect();
  const over = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2);
  if (one === document.body || !over) return [one.tagName, over ? '' : one.outerHTML.slice(0, 80)];
  const seen = one.contains(over) || over.contains(one) || over.closest('label')?.contains(one);
  return [one.outerHTML.slice(0, 80), seen ? '' : over.outerHTML.slice(0, 80)];
}"""


def too_close(page: Page) -> list[str]:
    stand_still(page)
    found: list[str] = page.evaluate(TOO_CLOSE, NEAREST_PX)
    return found


def parts(ada: Console) -> Iterator[str]:
    """Show each part of a console that shows them one at a time."""
    for tab in ada.page.locator(".tabs a").filter(visible=True).all() or [None]:
        if tab:
            tab.click()
        yield tab.inner_text() if tab else ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("device", SIZES.values(), ids=SIZES)
def test_no_two_targets_of_a_console_touch(
    browser: Browser, clinic: Clinic, device: dict[str, object]
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room, **device)
    found: dict[str, str] = {}
    for step in steps(room):
        ada.is_level_with(room)
        for part in parts(ada):
            ada.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            for line in too_close(ada.page):
                found.setdefault(line, f"{step} {part}")
            ada.page.evaluate(
                "document.querySelectorAll('details.menu').forEach((one) => { one.open = false; })"
            )
    assert not found, "\n".join(f"{line}, {where}" for line, where in found.items())
    ada.leaves()


def test_no_two_targets_of_a_phone_that_sent_touch(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    member = Member(browser, clinic.server).joins(room.code)
    room.starts_guessing()
    member.guesses("Maybe he waves at somebody who is gone")
    assert too_close(member.page) == []
    member.leaves()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("device", [{}, TABLET, NARROW], ids=["laptop", "tablet", "narrow"])
def test_the_focus_is_never_under_a_bar(browser: Browser, clinic: Clinic, device: dict[str, object]) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room, **device)
    for step in steps(room):
        if step not in ("lobby", "guessing", "revealed", "put together"):
            continue
        ada.is_level_with(room)
        for part in parts(ada):
            stand_still(ada.page)
            walked = [ada.page.evaluate(COVERED) for _ in walk(ada.page)]
            assert len({one for one, _ in walked}) > 5
            assert [pair for pair in walked if pair[1]] == [], (step, part)
    # The walk does see a bar that lies over what has the focus.
    dress(ada.page, ".console > footer { position: fixed !important; inset: 30% 0 0 }")
    assert [pair for pair in (ada.page.evaluate(COVERED) for _ in walk(ada.page)) if pair[1]]
    ada.leaves()


def walk(page: Page) -> Iterator[int]:
    """Press Tab from the first thing that can be pressed until the page has been gone round."""
    page.evaluate("[...document.querySelectorAll('a, button')].find((one) => one.offsetParent).focus()")
    for n in range(120):
        yield n
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return

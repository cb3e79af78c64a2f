"""Shared screens of any size, and a room that fills them."""

import sys
import time
from typing import Any

from playwright.sync_api import Browser, expect

from tests.actors import Therapist
from tests.e2e.axe import ask_axe
from tests.e2e.people import Person
from tests.server import Server

SIZES = {"1080p": (1920, 1080), "720p": (1280, 720), "projector": (1024, 768), "4k": (3840, 2160)}
PATIENCE_S = 20

GUESSES = (
    "Part of her wants Sam to worry a bit.",
    "Maybe she wants to answer, but she does not know how to say it right.",
    "She is hurt and needs some time.",
    "She might think Sam will get angry again, no matter what she writes.",
    "She could just be tired. It may not be about Sam.",
    "Scared of losing Sam, so she freezes.",
    "I am not sure. I would feel ashamed.",
    "Maybe she feels Sam is trying to fix it too fast.",
)
LONG = "She reads it again and again, and each time she finds another way in which it could have been meant. "


def long_guess(place: int, letters: int = 200) -> str:
    """A guess as long as a guess may be, unlike the others."""
    return (f"Way {place}. " + LONG * 3)[: letters - 1].rstrip().ljust(letters - 1, ".") + "."


def tell(figure: str) -> None:
    """Say a measured figure; pytest shows it with -rP."""
    sys.stdout.write(f"{figure}\n")


def reveal(therapist: Therapist, texts: tuple[str, ...], vignette: str = "seen-at-noon") -> None:
    """Open a room in which these guesses are revealed together."""
    collect(therapist, texts, vignette)
    therapist.does("close")
    therapist.reveals()


def collect(therapist: Therapist, texts: tuple[str, ...], vignette: str = "seen-at-noon") -> None:
    """Open a room in which everyone has guessed and guessing is still open."""
    therapist.open_room(vignette)
    members = [therapist.member() for _ in texts]
    therapist.starts_guessing(vignette)
    for member, text in zip(members, texts, strict=True):
        member.submit(text)


class Wall(Person):
    """The shared screen of a room, on a wall of some size."""

    def __init__(
        self, browser: Browser, server: Server, therapist: Therapist, size: str = "1080p", **how: Any
    ) -> None:
        width, height = SIZES[size]
        query = how.pop("query", "")
        device = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce"} | how
        super().__init__(browser, server, script=device.pop("script", True), **device)
        self.opens(therapist.screen().path + query)
        if self.script:
            self.is_fitted()
            expect(self.page.locator("#connection")).to_have_attribute("data-state", "connected")

    def is_fitted(self) -> None:
        expect(self.page.locator(".wall[data-fit]")).to_be_attached()

    def waits_for(self, claim: str) -> None:
        """Wait until a claim in JavaScript holds; the page's own policy forbids Playwright's way to wait."""
        until = time.monotonic() + PATIENCE_S
        while not self.page.evaluate(claim):
            assert time.monotonic() < until, claim
            self.page.wait_for_timeout(20)

    def stands_at(self, therapist: Therapist) -> None:
        """Wait until the wall shows what the room has come to."""
        version = therapist.snapshot()["version"][0]
        expect(self.page.locator(f'body[data-version^="{version}."]')).to_be_attached()

    def turns_to(self, size: str) -> None:
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(100)

    @property
    def unit(self) -> float:
        """What 1u is here, in px."""
        view = self.page.viewport_size
        assert view
        return min(view["width"] / 100, view["height"] * 1.7778 / 100)

    def finds_faults(self) -> list[Any]:
        """Return what axe finds wrong or cannot decide, as a rule and the places."""
        found = ask_axe(self.page)
        return found["violations"] + found["incomplete"]

    def outside(self) -> list[str]:
        """Return what is cut off: visible text that leaves the wall, its note, or its scene."""
        found: list[str] = self.page.evaluate(OUTSIDE)
        return found

    def notes(self) -> list[dict[str, Any]]:
        """Return the notes that can be seen: text, size in px, and box."""
        found: list[dict[str, Any]] = self.page.evaluate(NOTES)
        return found


OUTSIDE = """() => {
  const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1
    && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  const box = (one) => one.getBoundingClientRect();
  const screen = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
  const stage = document.querySelector('#stage');
  const found = [];
  const visible = (one) => one.checkVisibility({visibilityProperty: true});
  const parts = ['h1', 'h2', 'p', 'blockquote', '.note', '.qr'].map((one) => '.wall ' + one);
  document.querySelectorAll(parts).forEach((one) => {
    if (!visible(one) || !one.textContent.trim() && one.tagName !== 'IMG') return;
    if (one.matches('.hidden-label, .hint, .connection')) return;
    if (!within(box(one), screen)) found.push('leaves the wall: ' + one.textContent);
    if (!stage.contains(one)) return;
    if (!within(box(one), box(stage))) found.push('leaves the stage: ' + one.textContent);
    if (one.scrollWidth > one.clientWidth + 1) found.push('is cut: ' + one.textContent);
  });
  document.querySelectorAll('.scene, .wall').forEach((one) => {
    const {scrollHeight, clientHeight, scrollWidth, clientWidth} = one;
    const scrolls = scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1;
    if (scrolls) found.push('scrolls: ' + one.className);
  });
  if (document.scrollingElement.scrollHeight > innerHeight) found.push('the page scrolls');
  return found;
}"""

NOTES = """() => Array.from(document.querySelectorAll('.wall .note'))
  .filter((one) => one.checkVisibility({visibilityProperty: true}))
  .map((one) => {
    const {left, top, right, bottom} = one.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(one).fontSize);
    return {text: one.textContent, size, left, top, right, bottom};
  })"""

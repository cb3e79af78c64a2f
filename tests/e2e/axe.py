"""Ask axe-core about a page, also as it would read in other tongues."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.looks import THEMES, dress, wear

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TONGUES = ("en", "de", "ar")
# In other colours all else is as it was.
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]
# Axe cannot see through a phone's gradient: it is shown the harder one of the two colours that are in it, and
# test_contrast reckons with both. The light on a note is over when axe looks, and has no colour then.
HARDER = {
    theme: f"body {{ background: var(--{stop}) !important }} .note::after {{ display: none !important }}"
    for theme, stop in {"light": "bg", "dark": "dawn"}.items()
}
# What axe could not decide and somebody looked at: a key's name on a button that fades in or in a list that
# scrolls, the last of three words side by side in longer German, and what a wall says in its own corner.
REVIEWED = ("kbd", '[aria-keyshortcuts="b ."]', "#connection")

# Longer, as German is, or from right to left in another script: only texts change, and change back again.
SPEAK = """(tongue) => {
  const root = document.documentElement;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const kept = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.data.trim() || node.parentElement.closest('script, style, textarea, .thumb')) continue;
    kept.push([node, node.data]);
    if (tongue === 'de') node.data = node.data.replace(/[A-Za-z]{5,}/g, (word) => word + 'erungs');
    if (tongue === 'ar') node.data = node.data.replace(/[A-Za-z]/g, (sign) =>
      String.fromCharCode(0x0627 + (sign.toLowerCase().charCodeAt(0) - 97)));
  }
  window.quiet = () => {
    kept.forEach(([node, data]) => { node.data = data; });
    root.dir = 'ltr';
    root.lang = 'en';
  };
  root.lang = tongue;
  root.dir = tongue === 'ar' ? 'rtl' : 'ltr';
}"""
RUN = """async (about) => {
  const resultTypes = ['violations', 'incomplete'];
  const { violations, incomplete } = await axe.run({ runOnly: about, resultTypes });
  const short = (found) => found.map(({ id, nodes }) => [id, nodes.map((one) => one.target.join(' '))]);
  return { violations: short(violations), incomplete: short(incomplete) };
}"""
# Words that fade in are pale for a moment, and notes that unfold are small.
STILL = """() => document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
  .forEach((one) => one.finish())"""
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


def ways(page: Page) -> Iterator[tuple[str, str]]:
    """Let the page be read in every theme and tongue."""
    page.wait_for_timeout(600)
    page.emulate_media(reduced_motion="reduce")  # A colour on its way to another one is neither.
    for theme in THEMES:
        wear(page, theme)
        if page.locator(".phone").count():
            dress(page, HARDER[theme])
        for tongue in TONGUES:
            speak(page, tongue)
            yield theme, tongue
            speak_plainly(page)
    dress(page, "")
    wear(page, None)
    page.emulate_media(reduced_motion="no-preference")


def complaints(page: Page, theme: str) -> list[str]:
    """What axe finds wrong, or cannot decide and nobody has reviewed."""
    about = RULES_OF_COLOUR if theme == "dark" else TAGS
    # What moves while axe looks is looked at once more.
    return _complaints(page, about) and _complaints(page, about)


def _complaints(page: Page, about: list[str]) -> list[str]:
    found = ask_axe(page, about)
    lines = [f"{rule} at {places}" for rule, places in found["violations"]]
    for rule, places in found["incomplete"]:
        left = [one for one in places if not any(known in one for known in REVIEWED)]
        lines += [f"undecided {rule} at {left}"] if left else []
    return lines + (["scrolls sideways"] if is_too_wide(page) else [])


def speak(page: Page, tongue: str) -> None:
    """Let the page's texts be those of a pseudo-locale: en as they are, de longer, ar from right to left."""
    page.evaluate(SPEAK, tongue)
    refit(page)


def speak_plainly(page: Page) -> None:
    page.evaluate("window.quiet()")
    refit(page)


def refit(page: Page) -> None:
    """Let the shared screen find the size for other words; the small picture of it keeps its own."""
    page.evaluate("document.querySelector('.for-wall') && dispatchEvent(new Event('resize'))")


def ask_axe(page: Page, about: list[str] = TAGS) -> dict[str, list[Any]]:
    """Return axe's violations, and what it could not decide, each as a rule and the places.

    `about` names tags or rules.
    """
    stand_still(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE)
    found: dict[str, list[Any]] = page.evaluate(RUN, about)
    return found


def stand_still(page: Page) -> None:
    """Bring every motion that has an end to its end."""
    page.evaluate(STILL)


def is_too_wide(page: Page) -> bool:
    """Say whether the page scrolls sideways."""
    return bool(page.evaluate(TOO_WIDE))

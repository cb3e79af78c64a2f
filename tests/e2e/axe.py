"""Ask axe-core about a page, also as it would read in other tongues."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Longer, as German is, or from right to left in another script: only texts change, and change back again.
SPEAK = """(tongue) => {
  const root = document.documentElement;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const kept = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.data.trim() || node.parentElement.closest('script, style, textarea')) continue;
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
RUN = """async (tags) => {
  const resultTypes = ['violations', 'incomplete'];
  const { violations, incomplete } = await axe.run({ runOnly: tags, resultTypes });
  const short = (found) => found.map(({ id, nodes }) => [id, nodes.map((one) => one.target.join(' '))]);
  return { violations: short(violations), incomplete: short(incomplete) };
}"""
# Words that fade in are pale for a moment, and notes that unfold are small.
STILL = """() => document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
  .forEach((one) => one.finish())"""
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


def speak(page: Page, tongue: str) -> None:
    """Let the page's texts be those of a pseudo-locale: en as they are, de longer, ar from right to left."""
    page.evaluate(SPEAK, tongue)


def speak_plainly(page: Page) -> None:
    page.evaluate("window.quiet()")


def ask_axe(page: Page) -> dict[str, list[Any]]:
    """Return axe's violations, and what it could not decide, each as a rule and the places."""
    stand_still(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE)
    found: dict[str, list[Any]] = page.evaluate(RUN, TAGS)
    return found


def stand_still(page: Page) -> None:
    """Bring every motion that has an end to its end."""
    page.evaluate(STILL)


def is_too_wide(page: Page) -> bool:
    """Say whether the page scrolls sideways."""
    return bool(page.evaluate(TOO_WIDE))

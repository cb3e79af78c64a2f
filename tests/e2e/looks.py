"""What a page looks like to a ruler: targets, sideways scroll, and words that are cut off."""

from typing import Any, Literal

from playwright.sync_api import Page

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Everything that a finger aims at; a box to tick is hit by its label.
TARGETS = """() => Array
  .from(document.querySelectorAll('a, button, summary, textarea, input:not([type=hidden])'))
  .map((one) => (['checkbox', 'radio'].includes(one.type) ? one.closest('label') : one))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length)
  .map((one) => {
    const box = one.getBoundingClientRect();
    return { name: one.textContent.trim() || one.id, width: box.width, height: box.height,
      choice: Boolean(one.closest('.choice')) };
  })"""

CUT_OFF = """() => Array.from(document.querySelectorAll('body *')).filter((one) => {
  if (one.closest('.hidden-label, svg, .thumb, [role=status]:not([data-shown])')) return false;
  if (one.closest('[data-kept] > h1, [data-kept] > .fill')) return false;
  if (!one.checkVisibility()) return false;
  const box = one.getBoundingClientRect();
  if (box.width <= 1 || !one.textContent.trim()) return false;
  if (one.parentElement.closest('.starters')) return false; // pushed sideways, by finger and by key
  const hides = !['visible', 'auto', 'scroll'].includes(getComputedStyle(one).overflowY);
  const cut = hides && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
  return cut || box.left < -1 || box.right > window.innerWidth + 1;
}).map((one) => one.tagName + '.' + one.className + ': ' + one.textContent.trim().slice(0, 40))"""

# WCAG 2.2, 1.4.12, put in through the CSSOM, which the pages' policy allows.
SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } \
p { margin-bottom: 2em !important }"
)
TWICE = "html { font-size: 200% !important }"


def targets(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(TARGETS)
    return found


def sideways(page: Page) -> int:
    """How many pixels the page can be pushed aside."""
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, found)


def cut_off(page: Page) -> list[str]:
    """What cannot be read whole."""
    found: list[str] = page.evaluate(CUT_OFF)
    return found


def dress(page: Page, css: str) -> None:
    """Put a reader's own style over the page, or take it off again."""
    page.evaluate(
        """(css) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(css);
          document.adoptedStyleSheets = css ? [sheet] : [];
        }""",
        css,
    )


def wear(page: Page, theme: Literal["light", "dark"] | None) -> None:
    """Let a page be light or dark: by the system's wish, or, for the shared screen, by its own switch."""
    page.emulate_media(color_scheme=theme)
    page.evaluate(
        "theme => { const it = document.documentElement; if (it.dataset.theme) it.dataset.theme = theme; }",
        theme or "light",
    )

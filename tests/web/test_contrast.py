"""Every pair of colours that meet on a page can be told apart, in both themes (C-15, screens.md §3.2)."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parent.parent.parent / "static" / "css" / "tokens.css").read_text()
TEXT, SHAPE = 4.5, 3.0

PAIRS = [
    *(("ink", ground, TEXT) for ground in ("bg", "surface", "paper", "sunken", "wall", "primary-soft")),
    *(("ink-2", ground, TEXT) for ground in ("bg", "surface", "paper", "sunken", "wall", "primary-soft")),
    *(("on-primary", ground, TEXT) for ground in ("primary", "primary-hover")),
    *(("primary", ground, TEXT) for ground in ("bg", "surface", "paper", "primary-soft", "sunken", "wall")),
    # A phone's ground begins with dawn and ends with bg, and what lies between them contrasts in between.
    *((front, "dawn", TEXT) for front in ("ink", "ink-2", "primary", "amber", "red", "clay")),
    *((front, "dawn", SHAPE) for front in ("control", "focus", "bead")),
    *((front, ground, TEXT) for front in ("clay", "sky") for ground in ("bg", "paper", "sunken")),
    *((front, ground, TEXT) for front in ("amber", "red") for ground in ("paper", "sunken", "wall")),
    ("ink", "amber-soft", TEXT),
    ("ink", "red-soft", TEXT),
    ("ink", "sky-soft", TEXT),
    ("ink", "clay-soft", TEXT),
    *(
        (hue, ground, TEXT)
        for hue in ("clay", "sky", "amber", "red")
        for ground in ("surface", f"{hue}-soft")
    ),
    ("amber", "bg", TEXT),
    ("red", "bg", TEXT),
    *(("control", ground, SHAPE) for ground in ("bg", "surface", "sunken", "paper")),
    *(("focus", ground, SHAPE) for ground in ("bg", "surface", "paper", "wall")),
    *(("bead", ground, SHAPE) for ground in ("bg", "surface", "paper", "wall")),
]


def _theme(selector: str) -> dict[str, str]:
    block = TOKENS.split(selector, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", block))


LIGHT = _theme(":root {")
DARK = _theme(':root[data-theme="dark"] {')


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("front, ground, need", PAIRS)
def test_a_colour_stands_out_from_its_ground(
    theme: dict[str, str], front: str, ground: str, need: float
) -> None:
    assert contrast(theme[front], theme[ground]) >= need


def test_the_system_and_the_switch_choose_the_same_dark_theme() -> None:
    assert _theme(':root:not([data-theme="light"]) {') == DARK
    assert LIGHT.keys() == DARK.keys()


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#15241E", "#EEF2EE") == pytest.approx(14.25, abs=0.01)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

"""The shared screen in every phase of its table (screens.md §2.6), light and dark, on every wall."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.actors import Therapist
from tests.e2e.walls import GUESSES, SIZES, Wall, collect, reveal
from tests.server import Server

SMALLER = [size for size in SIZES if size != "4k"]


@pytest.fixture(scope="module")
def room(house: Server, ada: Therapist) -> tuple[Server, Therapist]:
    return house, ada


def lobby(ada: Therapist) -> None:
    ada.open_room("seen-at-noon")


def locked_lobby(ada: Therapist) -> None:
    lobby(ada)
    ada.does("lock")


def reading(ada: Therapist) -> None:
    lobby(ada)
    ada.does("start", vignette="seen-at-noon")


def reading_on(ada: Therapist) -> None:
    reading(ada)
    ada.does("next-stage")
    ada.does("next-stage")


def guessing(ada: Therapist) -> None:
    lobby(ada)
    ada.starts_guessing("seen-at-noon")


def closed(ada: Therapist) -> None:
    collect(ada, GUESSES[:4])
    ada.does("close")


def revealed(ada: Therapist) -> None:
    reveal(ada, GUESSES)


def one_by_one(ada: Therapist) -> None:
    closed(ada)
    for _ in range(3):
        ada.reveals(guess=next_guess(ada))


def spotlight(ada: Therapist) -> None:
    revealed(ada)
    ada.does("spotlight", guess=guesses_of(ada)[1])


def groups(ada: Therapist) -> None:
    revealed(ada)
    for place, guess in enumerate(guesses_of(ada)[:7]):
        ada.does("cluster", guess=guess, place=place % 3)
    ada.does("name-cluster", place=0, name="Hurt and tired")
    ada.does("name-cluster", place=2, name="Afraid to lose Sam")


def first_group(ada: Therapist) -> None:
    revealed(ada)
    for guess in guesses_of(ada)[:2]:
        ada.does("cluster", guess=guess, place=0)


def second_look(ada: Therapist) -> None:
    revealed(ada)
    ada.does("second-look")


def join_while_revealed(ada: Therapist) -> None:
    revealed(ada)
    ada.does("show", shows="join")


def blank(ada: Therapist) -> None:
    revealed(ada)
    ada.does("show", shows="blank")


def stopped(ada: Therapist) -> None:
    revealed(ada)
    ada.does("stop")


def between(ada: Therapist) -> None:
    revealed(ada)
    ada.does("finish")


def checkout(ada: Therapist) -> None:
    between(ada)
    ada.does("check-out")


def next_guess(ada: Therapist) -> str:
    html = ada.snapshot()["regions"]["next"]["html"]
    return html.split('name="guess" value="')[1].split('"')[0]


def guesses_of(ada: Therapist) -> list[str]:
    """The names of the guesses as the console may use them, in the order that closing drew."""
    parts = ada.snapshot()["regions"]["stage"]["html"].split('name="guess" value="')[1:]
    return list(dict.fromkeys(part.split('"')[0] for part in parts))


SCENES: dict[Callable[[Therapist], None], str] = {
    lobby: "Welcome. Take a seat.",
    locked_lobby: "Welcome. Take a seat.",
    reading: "We cannot know for sure. We can wonder together.",
    reading_on: "We cannot know for sure. We can wonder together.",
    guessing: "Guesses are coming in. They stay folded.",
    closed: "Guessing is closed.",
    revealed: GUESSES[0],
    one_by_one: "Mixed order, no names",
    spotlight: "Mixed order, no names",
    groups: "Afraid to lose Sam",
    first_group: "Not in a group",
    second_look: "After the talk, has your guess changed?",
    join_while_revealed: "Point your phone camera at the square.",
    blank: "",
    stopped: "We take a short pause.",
    between: "A short break between stories.",
    checkout: "How do you leave today?",
}
# Axe looks at all other scenes in test_axe.
OFF_THE_TOUR = {locked_lobby, reading_on, first_group}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_scene_is_whole_and_readable_on_every_wall_in_light_and_dark(
    browser: Browser,
    room: tuple[Server, Therapist],
    pictures: Path | None,
    scene: Callable[[Therapist], None],
) -> None:
    server, ada = room
    scene(ada)
    wall = Wall(browser, server, ada)
    if SCENES[scene]:
        wall.sees(SCENES[scene])
    for theme in ("light", "dark"):
        expect(wall.page.locator(f'html[data-theme="{theme}"]')).to_be_attached()
        assert scene not in OFF_THE_TOUR or wall.finds_faults() == []
        for size in SMALLER:
            wall.turns_to(size)
            wall.shows(pictures, f"{theme}-{size}")
            assert wall.outside() == [], (theme, size)
        wall.turns_to("1080p")
        wall.page.keyboard.press("t")
    wall.leaves()

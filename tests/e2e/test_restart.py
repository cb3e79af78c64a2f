"""The server dies in every phase, and every screen comes back to where the room is now (C-7)."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.actors import Member as Other
from tests.actors import Therapist as Actor
from tests.e2e.consoles import Clinic, Console
from tests.e2e.people import Member, Person, Wall
from tests.e2e.wire import tell
from tests.server import Server

BACK_WITHIN_S = 10.0
GUESSES = ("Maybe he waves at a stranger", "He laughs it away", "Part of him hopes that somebody saw")
TALK = "We can wonder together."

# What is done while the screens hear nothing, and what phone, console and wall show afterwards.
STEPS: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "lobby": ((), "You are in. We start soon.", "Start the story", "Welcome. Take a seat."),
    "reading": (("start",), "You can read along here.", "Open guessing", TALK),
    "guessing": (("open",), "Send my guess", "Close guessing", "They stay folded."),
    "closed": (("close",), "Guessing is closed. Take a breath.", "3 guesses", "Guessing is closed."),
    "revealed": (("reveal",), GUESSES[0], GUESSES[0], GUESSES[0]),
    "second look": (("second-look",), "After the talk", "Close guessing", "After the talk"),
    "stopped": (("stop",), "We take a short pause.", "Resume", "We take a short pause."),
    "between": (
        ("resume", "close", "finish"),
        "A short break between stories.",
        "Next story",
        "A short break between stories.",
    ),
    "checkout": (("check-out",), "How do you leave today?", "End the room", "How do you leave today?"),
    "ended": (("end",), "This room has closed.", "What was asked", "Thank you for being here."),
}


@pytest.mark.timeout(300)
def test_whenever_the_server_dies_every_screen_comes_back_to_the_phase_of_the_room(
    browser: Browser, new_server: Server
) -> None:
    room = new_server.therapist().open_room()
    others = [room.member() for _ in GUESSES]
    screens: tuple[Person, ...] = (
        Member(browser, new_server).joins(room.code),
        Console(browser, Clinic(new_server, room), room),
        Wall(browser, new_server, room.screen().path),
    )
    took = []
    for name, (commands, *shown) in STEPS.items():
        for screen in screens:
            screen.context.set_offline(True)
        for command in commands:
            does(room, command, others)
        new_server.kill()
        for screen in screens:
            expect(screen.page.locator("#connection")).not_to_have_attribute("data-state", "connected")
        new_server.start()
        began = time.monotonic()
        for screen in screens:
            screen.context.set_offline(False)
        for screen, words in zip(screens, shown, strict=True):
            screen.sees(words)
            if name != "ended":
                expect(screen.page.locator("#connection")).to_have_attribute("data-state", "connected")
                expect(screen.page.locator("body")).to_have_attribute("data-phase", room.snapshot()["phase"])
        took.append(time.monotonic() - began)
        tell(f"{name}: {took[-1]:.1f} s")
        if name == "revealed":
            for screen in screens:
                for text in GUESSES:
                    screen.sees(text)
    assert max(took) <= BACK_WITHIN_S


def does(room: Actor, command: str, others: list[Other]) -> None:
    if command == "close":
        for other, text in zip(others, GUESSES, strict=True):
            other.submit(text)
    fields = {"start": {"vignette": "waving"}, "reveal": {"anyway": "yes"}}
    room.does(command, **fields.get(command, {}))

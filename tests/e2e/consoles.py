"""A therapist's consoles in real browsers, beside members who act over HTTP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from tests.actors import Browser as Client
from tests.actors import Member
from tests.actors import Therapist as Actor
from tests.e2e.axe import ask_axe, stand_still
from tests.e2e.people import PATIENCE_MS, Therapist
from tests.server import Server

TABLET: dict[str, Any] = {"viewport": {"width": 820, "height": 1180}}
GUESSES = (
    "Maybe he waves at somebody who used to live there",
    "He feels a bit foolish and laughs it away",
    "Part of him hopes that somebody saw",
    "I am not sure. I would feel ashamed.",
    "He says goodbye to the house",
)


@dataclass
class Clinic:
    """A server and the one therapist who has an account there."""

    server: Server
    signed_in: Actor

    def opens_a_room(self, where: str = "wall") -> Actor:
        """Make a room; who holds it acts over HTTP, as a second console would."""
        actor = Actor(self.signed_in.browser, self.signed_in.new_client)
        actor.room = actor.browser.post("/therapist/rooms", vignette="waving", where=where)["room"]
        actor.code = actor.room["code"]
        return actor


class Console(Therapist):
    """A console of a room in a browser that is signed in."""

    def __init__(
        self, browser: Browser, clinic: Clinic, room: Actor, *, script: bool = True, **device: Any
    ) -> None:
        super().__init__(browser, clinic.server, script=script, **device)
        jar = room.browser.http.cookies.jar
        url = clinic.server.url
        self.context.add_cookies([{"name": one.name, "value": one.value or "", "url": url} for one in jar])
        self.opens(room.base)
        if script:
            expect(self.page.locator("#connection")).to_have_text("Connected", timeout=PATIENCE_MS)

    @property
    def phase(self) -> str | None:
        return self.page.locator("body").get_attribute("data-phase")

    def is_at(self, phase: str) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-phase", phase, timeout=PATIENCE_MS)

    def is_level_with(self, room: Actor) -> None:
        """Wait until this console has what the room's other hands did."""
        version = room.snapshot()["version"][0]
        expect(self.page.locator(f'body[data-version^="{version}."]')).to_be_attached(timeout=PATIENCE_MS)

    def types(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def has_focus_on(self, place: Locator) -> None:
        expect(place).to_be_focused(timeout=PATIENCE_MS)

    def faults(self) -> list[Any]:
        """What axe finds wrong with the page as it stands."""
        return ask_axe(self.page)["violations"]

    def small_targets(self) -> list[str]:
        """What can be pressed and is smaller than 44 by 44 px."""
        stand_still(self.page)
        return self.page.evaluate(
            """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea')]
              .filter((one) => one.offsetParent && !one.closest('.thumb, #words'))
              .map((one) => [one, one.getBoundingClientRect()])
              .filter(([, at]) => at.width > 1 && (at.width < 43.9 || at.height < 43.9))
              .map(([one, at]) => `${one.outerHTML.slice(0, 100)} ${at.width}x${at.height}`)"""
        )

    def overflows(self) -> bool:
        """Whether the page, or a part of the console, can be scrolled sideways."""
        return bool(
            self.page.evaluate(
                """() => [document.documentElement, ...document.querySelectorAll('.console > *')]
                  .some((one) => one.scrollWidth > Math.max(one.clientWidth, 1))"""
            )
        )


def fill(room: Actor, *guesses: str) -> list[Member]:
    """Let people join and guess, one each."""
    members = [room.member() for _ in guesses or GUESSES]
    room.starts_guessing()
    for member, guess in zip(members, guesses or GUESSES, strict=True):
        member.submit(guess)
    return members


def revealed(room: Actor, *guesses: str) -> dict[str, str]:
    """Bring a room to the talk, and return the id of each guess by its text."""
    fill(room, *guesses)
    room.does("close")
    return ids_of(room.reveals()["snapshot"])


def ids_of(snapshot: dict[str, Any]) -> dict[str, str]:
    stage = snapshot["regions"]["stage"]["html"]
    found = re.findall(r'id="card-(\w+)".*?<p class="text" dir="auto">(.*?)</p>', stage, re.DOTALL)
    return {text: guess for guess, text in found}


def steps(room: Actor) -> Iterator[str]:
    """Lead a room through all that a console can show; each step is named when it is made."""
    yield "lobby"
    members = [room.member() for _ in GUESSES]
    room.does("start", vignette="waving")
    yield "reading"
    room.does("open")
    yield "guessing"
    for member, guess in zip(members, GUESSES, strict=True):
        member.submit(guess)
    room.does("last-call")
    yield "last call"
    room.does("close")
    yield "closed"
    ids = list(ids_of(room.reveals()["snapshot"]).values())
    yield "revealed"
    room.does("conceal", guess=ids[3])
    yield "one more to come"
    room.does("reveal", anyway="yes")
    room.does("cluster", guess=ids[0], place=0)
    room.does("spotlight", guess=ids[1])
    room.does("hold-back", guess=ids[2])
    yield "put together"
    room.does("lock")
    knocks(room)
    room.does("stop")
    yield "stopped"
    room.does("resume")
    room.does("finish")
    yield "between"
    room.does("check-out")
    yield "leaving"


def knocks(room: Actor) -> Client:
    """Let somebody without a seat try the code of a locked room."""
    stranger = room.stranger()
    stranger.submit_form("/join", code=room.code)
    return stranger

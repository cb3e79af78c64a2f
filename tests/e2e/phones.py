"""One phone's way through every phase and state, for tests that look at each of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, expect

from tests.actors import Member as Other
from tests.actors import Therapist
from tests.e2e.people import Member
from tests.server import Server

GUESS = "Maybe he wants to be seen, but he does not know how to say it"
OTHERS = (
    "Part of him hopes somebody saw",
    "He might think: never again",
    "أظن أنه خجول قليلا",
    "He is hurt and needs some time. It may not be about her at all, and he may not know that himself yet.",
    "Maybe he feels a bit foolish",
)


@dataclass
class Way:
    """A member's phone in a room with a therapist and others who guess."""

    browser: Browser
    server: Server
    therapist: Therapist
    member: Member
    device: dict[str, Any] = field(default_factory=dict)

    def states(self) -> Iterator[str]:
        """Bring the phone into one state after the other, and name each."""
        yield from self._door()
        others = [self.therapist.member() for _ in OTHERS]
        yield from self._before_guessing()
        yield from self._guessing()
        yield from self._sending()
        yield from self._closed(others)
        yield from self._revealed()
        yield from self._second_look(others)
        yield from self._one_by_one()
        yield from self._choosing(others)
        yield from self._around()
        yield from self._end()

    def _door(self) -> Iterator[str]:
        phone = self.member
        phone.opens("/j/BBBBBBBB")
        yield "door"
        phone.opens(f"/J/{self.therapist.code}")
        yield "join"
        phone.presses("Join")

    def _before_guessing(self) -> Iterator[str]:
        self.member.sees("You are in. We start soon.")
        yield "lobby"
        self.therapist.does("start", vignette="waving")
        self.member.sees("You can read along here.")
        yield "reading"

    def _guessing(self) -> Iterator[str]:
        phone = self.member
        self.therapist.does("open")
        expect(phone.box).to_be_visible()
        yield "guessing"
        phone.box.tap()
        phone.box.fill(GUESS + ". " + GUESS)
        expect(phone.page.get_by_text("Saved on this phone", exact=True)).to_be_visible()
        yield "typing"
        self.therapist.does("last-call")
        phone.sees("Guessing is closing soon.")
        yield "last call"

    def _sending(self) -> Iterator[str]:
        phone = self.member
        phone.box.fill(GUESS)
        phone.context.set_offline(True)
        phone.presses("Send my guess")
        phone.sees("Still sending.")
        phone.sees("Your guess is safe on this phone.")
        yield "sending, offline"
        phone.context.set_offline(False)
        phone.sees("You are done for now.")
        phone.page.locator("#strip").wait_for(state="hidden")
        yield "sent"
        phone.page.get_by_text("Change my guess").click()
        yield "changing"
        phone.page.get_by_text("Change my guess").click()

    def _closed(self, others: list[Other]) -> Iterator[str]:
        for other, text in zip(others, OTHERS, strict=True):
            other.submit(text)
        self.therapist.does("close")
        self.member.sees("Guessing is closed.")
        yield "closed"

    def _revealed(self) -> Iterator[str]:
        phone = self.member
        first = self.therapist.reveals()["snapshot"]["regions"]["stage"]["html"]
        phone.sees("We talk now.")
        phone.page.wait_for_timeout(1_200)
        yield "revealed"
        self.therapist.does("spotlight", guess=card_of(first, OTHERS[0]))
        phone.sees("We are talking about this one")
        phone.page.get_by_role("button", name="Find mine").click()
        phone.sees("Only you can see this mark")
        yield "spotlight, found"

    def _second_look(self, others: list[Other]) -> Iterator[str]:
        phone = self.member
        self.therapist.does("second-look")
        phone.sees("Your first guess.")
        yield "second look"
        phone.box.fill(GUESS)
        for other, text in zip(others, OTHERS, strict=True):
            other.submit(text)
        self.therapist.does("close")
        phone.sees("Your words stay on this phone.")
        yield "closed, box not empty"
        phone.presses("Put away")

    def _one_by_one(self) -> Iterator[str]:
        html = self.therapist.does("look-first")["snapshot"]["regions"]["stage"]["html"]
        for text in OTHERS[:3]:
            self.therapist.reveals(guess=card_of(html, text))
            self.member.sees(text)
        self.member.page.wait_for_timeout(600)
        yield "one by one"
        self.member.page.get_by_role("button", name="Find mine").click()
        self.member.sees("Yours is not on the screen right now.")
        yield "not found"

    def _choosing(self, others: list[Other]) -> Iterator[str]:
        phone = self.member
        self.therapist.does("ask-sureness", asked="yes")
        self.therapist.does("ask", prompt="feelings")
        self.therapist.does("open")
        phone.sees("Choose up to two.")
        yield "choosing"
        phone.page.get_by_label("Lonely").tap()
        phone.page.get_by_text("Only if you like.").tap()
        phone.page.get_by_label("A bit sure").tap()
        yield "chosen, how sure"
        phone.presses("Send my guess")
        phone.sees("You are done for now.")
        for number, other in enumerate(others):
            other.choose(1, number, sure=number % 3)
        self.therapist.does("close")
        self.therapist.does("reveal")
        phone.sees("Also in the room")
        yield "what was chosen"
        self.therapist.does("second-look")
        phone.sees("Your first guess.")
        yield "second look, choosing"
        phone.page.get_by_label("Glad").tap()
        phone.presses("Send my guess")
        phone.sees("You are done for now.")
        for other in others:
            other.choose(1, 2)
        self.therapist.does("close")
        self.therapist.does("reveal")
        phone.sees("before and after the talk")
        yield "two looks"

    def _around(self) -> Iterator[str]:
        phone, base = self.member, f"/r/{self.therapist.code}/"
        late = Member(self.browser, self.server, **self.device)
        late.opens(f"/J/{self.therapist.code}")
        late.presses("Join")
        late.sees("You joined a bit late.")
        self.member = late
        yield "late"
        late.leaves()
        self.member = phone
        self.therapist.does("stop")
        phone.sees("We take a short pause.")
        yield "stopped"
        self.therapist.does("resume")
        phone.opens(f"{base}quiet")
        yield "slow down"
        phone.presses("I would like a word")
        phone.sees("Please go to them when you can.")
        yield "a word"
        phone.page.get_by_role("link", name="Come back").click()

    def _end(self) -> Iterator[str]:
        phone, base = self.member, f"/r/{self.therapist.code}/"
        self.therapist.does("finish")
        phone.sees("A short break between stories.")
        yield "between"
        self.therapist.does("check-out")
        phone.sees("How do you leave today?")
        yield "checkout"
        phone.page.get_by_text("A bit stirred").click()
        phone.sees("Nothing was sent.")
        yield "checkout, stirred"
        asleep = Member(self.browser, self.server, **self.device).joins(self.therapist.code)
        asleep.opens("about:blank")
        self.therapist.does("end")
        phone.sees("This room has closed.")
        yield "ended"
        asleep.opens(base)
        asleep.sees("You can close this page now.")
        self.member = asleep
        yield "ended while asleep"


def card_of(html: str, text: str) -> str:
    """The id of the guess with this text, as the console's card holds it."""
    return html.split(text)[0].rpartition('id="card-')[2].partition('"')[0]

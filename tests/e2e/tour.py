"""One sitting from the first page to the last, stopping at every state that one of the screens can be in.

The tour itself acts over HTTP, which is quick; the three pages only watch, as the pages of a room do.
"""

from collections.abc import Iterator
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import actors
from tests.e2e.detours import State, detours
from tests.e2e.newcomers import newcomers
from tests.server import Server

SYNC_MS = 30_000
PAGE = "Maybe Emil feels a bit foolish, and a bit glad that nobody saw him wave at an empty street."
GUESSES = (
    "Maybe he saw somebody he misses",
    "He might think someone is hiding behind the curtain, and plays along",
    "Part of him wants to be seen",
    "He laughs so that it looks as if he meant it. I know that well, but maybe he just had a good day",
    "Lonely",
    "Perhaps he greets the street itself. Some people do that when they are happy",
)
AGAIN = ("Now I think he knew all along", "Still lonely", "He hopes that they wave back", "Relieved")

CHOICES = (((1, 3), 0), ((1,), 0), ((1, 4), 1), ((0, 3), 2), ((3,), 2), ((6,), 0))
CHANGED = (((3, 4), 0), ((1,), 1), ((3, 4), 1), ((3,), 1), ((4,), 2), ((1, 3), 0))


class Tour:
    """A therapist's console, a member's phone and the shared screen, led through everything."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        # A name of its own, so that a second try finds no account of the first.
        self.ada = server.therapist(f"ada.{token_hex(2)}@clinic.example").open_room("waving")
        self.contexts: list[BrowserContext] = []
        self.browser = browser
        self.phone = self.page(touch=True)
        self.console = self.page(like=self.ada.browser)
        self.screen = self.page()

    def states(self) -> Iterator[State]:
        """Go through the whole sitting; each state holds until the next one is asked for."""
        yield from self.arriving()
        yield from self.guessing()
        yield from self.revealing()
        yield from self.going_on()
        yield from self.leaving()
        yield from detours(self)
        yield from newcomers(self)

    def arriving(self) -> Iterator[State]:
        code = self.ada.code
        self.open(self.phone, "/")
        self.open(self.console, "/therapist/")
        yield State("home", {"phone": self.phone, "console": self.console})
        self.phone.get_by_label("Type your code").fill("BCDF GHJK")
        self.phone.get_by_role("button", name="Join", exact=True).first.click()
        self.phone.wait_for_load_state()
        yield State("door", {"phone": self.phone})
        self.open(self.phone, f"/r/{code}/")
        yield State("join", {"phone": self.phone})
        self.open(self.console, self.ada.base)
        self.open(self.screen, urlsplit(self.ada.room["screen_url"]).path)
        yield State("lobby-empty", {"console": self.console, "screen": self.screen})
        self.phone.get_by_role("button", name="Join", exact=True).first.click()
        expect(self.phone.locator("#compose")).to_be_attached()
        self.members = [self.ada.member() for _ in GUESSES]
        for member in self.members:
            member.snapshot()
        yield self.state("lobby")

    def guessing(self) -> Iterator[State]:
        self.does("start", vignette="waving")
        yield self.state("reading")
        self.does("open")
        yield self.state("guessing")
        box = self.phone.locator("#compose textarea").first
        box.tap()
        box.press_sequentially(PAGE)
        yield State("typing", {"phone": self.phone})
        self.phone.context.set_offline(True)
        self.phone.locator("#strip").filter(visible=True).wait_for()
        yield State("offline", {"phone": self.phone})
        self.phone.get_by_role("button", name="Send my guess").first.click()
        self.phone.get_by_text("Still sending.").filter(visible=True).wait_for()
        yield State("sending", {"phone": self.phone})
        self.phone.context.set_offline(False)
        self.phone.get_by_text("You are done for now.").wait_for()
        self.phone.locator("#strip").filter(visible=True).wait_for(state="hidden")
        yield State("sent", {"phone": self.phone})
        self.phone.get_by_text("Change my guess").click()
        yield State("changing", {"phone": self.phone})
        self.phone.get_by_text("Change my guess").click()
        for member, text in zip(self.members[:-1], GUESSES, strict=False):
            member.submit(text)
        self.members[-1].pass_()
        self.members[0].slow_down()
        self.console.get_by_text("Everyone is in").first.wait_for(timeout=SYNC_MS)
        self.console.get_by_text("Someone would like to slow down").first.wait_for(timeout=SYNC_MS)
        yield State("everyone-is-in", {"console": self.console, "screen": self.screen})
        for key, name in (("a", "by-hand"), ("?", "keys")):
            self.console.keyboard.press(key)
            expect(self.console.locator(f"dialog#{name}")).to_be_visible()
            yield State(name, {"console": self.console})
            self.console.keyboard.press("Escape")
            expect(self.console.locator("dialog :focus")).not_to_be_attached()
        self.does("last-call")
        yield self.state("last-call")
        self.open(self.phone, f"/r/{self.ada.code}/quiet")
        yield State("quiet", {"phone": self.phone})
        self.phone.get_by_role("button", name="Let my therapist know").click()
        self.phone.get_by_text("No name is shown.").wait_for()
        yield State("quiet-told", {"phone": self.phone})
        self.open(self.phone, f"/r/{self.ada.code}/")

    def revealing(self) -> Iterator[State]:
        self.does("close")
        yield self.state("closed")
        self.console.locator("form[data-look] button").first.click()
        yield State("look-asked", {"console": self.console})
        cards = self.look_first()
        yield State("look-first", {"console": self.console})
        self.does("hold-back", guess=cards[1])
        self.does("reveal", guess=cards[0])
        self.open(self.console, self.ada.base)
        yield self.state("one-by-one")
        find = self.phone.get_by_role("button", name="Find mine")
        find.click()
        yield State("not-found", {"phone": self.phone})
        find.click()
        self.does("reveal", anyway="yes")
        yield self.state("revealed")
        find.click()
        self.phone.get_by_text("Only you can see this mark").wait_for()
        yield State("found", {"phone": self.phone})
        find.click()
        self.does("spotlight", guess=cards[0])
        yield self.state("spotlight")
        self.does("spotlight", guess="")
        for n, card in enumerate(one for n, one in enumerate(cards) if n != 1):
            self.does("cluster", guess=card, place=n % 2)
        self.does("name-cluster", place=0, name="About being seen")
        yield self.state("groups")
        self.does("cluster")

    def going_on(self) -> Iterator[State]:
        self.does("second-look")
        yield self.state("second-look")
        # Words that were not sent when guessing closes stay on the phone.
        self.phone.locator("#compose textarea").first.fill("I still think he is a bit sho")
        for member, text in zip(self.members, AGAIN, strict=False):
            member.submit(text)
        self.does("close")
        self.phone.get_by_text("Your words stay on this phone").filter(visible=True).first.wait_for()
        yield State("kept-words", {"phone": self.phone})
        self.phone.locator("#put-away").click()
        self.does("reveal", anyway="yes")
        self.does("next-stage")
        yield self.state("next-stage")
        yield from self.choosing()
        self.does("look-back", round=self.rounds()[0])
        yield self.state("looking-back")
        self.does("look-back", round="")
        self.does("stop")
        yield self.state("stopped")
        self.does("resume")
        self.does("lock")
        self.knock()
        self.console.get_by_text("Someone is at the door").first.wait_for(timeout=SYNC_MS)
        yield State("door-knock", {"console": self.console})
        self.does("unlock")
        for shows in ("join", "blank"):
            self.does("show", shows=shows)
            yield State(f"screen-{shows}", {"console": self.console, "screen": self.screen})
        self.does("show", shows="room")

    def choosing(self) -> Iterator[State]:
        self.does("ask-sureness", asked="yes")
        self.does("ask", prompt="feelings")
        self.does("open")
        yield self.state("choosing")
        compose = self.phone.locator("#compose")
        for chosen in ("Lonely", "Hopeful"):
            compose.get_by_label(chosen).tap()
        compose.get_by_text("Only if you like.").tap()
        compose.get_by_label("A bit sure").tap()
        yield State("chosen", {"phone": self.phone})
        compose.get_by_role("button", name="Send my guess").tap()
        self.phone.get_by_text("You are done for now.").wait_for()
        for member, (chosen, sure) in zip(self.members, CHOICES, strict=True):
            member.choose(*chosen, sure=sure)
        self.does("close")
        yield self.state("choices-closed")
        self.does("reveal")
        yield self.state("what-was-chosen")
        self.does("second-look")
        self.phone.get_by_text("After the talk").wait_for()
        yield State("choosing-again", {"phone": self.phone})
        for chosen in ("Hopeful", "Embarrassed"):
            compose.get_by_label(chosen).tap()
        compose.get_by_role("button", name="Send my guess").tap()
        self.phone.get_by_text("You are done for now.").wait_for()
        for member, (chosen, sure) in zip(self.members, CHANGED, strict=True):
            member.choose(*chosen, sure=sure)
        self.does("close")
        self.does("reveal")
        yield self.state("two-looks")

    def leaving(self) -> Iterator[State]:
        self.does("finish")
        yield self.state("between")
        self.does("check-out")
        yield self.state("checkout")
        self.console.get_by_role("button", name="End the room").filter(visible=True).last.click()
        yield State("end-asked", {"console": self.console})
        self.console.keyboard.press("Escape")
        self.ada.browser.post(f"{self.ada.base}end", version=self.version())
        self.phone.get_by_text("This room has closed.").first.wait_for()
        self.open(self.console, self.ada.base)
        self.screen.wait_for_timeout(1_500)
        yield State("ended", {"phone": self.phone, "console": self.console, "screen": self.screen})

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def page(self, *, touch: bool = False, like: actors.Browser | None = None) -> Page:
        device: dict[str, Any] = {"has_touch": True, "is_mobile": True} if touch else {}
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844} if touch else None, **device
        )
        self.contexts.append(context)
        for cookie in like.http.cookies.jar if like else ():
            context.add_cookies([{"name": cookie.name, "value": str(cookie.value), "url": self.server.url}])
        context.set_default_timeout(SYNC_MS)
        return context.new_page()

    def open(self, page: Page, path: str) -> None:
        page.goto(f"{self.server.url}{path}")

    def does(self, command: str, **fields: Any) -> None:
        self.ada.does(command, **fields)

    def version(self) -> int:
        found: int = self.ada.snapshot()["version"][0]
        return found

    def state(self, name: str) -> State:
        """Wait until all three pages show the room as it is now."""
        pages = {"phone": self.phone, "console": self.console, "screen": self.screen}
        now = self.version()
        for page in pages.values():
            expect(page.locator(f'body[data-version^="{now}."]')).to_be_attached(timeout=SYNC_MS)
        return State(name, pages)

    def look_first(self) -> list[str]:
        """Unfold the guesses on the console itself; return their ids, the phone's own guess as the last."""
        self.console.get_by_role("button", name="Unfold them here").click()
        self.console.locator("#cards").wait_for()
        found = self.ada.snapshot(look="true")["regions"]["stage"]["html"]
        cards = sorted(found.split('id="card-')[1:], key=lambda card: PAGE in card)
        return [card.partition('"')[0] for card in cards]

    def rounds(self) -> list[str]:
        found = self.ada.snapshot()["regions"]["plan"]["html"]
        places = found.split('action="' + self.ada.base + 'look-back"')[1:]
        return [piece.partition('name="round" value="')[2].partition('"')[0] for piece in places]

    def knock(self) -> None:
        self.ada.stranger().submit_form("/join", code=self.ada.code)

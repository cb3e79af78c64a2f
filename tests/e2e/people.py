"""The people of a story in real browsers. Without JavaScript they do the same, and reload to see."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.actors import PASSWORD
from tests.server import Server

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
WALL: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}}
# A machine that runs other tests beside is slow; waiting longer weakens no claim.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


class Person:
    """Somebody with a browser of their own, on a page of a server."""

    def __init__(self, browser: Browser, server: Server, *, script: bool, **device: Any) -> None:
        self.server = server
        self.script = script
        self.context: BrowserContext = browser.new_context(java_script_enabled=script, **device)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))

    def opens(self, path: str) -> None:
        self.page.goto(path if path.startswith(("http", "about:")) else f"{self.server.url}{path}")

    def sees(self, text: str) -> None:
        """Wait until a text is visible; without a script, reload until it is."""
        self._until(self.page.get_by_text(text).filter(visible=True).first, visible=True)

    def does_not_see(self, text: str) -> None:
        self._until(self.page.get_by_text(text).filter(visible=True).first, visible=False)

    def presses(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    def shows(self, folder: Path | None, name: str) -> None:
        """Keep a picture, if a folder for pictures was asked for."""
        if folder:
            self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def leaves(self) -> None:
        self.context.close()

    def _until(self, place: Locator, *, visible: bool) -> None:
        if self.script:
            expect(place).to_be_visible(visible=visible, timeout=PATIENCE_MS)
            return
        for _ in range(20):
            if place.is_visible() is visible:
                return
            self.page.wait_for_timeout(200)
            self.page.reload()
        expect(place).to_be_visible(visible=visible, timeout=100)


class Therapist(Person):
    """A therapist at a laptop."""

    def __init__(self, browser: Browser, server: Server, *, script: bool = True, **device: Any) -> None:
        super().__init__(browser, server, script=script, **(device or LAPTOP))

    def sets_up(self) -> None:
        """Use the one-time link that the server printed."""
        self.opens(self.server.first_link)
        self.page.get_by_label("E-mail address").fill("ada@clinic.example")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.locator("form button").click()
        self.page.wait_for_url("**/therapist/")

    def opens_a_room(self) -> str:
        self.page.get_by_role("button", name="Open a room").click()
        self.page.wait_for_url("**/therapist/rooms/*/")
        found = re.search(r"/rooms/(\w+)/", self.page.url)
        assert found
        return found[1]

    def screen_path(self) -> str:
        href = self.page.get_by_role("link", name="Open the shared screen").get_attribute("href")
        assert href
        return href

    def does(self, name: str) -> None:
        """Press a button and wait until the room has taken it; look only at what is on the page now."""
        before = self.version
        if self.script:
            self.presses(name)
            expect(self.page.locator(f'body:not([data-version^="{before}."])')).to_be_attached()
        else:
            self.page.reload()
            with self.page.expect_navigation():
                self.presses(name)

    @property
    def version(self) -> str:
        return (self.page.locator("body").get_attribute("data-version") or "0.0").partition(".")[0]

    def waits(self) -> None:
        """Take the moment that a console wants before it closes, reveals or asks for a second look."""
        self.page.wait_for_timeout(1_300)

    def card(self, text: str) -> Locator:
        return self.page.locator("#cards li").filter(has_text=text)


class Member(Person):
    """A member with a phone."""

    def __init__(self, browser: Browser, server: Server, *, script: bool = True, **device: Any) -> None:
        super().__init__(browser, server, script=script, **(PHONE | device))

    def joins(self, code: str) -> "Member":
        self.opens("/")
        self.page.get_by_label("Type your code").fill(code.lower())
        self.presses("Join")
        self.page.wait_for_url(f"**/r/{code}/")
        self.presses("Join")
        expect(self.page.locator("#compose")).to_be_attached()
        return self

    def writes(self, text: str) -> None:
        self._until(self.box, visible=True)
        self.box.fill(text)

    def guesses(self, text: str) -> None:
        self.writes(text)
        self.presses("Send my guess")
        self.sees("You are done for now.")

    def passes(self) -> None:
        self._until(self.box, visible=True)
        self.presses("Pass this time")
        self.sees("You are done for now.")

    @property
    def box(self) -> Locator:
        return self.page.locator("#compose textarea").first


class Wall(Person):
    """The shared screen."""

    def __init__(self, browser: Browser, server: Server, path: str, *, script: bool = True) -> None:
        super().__init__(browser, server, script=script, **WALL)
        self.opens(path)

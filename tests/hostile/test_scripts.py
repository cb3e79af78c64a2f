"""Script in every text, at every place where text is shown, in a real browser: nothing runs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.actors import Member, Therapist, html_of
from tests.e2e.people import LAPTOP, PHONE, WALL
from tests.hostile.payloads import SCRIPTS
from tests.server import Server

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]

# Everything that would betray a payload: its own call, a dialog, and what the policy had to stop.
TRAP = """
window.hits = [];
window.hit = () => { window.hits.push('called at ' + location.pathname); return ''; };
document.addEventListener('securitypolicyviolation', (event) =>
  window.hits.push('stopped ' + event.violatedDirective + ' at ' + location.pathname));
"""


class Watched:
    """A page on which nothing may happen."""

    def __init__(self, browser: Browser, server: Server, **device: Any) -> None:
        self.context = browser.new_context(**device)
        self.context.add_init_script(TRAP)
        self.page: Page = self.context.new_page()
        self.url = server.url
        self.heard: list[str] = []
        self.page.on(
            "dialog", lambda dialog: (self.heard.append(f"dialog {dialog.message}"), dialog.dismiss())
        )
        self.page.on("console", lambda line: self.heard.append(line.text) if "Refused" in line.text else None)
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.url, self.url.replace("http", "ws"), "data:,")):
            self.heard.append(f"asked {request.url}")

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
        self.settles()

    def settles(self) -> None:
        self.page.wait_for_timeout(150)
        self.heard += self.page.evaluate("window.hits.splice(0)")

    def submits(self, action: str, **fields: str) -> None:
        """Send a form of the page's own kind, as a browser without our script would."""
        with self.page.expect_navigation():
            self.page.evaluate(
                """([action, fields]) => {
                  const form = document.createElement('form');
                  form.method = 'post';
                  form.action = action;
                  for (const [name, value] of Object.entries(fields)) {
                    const box = document.createElement('textarea');
                    box.name = name;
                    box.value = value;
                    form.append(box);
                  }
                  document.body.append(form);
                  HTMLFormElement.prototype.submit.call(form);
                }""",
                [action, fields],
            )
        self.settles()


@pytest.fixture
def room(server: Server) -> Therapist:
    return server.therapist().open_room()


@pytest.fixture
def watched(browser: Browser, server: Server) -> Iterator[Any]:
    made: list[Watched] = []

    def make(cookies: dict[str, str], **device: Any) -> Watched:
        made.append(Watched(browser, server, **device))
        made[-1].context.add_cookies([{"name": n, "value": v, "url": server.url} for n, v in cookies.items()])
        return made[-1]

    yield make
    for one in made:
        one.context.close()


def test_there_are_sixty_and_the_trap_hears_them(browser: Browser, server: Server) -> None:
    assert len(SCRIPTS) >= 60
    heard, page = 0, Watched(browser, server).page
    page.goto(f"{server.url}/")
    for payload in SCRIPTS.values():
        # Written into the page as markup, as a template that forgets to escape would.
        page.evaluate(
            """html => {
              const place = document.createElement('div');
              place.innerHTML = html;
              document.body.append(place);
              place.remove();
            }""",
            payload,
        )
        page.wait_for_timeout(20)
        heard += bool(page.evaluate("window.hits.splice(0).length"))
    page.context.close()
    # The others need a click, an attribute around them, a parser or another age of browsers.
    assert heard >= 25, heard


def test_no_guess_runs_wherever_it_is_shown(room: Therapist, watched: Any) -> None:
    members: list[Member] = [room.member() for _ in SCRIPTS]
    room.starts_guessing()
    kept = [member.submit(text)["text"] for member, text in zip(members, SCRIPTS.values(), strict=True)]
    own = watched({}, **PHONE)
    for member in members:
        own.context.add_cookies([{"name": "seat", "value": str(member.seat), "url": own.url}])
        own.opens(f"/r/{room.code}/")
        own.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        own.settles()
    shown = own.page.locator(".own.voice").filter(has_text=kept[-1])
    assert shown.count() == 1
    signed_in = {one.name: str(one.value) for one in room.browser.http.cookies.jar}
    console, wall = watched(signed_in, **LAPTOP), watched({}, **WALL)
    room.does("close")
    console.opens(room.base)
    console.page.get_by_role("button", name="Look first").click()
    console.page.wait_for_selector("#cards")
    console.settles()
    wall.opens(room.screen().path)
    ids = re.findall(r'id="card-(\w+)"', html_of(room.snapshot(look="true")))
    assert len(ids) == len(SCRIPTS)
    room.does("hold-back", guess=ids[0])
    room.does("reveal", guess=ids[1], anyway="yes")
    for page in (own, console, wall):
        page.settles()
    room.reveals()
    for page in (own, console, wall):
        page.page.wait_for_function(f"document.body.innerText.includes({'hit()'!r})")
        page.page.reload()
        page.settles()
    for each in ids[1:]:
        room.does("spotlight", guess=each)
        wall.page.wait_for_selector(".spotlight")
        for page in (own, console, wall):
            page.settles()
    wall.page.reload()
    own.page.reload()
    for page in (own, console, wall):
        page.settles()
        assert page.heard == []


def test_no_echo_of_what_was_typed_runs(room: Therapist, watched: Any) -> None:
    member = room.member()
    room.starts_guessing()
    page = watched({"seat": str(member.seat)}, **PHONE)
    fields = {"round": member.snapshot()["round"], "op": "0" * 32, "n": "1"}
    for text in SCRIPTS.values():
        page.opens(f"/r/{room.code}/")
        page.submits(f"/r/{room.code}/guess", **fields, text=text + " " + "x" * 200)
        assert "longer than 200" in page.page.content()
    stranger = watched({}, **PHONE)
    stranger.opens("/")
    for text in list(SCRIPTS.values())[:16]:
        stranger.submits("/join", code=text)
        stranger.submits("/sign-in", email=text, password="x")
    assert page.heard == stranger.heard == []

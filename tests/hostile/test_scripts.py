"""Script in every text, at every place where text is shown, in a real browser: nothing runs (B2)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.actors import Member, Therapist, html_of
from tests.e2e.people import LAPTOP, PHONE, WALL
from tests.hostile.payloads import SCRIPTS
from tests.server import Server

pytestmark = pytest.mark.timeout(600)

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


def packed(longest: int) -> list[str]:
    """Put the payloads together into as few texts as possible, so that a browser opens fewer pages."""
    texts = [""]
    for payload in SCRIPTS.values():
        if len(texts[-1]) + len(payload) > longest:
            texts.append("")
        texts[-1] += payload
    return texts


def test_no_own_guess_runs_on_its_phone(room: Therapist, watched: Any) -> None:
    members, texts = [room.member() for _ in packed(190)], packed(190)
    room.starts_guessing()
    own = watched({}, **PHONE)
    for member, text in zip(members, texts, strict=True):
        kept = member.submit(text)["text"]
        own.context.add_cookies([{"name": "seat", "value": str(member.seat), "url": own.url}])
        own.opens(f"/r/{room.code}/")
        own.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        own.settles()
        assert own.page.locator("#text").input_value() == kept
        assert own.page.locator("#compose .card.own.voice").text_content().split() == kept.split()
    assert own.heard == []


def test_no_guess_runs_wherever_it_is_shown(room: Therapist, watched: Any) -> None:
    members: list[Member] = [room.member() for _ in SCRIPTS]
    room.starts_guessing()
    for member, text in zip(members, SCRIPTS.values(), strict=True):
        member.submit(text)
    signed_in = {one.name: str(one.value) for one in room.browser.http.cookies.jar}
    phone = watched({"seat": str(members[0].seat)}, **PHONE)
    console, wall = watched(signed_in, **LAPTOP), watched({}, **WALL)
    pages = (phone, console, wall)
    room.does("close")
    console.opens(room.base)
    console.page.get_by_role("button", name="Look first").click()
    console.page.get_by_role("button", name="Unfold them here").click()
    console.page.wait_for_selector("#cards")
    console.settles()
    wall.opens(room.screen().path)
    phone.opens(f"/r/{room.code}/")
    ids = re.findall(r'id="card-(\w+)"', html_of(room.snapshot(look="true")))
    assert len(ids) == len(SCRIPTS)
    room.does("hold-back", guess=ids[0])
    room.does("reveal", guess=ids[1], anyway="yes")
    for page in pages:
        page.settles()
    room.reveals()
    for each in ids[1:]:
        room.does("spotlight", guess=each)
        # What a page had heard stays until it is asked, so there is no need to ask each time.
        wall.page.wait_for_selector(f'body[data-version^="{room.snapshot()["version"][0]}."]')
    for page in pages:
        page.settles()
        page.page.reload()
        page.settles()
    room.does("spotlight", guess="")
    for page in pages:
        page.page.reload()
        page.settles()
        assert "hit()" in page.page.inner_text("body")
        assert page.heard == []


def test_no_echo_of_what_was_typed_runs(room: Therapist, watched: Any) -> None:
    member = room.member()
    room.starts_guessing()
    page = watched({"seat": str(member.seat)}, **PHONE)
    fields = {"round": member.snapshot()["round"], "op": "0" * 32, "n": "1"}
    page.opens(f"/r/{room.code}/")
    for text in packed(900):
        page.submits(f"/r/{room.code}/guess", **fields, text=text + "x" * 200)
        assert "longer than 200" in page.page.content()
    stranger = watched({}, **PHONE)
    stranger.opens("/")
    for text in packed(900):
        stranger.submits("/join", code=text)
        stranger.opens("/r/" + quote(text[:200], safe="") + "/")
        stranger.submits("/sign-in", email=text, password="x")
    assert page.heard == stranger.heard == []


def test_no_word_of_the_therapist_runs_where_everybody_sees_it(room: Therapist, watched: Any) -> None:
    """Guesses that were said aloud, and names of groups, of which there are three at a time."""
    member = room.member()
    room.starts_guessing()
    for place, text in enumerate(packed(190)):
        room.does("add-guess", text=text, op=f"{place:032}")
    room.does("close")
    room.reveals()
    ids = re.findall(r'id="card-(\w+)"', html_of(room.snapshot()))
    assert len(ids) == len(packed(190))
    for place in range(3):
        room.does("cluster", guess=ids[place], place=place)
    signed_in = {one.name: str(one.value) for one in room.browser.http.cookies.jar}
    pages = (watched({"seat": str(member.seat)}, **PHONE), watched(signed_in, **LAPTOP), watched({}, **WALL))
    for page, path in zip(pages, (f"/r/{room.code}/", room.base, room.screen().path), strict=True):
        page.opens(path)
    names = [one for one in SCRIPTS.values() if len(one) <= 40]
    assert len(names) > 20
    for place, name in enumerate(names):
        room.does("name-cluster", place=place % 3, name=name)
        if place % 3 == 2:
            for page in pages:
                page.page.wait_for_selector(f'body[data-version^="{room.snapshot()["version"][0]}."]')
                page.settles()
                assert "hit()" in page.page.inner_text("body")
    for page in pages:
        page.page.reload()
        page.settles()
        assert page.heard == []


def test_no_address_of_a_therapist_runs_on_their_own_pages(server: Server, watched: Any) -> None:
    """An address is nearly any text, and stands on the page of its account."""
    texts = [re.sub(r"\s", "", text) for text in packed(230)][::4]
    assert any("<script>hit()" in text for text in texts)
    for text in texts:
        ada = server.therapist(f"{text}@clinic.example")
        page = watched({one.name: str(one.value) for one in ada.browser.http.cookies.jar}, **LAPTOP)
        for path in ("/therapist/account/two-factor", "/therapist/", "/therapist/account/"):
            page.opens(path)
        assert "hit()" in page.page.inner_text("main")
        assert page.heard == []

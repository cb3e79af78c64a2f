"""Twelve phones and the wall show the same guesses in the same order, at once, and learn nothing else (screens.md C-3)."""

import json
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser

from tests.actors import Member, Therapist
from tests.e2e.walls import Wall, house
from tests.server import Server
from tests.sockets.pages import Page, cookie_of

AT_ONCE_S = 1.0
WATCH = """() => new MutationObserver((_, watcher) => {
  if (!document.querySelector('.board .note')) return;
  watcher.disconnect();
  window.shown = Date.now() / 1000;
}).observe(document.body, {subtree: true, childList: true})"""
# All that a tag of a guess may carry.
PLAIN = {("class", "note"), ("class", "guess note"), ("dir", "auto")}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Therapist]]:
    with house(tmp_path_factory.mktemp("house")) as found:
        yield found


class List(HTMLParser):
    """The guesses of a page in their order, and every attribute that its tags have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._inside = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside or tag == "li":
            self._inside += 1
            self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "li":
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = max(0, self._inside - 1)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data.strip()


def test_twelve_phones_and_the_wall_show_the_same_order_at_once(
    browser: Browser, room: tuple[Server, Therapist]
) -> None:
    server, ada = room
    ada.open_room("seen-at-noon")
    members = [ada.member() for _ in range(12)]
    ada.starts_guessing("seen-at-noon")
    sent = [f"The guess that was sent as number {place}." for place in range(12)]
    for member, text in zip(members, sent, strict=True):
        member.submit(text)
    ada.does("close")
    wall = Wall(browser, server, ada)
    wall.page.evaluate(WATCH)
    phones = [watch(server, member) for member in members]

    version = ada.snapshot()["version"][0]
    begun = time.time()
    ada.does("reveal", version=version)
    snapshots = [phone.hear_snapshot() for phone in phones]
    phones_s = time.time() - begun
    wall.page.wait_for_function("window.shown")
    wall_s = wall.page.evaluate("window.shown") - begun
    print(f"revealed on twelve phones after {phones_s:.3f} s and on the wall after {wall_s:.3f} s")
    assert max(phones_s, wall_s) <= AT_ONCE_S

    shown = List(snapshots[0]["regions"]["guesses"]["html"]).texts
    assert sorted(shown) == sorted(sent)
    assert shown != sent
    assert [note["text"] for note in wall.notes()] == shown
    # One string for all phones, so none of them learns more than another.
    assert len({json.dumps(one, sort_keys=True) for one in snapshots}) == 1
    assert_only_what_is_seen(ada, members, snapshots[0], "guesses")
    assert_only_what_is_seen(ada, members, ada.screen().snapshot(), "stage")
    for phone in phones:
        phone.leave()
    wall.leaves()


def watch(server: Server, member: Member) -> Page:
    phone = Page(server.port, cookie=cookie_of(member.browser.http))
    assert phone.watch("/member", code=member.code)["phase"] == "closed"
    return phone


def assert_only_what_is_seen(
    ada: Therapist, members: list[Member], snapshot: dict[str, object], name: str
) -> None:
    """No time, no seat and no sequence beside the words themselves (screens.md §2.2)."""
    assert snapshot.keys() == {"version", "phase", "round", "regions"}
    told = json.dumps(snapshot)
    assert not any(member.seat and member.seat in told for member in members)
    assert not re.search(r"\b1[6-9]\d{8}", told)  # seconds or milliseconds since 1970
    assert not re.search(r"\d\d:\d\d:\d\d|\b20\d\d-\d\d", told)
    assert not any(guess in told for guess in guesses_of(ada))
    regions = snapshot["regions"]
    assert isinstance(regions, dict)
    assert set(List(regions[name]["html"]).attributes) <= PLAIN


def guesses_of(ada: Therapist) -> set[str]:
    """The ids by which the console alone knows the guesses."""
    found = set(re.findall(r'name="guess" value="([^"]+)"', ada.snapshot()["regions"]["stage"]["html"]))
    assert len(found) == 12
    return found

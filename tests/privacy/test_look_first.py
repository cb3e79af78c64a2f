"""Texts that one console looks at first reach no other console, page or frame; over real sockets (W4)."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors import Browser, Member, Therapist, html_of
from tests.server import Server
from tests.sockets.pages import Page, cookie_of

HISTORIES = 4
PEOPLE = 4
CALM_S = 0.3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("look")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def therapist(server: Server) -> Therapist:
    return server.therapist()


class Eavesdropper:
    """Sockets of everybody in a room, and all that came over each of them."""

    def __init__(self, therapist: Therapist, members: list[Member], other: Therapist) -> None:
        screen = therapist.screen()
        self._pages = {
            **{f"member {n}": (one.browser, "/member", {"code": one.code}) for n, one in enumerate(members)},
            "screen": (screen.browser, "/screen", {"token": screen.path.split("/")[2]}),
            "console": (therapist.browser, "/therapist", {"code": therapist.code}),
            "other console": (other.browser, "/therapist", {"code": therapist.code}),
        }
        self.sockets: dict[str, Page] = {}
        self.heard: dict[str, str] = {}

    def __enter__(self) -> "Eavesdropper":
        for name, (browser, namespace, auth) in self._pages.items():
            page = Page(browser.http.base_url.port or 0, cookie=cookie_of(browser.http))
            self.sockets[name] = page
            self.heard[name] = str(page.watch(namespace, **auth))
        return self

    def __exit__(self, *_: object) -> None:
        for page in self.sockets.values():
            page.leave()

    def listen(self) -> dict[str, str]:
        """Return what each socket heard since the last time, once all are calm."""
        for name, page in self.sockets.items():
            with contextlib.suppress(TimeoutError):
                while text := page.hear(CALM_S):
                    self.heard[name] += text
        said, self.heard = self.heard, dict.fromkeys(self.heard, "")
        return said


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_nothing_is_heard_before_it_is_revealed(therapist: Therapist, seed: int) -> None:
    dice = random.Random(seed)
    therapist.open_room()
    members = [therapist.member() for _ in range(PEOPLE)]
    other = Therapist(Browser(therapist.new_client()), therapist.new_client).sign_in()
    other.code = therapist.code
    therapist.does("start", vignette="waving")
    with Eavesdropper(therapist, members, other) as ear:
        therapist.does("open")
        texts = [f"canary{dice.getrandbits(64):016x}" for _ in members]
        for member, text in dice.sample([*zip(members, texts, strict=True)], PEOPLE):
            member.submit(text)
        therapist.does("close")
        assert_silent(ear.listen(), texts)
        # The answer to its own look-first is the only place where the texts are.
        looked = html_of(therapist.does("look-first")["snapshot"])
        assert all(text in looked for text in texts)
        assert_silent(ear.listen(), texts)
        assert all(text in html_of(ear.sockets["console"].ask(have="0.0", look=True)) for text in texts)
        assert_silent({"other console's sync": str(ear.sockets["other console"].ask(have="0.0"))}, texts)
        assert_silent({"own sync without look": str(ear.sockets["console"].ask(have="0.0"))}, texts)
        for browser, path in (
            (other.browser, other.base),
            (therapist.browser, therapist.base),
            (therapist.screen().browser, therapist.screen().path),
            (members[0].browser, f"/r/{therapist.code}/"),
        ):
            own = [texts[0]] if path.startswith("/r/") else []
            assert_silent({path: browser.page(path)}, [text for text in texts if text not in own])
        cards = ids_by_text(therapist, texts)
        reveal_one_by_one(therapist, ear, dice.sample(texts, 2), texts, cards)
    therapist.does("end")


def reveal_one_by_one(
    therapist: Therapist, ear: Eavesdropper, chosen: list[str], texts: list[str], cards: dict[str, str]
) -> None:
    for number, text in enumerate(chosen, start=1):
        therapist.does("reveal", guess=cards[text], anyway="yes")
        said = ear.listen()
        folded = [one for one in texts if one not in chosen[:number]]
        consoles = {"console", "other console"}
        assert all(text in frames for frames in said.values())
        # From the first reveal on consoles show all cards; members and the wall see the chosen ones alone.
        assert_silent({name: frames for name, frames in said.items() if name not in consoles}, folded)


def ids_by_text(therapist: Therapist, texts: list[str]) -> dict[str, str]:
    """Read from the console that looks which id each text's own form names."""
    html = html_of(therapist.snapshot(look="true"))
    found = {}
    for text in texts:
        after = html.split(text, 1)[1]
        found[text] = after.split('name="guess" value="', 1)[1].split('"', 1)[0]
    return found


def assert_silent(said: dict[str, str], texts: list[str]) -> None:
    heard = {name: [text for text in texts if text in frames] for name, frames in said.items()}
    assert {name: found for name, found in heard.items() if found} == {}


def test_a_program_that_broadcasts_what_was_looked_at_is_heard(tmp_path: Path) -> None:
    """The same ears at a server whose broadcasts unfold what one console looked at."""

    class Broadcasting(Server):
        module = "tests.privacy.program"

    server = Broadcasting(tmp_path, PERHAPS_MUTANT="broadcast_of_what_is_looked_at").start()
    try:
        with pytest.raises(AssertionError, match="console"):
            test_nothing_is_heard_before_it_is_revealed(server.therapist(), 1)
    finally:
        server.stop()

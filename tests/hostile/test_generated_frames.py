"""Thousands of things that a page might say over its socket, beside people who notice."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile.bystander import MOST_GROWTH_KB, Bystander, memory
from tests.hostile.generated import GENERATED, ODD, WILD, generated
from tests.server import Server
from tests.sockets.pages import Page, cookie_of
from tests.sockets.raw import frame

pytestmark = pytest.mark.timeout(600)

PAGES = GENERATED // 50
ODD_ONES = 5  # sent by each page before its wild one, after which it is cut off


@pytest.fixture(params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, FACILITATOR_ASYNC_MODE=request.param).start()
    yield server
    server.stop()


def speak(page: Page, odd: list[str], wild: str) -> None:
    """Say all of it; what is odd and still ours is answered, and the server hangs up in the end."""
    page.send(*(f"42{page.namespace},7{one}" for one in odd))
    for _ in odd:
        while (text := page.hear(10)) and not text.startswith("43"):
            pass
        assert text, odd
    page.send(frame(wild.encode(errors="surrogatepass")))
    with contextlib.suppress(OSError):
        page.sock.shutdown(socket.SHUT_WR)  # A wild one that is harmless would keep it open.
    assert page.closes(10), wild


def test_nothing_that_a_page_says_disturbs_anybody_or_costs_memory(
    server: Server, say: Callable[[str], None]
) -> None:
    room = server.therapist().open_room()
    bystander, hostile = Bystander(server, room), room.member()
    room.starts_guessing()
    bystander.member.submit("She is afraid")
    before = bystander.member.snapshot()
    cookies = {"/member": cookie_of(hostile.browser.http), "/therapist": cookie_of(room.browser.http)}
    odd, wild = generated(ODD, PAGES * ODD_ONES), generated(WILD, PAGES)
    warm = 0
    try:
        for turn in range(PAGES):
            namespace = ("/member", "/therapist")[turn % 2]
            page = Page(server.port, cookie=cookies[namespace])
            page.watch(namespace, code=room.code)
            speak(page, odd[turn * ODD_ONES : (turn + 1) * ODD_ONES], wild[turn])
            page.leave()
            if turn % 20 == 0:
                assert bystander.notices_nothing(), wild[turn]
            if turn == PAGES // 2:
                warm = memory(server.pid)
    finally:
        bystander.page.leave()
    grown = memory(server.pid) - warm
    say(f"{PAGES * (ODD_ONES + 1)} frames: {grown / 1024:+.1f} MB")
    assert grown < MOST_GROWTH_KB
    assert bystander.member.snapshot() == before
    assert "Traceback" not in server.log.read_text()

"""A client that sends a byte now and then holds its place for seconds, and not for days."""

import contextlib
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from facilitator.server import _Hurried
from tests.actors import Therapist
from tests.server import Server
from tests.sockets.pages import Page, cookie_of

BEAT_S = 0.3
DRIPS = {
    "request line": b"GET /r/",
    "header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "body": (
        b"POST /join HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nContent-Length: 9000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\ncode="
    ),
    "chunks": (
        b"POST /join HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nff\r\ncode="
    ),
}


class Impatient(Server):
    module = "tests.hostile.impatient"


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("impatient")
    server = Impatient(folder, FACILITATOR_ASYNC_MODE=request.param).start()
    yield server
    server.stop()


def holds_for(server: Server, start: bytes, drip: bytes, most_s: float) -> float:
    """Return for how many seconds a line stays open on which a little comes again and again."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.settimeout(BEAT_S)
        with contextlib.suppress(ConnectionError):
            line.sendall(start)
            while time.monotonic() - begun < most_s:
                line.sendall(drip)
                with contextlib.suppress(TimeoutError):
                    if not line.recv(4_096):
                        break
    return time.monotonic() - begun


@pytest.mark.parametrize("name", DRIPS)
def test_a_request_that_drips_in_is_cut_off(server: Server, name: str) -> None:
    origin = server.url.encode()
    start = DRIPS[name] % origin if b"%s" in DRIPS[name] else DRIPS[name]
    drip = b"x\r\nX: " if name == "headers" else b"x"
    assert 1 < holds_for(server, start, drip, 12.0) < 8
    assert httpx.get(f"{server.url}/", trust_env=False).status_code == 200
    assert "Traceback" not in server.log.read_text()


def test_who_is_slow_and_comes_to_an_end_is_served_and_a_page_stays(server: Server) -> None:
    room: Therapist = server.therapist().open_room()
    member = room.member()
    page = Page(server.port, cookie=cookie_of(member.browser.http))
    page.watch("/member", code=room.code)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        for part in (b"GET / HTTP/1.1\r\n", b"Host: localhost\r\n", b"X: x\r\n", b"\r\n"):
            line.sendall(part)
            time.sleep(BEAT_S)
        assert line.recv(4_096).startswith(b"HTTP/1.1 200 ")
    time.sleep(2.5)
    assert "regions" in page.ask(have="0.0")
    page.leave()


def test_the_end_of_a_page_that_was_open_for_long_is_heard() -> None:
    """On threads a line is read to its end when its page goes, when its time for a request is long over."""
    line, phone = socket.socketpair()
    with line, phone:
        hurried = _Hurried(line)
        hurried._until = time.monotonic() - 1
        with pytest.raises(TimeoutError):
            hurried.read(1)
        phone.sendall(b"x")
        assert hurried.read(1) == b"x"
        phone.close()
        assert hurried.read(1) == b""

"""Every named frame, connection floods and slow clients against the real server, beside people who notice."""
# ruff: noqa: E501

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest

from tests.actors import Therapist
from tests.hostile.bystander import MOST_GROWTH_KB, Bystander, memory
from tests.hostile.payloads import FRAMES, SCRIPTS, TEXTS
from tests.server import Server
from tests.sockets.pages import Page, cookie_of

pytestmark = pytest.mark.timeout(600)

# Frames after which a page is still a page of ours: what is merely unusual must not cost a member the room.
HARMLESS = {"same key twice"}


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    server = Server(folder, FACILITATOR_ASYNC_MODE=request.param).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def room(server: Server) -> Therapist:
    return server.therapist().open_room()


@pytest.fixture(autouse=True)
def _bystanders_leave() -> Iterator[None]:
    yield
    while Bystander.here:
        Bystander.here.pop().page.leave()


def attack(server: Server, room: Therapist, cookie: str, hostile: bytes, *, inside: bool) -> Page:
    page = Page(server.port, cookie=cookie)
    if inside:
        page.watch("/member", code=room.code)
    page.send(hostile)
    return page


def test_no_frame_disturbs_anybody_or_costs_memory(server: Server, room: Therapist) -> None:
    bystander, hostile = Bystander(server, room), cookie_of(room.member().browser.http)

    def all_of_them() -> list[str]:
        survived = []
        for name, data in FRAMES.items():
            for inside in (True, False):
                page = attack(server, room, hostile, data, inside=inside)
                with contextlib.suppress(OSError):
                    page.sock.shutdown(
                        socket.SHUT_WR
                    )  # Whoever waits for more of it is told that there is none.
                if not page.closes(10):
                    survived.append(f"{name}, {'inside' if inside else 'outside'}")
                page.leave()
            assert bystander.notices_nothing(), name
        return survived

    assert all_of_them() == []
    warm = memory(server.pid)
    for _ in range(2):
        assert all_of_them() == []
    assert memory(server.pid) - warm < MOST_GROWTH_KB
    assert "Traceback" not in server.log.read_text()


def test_no_text_costs_memory(server: Server, room: Therapist) -> None:
    hostile, bystander = room.member(), room.member()
    room.starts_guessing()
    before = bystander.snapshot()

    def all_of_them() -> list[str]:
        wrong = []
        for name, text in {**TEXTS, **SCRIPTS}.items():
            fields = {"text": text, "round": before["round"], "op": "0" * 32, "n": "1"}
            answer = hostile.browser.http.post(
                f"/r/{room.code}/guess",
                content=urlencode(fields, errors="surrogatepass"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            wrong += [f"{name}: {answer.status_code}"] if answer.status_code >= 500 else []
        return wrong

    assert all_of_them() == []
    warm = memory(server.pid)
    assert all_of_them() == []
    assert memory(server.pid) - warm < MOST_GROWTH_KB
    assert bystander.snapshot() == before


def test_pages_that_come_and_go_leave_nothing(server: Server, room: Therapist) -> None:
    bystander, cookie = Bystander(server, room), cookie_of(room.member().browser.http)

    def visits(times: int) -> None:
        for _ in range(times):
            page = Page(server.port, cookie=cookie)
            page.watch("/member", code=room.code)
            page.leave()

    visits(50)
    warm = memory(server.pid)
    visits(250)
    assert memory(server.pid) - warm < MOST_GROWTH_KB
    assert bystander.notices_nothing()


SLOW = {
    "half a request line": b"GET /r/",
    "headers that never end": b"POST /join HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "a body that never comes": (
        b"POST /join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\ncode="
    ),
    "a chunk that never comes": b"POST /join HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n",
    "a handshake and silence": (
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ),
    "nothing at all": b"",
}


@pytest.mark.parametrize("name", SLOW)
def test_sixty_slow_clients_keep_nobody_waiting(server: Server, room: Therapist, name: str) -> None:
    bystander = Bystander(server, room)
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    for one in slow:
        one.sendall(SLOW[name])
    for _ in range(5):
        for one in slow:
            with contextlib.suppress(OSError):
                one.send(b"x")
        assert bystander.notices_nothing()
        assert room.member().snapshot()
    for one in slow:
        one.close()


def test_a_flood_of_connections_keeps_nobody_out(server: Server, room: Therapist) -> None:
    bystander, warm = Bystander(server, room), memory(server.pid)
    for _ in range(4):
        flood = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
        assert bystander.notices_nothing()
        assert room.member().snapshot()
        for one in flood:
            one.close()
    assert bystander.notices_nothing()
    assert memory(server.pid) - warm < MOST_GROWTH_KB


REQUESTS = {
    "two lengths": b"POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\ncode=",
    "a length and chunks": (
        b"POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a negative length": b"POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "a length in words": b"POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
    "chunks of no size": b"POST /join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk too big to count": (
        b"POST /join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n"
    ),
    "a request line of 100 KB": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "a header of 100 KB": b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "5,000 headers": b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 5_000 + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n",
    "a host with a line break": b"GET / HTTP/1.1\r\nHost: x\x0bx\r\n\r\n",
    "an address for a path": b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "HTTP 0.9": b"GET /\r\n\r\n",
    "HTTP 9": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "bytes beyond ASCII": b"GET /r/\xff\xfe/ HTTP/1.1\r\nHost: localhost\r\nCookie: seat=\xff\xfe\r\n\r\n",
    "a NUL in the path": b"GET /r/\0/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "folded headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
    "only line breaks": b"\r\n" * 500,
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_broken_request_is_no_mishap_of_ours(server: Server, room: Therapist, name: str) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as one,
        contextlib.suppress(OSError),
    ):
        one.sendall(
            REQUESTS[name].replace(b"Host: x\r\n", f"Host: localhost\r\nOrigin: {server.url}\r\n".encode())
        )
        one.shutdown(socket.SHUT_WR)
        answer = one.recv(4_096)
        while more := one.recv(65_536):
            answer += more
        status = answer.split(b" ", 2)[1:2]
        assert not status or not status[0].startswith(b"5") or status[0] in (b"501", b"505"), answer[:200]
    assert httpx.get(f"{server.url}/", trust_env=False).status_code == 200
    assert "Traceback" not in server.log.read_text()

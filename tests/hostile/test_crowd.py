"""One address may hold as many connections as a large clinic needs, and not all that there are."""

import contextlib
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from facilitator.server import LATER_S, MOST_OF_AN_ADDRESS
from tests.server import Server

pytestmark = pytest.mark.alone

ONE, OTHER, OWN = "127.0.0.2", "127.0.0.3", "127.0.0.1"  # 127.0.0.1 alone is the machine's own.
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def _files_enough() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(params=["eventlet", "threading"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextlib.contextmanager
def running(folder: object, **settings: str) -> Iterator[Server]:
    server = Server(folder, **settings).start()  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.stop()


def line_from(address: str, server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), source_address=(address, 0), timeout=20)


def answer(line: socket.socket) -> bytes:
    line.sendall(ASK)
    found = b""
    while more := line.recv(4_096):
        found += more
    return found


def served(address: str, server: Server) -> bool:
    with line_from(address, server) as line:
        return answer(line).startswith(b"HTTP/1.1 200 ")


@pytest.mark.timeout(300)
def test_one_address_fills_its_own_places_and_nobody_elses(tmp_path: object, mode: str) -> None:
    with running(tmp_path, FACILITATOR_ASYNC_MODE=mode) as server, ExitStack() as lines:
        held = [lines.enter_context(line_from(ONE, server)) for _ in range(MOST_OF_AN_ADDRESS)]
        with line_from(ONE, server) as late:
            refusal = answer(late)
        assert refusal.startswith(b"HTTP/1.1 503 ")
        assert f"\r\nRetry-After: {LATER_S}\r\n".encode() in refusal
        assert refusal.endswith(b"Please try again in a minute.\n")
        assert served(OTHER, server)
        # Of threads there are fewer; eventlet's own server would stop at 1,024.
        many = 1_100 if mode == "eventlet" else MOST_OF_AN_ADDRESS + 1
        more = [lines.enter_context(line_from(OWN, server)) for _ in range(many)]
        assert answer(more[-1]).startswith(b"HTTP/1.1 200 "), "what comes from this machine is not counted"
        held.pop().close()
        for _ in range(100):
            if served(ONE, server):
                break
        else:
            pytest.fail("a place that became free stays taken")
        assert "Traceback" not in server.log.read_text()


def test_behind_a_proxy_its_address_is_everybodys(tmp_path: object) -> None:
    with running(tmp_path, FACILITATOR_TRUSTED_PROXIES="1") as server, ExitStack() as lines:
        for _ in range(MOST_OF_AN_ADDRESS):
            lines.enter_context(line_from(ONE, server))
        assert served(ONE, server)


def test_who_is_refused_by_the_hundred_costs_no_place(tmp_path: object) -> None:
    with running(tmp_path) as server, ExitStack() as lines:
        for _ in range(MOST_OF_AN_ADDRESS + 300):
            lines.enter_context(line_from(ONE, server))
        assert not served(ONE, server)
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
        lines.close()
        for _ in range(100):
            if served(ONE, server):
                break
        else:
            pytest.fail("places that became free stay taken")

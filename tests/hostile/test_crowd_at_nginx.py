"""nginx as it ships lets one address hold so many connections and no more, and nobody else is kept out."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.backing import Nginx

FEW = 5
REQUEST = b"GET /r/ABCD2345/ HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A process that answers nothing, so that each request stays a connection in use."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        listener.settimeout(5)
        yield listener


@pytest.fixture
def nginx(tmp_path: Path, silent: socket.socket) -> Iterator[Nginx]:
    running = Nginx(tmp_path, [silent.getsockname()[1]])
    conf = tmp_path / "nginx.conf"
    text, times = re.subn(r"limit_conn visitors 500;", f"limit_conn visitors {FEW};", conf.read_text())
    assert times == 1
    conf.write_text(text)
    running.start()
    yield running
    running.stop()


def test_one_address_holds_so_many_places_and_others_come_in(nginx: Nginx, silent: socket.socket) -> None:
    with ExitStack() as lines:

        def ask(address: str) -> socket.socket:
            line = socket.create_connection(("127.0.0.1", nginx.port), source_address=(address, 0), timeout=5)
            lines.enter_context(line)
            line.sendall(REQUEST)
            return line

        def arrives() -> None:
            upstream, _ = silent.accept()
            lines.enter_context(upstream)

        for _ in range(FEW):
            ask("127.0.0.2")
            arrives()
        refused = ask("127.0.0.2").recv(4_096)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 30\r\n" in refused
        ask("127.0.0.3")
        arrives()
        for _ in range(2 * FEW):  # What comes from this machine itself is not counted.
            ask("127.0.0.1")
            arrives()

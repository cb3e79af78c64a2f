"""The small server, running in each async mode."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.sockets.servers import Server

MODES = ["eventlet", "threading"]


@contextlib.contextmanager
def _running(mode: str) -> Iterator[Server]:
    server = Server(mode)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session", params=MODES)
def _lasting_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with _running(request.param) as server:
        yield server


@pytest.fixture
def server(_lasting_server: Server) -> Iterator[Server]:
    """A server that all tests of a mode share."""
    yield _lasting_server
    _lasting_server.forget_phones()


@pytest.fixture(params=MODES)
def fresh_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of one's own, to be stopped."""
    with _running(request.param) as server:
        yield server

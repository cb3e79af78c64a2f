"""A real server, as in the browser tests, of each test's own: what is done to it must harm no other."""

import pytest

from tests.e2e.conftest import new_server
from tests.server import Server

__all__ = ["new_server"]


@pytest.fixture
def server(new_server: Server) -> Server:
    return new_server

"""A real server and a real Chromium for each story."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors import Therapist
from tests.e2e.consoles import Clinic
from tests.server import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.alone)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on 127.0.0.1, or on the address that PERHAPS_TEST_HOST names."""
    server = Server(tmp_path, host=os.environ.get("PERHAPS_TEST_HOST", "127.0.0.1")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all the rooms of a file; starting one takes longer than most stories."""
    server = Server(tmp_path_factory.mktemp("house")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ada(house: Server) -> Therapist:
    """The therapist of that house, signed in; each story opens a room of its own."""
    return house.therapist()


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """The folder for pictures of each step, if PERHAPS_PICTURES names one."""
    if not (found := os.environ.get("PERHAPS_PICTURES")):
        return None
    folder = Path(found) / request.node.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A server with a therapist's account, for all the rooms of one file."""
    server = Server(tmp_path_factory.mktemp("clinic")).start()
    yield Clinic(server, server.therapist())
    server.stop()

"""A real server and a real Chromium for each story."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors import Therapist
from tests.e2e.consoles import Clinic
from tests.server import Server

HOST = os.environ.get("PERHAPS_TEST_HOST", "127.0.0.1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # Axe looks at hundreds of pages and times nothing, so it does not mind company.
        if "tests/e2e/" in item.nodeid and item.path.name != "test_axe.py":
            item.add_marker(pytest.mark.alone)


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own, without an account."""
    server = Server(tmp_path, host=HOST).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all the rooms of a file; starting one takes longer than most stories."""
    server = Server(tmp_path_factory.mktemp("house"), host=HOST).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ada(house: Server) -> Therapist:
    """The therapist of that house, signed in; each story opens a room of its own."""
    return house.therapist()


@pytest.fixture
def server(house: Server) -> Server:
    """What phones open, where any server will do."""
    return house


@pytest.fixture
def therapist(ada: Therapist) -> Therapist:
    """A therapist who has just opened a room."""
    return ada.open_room()


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """The folder for pictures of each step, if PERHAPS_PICTURES names one."""
    if not (found := os.environ.get("PERHAPS_PICTURES")):
        return None
    folder = Path(found) / request.node.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def clinic(house: Server) -> Clinic:
    """That house and its therapist, where it is her console that is looked at."""
    return Clinic(house, house.therapist())

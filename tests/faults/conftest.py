"""A real server for each file of faults, and a therapist with a new room for each test."""

from collections.abc import Iterator

import pytest

from tests.actors import Browser, Therapist
from tests.faults.nursery import Fragile
from tests.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server")).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    """A server that dies and fails when it is told to."""
    running = Fragile(tmp_path_factory.mktemp("fragile"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def account(server: Server) -> Therapist:
    return server.therapist()


@pytest.fixture
def therapist(account: Therapist) -> Therapist:
    """A therapist who has just opened a room."""
    return Therapist(account.browser, account.new_client).open_room()


@pytest.fixture
def second_console(therapist: Therapist) -> Therapist:
    """The co-therapist's console at the same room: the same account in another browser."""
    other = Therapist(Browser(therapist.new_client()), therapist.new_client).sign_in()
    other.room, other.code = therapist.room, therapist.code
    return other

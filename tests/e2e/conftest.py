"""A real server and a real Chromium for each story."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.consoles import Clinic
from tests.server import Server

# Without these flags Chromium calls home at every start, and as root it needs its sandbox off.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on 127.0.0.1, or on the address that PERHAPS_TEST_HOST names."""
    server = Server(tmp_path, host=os.environ.get("PERHAPS_TEST_HOST", "127.0.0.1")).start()
    yield server
    server.stop()


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

"""What every test may ask for: an app of its own, and the people in it."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

import argon2
import httpx
import pytest
from flask import Flask
from hypothesis import settings
from playwright.sync_api import Browser as Chromium

from facilitator.app import create_app
from facilitator.config import Config
from facilitator.services import Services
from facilitator.storage import migrate, therapists
from facilitator.storage.database import Database
from facilitator.web import assets
from tests.actors import PASSWORD, Browser, NewClient, Therapist
from tests.backing import Postgres, a_postgres
from tests.e2e.chromium import a_chromium
from tests.server import Server

# A busy machine makes any deadline a coin toss.
settings.register_profile("here", deadline=None)
# CI draws the same examples every time, so that a red run is about the change it names.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

TORTURE = bool(os.environ.get("TORTURE"))
ORIGIN = "http://localhost:8000"
# Hashing takes long on purpose; the accounts that tests make share a hash that is checked in no time.
PASSWORD_HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """The one Chromium of all browser tests: Playwright runs once in a process."""
    with a_chromium() as running:
        yield running


@pytest.fixture(autouse=True)
def _pages_close(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close what a test left open: its pages would go on asking, and a slowed one burns half the machine."""
    if "browser" not in request.fixturenames:
        yield
        return
    browser: Chromium = request.getfixturevalue("browser")
    before = browser.contexts
    yield
    for context in browser.contexts:
        if context not in before:
            context.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for all tests that ask for one."""
    with a_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def empty_rooms(postgres: Postgres) -> str:
    """A database with every table and nothing in it, to be copied."""
    name = "empty_rooms"
    postgres.sql("postgres", f"CREATE DATABASE {name}")
    database = Database(postgres.url(name).replace("postgresql:", "postgresql+psycopg2:"))
    migrate.upgrade(database)
    database.dispose()
    return name


@pytest.fixture(scope="session", autouse=True)
def _database_of_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """With TESTS_DATABASE=postgresql, every app and every server of the tests runs on PostgreSQL."""
    if os.environ.get("TESTS_DATABASE", "sqlite") == "postgresql":
        postgres, empty = request.getfixturevalue("postgres"), request.getfixturevalue("empty_rooms")
        Server.new_database = lambda: postgres.new_database(empty)
    yield
    Server.new_database = None


@pytest.fixture(scope="session", autouse=True)
def _static_files_built_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compress the static files once, and not for each app that a test makes."""
    folder, build = tmp_path_factory.mktemp("static"), assets.build
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "build", lambda _: build(folder))
        yield


@pytest.fixture
def config(tmp_path: Path) -> Config:
    chosen = {"FACILITATOR_DATABASE_URL": Server.new_database()} if Server.new_database else {}
    return Config.from_env(
        chosen
        | {
            "FACILITATOR_DATA_DIR": str(tmp_path / "data"),
            "FACILITATOR_KEY_FILE": str(tmp_path / "instance.key"),
            "FACILITATOR_BASE_URL": ORIGIN,
            "FACILITATOR_ASYNC_MODE": "threading",
        }
    )


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure that people want to read in a green run too."""

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n    {line}")

    return say


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Break things for longer under `make torture`."""
    if "outage_s" in metafunc.fixturenames:
        metafunc.parametrize("outage_s", [2.0, 10.0, 60.0] if TORTURE else [2.0])
    if "kills" in metafunc.fixturenames:
        metafunc.parametrize("kills", [1_000 if TORTURE else 100])
    if "asleep_s" in metafunc.fixturenames:
        metafunc.parametrize("asleep_s", [8.0, 60.0] if TORTURE else [8.0])
    if "spell_s" in metafunc.fixturenames:
        metafunc.parametrize("spell_s", [60.0] if TORTURE else [4.0])


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    app = create_app(config)
    yield app
    app.extensions["perhaps"].database.dispose()


@pytest.fixture
def here(app: Flask) -> Services:
    found: Services = app.extensions["perhaps"]
    return found


def _as_servers_do(app: Flask) -> WSGIApplication:
    """Hand over a path as PEP 3333 says, byte by byte; httpx's own transport hands over its characters."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"].encode(errors="surrogatepass").decode("latin-1")
        return app(environ, start_response)

    return serve


@pytest.fixture
def new_client(app: Flask) -> NewClient:
    return lambda: httpx.Client(transport=httpx.WSGITransport(app=_as_servers_do(app)), base_url=ORIGIN)


@pytest.fixture
def therapist(here: Services, new_client: NewClient) -> Therapist:
    """A therapist who signed in and opened a room."""
    return signed_in(here, new_client, "ada@clinic.example").open_room()


@pytest.fixture
def other_therapist(here: Services, new_client: NewClient) -> Therapist:
    """Another therapist, with a room of their own."""
    return signed_in(here, new_client, "ben@clinic.example").open_room()


def signed_in(here: Services, new_client: NewClient, email: str) -> Therapist:
    with here.database.write() as tx:
        therapists.add(tx, email, PASSWORD_HASH)
    return Therapist(Browser(new_client()), new_client, email=email).sign_in()

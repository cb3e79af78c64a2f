"""Trouble behind the server: its disk, its database, its clock. Phones try again, and it passes (R2)."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial

import httpx
import pytest

from tests.actors import Therapist
from tests.backing import Postgres, a_postgres
from tests.faults.company import Company, a_company
from tests.faults.nursery import Fragile
from tests.faults.proxy import FAIR, Proxy, Weather
from tests.server import Server

pytestmark = pytest.mark.alone

PHONES = 6
HOUR_S = 3_600.0

Trouble = Callable[[], AbstractContextManager[None]]


def through(company: Company, trouble: Trouble, spell_s: float, *, after_s: float = 1.0) -> str:
    """Let trouble come and go in the middle of a round, and see that everyone comes out of it."""
    with company.guessing() as round_id:
        time.sleep(after_s)
        with trouble():
            time.sleep(spell_s)
        company.move_on("last-call")
        time.sleep(0.5)
    company.settle(round_id)
    return company.said


def mishaps(company: Company) -> set[int]:
    return {one for page in company.pages for one in page.history.mishaps}


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    """A server on SQLite that fails when it is told to."""
    path = tmp_path_factory.mktemp("fragile")
    server = Fragile(path, FACILITATOR_DATABASE_URL=f"sqlite:///{path}/data/perhaps.db")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def account(fragile: Fragile) -> Therapist:
    return fragile.therapist()


def _leave_no_room(server: Server) -> None:
    """Take the pages of earlier rooms out of the file: a full disk has none to spare."""
    with closing(sqlite3.connect(server.folder / "data" / "perhaps.db", timeout=10)) as other:
        other.execute("VACUUM")


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Another program holds the write lock for five seconds."""
    other = sqlite3.connect(server.folder / "data" / "perhaps.db", isolation_level=None)
    other.execute("PRAGMA busy_timeout=5000")
    other.execute("BEGIN IMMEDIATE")
    time.sleep(5)
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize("name", ["full", "read-only"])
def test_a_disk_that_takes_nothing_is_survived(
    fragile: Fragile, therapist: Therapist, name: str, say: Callable[[str], None]
) -> None:
    with a_company(therapist, seed=3, phones=PHONES) as company:
        trouble = partial(fragile.trouble, name)
        with trouble():
            answer = httpx.post(
                f"{fragile.url}/therapist/rooms",
                headers={"Origin": fragile.url, "Accept": "application/json"},
                cookies=dict(therapist.browser.http.cookies),
                trust_env=False,
            )
        if name == "read-only":
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert answer.json()["error"]["code"] == "out_of_reach"
        if name == "full":
            _leave_no_room(fragile)
        say(f"{name}: {through(company, trouble, 4, after_s=0.0)}")
        assert mishaps(company) == {503}
    company.assert_fair()


def test_a_lock_held_for_five_seconds_is_survived(
    fragile: Fragile, therapist: Therapist, say: Callable[[str], None]
) -> None:
    with a_company(therapist, seed=4, phones=PHONES) as company:
        say(f"lock held 5 s: {through(company, partial(locked, fragile), 0)}")
        assert mishaps(company) <= {503}
    company.assert_fair()


@pytest.mark.parametrize("by_s", [HOUR_S, -HOUR_S])
def test_a_clock_that_jumps_is_survived(
    fragile: Fragile, therapist: Therapist, by_s: float, say: Callable[[str], None]
) -> None:
    with a_company(therapist, seed=5, phones=PHONES) as company:
        tick = company.console.shown["version"][1]
        said = through(company, partial(fragile.trouble, "clock", str(by_s)), 9)
        say(f"clock {by_s / HOUR_S:+.0f} h: {said}")
        assert company.console.shown["version"][1] > tick, "the word of progress stood still"
        assert not mishaps(company)
    company.assert_fair()


def test_a_clock_set_back_does_not_stop_the_word_of_progress(fragile: Fragile, therapist: Therapist) -> None:
    members = [therapist.member() for _ in range(3)]
    with fragile.trouble("clock", str(HOUR_S)):
        therapist.starts_guessing()
        before = therapist.snapshot()["version"][1]
    for member in members:
        member.submit("Now it is an hour earlier")
    until = time.monotonic() + 12
    while therapist.snapshot()["version"][1] == before:
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.fixture(scope="module")
def elsewhere(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, Postgres, Proxy]]:
    """A server whose PostgreSQL is its own and lies behind a proxy."""
    with a_postgres() as postgres:
        postgres.sql("postgres", "CREATE DATABASE perhaps")
        proxy = Proxy(postgres.port, seed=2026)
        url = postgres.url("perhaps", port=proxy.port)
        server = Server(tmp_path_factory.mktemp("elsewhere"), FACILITATOR_DATABASE_URL=url).start()
        yield server, postgres, proxy
        server.stop()
        proxy.close()


@contextmanager
def weather(proxy: Proxy, kind: Weather) -> Iterator[None]:
    proxy.turn(kind)
    yield
    proxy.turn(FAIR)


@contextmanager
def away(postgres: Postgres, mode: str) -> Iterator[None]:
    postgres.stop(mode=mode)
    yield
    postgres.start()


@contextmanager
def read_only(postgres: Postgres) -> Iterator[None]:
    for switch in ("on", "off"):
        postgres.sql("postgres", f"ALTER SYSTEM SET default_transaction_read_only = {switch}")
        postgres.sql("postgres", "SELECT pg_reload_conf()")
        if switch == "on":
            yield


@contextmanager
def rows_held(postgres: Postgres) -> Iterator[None]:
    with postgres.holding("perhaps", "SELECT 1 FROM room FOR UPDATE"):
        yield


TROUBLES: dict[str, tuple[Callable[[Postgres, Proxy], Trouble], float]] = {
    "PostgreSQL restarted": (lambda postgres, _: partial(away, postgres, "fast"), 1),
    "PostgreSQL crashed": (lambda postgres, _: partial(away, postgres, "immediate"), 3),
    "PostgreSQL half-open": (lambda _, proxy: partial(weather, proxy, Weather(swallows=True)), 8),
    "PostgreSQL 0.5 s away": (lambda _, proxy: partial(weather, proxy, Weather(latency_s=0.25)), 5),
    "PostgreSQL cut now and then": (lambda _, proxy: partial(weather, proxy, Weather(resets=0.1)), 5),
    "PostgreSQL read-only": (lambda postgres, _: partial(read_only, postgres), 4),
    "rooms held for 5 s": (lambda postgres, _: partial(rows_held, postgres), 5),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_with_postgresql_is_survived(
    elsewhere: tuple[Server, Postgres, Proxy], name: str, say: Callable[[str], None]
) -> None:
    server, postgres, proxy = elsewhere
    therapist = _therapist_of(server)
    make, spell_s = TROUBLES[name]
    with a_company(therapist, seed=6, phones=PHONES) as company:
        say(f"{name}: {through(company, make(postgres, proxy), spell_s)}")
        assert mishaps(company) <= {503}
    company.assert_fair()


_accounts: dict[str, Therapist] = {}


def _therapist_of(server: Server) -> Therapist:
    with suppress(KeyError):
        account = _accounts[server.url]
        return Therapist(account.browser, account.new_client).open_room()
    account = _accounts[server.url] = server.therapist()
    return Therapist(account.browser, account.new_client).open_room()

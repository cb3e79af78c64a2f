"""One deployment of two processes for all tests here, and a room for each."""

from collections.abc import Iterator

import pytest

from facilitator.storage.database import Database
from tests.actors import Therapist
from tests.backing import Postgres, Redis, a_folder, a_redis
from tests.faults.proxy import Proxy
from tests.several.company import Several


@pytest.fixture(scope="package")
def redis() -> Iterator[Redis]:
    with a_redis() as running:
        yield running


@pytest.fixture(scope="package")
def line(redis: Redis) -> Iterator[Proxy]:
    """The way from both processes to Redis."""
    proxy = Proxy(redis.port, seed=2026)
    yield proxy
    proxy.close()


@pytest.fixture(scope="package")
def several(postgres: Postgres, empty_rooms: str, redis: Redis, line: Proxy) -> Iterator[Several]:
    with a_folder() as folder:
        database = postgres.new_database(empty_rooms)
        running = Several(folder, postgres, database, redis, redis_port=line.port).start()
        yield running
        running.stop()


@pytest.fixture(scope="package")
def account(several: Several) -> Therapist:
    return several.therapist()


@pytest.fixture
def therapist(account: Therapist) -> Therapist:
    """A therapist who has just opened a room, and comes in through nginx."""
    return Therapist(account.browser, account.new_client).open_room()


@pytest.fixture
def database(postgres: Postgres, empty_rooms: str) -> Iterator[Database]:
    """A PostgreSQL database for storage alone, without a server."""
    address = postgres.new_database(empty_rooms)
    found = Database(address.replace("postgresql:", "postgresql+psycopg2:"))
    yield found
    found.dispose()

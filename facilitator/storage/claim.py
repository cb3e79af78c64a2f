"""Who may use a database: one server alone, or several that tell each other's pages through Redis."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from facilitator.storage.database import Database

LOCK = 0x5065_7268_6170_73  # "Perhaps"
# A database notices only after a moment that a killed server has gone.
PATIENCE_S = 5.0
_PAUSE_S = 0.1


class NotAlone(Exception):
    """Another server uses the same database; the text says how to mend it."""


@contextmanager
def claim(database_url: str, data_dir: Path, *, shared: bool) -> Iterator[None]:
    """Hold a database for this process, or with `shared` for all that hold it so. Raises `NotAlone`."""
    holding = _hold_folder(data_dir) if database_url.startswith("sqlite") else _hold_row(database_url, shared)
    with holding:
        yield


@contextmanager
def _hold_folder(data_dir: Path) -> Iterator[None]:
    # Two servers on SQLite would freeze each other, and tick twice.
    with (data_dir / "server.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise NotAlone(
                "Another server runs on this data folder: stop it, or set FACILITATOR_DATA_DIR to another."
            ) from problem
        yield


@contextmanager
def _hold_row(database_url: str, shared: bool) -> Iterator[None]:
    # Without Redis, pages of one process would not hear what is done at the other.
    take = sa.func.pg_try_advisory_lock_shared if shared else sa.func.pg_try_advisory_lock
    database = Database(database_url)
    with database.engine.connect() as connection:
        until = time.monotonic() + PATIENCE_S
        while not connection.scalar(sa.select(take(LOCK))):
            if time.monotonic() > until:
                raise NotAlone(
                    "Another server uses this database: set FACILITATOR_REDIS_URL for every one of them, "
                    "or stop the other one."
                )
            time.sleep(_PAUSE_S)
        connection.commit()  # The lock is the session's own and stays; an open transaction would not.
        try:
            yield
        finally:
            connection.invalidate()
            database.dispose()

"""The one way to the database: short transactions that never yield, with an engine set up for secrecy."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection as Transaction

BUSY_MS = 5_000
LOCK_MS = 8_000  # how long a command may wait for another one in its room
STATEMENT_MS = 15_000
UNHEARD_MS = 5_000  # after which a connection whose other end is silent counts as lost
CONNECTIONS = 20  # at most, for each process
FILE_MODE = 0o600

# DELETE and FULL: an acknowledged guess is on the disk, and no WAL keeps deleted text or the order of writes.
PRAGMAS = (
    "journal_mode=DELETE",
    "synchronous=FULL",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "trusted_schema=OFF",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MS}",
)

# Otherwise each statement of PostgreSQL would see another moment: a room before its closing, with guesses
# after it.
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

# What an error is that lies in the database's being away, full, locked or read-only, and not in us.
OUT_OF_REACH = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.InternalError,  # PostgreSQL's read-only transactions
    sa.exc.TimeoutError,
)

__all__ = ["OUT_OF_REACH", "Database", "Transaction", "as_of_now", "lock_table", "take_turns", "upsert"]


class Database:
    """An engine and its two kinds of transaction: `read` and `write`."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-process database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads, and sees all tables as they were at one moment."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(**_ONE_MOMENT)
            with connection.begin():
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that commits at the end, or leaves nothing if an error passes through.

        On SQLite it takes the write lock at once, so that two writers never wait for each other in a knot.
        """
        with self.engine.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def upsert(tx: Transaction, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert a whole `row`, or overwrite the row with the same primary key."""
    tx.execute(_upsert_into(table, tx.dialect.name), dict(row))


@functools.cache
def _upsert_into(table: sa.Table, dialect: str) -> sa.Insert:
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    key = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    found: sa.Insert = statement.on_conflict_do_update(index_elements=key, set_=rest)
    return found


@contextmanager
def as_of_now(tx: Transaction) -> Iterator[Transaction]:
    """See tables as they are now, though `tx` sees them as they were when it began.

    On SQLite that is the same: nobody writes while somebody reads.
    """
    if tx.dialect.name == "sqlite":
        yield tx
    else:
        with tx.engine.connect() as now:
            yield now


def take_turns(tx: Transaction, key: bytes) -> None:
    """Let transactions that name the same `key` (8 bytes or more) run one after the other, to their end.

    On SQLite all writers do so anyway.
    """
    if tx.dialect.name != "sqlite":
        number = int.from_bytes(key[:8], "big", signed=True)
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def lock_table(tx: Transaction, table: sa.Table, *, mode: str) -> None:
    """Hold a lock of PostgreSQL's `mode` on a table to the end; a SQLite transaction holds every table."""
    if tx.dialect.name != "sqlite":
        tx.exec_driver_sql(f"LOCK TABLE {table.name} IN {mode} MODE")


def _engine(url: str) -> sa.Engine:
    return _sqlite(url) if url.startswith("sqlite") else _postgresql(url)


def _postgresql(url: str) -> sa.Engine:
    limits = {
        "lock_timeout": LOCK_MS,
        "statement_timeout": STATEMENT_MS,
        # Whoever died in the middle of a transaction must not hold a room for ever.
        "idle_in_transaction_session_timeout": STATEMENT_MS,
    }
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,  # A restarted database costs no request more than those it cut off.
        pool_size=CONNECTIONS // 2,
        max_overflow=CONNECTIONS - CONNECTIONS // 2,
        pool_timeout=UNHEARD_MS / 1_000,
        connect_args={
            "application_name": "perhaps",
            "connect_timeout": UNHEARD_MS // 1_000,
            "tcp_user_timeout": UNHEARD_MS,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        },
    )


def _sqlite(url: str) -> sa.Engine:
    # One connection: a second writer on the same thread would freeze every green thread for BUSY_MS.
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        poolclass=sa.pool.QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    if engine.url.database:
        _close_to_others(Path(engine.url.database))
    sa.event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _close_to_others(path: Path) -> None:
    # SQLite itself would let others read it; the journal takes the file's mode.
    path.touch(mode=FILE_MODE)
    path.chmod(FILE_MODE)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin late and deferred; ours begin in `read` and `write`.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")

"""What `flask doctor` looks at in the database and Redis."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from facilitator.checks.finding import Finding, advice, good, lines_of, wrong
from facilitator.config import Config
from facilitator.storage import migrate
from facilitator.storage.database import Database, Transaction

MOST_DRIFT_S = 2.0
NETWORK_FILE_SYSTEMS = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "afs", "fuse.sshfs", "fuse.s3fs",
}  # fmt: skip
_MOUNTS = Path("/proc/mounts")


def database(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the database answers, is of this version, and keeps no more than it should."""
    if config.database_url.startswith("sqlite"):
        yield from _sqlite_place(Path(config.database_url.split(":///", 1)[1]))
    there = Database(config.database_url)
    try:
        with there.read() as tx:
            yield from _version(tx)
            if not there.is_sqlite:
                yield from _postgresql(tx)
    except SQLAlchemyError:
        yield wrong(
            "The database does not answer: start it, and check the name, the password and the host in "
            "FACILITATOR_DATABASE_URL."
        )
    finally:
        there.dispose()


def _sqlite_place(path: Path) -> Iterator[Finding]:
    kind = file_system_of(path, lines_of(_MOUNTS))
    if kind in NETWORK_FILE_SYSTEMS:
        yield wrong(
            f"The SQLite file lies on a network file system ({kind}), where locks fail and guesses can be "
            "lost: move FACILITATOR_DATA_DIR to a disk of this machine, or use PostgreSQL."
        )


def file_system_of(path: Path, mounts: list[str]) -> str:
    """Return the kind of file system that holds `path`, by the longest mount point above it."""
    best, kind = "", ""
    for line in mounts:
        _, point, found, *_ = line.split()
        if path.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _version(tx: Transaction) -> Iterator[Finding]:
    at = migrate.current(tx)
    if at == migrate.newest():
        yield good("The database answers and is of this version.")
    elif not at or at in migrate.known():
        yield wrong(
            "The database is empty or of an older version: start the server, or run "
            "`flask --app facilitator.app db upgrade`."
        )
    else:
        yield wrong("The database is of a newer version than the program: update the program.")


def _postgresql(tx: Transaction) -> Iterator[Finding]:
    drift = abs(
        float(tx.scalar(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))) or 0) - time.time()
    )
    if drift > MOST_DRIFT_S:
        yield wrong(
            f"The clocks of this machine and of PostgreSQL differ by {drift:.0f} s: "
            "switch on time synchronisation on both."
        )
    for name, quiet in (
        ("log_statement", {"none", "ddl"}),
        ("log_min_duration_statement", {"-1"}),
        ("log_duration", {"off"}),
        # A statement that fails, as at a restart, would be written down with its values and its time.
        ("log_min_error_statement", {"panic"}),
        ("log_error_verbosity", {"terse"}),
        ("track_commit_timestamp", {"off"}),
    ):
        found = str(tx.scalar(sa.text(f"SHOW {name}")))
        if found not in quiet:
            yield wrong(
                f"PostgreSQL has {name} = {found}, which records when guesses came and beside which seat: "
                f"set it to {min(quiet, key=len)}."
            )
    if str(tx.scalar(sa.text("SHOW archive_mode"))) != "off":
        yield advice(
            "PostgreSQL archives its write-ahead log, which keeps sealed guesses of ended rooms: "
            "run `flask keys rotate` every night, so that nobody can open them."
        )


def redis_server(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether Redis answers, and writes nothing down."""
    if not config.redis_url:
        return
    # Most installations have none, and need not load a client for it.
    import redis

    client = redis.Redis.from_url(config.redis_url, socket_timeout=3, socket_connect_timeout=3)
    try:
        client.ping()
        yield good("Redis answers.")
        if (
            client.config_get("save").get("save")
            or client.config_get("appendonly").get("appendonly") == "yes"
        ):
            yield advice(
                "Redis writes to disk, and needs nothing kept: start it with `--save '' --appendonly no`."
            )
    except redis.ResponseError:
        yield advice('Redis does not say whether it writes to disk: see that it has `save ""`.')
    except redis.RedisError:
        yield wrong("Redis does not answer: start it, and check FACILITATOR_REDIS_URL.")
    finally:
        client.close()

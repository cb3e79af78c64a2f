"""The checks of `flask doctor`. Each yields findings: what is so, and how to mend it."""

import os
import resource
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from facilitator.config import Config
from facilitator.storage import migrate
from facilitator.storage.database import Database, Transaction
from facilitator.web import assets

MEBIBYTE = 1024 * 1024
LEAST_FREE = 200 * MEBIBYTE
GOOD_FREE = 1024 * MEBIBYTE
GOOD_FILES = 4_096
MOST_DRIFT_S = 2.0
NETWORK_FILE_SYSTEMS = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "afs", "fuse.sshfs", "fuse.s3fs",
}  # fmt: skip
_MOUNTS, _SWAPS = Path("/proc/mounts"), Path("/proc/swaps")


class Grade(StrEnum):
    """How a finding is meant."""

    GOOD = "good"
    ADVICE = "advice"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """One plain sentence."""

    grade: Grade
    sentence: str


def _good(sentence: str) -> Finding:
    return Finding(Grade.GOOD, sentence)


def _advice(sentence: str) -> Finding:
    return Finding(Grade.ADVICE, sentence)


def _wrong(sentence: str) -> Finding:
    return Finding(Grade.WRONG, sentence)


def files(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Who may open the data folder and the key file, and whether they lie apart."""
    # Reading the settings refused open secrets and a key in the data folder; the rest is looked at here.
    yield _good(f"The key file {config.key_file} is closed to others and lies outside the data folder.")
    open_ones = [
        one.name
        for one in sorted(config.data_dir.iterdir())
        if one.is_file() and one.suffix != ".lock" and stat.S_IMODE(one.stat().st_mode) & 0o077
    ]
    if open_ones and config.data_dir.stat().st_mode & 0o077:
        yield _wrong(f"Others may read {', '.join(open_ones)} in {config.data_dir}: chmod 600 them.")
    elif open_ones:
        yield _advice(
            f"Only their folder keeps others from reading {', '.join(open_ones)}: "
            "chmod 600 them, and start the program with the umask 077."
        )
    else:
        yield _good(f"Nobody else can read what lies in {config.data_dir}.")
    if config.data_dir.stat().st_dev == config.key_file.stat().st_dev:
        yield _advice(
            "The key file is on the same disk as the data: leave it out of every copy of that disk, "
            "or whoever steals a copy has both."
        )


def address(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What phones open, and whether it is encrypted."""
    if not environ.get("FACILITATOR_BASE_URL"):
        yield _wrong(
            "FACILITATOR_BASE_URL is not set, so QR codes hold a guessed address: set it to what phones open."
        )
    if config.https:
        yield _good(f"Phones open {config.base_url}, encrypted.")
    else:
        yield _wrong(
            f"Phones open {config.base_url} without encryption, which is for practice only: put a proxy with "
            "a certificate in front (docs/deploy.md) and set FACILITATOR_BASE_URL to its https:// address."
        )
    name = urlsplit(config.base_url).hostname or ""
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        yield _advice(f"This machine finds no address for {name}: check its name in the DNS.")


def proxy(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the proxy in front is known, is the only way in, and keeps quiet."""
    if config.https and not config.trusted_proxies:
        yield _wrong(
            "FACILITATOR_BASE_URL is https, which only a proxy can serve, but FACILITATOR_TRUSTED_PROXIES is "
            "0: set it to the number of proxies, or all phones count as one when codes are tried."
        )
    if not config.trusted_proxies:
        return
    if config.host not in ("127.0.0.1", "::1", "localhost"):
        yield _advice(
            f"The program listens on {config.host} though a proxy stands in front: set FACILITATOR_HOST to "
            "127.0.0.1, or see that only the proxy can reach the port, or others can forge their address."
        )
    yield _advice(
        "See that the proxy writes no access log and only critical errors: its lines would hold join codes, "
        "addresses and times (the files in deploy/ switch them off)."
    )


def crisis_text(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the practice wrote what a member in danger should do."""
    if environ.get("FACILITATOR_CRISIS_TEXT", "").strip():
        yield _good("The text for members in danger is set; check its numbers once a year.")
    else:
        yield _wrong(
            "FACILITATOR_CRISIS_TEXT is not set: write whom a member in danger should call in your country."
        )


def static_files(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether styles and scripts are complete and can be laid out."""
    built, _ = assets.build(config.data_dir)
    missing = [one for one in ("css/member.css", "js", "vendor") if not (built / one).exists()]
    if missing:
        yield _wrong(f"The static files lack {', '.join(missing)}: install the program anew.")
    else:
        yield _good("Styles and scripts are laid out.")


def clock(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the clock can be right, and is kept right."""
    if time.time() < Path(__file__).stat().st_mtime - 24 * 3600:
        yield _wrong("The clock is behind the day on which the program was installed: set it.")
    synchronised = _ask("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if synchronised == "no":
        yield _advice(
            "Nothing keeps this machine's clock right: switch on time synchronisation "
            "(`timedatectl set-ntp true`), or sign-in codes fail and rooms end at the wrong hour."
        )
    elif synchronised == "yes":
        yield _good("The clock is kept right.")


def disk(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether there is room for what is written."""
    free = shutil.disk_usage(config.data_dir).free
    sentence = f"{free // MEBIBYTE} MiB are free where {config.data_dir} lies"
    if free < LEAST_FREE:
        yield _wrong(f"Only {sentence}: make room, or guesses will be refused.")
    elif free < GOOD_FREE:
        yield _advice(f"{sentence}: make room before it runs out.")
    else:
        yield _good(f"{sentence}.")


def open_files(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether enough phones can be connected at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= GOOD_FILES:
        yield _good("There are enough open files for thousands of phones.")
    else:
        yield _advice(
            f"A process may open only {hard} files here, one for each phone: raise it "
            "(LimitNOFILE=65536 in systemd, `ulimits` in compose)."
        )


def memory_on_disk(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether what is in memory, guesses and keys, may end up on a disk."""
    swaps = [line.split()[0] for line in _lines(_SWAPS)[1:] if line.split()]
    if any(not one.startswith("/dev/zram") for one in swaps):
        yield _advice(
            "Memory may be swapped to disk, guesses and keys with it: switch swap off (`swapoff -a`) "
            "or encrypt it."
        )
    else:
        yield _good("Nothing in memory is swapped to disk.")
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        yield _advice(
            "Programs of this user may leave core dumps. The server forbids its own; "
            "set LimitCORE=0 for everything else that opens its database."
        )


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
        yield _wrong(
            "The database does not answer: start it, and check the name, the password and the host in "
            "FACILITATOR_DATABASE_URL."
        )
    finally:
        there.dispose()


def _sqlite_place(path: Path) -> Iterator[Finding]:
    kind = file_system_of(path, _lines(_MOUNTS))
    if kind in NETWORK_FILE_SYSTEMS:
        yield _wrong(
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
        yield _good("The database answers and is of this version.")
    elif not at or at in migrate.known():
        yield _wrong(
            "The database is empty or of an older version: start the server, or run "
            "`flask --app facilitator.app db upgrade`."
        )
    else:
        yield _wrong("The database is of a newer version than the program: update the program.")


def _postgresql(tx: Transaction) -> Iterator[Finding]:
    drift = abs(
        float(tx.scalar(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))) or 0) - time.time()
    )
    if drift > MOST_DRIFT_S:
        yield _wrong(
            f"The clocks of this machine and of PostgreSQL differ by {drift:.0f} s: "
            "switch on time synchronisation on both."
        )
    for name, quiet in (
        ("log_statement", {"none", "ddl"}),
        ("log_min_duration_statement", {"-1"}),
        ("log_duration", {"off"}),
        ("track_commit_timestamp", {"off"}),
    ):
        found = str(tx.scalar(sa.text(f"SHOW {name}")))
        if found not in quiet:
            yield _wrong(
                f"PostgreSQL has {name} = {found}, which records when each guess came and beside which seat: "
                f"set it to {min(quiet, key=len)}."
            )
    if str(tx.scalar(sa.text("SHOW archive_mode"))) != "off":
        yield _advice(
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
        yield _good("Redis answers.")
        if (
            client.config_get("save").get("save")
            or client.config_get("appendonly").get("appendonly") == "yes"
        ):
            yield _advice(
                "Redis writes to disk, and needs nothing kept: start it with `--save '' --appendonly no`."
            )
    except redis.ResponseError:
        yield _advice('Redis does not say whether it writes to disk: see that it has `save ""`.')
    except redis.RedisError:
        yield _wrong("Redis does not answer: start it, and check FACILITATOR_REDIS_URL.")
    finally:
        client.close()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if os.access(path, os.R_OK) else []


def _ask(*command: str) -> str:
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()

"""Perhaps as it ships, with faults that a test may call up by putting a file into the folder of faults.

`crash` holds the name of a point at which the process dies as by kill -9; dying uses it up. `clock` holds
seconds by which the clock is wrong. While `full` is there SQLite finds no more room, and while `read-only`
is there it takes nothing. None of this is in the program: it is put around its functions before it starts.

`python -m tests.faults.launcher` serves; with `nursery` it imports everything, then makes a server process
for each line on its standard input, so that a restart costs no imports.
"""

import facilitator.__main__ as program  # First, because it patches.

# isort: split
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from facilitator import app as _whole_program
from facilitator.storage import data_keys, endings, envelopes
from facilitator.storage.keyfile import KeyFile

FOLDER = Path(os.environ["PERHAPS_FAULTS"])

_clock = time.time


def crash_at(point: str) -> None:
    """Die here, if a test asked for it."""
    asked = FOLDER / "crash"
    if asked.exists() and asked.read_text() == point:
        asked.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def wrong_clock() -> float:
    try:
        return _clock() + float((FOLDER / "clock").read_text() or 0)
    except FileNotFoundError:
        return _clock()


def marked(deed: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a transaction know what is done in it, and crash after that and before anything else."""

    def do(tx: Any, *arguments: Any, **named: Any) -> Any:
        tx.info["deed"] = deed
        done = function(tx, *arguments, **named)
        crash_at(f"{deed} midway")
        return done

    return do


def commit(commit: Callable[..., Any]) -> Callable[..., Any]:
    def do(dialect: Any, connection: Any) -> None:
        # A pooled connection goes on to other transactions.
        info = getattr(connection, "_connection_record", None)
        deed = info.info.pop("deed", None) if info else None
        crash_at(f"{deed} before commit")
        commit(dialect, connection)
        crash_at(f"{deed} after commit")

    return do


def replace(replace: Callable[..., Any]) -> Callable[..., Any]:
    def do(file: Any, keys: Any) -> None:
        replace(file, keys)
        crash_at("rotation with two keys" if len(keys) > 1 else "rotation done")

    return do


def trouble(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        most = 1 if (FOLDER / "full").exists() else 1_073_741_823  # It never takes back what it has.
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")
        connection.exec_driver_sql(f"PRAGMA query_only={(FOLDER / 'read-only').exists():d}")


def put_around() -> None:
    time.time = wrong_clock
    envelopes.put = marked("submit", envelopes.put)
    envelopes.open_all = marked("close", envelopes.open_all)
    endings.end = marked("end", endings.end)
    data_keys.rewrap = marked("rotation", data_keys.rewrap)
    KeyFile.replace = replace(KeyFile.replace)  # type: ignore[method-assign]
    DefaultDialect.do_commit = commit(DefaultDialect.do_commit)  # type: ignore[method-assign]
    sa.event.listen(sa.Engine, "begin", trouble)


def serve() -> None:
    code = program.main()
    sys.stdout.flush()
    os._exit(code)


def raise_children() -> None:
    """Serve again and again, each time in a new process; say its number, and later that it has ended."""
    line = os.fdopen(os.dup(1), "w")
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            log = os.open(FOLDER.parent / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.close(0)
            serve()
        line.write(f"{child}\n")
        line.flush()
        os.waitpid(child, 0)
        line.write("ended\n")
        line.flush()


if __name__ == "__main__":
    assert _whole_program
    put_around()
    raise_children() if "nursery" in sys.argv else serve()

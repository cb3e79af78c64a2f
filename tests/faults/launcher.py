"""Perhaps as it ships, with faults that a test may call up by putting a file into the folder of faults.

`crash` holds the name of a point (points.py) at which the process dies as by kill -9; dying uses it up.
`clock` holds seconds by which the clock is wrong. While `full` is there SQLite finds no more room, and while
`read-only` is there it takes nothing. None of this is in the program: it is put around its functions before
it starts.

`python -m tests.faults.launcher` serves; with `nursery` it imports everything, then makes a server process
for each line on its standard input, so that a restart costs no imports.
"""

import facilitator.__main__ as program  # First, because it patches.

# isort: split
import os
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from facilitator import app as _whole_program
from facilitator import chores
from tests.faults import points

FOLDER = Path(os.environ["PERHAPS_FAULTS"])
RENEW_S = 1.0  # Keys are replaced more often, so that more crashes meet it.

_clock = time.time


def wrong_clock() -> float:
    try:
        return _clock() + float((FOLDER / "clock").read_text() or 0)
    except FileNotFoundError:
        return _clock()


def trouble(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        most = 1 if (FOLDER / "full").exists() else 1_073_741_823  # It never takes back what it has.
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")
        connection.exec_driver_sql(f"PRAGMA query_only={(FOLDER / 'read-only').exists():d}")


def put_around() -> None:
    time.time = wrong_clock
    chores.RENEW_S = RENEW_S
    sa.event.listen(sa.Engine, "begin", trouble)
    points.put_around(FOLDER / "crash")


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

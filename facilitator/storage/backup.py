"""Copies that cannot bring an ended room back: accounts, choices and summaries, and nothing of a room."""

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import LargeBinary

from facilitator.storage import migrate, tables
from facilitator.storage.database import Database, Transaction

FORMAT = "perhaps backup 1"

KEPT = ("therapist", "summary")
"""The tables that a backup holds. Whatever is added here must say nothing of a room while it is live."""

LEFT_OUT = (
    "sign_in",
    "recovery_code",
    "reset_link",
    "invitation",
    "room",
    "round",
    "envelope",
    "receipt",
    "guess",
    "data_key",
    "seat",
    "presence",
    "tick",
    "knock",
    "ended_room",
    "ended_seat",
)
"""What lives with a room, or lets somebody in: never copied."""

EMPTIED = {"therapist": ("totp_step",)}
"""Columns that are copied empty: the secret of sign-in codes stays behind, so two-factor begins anew."""

Line = dict[str, Any]


class BackupError(Exception):
    """A backup cannot be made or put back; the text is one sentence that says why."""


def write(tx: Transaction, path: Path) -> int:
    """Write the kept tables as JSON lines into a new file (mode 0600); return the number of rows.

    Raises `BackupError` if there is such a file already, or it cannot be written.
    """
    head = {"what": FORMAT, "revision": migrate.current(tx)}
    lines = [orjson.dumps(head), *(orjson.dumps(one) for one in _rows(tx))]
    lines.append(orjson.dumps({"end": len(lines) - 1, "sha256": _digest(lines)}))
    try:
        # Made for its owner from the first byte on, and never in place of an older copy.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(b"\n".join(lines) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise BackupError(f"There is a file {path} already: choose another name.") from None
    except OSError as problem:
        raise BackupError(f"Cannot write {path} ({problem.strerror}).") from None
    return len(lines) - 2


def restore(database: Database, path: Path, *, replace: bool) -> int:
    """Put a backup into a database and return the number of rows.

    Raises `BackupError` for a file that is no whole backup or of a newer program, for a database that holds
    anything unless `replace`, and in any case while a room is live.
    """
    revision, lines = _read(path)
    rows = _newest_form(revision, lines)
    with database.write() as tx:
        _refuse_full(tx, replace=replace)
        # Sign-ins and stubs of the accounts that go; children before parents.
        for table in reversed(tables.metadata.sorted_tables):
            tx.execute(table.delete())
        for name, row in rows:
            tx.execute(tables.metadata.tables[name].insert().values(**row))
    return len(rows)


def _rows(tx: Transaction) -> Iterator[Line]:
    for table in _kept():
        # By key: the order in which rows were written tells when rooms ended.
        for row in tx.execute(sa.select(table).order_by(*table.primary_key)):
            yield {
                "table": table.name,
                "row": {
                    str(name): None if name in EMPTIED.get(table.name, ()) else _plain(value)
                    for name, value in row._mapping.items()
                },
            }


def _kept() -> list[sa.Table]:
    return [one for one in tables.metadata.sorted_tables if one.name in KEPT]


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _digest(lines: list[bytes]) -> str:
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def _read(path: Path) -> tuple[str, list[Line]]:
    try:
        raw = path.read_bytes().splitlines()
        head, *lines, end = [orjson.loads(one) for one in raw]
    except OSError as problem:
        raise BackupError(f"Cannot read {path} ({problem.strerror}).") from None
    except ValueError:
        raise BackupError(f"{path} is not a backup of Perhaps, or not a whole one.") from None
    if not isinstance(head, dict) or head.get("what") != FORMAT:
        raise BackupError(f"{path} is not a backup that this version of Perhaps can read.")
    if not isinstance(end, dict) or end.get("end") != len(lines) or end.get("sha256") != _digest(raw[:-1]):
        raise BackupError(f"{path} is cut short or was changed: use another copy.")
    revision = head.get("revision")
    if revision not in migrate.known():
        raise BackupError("This backup was made by a newer Perhaps: update the program first, then restore.")
    return revision, lines


def _newest_form(revision: str, lines: list[Line]) -> list[tuple[str, Line]]:
    """Bring rows of an older version to today's form: put into a database of that time, and migrated."""
    scratch = Database("sqlite://")  # in memory, on one connection
    try:
        migrate.upgrade(scratch, revision)
        with scratch.write() as tx:
            then = sa.MetaData()
            then.reflect(tx)
            for one in lines:
                tx.execute(_table(then, one["table"]).insert().values(**_unplain(then, one)))
        migrate.upgrade(scratch)
        with scratch.read() as tx:
            return [
                (table.name, dict(row._mapping)) for table in _kept() for row in tx.execute(sa.select(table))
            ]
    except (sa.exc.SQLAlchemyError, KeyError, TypeError, ValueError):
        raise BackupError("What the backup holds does not fit the version that it names.") from None
    finally:
        scratch.dispose()


def _table(then: sa.MetaData, name: str) -> sa.Table:
    if name in LEFT_OUT:
        raise KeyError(name)
    return then.tables[name]


def _unplain(then: sa.MetaData, line: Line) -> Line:
    columns = then.tables[line["table"]].columns
    return {
        name: base64.b64decode(value["base64"])
        if isinstance(columns[name].type, LargeBinary) and value is not None
        else value
        for name, value in line["row"].items()
    }


def _refuse_full(tx: Transaction, *, replace: bool) -> None:
    def holds(table: sa.Table) -> bool:
        return bool(tx.scalar(sa.select(sa.func.count()).select_from(table)))

    if holds(tables.room):
        raise BackupError("A room is live: end it first, because its people would be thrown out.")
    if not replace and any(map(holds, _kept())):
        raise BackupError(
            "This database is in use: restore into a new one, or add --replace to lose what it holds now."
        )

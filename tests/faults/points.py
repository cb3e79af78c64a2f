"""The named points at which a process of the tests may die, put around functions of the program.

Each deed is a transaction: a submit, a close, an end, a rotation of the keys; any other command is named
after the phase that it leads to. A room is told after the commit, and its console is answered after that.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from facilitator.publish import Publisher
from facilitator.storage import data_keys, endings, envelopes, private, rooms
from facilitator.storage.keyfile import KeyFile

SUBMIT = ("submit midway", "submit before commit", "submit after commit")
CLOSE = (
    "close without keys",
    "close midway",
    "close before commit",
    "close after commit",
    "closed half told",
    "closed told",
)
REVEAL = ("revealed before commit", "revealed after commit", "revealed half told", "revealed told")
END = (
    "end without keys",
    "end midway",
    "end before commit",
    "end after commit",
    "ended half told",
    "ended told",
)
ROTATION = (
    "file of 2 keys written",
    "file of 2 keys swapped",
    "file of 2 keys burnt",
    "rotation with two keys",
    "rotation midway",
    "rotation before commit",
    "rotation after commit",
    "file of 1 keys written",
    "file of 1 keys swapped",
    "file of 1 keys burnt",
    "rotation done",
)
HEARD_S = 0.1  # as long as what was told takes to the phones

_asked: Path


def put_around(asked: Path) -> None:
    """Let the process die at the point that the file `asked` names, when there is one."""
    global _asked
    _asked = asked
    envelopes.put = _marked("submit", envelopes.put)
    envelopes.open_all = _marked("close", envelopes.open_all)
    endings.end = _marked("end", endings.end)
    data_keys.rewrap = _marked("rotation", data_keys.rewrap)
    rooms.save = _save(rooms.save)
    sa.event.listen(sa.Engine, "begin", _begin)
    sa.event.listen(sa.Engine, "after_cursor_execute", _executed)
    DefaultDialect.do_commit = _commit(DefaultDialect.do_commit)  # type: ignore[method-assign]
    Publisher.change = _told(Publisher.change)  # type: ignore[method-assign]
    Publisher.pulse = _half_told(Publisher.pulse)  # type: ignore[method-assign]
    private.write_new = _key_file(private.write_new, "written")
    private.sync_folder = _key_file(private.sync_folder, "swapped")
    private.overwrite = _key_file(private.overwrite, "burnt")
    KeyFile.replace = _replace(KeyFile.replace)  # type: ignore[method-assign]


def _die_at(point: str, *, after_s: float = 0.0) -> None:
    """Die here, if a test asked for it."""
    if _asked.exists() and _asked.read_text() == point:
        if after_s:
            time.sleep(after_s)
        _asked.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _marked(deed: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a transaction know what is done in it, and die after that and before anything else."""

    def do(tx: sa.Connection, *arguments: Any, **named: Any) -> Any:
        tx.info["deed"] = deed
        done = function(tx, *arguments, **named)
        _die_at(f"{deed} midway")
        return done

    return do


def _save(save: Callable[..., None]) -> Callable[..., None]:
    def do(tx: sa.Connection, keys: Any, before: Any, after: Any) -> None:
        tx.info.setdefault("deed", after.phase)
        save(tx, keys, before, after)

    return do


def _begin(tx: sa.Connection) -> None:
    # A pooled connection comes from other transactions, some of which ended in no commit.
    tx.info.pop("deed", None)


def _executed(tx: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if statement.startswith("DELETE FROM data_key"):
        _die_at(f"{tx.info.get('deed')} without keys")


def _commit(commit: Callable[..., None]) -> Callable[..., None]:
    def do(dialect: Any, connection: Any) -> None:
        info = getattr(connection, "_connection_record", None)
        deed = info.info.pop("deed", None) if info else None
        _die_at(f"{deed} before commit")
        commit(dialect, connection)
        _die_at(f"{deed} after commit")

    return do


def _told(tell: Callable[..., None]) -> Callable[..., None]:
    def do(publisher: Publisher, now: Any) -> None:
        tell(publisher, now)
        _die_at(f"{now.room.phase} told", after_s=HEARD_S)

    return do


def _half_told(tell: Callable[..., None]) -> Callable[..., None]:
    """Die when the phones were told, and before console and screen are."""

    def do(publisher: Publisher, now: Any, word_moved: bool) -> None:
        _die_at(f"{now.room.phase} half told", after_s=HEARD_S)
        tell(publisher, now, word_moved)

    return do


def _key_file(function: Callable[..., None], done: str) -> Callable[..., None]:
    def do(path: Path, *arguments: Any, **named: Any) -> None:
        function(path, *arguments, **named)
        if _keys:
            _die_at(f"file of {_keys} keys {done}")

    return do


_keys = 0


def _replace(replace: Callable[..., None]) -> Callable[..., None]:
    def do(file: KeyFile, keys: Any) -> None:
        global _keys
        _keys = len(keys)
        replace(file, keys)
        _keys = 0
        _die_at("rotation with two keys" if len(keys) > 1 else "rotation done")

    return do

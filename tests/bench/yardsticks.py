"""What the bench measures beside the program: the same server with next to nothing in it."""

import facilitator.__main__ as program  # First, because it patches.

# isort: split
import os
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eventlet.websocket import WebSocketWSGI
from flask import Flask, request

from facilitator import server
from facilitator.storage.database import PRAGMAS
from facilitator.storage.keys import SEALED_BYTES

app = Flask(__name__)
watching: dict[str, set[Any]] = defaultdict(set)
messages = {"now": ""}


@app.post("/bare")
def bare() -> dict[str, str]:
    """The first yardstick: a form in, JSON out."""
    return {"text": request.form["text"]}


@app.post("/insert")
def insert() -> dict[str, str]:
    """The second: the same with one durable insert of an envelope's size."""
    row = (os.urandom(32), request.form["round"], os.urandom(SEALED_BYTES))
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO envelope VALUES (?, ?, ?)", row)
    database.execute("COMMIT")
    return {"text": request.form["text"]}


@app.post("/message")
def message() -> dict[str, int]:
    """Say what the fan-out is to send."""
    messages["now"] = request.form["message"]
    return {"bytes": len(messages["now"])}


@app.post("/tell/<room>")
def tell(room: str) -> dict[str, int]:
    """The third: a form in, one message out to every socket of a room."""
    for ws in watching[f"/watch/{room}"]:
        ws.send(messages["now"])
    return {"told": len(watching[f"/watch/{room}"])}


@WebSocketWSGI
def watch(ws: Any) -> None:
    watching[ws.path].add(ws)
    while ws.wait() is not None:
        pass
    watching[ws.path].discard(ws)


def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    found: Any = watch if environ["PATH_INFO"].startswith("/watch/") else app
    answer: Iterable[bytes] = found(environ, start_response)
    return answer


def open_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE envelope (key BLOB PRIMARY KEY, round_id TEXT, sealed BLOB)")
    return connection


if __name__ == "__main__":
    database = open_database(Path(sys.argv[1]) / "yardstick.db")
    listener = server.listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    program.serve(serve, listener)
    os._exit(0)

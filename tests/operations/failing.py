"""The real program, as a process of its own, in which everything fails with a canary in its words.

Prints its port. A failure may only be told by its type and place.
"""

import facilitator.__main__ as program  # First, because it patches.

# isort: split
import logging
import os
import sys
import threading
import warnings
from typing import Any

from flask import request

from facilitator import chores, logs, server, sockets
from facilitator.app import create_app
from facilitator.config import Config

CANARY = "Canary7f3a"


class Broken(Exception):
    """Its text holds what a text might hold: what was written, a code, a seat, an address."""


def broken(*arguments: object, **named: object) -> Any:
    raise Broken(f"{CANARY} {arguments} {named}")


def broken_view(**values: str) -> Any:
    written = request.form.get("text")
    raise Broken(f"{CANARY} {values} {written} {request.cookies} {request.remote_addr}")


def after(response: Any) -> Any:
    if request.headers.get("X-Break") == "after":
        raise Broken(CANARY, request.remote_addr)
    return response


def teardown(_: object) -> None:
    if request.headers.get("X-Break") == "teardown":
        raise Broken(CANARY, request.remote_addr)


class Unraisable:
    def __del__(self) -> None:
        raise Broken(CANARY)


def say_everything() -> dict[str, bool]:
    """Let other libraries, Python itself and background tasks say the canary."""
    logging.getLogger("redis").error("lost %s", CANARY)
    logging.getLogger().error(CANARY + " at the root")  # noqa: G003
    app.logger.error(CANARY)
    logging.getLogger("facilitator.web").error("%d guesses", CANARY)
    try:
        broken(CANARY)
    except Broken:
        logging.getLogger("sqlalchemy").exception(CANARY)
        logging.getLogger("facilitator.web").exception("A thing failed.")
    warnings.warn(CANARY, stacklevel=1)
    Unraisable()
    threading.Thread(target=broken, args=(CANARY,)).start()
    socketio.start_background_task(broken, CANARY)
    return {"said": True}


def connect(self: Any, auth: Any = None) -> None:
    if auth and auth.get("code") == "break":
        broken(auth)


config = Config.from_env()
logs.set_up(level=config.log_level, layout=config.log_format)
app = create_app(config)
socketio = app.extensions["socketio"]
for endpoint in app.view_functions:
    app.view_functions[endpoint] = broken_view
app.add_url_rule("/say-everything", view_func=say_everything)
app.after_request(after)
app.teardown_request(teardown)
sockets.Watching.on_connect = connect  # type: ignore[method-assign,assignment]
sockets.Watching.on_sync = broken  # type: ignore[method-assign]
sockets.Watching.on_disconnect = broken  # type: ignore[method-assign]
here = app.extensions["perhaps"]
here.upkeep.tick = here.upkeep.purge = here.presence.refresh = broken
sockets.sweep = app.extensions["metrics"].beat = broken

if __name__ == "__main__":
    chores.start(app)
    listener = server.listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    program.serve(app, listener)
    os._exit(0)

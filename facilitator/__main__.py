"""Serve Perhaps: `python -m facilitator`. Only this file and green.py name eventlet."""
# ruff: noqa: E402

import os

# Nothing may be imported before the patch: a lock or a socket made earlier would block the whole hub.
# So the setting is read here as well, in the way of config.py.
EVENTLET = os.environ.get("FACILITATOR_ASYNC_MODE", "").strip().lower() in ("", "eventlet")
if EVENTLET:
    import warnings

    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")  # docs/adr/ says why it is here.
    import eventlet

    eventlet.monkey_patch()

import socket
import sys
from typing import Any

from facilitator import server
from facilitator.server import CannotServe

if EVENTLET:
    from facilitator import green


def main() -> int:
    """Serve until told to stop; return the exit code."""
    from facilitator.config import Config, ConfigError
    from facilitator.storage.claim import NotAlone, claim
    from facilitator.storage.database import OUT_OF_REACH

    try:
        config = Config.from_env()
        if EVENTLET and not config.database_url.startswith("sqlite"):
            green.wait_patiently()
            green.prove_waiting(config.database_url)
        shared = config.redis_url is not None
        with (
            claim(config.database_url, config.data_dir, shared=shared),
            server.listen(config.host, config.port) as listener,
        ):
            _run(config, listener)
    except (ConfigError, CannotServe, NotAlone) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except OUT_OF_REACH:
        sys.stderr.write(
            "The database cannot be used: check that it runs, that FACILITATOR_DATABASE_URL is right, "
            "and that its disk is neither full nor read-only.\n"
        )
        return 2
    return 0


def _run(config: Any, listener: socket.socket) -> None:
    from facilitator import chores, logs
    from facilitator.app import create_app, first_link

    # Before the app is built: what fails while it is must not print what it was about.
    logs.set_up(level=config.log_level, layout=config.log_format)
    app = create_app(config)
    chores.start(app)
    _say(f"Phones open {config.base_url}")
    if not config.https:
        _say("practice only: not encrypted")
    if link := first_link(app):
        _say(f"The first therapist opens {link} (it works once)")
    # Behind a proxy all have its address, and it is the proxy that counts.
    serve(app, listener, each=None if config.trusted_proxies else server.MOST_OF_AN_ADDRESS)


def serve(app: Any, listener: socket.socket, *, each: int | None = None) -> None:
    """Serve in the way that this process is patched for, until told to stop."""
    server.serve(app, listener, green.begin if EVENTLET else server.begin_threads, each=each)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # A normal exit would wait for the reader thread of every open WebSocket.

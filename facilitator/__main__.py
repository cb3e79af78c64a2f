"""Serve Perhaps: `python -m facilitator`. The only file that names eventlet."""
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

import contextlib
import io
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from facilitator import server
from facilitator.server import CannotServe, Places, Stop

GRACE = 3  # seconds for requests under way when the server is told to stop
UNHEARD_S = 20  # longer than any statement may take
PROOF_S = 0.2


def main() -> int:
    """Serve until told to stop; return the exit code."""
    from facilitator.config import Config, ConfigError
    from facilitator.core.vignette_form import VignetteError
    from facilitator.storage.claim import NotAlone, claim
    from facilitator.storage.database import OUT_OF_REACH

    try:
        config = Config.from_env()
        if EVENTLET and not config.database_url.startswith("sqlite"):
            _wait_patiently()
            _prove_waiting(config.database_url)
        shared = config.redis_url is not None
        with (
            claim(config.database_url, config.data_dir, shared=shared),
            server.listen(config.host, config.port) as listener,
        ):
            _run(config, listener)
    except (ConfigError, CannotServe, NotAlone, VignetteError) as problem:
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
    each = None if config.trusted_proxies else server.MOST_OF_AN_ADDRESS
    serve(app, listener, each=each, https=config.https)


def serve(app: Any, listener: socket.socket, *, each: int | None = None, https: bool = False) -> None:
    """Serve in the way that this process is patched for, until told to stop."""
    server.serve(app, listener, _begin_green if EVENTLET else server.begin_threads, each=each, https=https)


def _wait_patiently() -> None:
    """Let green threads wait for PostgreSQL, but not for ever on a connection whose other end is gone."""
    from eventlet import hubs
    from psycopg2 import OperationalError, extensions

    lost = OperationalError("The database was not heard in time.")

    def wait(connection: Any) -> None:
        while (state := connection.poll()) != extensions.POLL_OK:
            reading = state == extensions.POLL_READ
            patience = {"timeout": UNHEARD_S, "timeout_exc": lost}
            hubs.trampoline(connection.fileno(), read=reading, write=not reading, **patience)

    extensions.set_wait_callback(wait)


def _prove_waiting(database_url: str) -> None:
    """See that others go on while one waits for the database. Raises `CannotServe`."""
    from facilitator.storage.database import Database

    beats: list[None] = []

    def beat() -> None:
        while True:
            beats.append(None)
            eventlet.sleep(PROOF_S / 10)

    beating = eventlet.spawn(beat)
    database = Database(database_url)
    with database.read() as tx:
        tx.exec_driver_sql(f"SELECT pg_sleep({PROOF_S})")
    beating.kill()
    database.dispose()
    if len(beats) < 3:
        raise CannotServe(
            "Waiting for PostgreSQL would stop every phone: install the psycopg2-binary that "
            "requirements.txt names, or set FACILITATOR_ASYNC_MODE to threading."
        )


def _begin_green(app: Any, listener: socket.socket, places: Places) -> Stop:
    """Serve from green threads, and return what ends it."""
    from eventlet import debug, wsgi

    debug.hub_exceptions(False)  # It prints tracebacks, which can hold what people wrote.
    serving = eventlet.spawn(
        wsgi.server,
        listener,
        app,
        protocol=places.counted(_prompt(wsgi.HttpProtocol)),
        environ={"wsgi.errors": _Nowhere()},  # The WebSocket class writes addresses there.
        max_size=places.most + server.SPARE_FILES // 2,  # Those beyond hear a refusal, and not nothing.
        socket_timeout=server.SLOWEST,
        keepalive=server.SLOWEST,
        log_output=False,
        debug=False,
    )
    serving.link(lambda _: signal.raise_signal(signal.SIGTERM))  # No server, no process.

    def stop() -> None:
        # The server hangs up on idle connections and sockets itself, and waits for the others.
        serving.kill(SystemExit)
        with eventlet.Timeout(GRACE, False), contextlib.suppress(SystemExit):
            serving.wait()

    return stop


def _prompt(protocol: Any) -> Any:
    """Give each part of a request a time as a whole: else a byte now and then would hold a place for days."""

    def hurry(read: Callable[..., Any]) -> Callable[..., Any]:
        def do(*arguments: Any) -> Any:
            with eventlet.Timeout(server.SLOWEST, TimeoutError()):
                return read(*arguments)

        return do

    class Prompt(protocol):  # type: ignore[misc]
        _read_request_line = hurry(protocol._read_request_line)
        parse_request = hurry(protocol.parse_request)

        def get_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environ()
            body = environ["wsgi.input"]
            body.read, body.readline = hurry(body.read), hurry(body.readline)
            return environ

    return Prompt


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # A normal exit would wait for the reader thread of every open WebSocket.

"""Serving with eventlet: one thread for thousands of phones, none of which may make the others wait."""

import contextlib
import io
import signal
import socket
from collections.abc import Callable
from typing import Any

import eventlet
from eventlet import debug, hubs, wsgi

from facilitator import server
from facilitator.server import CannotServe, Places, Stop
from facilitator.storage.database import Database

GRACE = 3  # seconds for requests under way when the server is told to stop
UNHEARD_S = 20  # longer than any statement may take
PROOF_S = 0.2


def wait_patiently() -> None:
    """Let green threads wait for PostgreSQL, but not for ever on a connection whose other end is gone."""
    from psycopg2 import OperationalError, extensions

    lost = OperationalError("The database was not heard in time.")

    def wait(connection: Any) -> None:
        while (state := connection.poll()) != extensions.POLL_OK:
            reading = state == extensions.POLL_READ
            patience = {"timeout": UNHEARD_S, "timeout_exc": lost}
            hubs.trampoline(connection.fileno(), read=reading, write=not reading, **patience)

    extensions.set_wait_callback(wait)


def prove_waiting(database_url: str) -> None:
    """See that others go on while one waits for the database. Raises `CannotServe`."""
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


def begin(app: Any, listener: socket.socket, places: Places) -> Stop:
    """Serve from green threads, and return what ends it."""
    debug.hub_exceptions(False)  # It prints tracebacks, which can hold what people wrote.
    serving = eventlet.spawn(
        wsgi.server,
        listener,
        app,
        protocol=places.counted(_prompt(wsgi.HttpProtocol)),
        environ={"wsgi.errors": _Nowhere()},  # The WebSocket class writes addresses there.
        max_size=places.most,
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

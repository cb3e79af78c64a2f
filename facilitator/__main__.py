"""Serve Perhaps: `python -m facilitator`. The only file that names eventlet."""
# ruff: noqa: E402

import os

# Nothing may be imported before the patch: a lock or a socket made earlier would block the whole hub.
EVENTLET = os.environ.get("FACILITATOR_ASYNC_MODE", "eventlet") == "eventlet"
if EVENTLET:
    import warnings

    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")  # docs/adr/ says why it is here.
    import eventlet

    eventlet.monkey_patch()

import contextlib
import errno
import gc
import io
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

BACKLOG = 4_096  # phones that may knock in the same instant
MOST_CONNECTIONS = 20_000
MOST_FILES = 65_536
SPARE_FILES = 256  # Out of files, the server would stop accepting for good.
SLOWEST = 30  # seconds a client may take over a request's line, over its headers, its body, and any one write
GRACE = 3  # seconds for requests under way when the server is told to stop
UNHEARD_S = 20  # longer than any statement may take
PROOF_S = 0.2

Stop = Callable[[], None]


def main() -> int:
    """Serve until told to stop; return the exit code."""
    from facilitator.config import Config, ConfigError
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
            listen(config.host, config.port) as listener,
        ):
            _run(config, listener)
    except (ConfigError, CannotListen, CannotWait, NotAlone) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except OUT_OF_REACH:
        sys.stderr.write(
            "The database cannot be used: check that it runs, that FACILITATOR_DATABASE_URL is right, "
            "and that its disk is neither full nor read-only.\n"
        )
        return 2
    return 0


class CannotWait(Exception):
    """Waiting for the database would stop every phone; the text says how to mend it."""


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
    """See that others go on while one waits for the database. Raises `CannotWait`."""
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
        raise CannotWait(
            "Waiting for PostgreSQL would stop every phone: install the psycopg2-binary that "
            "requirements.txt names, or set FACILITATOR_ASYNC_MODE to threading."
        )


class CannotListen(Exception):
    """The address or port cannot be had; the text says how to mend it."""


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Without SO_REUSEPORT, which eventlet.listen would set: two servers would share one port unnoticed.
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            reason = (
                f"Port {port} is already in use: stop the other program or set FACILITATOR_PORT to another."
            )
        else:
            reason = f"Cannot listen on {host} port {port}: check FACILITATOR_HOST and FACILITATOR_PORT."
        raise CannotListen(reason) from problem
    # Accepted sockets inherit it: a second small frame must not wait for the first one's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


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
    serve(app, listener)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(app: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, then stop listening and give requests under way a moment."""
    told = _signals()
    files = _raise_open_files()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core dump would hold keys and guesses.
    _calm_collector()
    stop = _serve_eventlet(app, listener, files=files) if EVENTLET else _serve_threads(app, listener)
    told.recv(1)
    stop()


def _signals() -> socket.socket:
    """Make a socket that becomes readable at a signal.

    It wakes a sleeping hub; an exception from a signal handler would land in whichever request runs.
    """
    told, tell = socket.socketpair()
    tell.setblocking(False)
    signal.set_wakeup_fd(tell.detach())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return told


def _raise_open_files() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


def _calm_collector() -> None:
    """Keep full collections, which pause a hub of thousands of connections, rare and small."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _serve_eventlet(app: Any, listener: socket.socket, *, files: int) -> Stop:
    from eventlet import debug, wsgi

    debug.hub_exceptions(False)  # It prints tracebacks, which can hold what people wrote.
    server = eventlet.spawn(
        wsgi.server,
        listener,
        app,
        protocol=_prompt(wsgi.HttpProtocol),
        environ={"wsgi.errors": _Nowhere()},  # The WebSocket class writes addresses there.
        max_size=min(MOST_CONNECTIONS, files - SPARE_FILES),
        socket_timeout=SLOWEST,
        keepalive=SLOWEST,
        log_output=False,
        debug=False,
    )
    server.link(lambda _: signal.raise_signal(signal.SIGTERM))  # No server, no process.

    def stop() -> None:
        # The server hangs up on idle connections and sockets itself, and waits for the others.
        server.kill(SystemExit)
        with eventlet.Timeout(GRACE, False), contextlib.suppress(SystemExit):
            server.wait()

    return stop


def _prompt(protocol: Any) -> Any:
    """Give each part of a request a time as a whole: else a byte now and then would hold a place for days."""

    def hurry(read: Callable[..., Any]) -> Callable[..., Any]:
        def do(*arguments: Any) -> Any:
            with eventlet.Timeout(SLOWEST, TimeoutError()):
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


def _serve_threads(app: Any, listener: socket.socket) -> Stop:
    from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

    from facilitator import logs

    class Handler(WSGIRequestHandler):
        timeout = SLOWEST

        def log(self, *_: Any) -> None:
            """Log nothing: the lines hold codes and addresses."""

    class Server(ThreadedWSGIServer):
        def log(self, *_: Any) -> None:
            """Log nothing either."""

        def handle_error(self, *_: Any) -> None:
            """Print no traceback."""

    host, port = listener.getsockname()[:2]
    server = Server(host, port, app, handler=Handler, fd=listener.fileno())
    logs.catch_strays()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server.shutdown


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # A normal exit would wait for the reader thread of every open WebSocket.

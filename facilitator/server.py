"""The server: where it listens, what it is limited to, how it ends, and serving with threads."""

import errno
import gc
import resource
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from facilitator import logs

BACKLOG = 4_096  # phones that may knock in the same instant
MOST_CONNECTIONS = 20_000
MOST_FILES = 65_536
SPARE_FILES = 256  # Out of files, the server would stop accepting for good.
SLOWEST = 30  # seconds a client may take over a request's line, over its headers, its body, and any one write

Stop = Callable[[], None]
Begin = Callable[[Any, socket.socket, int], Stop]


class CannotServe(Exception):
    """What serving needs cannot be had; the text says how to mend it."""


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Raises `CannotServe`."""
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
        raise CannotServe(reason) from problem
    # Accepted sockets inherit it: a second small frame must not wait for the first one's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(app: Any, listener: socket.socket, begin: Begin) -> None:
    """Serve until SIGTERM or SIGINT, then stop listening and give requests under way a moment.

    `begin` is given the app, the listener and how many connections there may be, and returns what ends it.
    """
    told = _signals()
    files = _raise_open_files()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core dump would hold keys and guesses.
    _calm_collector()
    stop = begin(app, listener, min(MOST_CONNECTIONS, files - SPARE_FILES))
    told.recv(1)
    stop()


def begin_threads(app: Any, listener: socket.socket, most: int) -> Stop:
    """Serve from a thread for each connection, and return what ends it."""

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

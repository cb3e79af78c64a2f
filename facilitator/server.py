"""The server: where it listens, what it is limited to, how it ends, and serving with threads."""

import contextlib
import errno
import gc
import io
import resource
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from facilitator import logs
from facilitator.web import headers
from facilitator.web.turnstile import neighbourhood

BACKLOG = 4_096  # phones that may knock in the same instant
MOST_CONNECTIONS = 20_000
# Of one address: a whole clinic shares one, and fifty groups of eight phones each are four hundred sockets.
MOST_OF_AN_ADDRESS = 500
LATER_S = 30
HEARD_OUT_S = 1  # for what a refused client says at once; an answer before that could get lost
MOST_FILES = 65_536
SPARE_FILES = 256  # Out of files, the server would stop accepting for good.
SLOWEST = 30  # seconds a client may take over a request's line, over its headers, its body, and any one write

Stop = Callable[[], None]
Begin = Callable[[Any, socket.socket, "Places"], Stop]

# Proxies on this machine and measurements come from here. The rest of 127.0.0.0/8 is as anywhere else.
_OWN = {neighbourhood("127.0.0.1"), neighbourhood("::1")}
_FULL = b"Too many phones and browsers are connected from your network. Please try again in a minute.\n"


class CannotServe(Exception):
    """What serving needs cannot be had; the text says how to mend it."""


class Places:
    """The connections that there may be: `most` in all, and `each` of one address, or any number for None."""

    def __init__(self, most: int, each: int | None, *, https: bool) -> None:
        self.most = most
        self._refusal = _refusal(https=https)
        self._each = each
        self._all = 0
        self._taken: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def counted(self, handler: Any) -> Any:
        """Return a class of connections that takes a place for each, or hangs up politely."""
        places = self

        class Counted(handler):  # type: ignore[misc]
            def handle(self) -> None:
                with places._one(self.client_address[0]) as free:
                    if free:
                        super().handle()
                    else:
                        places._refuse(self.connection)

        return Counted

    @contextlib.contextmanager
    def _one(self, address: str) -> Iterator[bool]:
        who = neighbourhood(address)
        with self._lock:
            free = self._all < self.most and (
                self._each is None or who in _OWN or self._taken[who] < self._each
            )
            self._all += free
            self._taken[who] += free
        try:
            yield free
        finally:
            with self._lock:
                self._all -= free
                self._taken[who] -= free
                if not self._taken[who]:
                    del self._taken[who]

    def _refuse(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line.settimeout(HEARD_OUT_S)
            line.recv(65_536)
            line.sendall(self._refusal)


def _refusal(*, https: bool) -> bytes:
    own = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(_FULL)),
        "Retry-After": str(LATER_S),
        "Connection": "close",
    }
    lines = [f"{name}: {value}" for name, value in (own | headers.answer(https=https)).items()]
    return "\r\n".join(["HTTP/1.1 503 Service Unavailable", *lines, "", ""]).encode() + _FULL


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


def serve(app: Any, listener: socket.socket, begin: Begin, *, each: int | None, https: bool) -> None:
    """Serve until SIGTERM or SIGINT, then stop listening and give requests under way a moment.

    `begin` is given the app, the listener and the places for connections, and returns what ends it. One
    address has `each` places; with None nobody counts, because all come from a proxy's address. `https` says
    whether pages are reached so.
    """
    told = _signals()
    files = _raise_open_files()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core dump would hold keys and guesses.
    _calm_collector()
    stop = begin(app, listener, Places(min(MOST_CONNECTIONS, files - SPARE_FILES), each, https=https))
    told.recv(1)
    stop()


def begin_threads(app: Any, listener: socket.socket, places: Places) -> Stop:
    """Serve from a thread for each connection, and return what ends it."""

    class Handler(WSGIRequestHandler):
        timeout = SLOWEST

        def setup(self) -> None:
            super().setup()
            self.rfile.close()
            self._hurried = _Hurried(self.connection)
            self.rfile = io.BufferedReader(self._hurried)

        def run_wsgi(self) -> None:
            self._hurried.begin_part()
            super().run_wsgi()

        def log(self, *_: Any) -> None:
            """Log nothing: the lines hold codes and addresses."""

    class Server(ThreadedWSGIServer):
        def log(self, *_: Any) -> None:
            """Log nothing either."""

        def handle_error(self, *_: Any) -> None:
            """Print no traceback."""

    host, port = listener.getsockname()[:2]
    server = Server(host, port, app, handler=places.counted(Handler), fd=listener.fileno())
    logs.catch_strays()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server.shutdown


class _Hurried(io.RawIOBase):
    """What a client sends, with a time for line and headers and one for the body.

    Else a byte now and then would hold a place for days.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.begin_part()

    def begin_part(self) -> None:
        self._until = time.monotonic() + SLOWEST

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        # Once the time is over, what is there already is still read: the end of a page open for long.
        self._line.settimeout(max(0.0, self._until - time.monotonic()))
        try:
            return self._line.recv_into(into)
        except BlockingIOError:
            raise TimeoutError from None
        finally:
            self._line.settimeout(SLOWEST)


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

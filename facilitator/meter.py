"""How much a WebSocket connection may send, counted in its bytes before any library reads them."""

import contextlib
import socket
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

LONGEST_MESSAGE = 16 * 1024  # bytes, all fragments of a message together
BURST = 20  # frames at once
STEADY = 5.0  # frames a second


class Meter:
    """Counts a connection's frames, and the bytes of its message, as they come in.

    The libraries bound a frame, not a message, and take in a flood before anybody can refuse it. So this
    reads the frame headers (RFC 6455 §5.2) itself, whichever library reads them next. `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens, self._counted = float(BURST), clock()
        self._header = b""
        self._body = self._message = 0

    def allows(self, data: bytes) -> bool:
        """Read on, and tell whether the connection may live."""
        while data:
            if self._body:
                read = min(self._body, len(data))
                self._body, data = self._body - read, data[read:]
                continue
            self._header, data = self._header + data[:1], data[1:]
            length = _length(self._header)
            if length is not None:
                if not (self._takes_a_token() and self._fits(self._header[0] & 15, length)):
                    return False
                self._body, self._header = length + 4, b""  # A client's frames carry a mask of 4 bytes.
        return True

    def _takes_a_token(self) -> bool:
        now = self._clock()
        self._tokens = min(BURST, self._tokens + (now - self._counted) * STEADY) - 1
        self._counted = now
        return self._tokens >= 0

    def _fits(self, opcode: int, length: int) -> bool:
        if opcode < 8:  # Control frames may come between the fragments of a message.
            self._message = length if opcode else self._message + length
        return self._message <= LONGEST_MESSAGE


def _length(header: bytes) -> int | None:
    """Tell how long a frame's payload is, in bytes, or None while its header is not whole."""
    if len(header) < 2:
        return None
    short = header[1] & 127
    wide = {126: 2, 127: 8}.get(short, 0)
    if len(header) < 2 + wide:
        return None
    return int.from_bytes(header[2:]) if wide else short


class MeteredSocket:
    """A network socket whose bytes pass a meter; at its limit, the library reads the end of the stream."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._meter = Meter()

    def recv(self, size: int) -> bytes:
        data: bytes = self._sock.recv(size)
        return data if self._meter.allows(data) else b""

    def send(self, data: bytes) -> int:
        """Send the whole: simple-websocket takes a short send for one, and with a timeout sends are short."""
        self._sock.sendall(data)
        return len(data)

    def hang_up(self) -> None:
        """End both directions, so that no reader waits for a client that never closes its end."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def metered(environ: dict[str, Any]) -> MeteredSocket:
    """Put a meter between the web server's socket and the library that is going to read it."""
    if "werkzeug.socket" in environ:
        sock = environ["werkzeug.socket"] = MeteredSocket(environ["werkzeug.socket"])
    else:
        sock = MeteredSocket(environ["eventlet.input"].get_socket())
        environ["eventlet.input"] = SimpleNamespace(get_socket=lambda: sock)
    return sock

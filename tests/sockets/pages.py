"""A page's socket: the raw client with manners. It answers pings and hears as long as it is told to."""

import json
import time
from typing import Any

import httpx

from tests.sockets.raw import TEXT, Phone


class Page(Phone):
    """One WebSocket of a browser that holds `cookie`, at a real server on 127.0.0.1.

    With `through` it goes to another port than its page came from, as behind a proxy.
    """

    def __init__(self, port: int, *, cookie: str = "", through: int | None = None) -> None:
        here = f"localhost:{port}"
        try:
            super().__init__(through or port, Host=here, Origin=f"http://{here}", Cookie=cookie or None)
        except (OSError, IndexError) as lost:  # The server died in the middle of a line, or before it.
            if hasattr(self, "sock"):
                self.sock.close()
            raise ConnectionError("no server answered") from lost
        # What came right behind the handshake; from here on this reads the socket itself.
        self._unread = self._stream.read1() if self.status == 101 else b""
        self._closed = self.status != 101

    def hear(self, within_s: float = 5.0) -> str | None:
        """Return the next text that is no ping, or None when the server has closed. Raises `TimeoutError`."""
        until = time.monotonic() + within_s
        while True:
            text = self._next()
            if text == "2":
                self.send("3")
            elif text is not None:
                return text
            elif self._closed:
                return None
            else:
                self._read(until - time.monotonic())

    def hear_snapshot(self, within_s: float = 5.0) -> dict[str, Any]:
        """Return the next snapshot that is pushed. Raises `TimeoutError`."""
        until = time.monotonic() + within_s
        while True:
            text = self.hear(max(0.0, until - time.monotonic()))
            if text is None:
                raise ConnectionError("the socket was closed")
            if text.startswith("42"):
                return content_of(text)

    def hears_nothing(self, for_s: float) -> bool:
        """Tell whether no text but pings comes, and the socket stays open, for so many seconds."""
        try:
            self.hear(for_s)
        except TimeoutError:
            return True
        return False

    def closes(self, within_s: float) -> bool:
        """Tell whether the server closes in so many seconds, whatever it still says before."""
        until = time.monotonic() + within_s
        try:
            while self.hear(max(0.0, until - time.monotonic())) is not None:
                pass
        except TimeoutError:
            return False
        return True

    def watch(self, namespace: str, **auth: object) -> dict[str, Any]:
        """Connect as a page does, and return the first snapshot."""
        self.hear()
        self.send(f"40{namespace},{json.dumps(auth)}")
        self.namespace = namespace
        return self.hear_snapshot()

    def ask(self, **payload: object) -> dict[str, Any]:
        """Send `sync` and return its answer, past whatever is pushed before."""
        self.send(f'42{self.namespace},7["sync",{json.dumps(payload)}]')
        until = time.monotonic() + 5
        while text := self.hear(max(0.0, until - time.monotonic())):
            if text.startswith("43"):
                return content_of(text)
        raise ConnectionError("the socket was closed")

    def _read(self, within_s: float) -> None:
        self.sock.settimeout(max(0.001, within_s))  # What is here already is read even when time is up.
        try:
            data = self.sock.recv(65_536)
        except ConnectionError:
            data = b""
        self._unread += data
        self._closed = not data

    def _next(self) -> str | None:
        while len(self._unread) >= 2:
            length = self._unread[1] & 127
            start = 2 + {126: 2, 127: 8}.get(length, 0)
            if length > 125:
                length = int.from_bytes(self._unread[2:start])
            if len(self._unread) < start + length:
                return None
            head, body = self._unread[0], self._unread[start : start + length]
            self._unread = self._unread[start + length :]
            if head & 15 == TEXT:
                return body.decode()
        return None


def content_of(text: str) -> dict[str, Any]:
    """Read what a pushed snapshot, or the answer to `sync`, holds."""
    found: dict[str, Any] = json.loads(text[text.index("[") :])[-1]
    return found


def cookie_of(client: httpx.Client) -> str:
    """Return the cookies of a browser as it sends them with its sockets."""
    return "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)

"""The lightest phone there is: a kept-alive HTTP line and a WebSocket, so that it never is what is slow."""

import asyncio
import base64
import gzip
import os
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson

Heard = Callable[[bytes, float], None]
HOST = "127.0.0.1"

# What a phone's browser says with every form: reading it is part of the server's work.
_MANNERS = (
    "Connection: keep-alive",
    "Accept: application/json",
    "Accept-Encoding: gzip, deflate",
    "Accept-Language: en-GB,en;q=0.9",
    "Sec-Fetch-Dest: empty",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Site: same-origin",
    "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
)
_TEXT = 1


class Refused(Exception):
    """The server did not do what the bench asked."""


class Answer:
    """What came back, and when (seconds of `time.perf_counter`)."""

    def __init__(self, head: bytes, body: bytes, at: float) -> None:
        self.at = at
        self.status = int(head[9:12])
        self._head = head
        self._body = body

    @property
    def content(self) -> dict[str, Any]:
        packed = b"content-encoding: gzip" in self._head.lower()
        found: dict[str, Any] = orjson.loads(gzip.decompress(self._body) if packed else self._body)
        return found

    def cookie(self, name: str) -> str:
        line = next(
            one for one in self._head.split(b"\r\n") if f"set-cookie: {name}=" in one.decode().lower()
        )
        return line.split(b"=", 1)[1].split(b";")[0].decode()


class Line(asyncio.Protocol):
    """One kept-alive connection, as a page's `fetch` has it."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport | None = None
        self._got = b""
        self._waiting: asyncio.Future[Answer] | None = None

    async def ask(self, request: bytes, *, expected: tuple[int, ...] = (200,)) -> Answer:
        """Send a request and wait for its answer. Raises `Refused` for a status that is not `expected`."""
        assert self._transport and self._waiting is None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        answer = await self._waiting
        if answer.status not in expected:
            raise Refused(f"{answer.status} to {request.partition(b' HTTP')[0].decode()}")
        return answer

    def hang_up(self) -> None:
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.open = transport, True

    def connection_lost(self, _problem: Exception | None) -> None:
        self.open = False
        if self._waiting:
            self._waiting.set_exception(Refused("The server hung up."))
            self._waiting = None

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head) and self._waiting:
            self._got = b""
            if b"\r\nconnection: close" in head.lower():
                self.open = False  # As on threads; it may take a moment until it is.
            waiting, self._waiting = self._waiting, None
            waiting.set_result(Answer(head, body, at))


class Watch(asyncio.Protocol):
    """A WebSocket. `greeting` is what it says first; `heard` is given every text and its moment."""

    def __init__(self, port: int, path: str, *, greeting: str, cookie: str, heard: Heard) -> None:
        self.heard = heard
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._greeting = greeting
        self._handshake = _handshake(port, path, cookie)
        self._transport: asyncio.Transport | None = None
        self._upgraded = False
        self._got = b""

    def hang_up(self) -> None:
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._handshake)

    def connection_lost(self, _problem: Exception | None) -> None:
        if not self.welcomed.done():
            self.welcomed.set_exception(Refused("The server closed a WebSocket."))

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self._got += data
        if not self._upgraded:
            head, found, self._got = self._got.partition(b"\r\n\r\n")
            if not found:
                self._got = head
                return
            self._upgraded = head.startswith(b"HTTP/1.1 101")
            if not self._greeting:
                self.welcomed.set_result(None)
        while (text := self._next_text()) is not None:
            self._take(text, at)

    def _take(self, text: bytes, at: float) -> None:
        assert self._transport
        if self._greeting and text.startswith(b"0"):
            self._transport.write(_frame(self._greeting))
        elif self._greeting and text == b"2":
            self._transport.write(_frame("3"))
        else:
            self.heard(text, at)
            # The namespace's own "40" comes before the first snapshot; only that one is a welcome.
            if not self.welcomed.done() and text.startswith(b"42"):
                self.welcomed.set_result(None)

    def _next_text(self) -> bytes | None:
        wide = {126: 2, 127: 8}.get(self._got[1], 0) if len(self._got) > 1 else 0
        if len(self._got) < 2 + wide:
            return None
        length = int.from_bytes(self._got[2 : 2 + wide]) if wide else self._got[1]
        end = 2 + wide + length
        if len(self._got) < end:
            return None
        opcode, body, self._got = self._got[0] & 15, self._got[2 + wide : end], self._got[end:]
        return body if opcode == _TEXT else self._next_text()


async def open_line(port: int) -> Line:
    _, line = await asyncio.get_running_loop().create_connection(Line, HOST, port)
    return line


async def open_watch(port: int, path: str, *, greeting: str = "", cookie: str = "", heard: Heard) -> Watch:
    """Open a WebSocket and wait for what greets it."""

    def make() -> Watch:
        return Watch(port, path, greeting=greeting, cookie=cookie, heard=heard)

    _, watch = await asyncio.get_running_loop().create_connection(make, HOST, port)
    await watch.welcomed
    return watch


def post(port: int, path: str, *, cookie: str = "", **fields: object) -> bytes:
    """Write down a form as a phone sends it."""
    body = urlencode(fields)
    lines = [
        f"POST {path} HTTP/1.1",
        *_names(port, cookie),
        *_MANNERS,
        "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", body]).encode()


def _names(port: int, cookie: str) -> list[str]:
    lines = [f"Host: {HOST}:{port}", f"Origin: http://{HOST}:{port}"]
    return [*lines, f"Cookie: {cookie}"] if cookie else lines


def _handshake(port: int, path: str, cookie: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        *_names(port, cookie),
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _frame(text: str) -> bytes:
    """Frame a text of at most 125 bytes, under a mask of zeros."""
    return bytes([128 | _TEXT, 128 | len(text)]) + bytes(4) + text.encode()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])

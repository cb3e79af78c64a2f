"""A WebSocket client without manners: it sends any frame at any time and never answers by itself."""

import base64
import contextlib
import json
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
MORE = 0  # the opcode of a message's later fragments

HANDSHAKE = {
    "Host": "localhost",
    "Origin": "http://localhost",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
}
PATH = "/socket.io/?EIO=4&transport=websocket"


def frame(payload: str | bytes, opcode: int = TEXT, *, last: bool = True) -> bytes:
    data = payload.encode() if isinstance(payload, str) else payload
    if len(data) < 126:
        length = struct.pack("!B", 128 | len(data))
    elif len(data) < 65_536:
        length = struct.pack("!BH", 128 | 126, len(data))
    else:
        length = struct.pack("!BQ", 128 | 127, len(data))
    return bytes([(128 if last else 0) | opcode]) + length + bytes(4) + data  # a mask of zeros


class Phone:
    """One connection to a server on 127.0.0.1."""

    def __init__(self, port: int, *, path: str = PATH, method: str = "GET", **headers: str | None) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in (HANDSHAKE | named).items() if value is not None]
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.sock.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode())
        self._stream = self.sock.makefile("rb")
        self.status = int(self._stream.readline().split()[1])
        self.headers = list(iter(self._stream.readline, b"\r\n"))

    def send(self, *frames: str | bytes) -> None:
        """Send texts, each as one frame, and bytes as they are; a server that hung up is no surprise."""
        with contextlib.suppress(ConnectionError):
            self.sock.sendall(b"".join(frame(each) if isinstance(each, str) else each for each in frames))

    def hear(self) -> str | None:
        """Return the next text of the server, or None when it has closed."""
        try:
            while head := self._stream.read(2):
                length = head[1] & 127
                if length > 125:
                    length = int.from_bytes(self._stream.read(2 if length == 126 else 8))
                body = self._stream.read(length)
                if head[0] & 15 == TEXT:
                    return body.decode()
        except ConnectionError:
            pass
        return None

    def enter(self, namespace: str = "/member", **auth: object) -> "Phone":
        """Connect to a namespace as a page does."""
        self.opened = json.loads((self.hear() or "0{}")[1:])
        self.send(f"40{namespace},{json.dumps(auth)}")
        self.answer = self.hear()
        return self

    def sync(self, **payload: object) -> str | None:
        self.send(f'42/member,7["sync",{json.dumps(payload)}]')
        return self.hear()

    def is_dropped(self) -> bool:
        """Tell whether the server closes within five seconds, whatever it still says before."""
        try:
            while self.hear() is not None:
                pass
        except TimeoutError:
            return False
        return True

    def leave(self) -> None:
        self._stream.close()
        self.sock.close()

"""What goes over the wire to one page, as the browser itself counts it, and a wire that can fall silent."""

import contextlib
import selectors
import socket
import sys
import threading
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page

# Chrome's "Slow 3G": 400 kbit/s each way and 400 ms there and back.
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400 * 1024 / 8,
    "uploadThroughput": 400 * 1024 / 8,
}
SLOW_CPU = 6


class Meter:
    """Counts bytes with their headers, requests, and the hosts that were asked."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.bytes_of: dict[str, float] = {}
        self.answered: list[str] = []
        self.hosts: set[str] = set()
        self.urls: dict[str, str] = {}
        self._cached: set[str] = set()
        self.cdp.on("Network.requestWillBeSent", self._asked)
        self.cdp.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        self.cdp.on("Network.responseReceived", self._cached_on_disk)
        self.cdp.on("Network.loadingFinished", self._finished)
        self.cdp.on("Network.webSocketCreated", self._socket)
        self.cdp.on("Network.webSocketHandshakeResponseReceived", self._handshake)
        self.cdp.on("Network.webSocketFrameReceived", self._frame)
        self.cdp.send("Network.enable")

    @property
    def total(self) -> int:
        """Bytes that came over the wire."""
        return round(sum(self.bytes_of.values()))

    @property
    def requests(self) -> int:
        """Questions that were asked over the wire, sockets included."""
        return len(self.answered)

    def report(self) -> str:
        """What each address cost, the dearest first."""
        costs: dict[str, float] = {}
        for key, cost in self.bytes_of.items():
            name = urlsplit(self.urls.get(key.partition(" ")[0], key)).path
            costs[name] = costs.get(name, 0) + cost
        dear = sorted(costs.items(), key=lambda one: -one[1])
        return "\n".join([f"{cost:8.0f}  {name}" for name, cost in dear] + [f"{self.total:8}  in all"])

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if url.startswith("data:"):
            return
        self.urls[event["requestId"]] = url
        self.hosts.add(urlsplit(url).netloc)
        if redirect := event.get("redirectResponse"):
            self.answered.append(redirect["url"])
            self.bytes_of[f"{event['requestId']} {redirect['url']}"] = redirect["encodedDataLength"]

    def _cached_on_disk(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache") or event["response"].get("fromPrefetchCache"):
            self._cached.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        key = event["requestId"]
        if key in self._cached or key not in self.urls:
            return
        self.answered.append(self.urls[key])
        self.bytes_of[key] = event["encodedDataLength"]

    def _socket(self, event: dict[str, Any]) -> None:
        self.urls[event["requestId"]] = event["url"]
        self.hosts.add(urlsplit(event["url"]).netloc)

    def _handshake(self, event: dict[str, Any]) -> None:
        self.answered.append(self.urls[event["requestId"]])
        headers = event["response"]["headers"]
        self.bytes_of[f"{event['requestId']} handshake"] = sum(
            len(f"{k}: {v}\r\n") for k, v in headers.items()
        )

    def _frame(self, event: dict[str, Any]) -> None:
        key = f"{event['requestId']} frames"
        payload = event["response"]["payloadData"]
        self.bytes_of[key] = self.bytes_of.get(key, 0) + len(payload.encode()) + 4


class Wire:
    """A stretch of network between phone and server whose open connections can go silent without closing."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._server: tuple[str, int] = ("127.0.0.1", 0)
        self._open = threading.Event()
        self._silent: set[socket.socket] = set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []

    def lead_to(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """From now on nothing passes on the connections that are open; nobody is told. New ones work."""
        for pair in self._pairs:
            self._silent.update(pair)

    def close(self) -> None:
        self._listening.close()
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                phone, _ = self._listening.accept()
                try:
                    server = socket.create_connection(self._server)
                except OSError:  # The server has gone home already.
                    phone.close()
                    continue
                self._pairs.append((phone, server))
                threading.Thread(target=self._carry, args=(phone, server), daemon=True).start()

    def _carry(self, phone: socket.socket, server: socket.socket) -> None:
        other = {phone: server, server: phone}
        with selectors.DefaultSelector() as ready, contextlib.suppress(OSError, ValueError):
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    end: socket.socket = key.fileobj  # type: ignore[assignment]
                    data = end.recv(65_536)
                    if end in self._silent:
                        continue  # Swallowed; an end of the stream too.
                    if not data:
                        other[end].shutdown(socket.SHUT_WR)
                        ready.unregister(end)
                        if not ready.get_map():
                            return
                        continue
                    other[end].sendall(data)


def tell(figure: str) -> None:
    """Put a figure where `pytest -rP` shows it."""
    sys.stdout.write(f"{figure}\n")

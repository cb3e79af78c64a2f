"""Bad weather between two programs: a TCP proxy that is slow, cuts lines, swallows bytes, or is not there."""

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass
from random import Random

HERE = "127.0.0.1"
CHUNK = 65_536


@dataclass(frozen=True)
class Weather:
    """What happens to bytes under way."""

    latency_s: float = 0.0  # each way
    resets: float = 0.0  # of what the calling side sends, so much is cut: half before it arrives, half after
    slicing: bool = False  # one to seven bytes at a time
    swallows: bool = False  # lines look open and are dead, and new ones too
    down: bool = False  # nobody answers the door


FAIR = Weather()


class Proxy:
    """Listens on a port of its own and carries to `target`; the same seed draws the same dice."""

    def __init__(self, target: int, *, seed: int = 0, port: int = 0) -> None:
        self.weather = FAIR
        self._target = target
        self._dice = Random(seed)
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server((HERE, port), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._spawn(self._accept)

    def turn(self, weather: Weather) -> None:
        """Change the weather. Lines that were open under one that swallows or is down stay dead."""
        broken = self.weather.swallows or self.weather.down
        self.weather = weather
        if weather.down or (broken and not weather.swallows):
            self.cut()

    def cut(self) -> None:
        """Reset every line."""
        with self._lock:
            lines, self._lines = self._lines, set()
        for one in lines:
            _reset(one)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(self._carry, near)

    def _carry(self, near: socket.socket) -> None:
        if self.weather.down:
            return _reset(near)
        with self._lock:
            self._lines.add(near)
        if self.weather.swallows:
            return None
        try:
            far = socket.create_connection((HERE, self._target), timeout=10)
        except OSError:
            return _reset(near)
        far.settimeout(None)
        with self._lock:
            self._lines.add(far)
        self._spawn(self._pump, near, far, True)
        return self._pump(far, near, False)

    def _pump(self, source: socket.socket, sink: socket.socket, asking: bool) -> None:
        try:
            while data := source.recv(CHUNK):
                weather = self.weather
                if weather.swallows:
                    continue
                cut = self._dice.random() if asking and weather.resets else 1.0
                if cut < weather.resets / 2:
                    break
                if weather.latency_s:
                    time.sleep(weather.latency_s)
                self._send(sink, data, slicing=weather.slicing)
                if cut < weather.resets:
                    time.sleep(0.02)  # It arrives, and no answer does.
                    break
            else:
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                return
        except OSError:
            pass
        for one in (source, sink):
            with self._lock:
                self._lines.discard(one)
            _reset(one)

    def _send(self, sink: socket.socket, data: bytes, *, slicing: bool) -> None:
        if not slicing:
            return sink.sendall(data)
        sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        at = 0
        while at < len(data):
            # Small at first, where headers and frames begin; the rest in larger pieces, to end some time.
            size = self._dice.randint(1, 7) if at < 600 else self._dice.randint(200, 1_400)
            sink.sendall(data[at : at + size])
            at += size
            time.sleep(0)
        return None

    def _spawn(self, function: object, *arguments: object) -> None:
        threading.Thread(target=function, args=arguments, daemon=True).start()  # type: ignore[arg-type]


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RD)  # It wakes whoever reads here, and says nothing to the other side.
    one.close()

"""Slowing down those who try codes or passwords one after the other, without locking anybody out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from facilitator.core.errors import SlowDown

WINDOW_S = 300.0
FREE = 20
MOST_WAITING = 20
PACE_S = 1.0


@dataclass(slots=True)
class _Visitor:
    failures: dict[bytes, float] = field(default_factory=dict)
    next_turn: float = 0.0


class Turnstile:
    """Lets everyone through at once until an address has failed `FREE` times within `WINDOW_S` seconds.

    From then on its tries are served one each `PACE_S` seconds, in turn; a right code still works, later.
    Addresses come as HMACs and are held in memory only.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._visitors: dict[bytes, _Visitor] = {}
        self._lock = Lock()

    def wait(self, who: bytes) -> None:
        """Wait for the turn of `who`. Raises `SlowDown` when `MOST_WAITING` wait already."""
        with self._lock:
            now = self._clock()
            visitor = self._visitors.get(who)
            if visitor is None or not self._slowed(visitor, now):
                return
            turn = max(now, visitor.next_turn)
            if turn - now > MOST_WAITING * PACE_S:
                raise SlowDown()
            visitor.next_turn = turn + PACE_S
        self._sleep(turn - now)

    def failed(self, who: bytes, what: bytes) -> None:
        """Count a wrong try of `what`. The same one again, as of a phone that waits, counts once."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            self._visitors.setdefault(who, _Visitor()).failures.setdefault(what, now)

    def _slowed(self, visitor: _Visitor, now: float) -> bool:
        for what, when in list(visitor.failures.items()):
            if when <= now - WINDOW_S:
                del visitor.failures[what]
        return len(visitor.failures) >= FREE

    def _forget(self, now: float) -> None:
        for who, visitor in list(self._visitors.items()):
            if not self._slowed(visitor, now) and not visitor.failures:
                del self._visitors[who]

"""Slowing down those who try codes or passwords one after the other, without locking anybody out."""

import ipaddress
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

from facilitator.core.errors import SlowDown
from facilitator.web.tally import Away, SharedTally

WINDOW_S = 300.0
FREE = 20
MOST_WAITING = 20
PACE_S = 1.0
FORGET_S = 10.0


@dataclass(slots=True)
class _Visitor:
    failures: dict[bytes, float] = field(default_factory=dict)
    next_turn: float = 0.0


class Turnstile:
    """Lets everyone through at once until somebody has failed `free` times within `WINDOW_S` seconds.

    From then on their tries are served one each `pace_s` seconds, in turn; a right one still works, later.
    `held_up` hears of each of those tries. Who it is comes as an HMAC and is held in memory only: in this
    process's, or where there are several in `shared` under `name`, and here again while that is away.
    """

    def __init__(
        self,
        *,
        name: str = "",
        shared: SharedTally | None = None,
        free: int = FREE,
        pace_s: float = PACE_S,
        most_waiting: int = MOST_WAITING,
        held_up: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name = name
        self._shared = shared
        self._free = free
        self._pace_s = pace_s
        self._most_waiting = most_waiting
        self._held_up = held_up
        self._clock = clock
        self._sleep = sleep
        self._forgot = clock()
        self._visitors: dict[bytes, _Visitor] = {}
        self._lock = Lock()

    @contextmanager
    def trying(self, who: bytes, what: bytes) -> Iterator[None]:
        """Wait for the turn of `who`, and count `what` as wrong unless the block ends without an error.

        It counts from the moment it comes: a hundred tries at once are no way round. The same one again, as
        of a phone that waits, counts once. Raises `SlowDown` when too many wait already.
        """
        try:
            wait_s = self._enter(who, what)
        except SlowDown:
            self._held_up()
            raise
        if wait_s is not None:
            self._held_up()
            self._sleep(wait_s)
        yield
        self._forgive(who, what)

    def _enter(self, who: bytes, what: bytes) -> float | None:
        if self._shared:
            with suppress(Away):
                return self._shared.enter(
                    self._name,
                    who,
                    what,
                    free=self._free,
                    pace_s=self._pace_s,
                    most_waiting=self._most_waiting,
                    window_s=WINDOW_S,
                )
        with self._lock:
            self._forget()
            return self._enter_here(self._visitors.setdefault(who, _Visitor()), what)

    def _enter_here(self, visitor: _Visitor, what: bytes) -> float | None:
        now, wait_s = self._clock(), None
        if self._is_slowed(visitor, now):
            wait_s = max(0.0, visitor.next_turn - now)
            if wait_s > self._most_waiting * self._pace_s:
                raise SlowDown()
            visitor.next_turn = now + wait_s + self._pace_s
        visitor.failures.setdefault(what, now)
        return wait_s

    def _forgive(self, who: bytes, what: bytes) -> None:
        if self._shared:
            with suppress(Away):
                self._shared.forgive(self._name, who, what)
        with self._lock:
            if who in self._visitors:
                self._visitors[who].failures.pop(what, None)

    def _is_slowed(self, visitor: _Visitor, now: float) -> bool:
        for what, when in list(visitor.failures.items()):
            if when <= now - WINDOW_S:
                del visitor.failures[what]
        return len(visitor.failures) >= self._free

    def _forget(self) -> None:
        # Looked at rarely: with many addresses, a look at all of them for each try would be a lever.
        now = self._clock()
        if now < self._forgot + FORGET_S:
            return
        self._forgot = now
        for who, visitor in list(self._visitors.items()):
            if not self._is_slowed(visitor, now) and not visitor.failures:
                del self._visitors[who]


def neighbourhood(address: str | None) -> bytes:
    """Return what one visitor cannot change about an address: all of IPv4, the first 64 bits of IPv6."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return (address or "").encode()
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return found.packed[:8] if found.version == 6 and not mapped else (mapped or found).packed

"""Figures for operators, so coarse that they tell nothing about any one guess (docs/adr/0009)."""

import math
import random
from collections.abc import Callable, Iterable

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BEAT_S = 60.0
ONE_IN = 20  # of what members do, one in so many is counted, as so many
SOCKETS_STEP = 10  # open sockets are shown rounded up to this
NAMESPACES = ("/member", "/therapist", "/screen")
SUBMIT_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MEMBERS = "members"

_dice = random.SystemRandom()

# The library would add the moment at which each figure first moved.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Counts as things happen, and shows what was counted at the last beat only."""

    def __init__(self, *, dice: Callable[[], float] = _dice.random) -> None:
        self._dice = dice
        # A registry of its own: the default one adds CPU time and open files, which move with each guess.
        registry = self._registry = CollectorRegistry()
        self._requests = Counter(
            "perhaps_requests", "Answers, by route and kind of status", ["route", "status"], registry=registry
        )
        self._submits = Histogram(
            "perhaps_submit_seconds",
            "How long members' sendings took, of one in 20",
            buckets=SUBMIT_BUCKETS_S,
            registry=registry,
        )
        self._sockets = Gauge(
            "perhaps_sockets", "Open sockets, rounded up to ten", ["namespace"], registry=registry
        )
        self._published = Counter("perhaps_published", "Snapshots sent", ["namespace"], registry=registry)
        self._chores = Counter("perhaps_chores_failed", "Chores that failed", ["chore"], registry=registry)
        self._held_up = Counter(
            "perhaps_tries_held_up",
            "Codes and sign-ins of somebody who had tried too many",
            ["what"],
            registry=registry,
        )
        self.shown = b""
        self.beat(())

    def answered(self, route: str, status: int) -> None:
        """Count an answer of a route that no member uses."""
        self._requests.labels(route, f"{status // 100}xx").inc()

    def answered_member(self, status: int, submit_s: float | None = None) -> None:
        """Count an answer to a member; `submit_s` is how long a sending took, in seconds.

        Mishaps of ours are counted one by one. Of all else a die picks one in `ONE_IN`: were every guess
        counted, somebody who reads the figures again and again could tell when it came.
        """
        if status >= 500:
            self._requests.labels(MEMBERS, "5xx").inc()
        elif self._dice() * ONE_IN < 1:
            self._requests.labels(MEMBERS, f"{status // 100}xx").inc(ONE_IN)
            if submit_s is not None:
                self._submits.observe(submit_s)

    def published(self, namespace: str) -> None:
        """Count a snapshot that was sent to the pages of a namespace."""
        self._published.labels(namespace).inc()

    def held_up(self, what: str) -> None:
        """Count a try of a code or password that had to wait or was refused unread."""
        self._held_up.labels(what).inc()

    def chore_failed(self, name: str) -> None:
        """Count a chore that failed."""
        self._chores.labels(name).inc()

    def beat(self, open_sockets: Iterable[str]) -> None:
        """Show what was counted up to now; `open_sockets` holds the namespace of each."""
        found = list(open_sockets)
        for one in NAMESPACES:
            self._sockets.labels(one).set(math.ceil(found.count(one) / SOCKETS_STEP) * SOCKETS_STEP)
        self.shown = generate_latest(self._registry)

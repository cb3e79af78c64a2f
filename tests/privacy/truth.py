"""The truth about a crowd's rooms, which no thief may recover."""

import hashlib
import random
from dataclasses import dataclass, field

from tests.bench.wire import Watch

PEOPLE = 8


@dataclass
class Seat:
    """A member's place as the phone knows it."""

    token: str
    ref: str = ""
    listens: Watch | None = None

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.token.encode()).digest()


@dataclass
class RoundTruth:
    """One round: what each member sent last, in which order they first and last sent, and by which op.

    Where there is something to choose, `texts` are the words of the `options` that were chosen. `listening`
    are those who just listened to the end, `late` those who did so until guessing was open.
    """

    id: str
    choosing: bool = False
    texts: dict[int, str] = field(default_factory=dict)
    options: dict[int, tuple[int, ...]] = field(default_factory=dict)
    sure: dict[int, int] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    ops: dict[int, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    listening: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)


@dataclass
class Truth:
    """Who did what in one room. Members are numbered in the order of joining, sendings by the clock.

    `chooses` says of each round whether it has something to choose, `sureness` whether people are asked how
    sure they are. What people do is up to the room's own `dice`: it is the same however busy the server is.
    """

    dice: random.Random
    code: str
    screen: str
    phones: str
    chooses: tuple[bool, ...]
    sureness: bool
    room_id: str = ""
    seats: list[Seat] = field(default_factory=list)
    rounds: list[RoundTruth] = field(default_factory=list)
    listening: set[int] = field(default_factory=set)
    version: int = 1

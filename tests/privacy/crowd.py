"""Rooms full of people for the thief to steal from, and the truth about them that no thief may recover."""

import logging
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from facilitator.app import create_app
from facilitator.config import Config
from facilitator.core.guess import Envelope, Sent
from facilitator.core.round import RoundId
from facilitator.core.vignette import VignetteId
from facilitator.live import Seen
from facilitator.services import Services
from facilitator.storage import therapists
from facilitator.storage.rooms import LiveRoom, RoomRecord
from facilitator.storage.seats import Seat

PEOPLE = 8
WORDS = ("afraid", "alone", "angry", "calm", "hopes", "leaves", "maybe", "needs", "quiet", "she", "waits")


@dataclass
class Truth:
    """Who did what in one room. Members are numbered in the order of joining, sendings by the clock."""

    record: RoomRecord
    seats: list[Seat] = field(default_factory=list)
    rounds: list["RoundTruth"] = field(default_factory=list)


@dataclass
class RoundTruth:
    """One round: what each member sent last, in which order they first and last sent, and by which op."""

    id: RoundId
    texts: dict[int, str] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    ops: dict[int, str] = field(default_factory=dict)
    all_texts: list[str] = field(default_factory=list)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


class Crowd:
    """Many rooms of one server, played step by step so that a thief may come in between.

    Pages are not told: what is at rest is the same whoever watches.
    """

    def __init__(self, here: Services, *, rooms: int, seed: int) -> None:
        self.here = here
        self.live, self.members = here.live, here.members
        self.dice = random.Random(seed)
        self.clock = Clock()
        self.live.publish = lambda now: None
        self.live.clock = here.presence._clock = self.clock
        with here.database.write() as tx:
            therapists.add(tx, "ada@clinic.example", "no hash")
            self.therapist = str(tx.exec_driver_sql("SELECT id FROM therapist").scalar())
        self.truths = [self._gather() for _ in range(rooms)]

    def guess(self, *, second_look: bool = False) -> None:
        """Open guessing in every room and let people send, change, pass, withdraw or stay silent."""
        for truth in self.truths:
            now = self.live.load(truth.record.id)
            now = self._command("second_look" if second_look else "open_guessing", now)
            self._everyone_sends(truth, RoundTruth(now.room.rounds[-1].id))

    def close(self) -> None:
        for truth in self.truths:
            self._command("close", self.live.load(truth.record.id))

    def reveal(self) -> None:
        from facilitator.core import room as core

        for truth in self.truths:
            now = self.live.load(truth.record.id)
            self.live.change(truth.record.id, _seen(now), lambda tx, room: core.reveal(room, anyway=True))

    def end(self) -> None:
        for truth in self.truths:
            self.live.end(truth.record.id, _seen(self.live.load(truth.record.id)))

    def _gather(self) -> Truth:
        truth = Truth(self.live.make_room(self.therapist, VignetteId("waving")))
        for _ in range(PEOPLE):
            self._wait()
            truth.seats.append(self.members.join(truth.record, None, listening=False))
            self.here.presence.enter(truth.seats[-1].hash)
        # Phones fall asleep and wake as they like, which has nothing to do with what they send.
        for seat in self.dice.sample(truth.seats, 3):
            self._wait()
            self.here.presence.leave(seat.hash)
        now = self.live.load(truth.record.id)
        self.live.start(truth.record.id, _seen(now), truth.record.planned)
        return truth

    def _everyone_sends(self, truth: Truth, round_: RoundTruth) -> None:
        truth.rounds.append(round_)
        steps = [
            (member, n, kind) for member in range(PEOPLE) for n, kind in enumerate(self._habits(), start=1)
        ]
        self.dice.shuffle(steps)
        counts = dict.fromkeys(range(PEOPLE), 0)
        for place, (member, _, kind) in enumerate(steps):
            counts[member] += 1
            self._wait()
            self._send(truth, round_, member, place, Envelope(_op(), counts[member], kind, self._words(kind)))

    def _habits(self) -> list[Sent]:
        guess, pass_, gone = Sent.GUESS, Sent.PASS, Sent.WITHDRAWN
        habits = [[guess], [guess, guess], [pass_], [guess, gone], []]
        return self.dice.choices(habits, [70, 12, 6, 5, 7])[0]

    def _send(self, truth: Truth, round_: RoundTruth, member: int, place: int, sending: Envelope) -> None:
        self.members.submit(truth.seats[member], round_.id, sending)
        round_.first.setdefault(member, place)
        round_.last[member], round_.ops[member] = place, sending.op
        round_.texts.pop(member, None)
        if sending.sent is Sent.GUESS:
            round_.texts[member] = sending.text
            round_.all_texts.append(sending.text)

    def _words(self, kind: Sent) -> str:
        if kind is not Sent.GUESS:
            return ""
        words = self.dice.choices(WORDS, k=self.dice.randint(1, 20))
        return " ".join([f"kanarie{secrets.token_hex(6)}", *words])

    def _wait(self) -> None:
        self.clock.now += self.dice.uniform(0.5, 20)
        if self.dice.random() < 0.05:
            self.here.presence.refresh()
        if self.dice.random() < 0.02:
            self.here.upkeep.tick()

    def _command(self, name: str, now: LiveRoom) -> LiveRoom:
        done: LiveRoom = getattr(self.live, name)(now.room.id, _seen(now))
        return done


@contextmanager
def a_server(folder: Path) -> Iterator[Services]:
    """The program as it stands, with its data and its log in `folder` and its key beside the data."""
    config = Config.from_env(
        {
            "FACILITATOR_DATA_DIR": str(folder / "data"),
            "FACILITATOR_KEY_FILE": str(folder / "keys" / "instance.key"),
            "FACILITATOR_BASE_URL": "http://localhost:8000",
            "FACILITATOR_ASYNC_MODE": "threading",
        }
    )
    (folder / "logs").mkdir()
    log = logging.FileHandler(folder / "logs" / "server.log")
    log.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.INFO)
    app = create_app(config)
    try:
        yield app.extensions["perhaps"]
    finally:
        app.extensions["perhaps"].database.dispose()
        root.setLevel(level)
        root.removeHandler(log)
        log.close()


def _seen(now: LiveRoom) -> Seen:
    return Seen(now.room.version)


def _op() -> str:
    return secrets.token_hex(16)

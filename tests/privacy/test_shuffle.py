"""Closing shuffles fairly: every order of a pile is as likely as every other (L4)."""

import os
import random
from collections import Counter
from itertools import permutations

import pytest

from facilitator import commands
from facilitator.core import room as core
from facilitator.core.guess import Envelope, Sent
from facilitator.core.room import Room
from facilitator.core.vignette import VignetteId
from facilitator.live import Seen
from facilitator.services import Services
from facilitator.storage import envelopes, rooms, therapists
from facilitator.storage.database import Transaction
from tests.conftest import PASSWORD_HASH
from tests.privacy.score import CAUGHT, z_of_chi2

# `make attack` closes 10,000 times in the database; here the drawing alone is done as often.
CLOSINGS = int(os.environ.get("PERHAPS_CLOSINGS", "2000"))
DRAWINGS = 10_000
TEXTS = ("first", "second", "third", "fourth")
UNLIKELY = 3.09  # standard deviations, of which a fair shuffle has more once in 1,000 times


def guessing(here: Services) -> Room:
    """A room with four envelopes in, in the order of TEXTS."""
    with here.database.write() as tx:
        therapist = therapists.add(tx, "ada@clinic.example", PASSWORD_HASH)
    record = here.live.make_room(therapist.id, VignetteId("waving"))
    now = here.commands.start(record.id, Seen(1), record.planned)
    now = here.commands.open_guessing(record.id, Seen(now.room.version))
    for number, text in enumerate(TEXTS):
        seat = here.members.join(record, None, listening=False)
        sending = Envelope(f"{number:032x}", 1, Sent.GUESS, text)
        here.members.submit(seat, now.room.rounds[-1].id, sending)
    return now.room


def closings(here: Services, count: int) -> Counter[tuple[str, ...]]:
    """Close the same round again and again, and count in which orders the rows lie in the table."""
    room = guessing(here)
    found: Counter[tuple[str, ...]] = Counter()
    with here.database.write() as tx:
        for _ in range(count):
            again = tx.begin_nested()
            found[one_closing(here, tx, room)] += 1
            again.rollback()
    return found


def one_closing(here: Services, tx: Transaction, room: Room) -> tuple[str, ...]:
    closed = core.close(room, *here.commands._open_envelopes(tx, room.rounds[-1]))
    rooms.save(tx, here.keys, room, closed)
    assert envelopes.count(tx, room.rounds[-1].id) == 0
    texts = {str(guess.id): guess.text for guess in closed.rounds[-1].guesses}
    place = "rowid" if here.database.is_sqlite else "ctid"
    rows = tx.exec_driver_sql(f"SELECT id FROM guess ORDER BY {place}").scalars()
    return tuple(texts[one] for one in rows)


def unfairness(found: Counter[tuple[str, ...]]) -> float:
    """Chi-squared over all orders of four, in standard deviations."""
    expected = found.total() / 24
    chi2 = sum((found[one] - expected) ** 2 / expected for one in permutations(TEXTS))
    return z_of_chi2(chi2, freedom=23)


@pytest.mark.timeout(900)
def test_closing_again_and_again_leaves_every_order_as_often(here: Services) -> None:
    assert unfairness(closings(here, CLOSINGS)) < UNLIKELY


def drawings(count: int) -> Counter[tuple[str, ...]]:
    """Draw as closing does, without a database."""
    found: Counter[tuple[str, ...]] = Counter()
    for _ in range(count):
        pile = commands.shuffle_pile(TEXTS, shuffle=commands._dice.shuffle, new_id=rooms.new_id)
        assert [one.id for one in pile] == sorted(one.id for one in pile)
        found[tuple(one.text for one in pile)] += 1
    return found


def test_ten_thousand_drawings_leave_every_order_as_often() -> None:
    assert unfairness(drawings(DRAWINGS)) < UNLIKELY


class Naive(random.SystemRandom):
    """Changes each with any other: 256 ways onto 24 orders, which cannot be fair."""

    def shuffle(self, x: list[object]) -> None:
        for place in range(len(x)):
            other = self.randrange(len(x))
            x[place], x[other] = x[other], x[place]


class NeverItself(random.SystemRandom):
    """Changes each with another before it: off by one, so that nothing stays and 18 orders never come."""

    def shuffle(self, x: list[object]) -> None:
        for place in range(1, len(x)):
            other = self.randrange(place)
            x[place], x[other] = x[other], x[place]


# With 10,000 drawings the naive one is near 20 standard deviations, with 1,000 it would hide now and then.
def test_drawing_that_favours_some_orders_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_dice", Naive())
    assert unfairness(drawings(DRAWINGS)) > CAUGHT


def test_a_closing_that_never_comes_to_some_orders_is_noticed(
    here: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_dice", NeverItself())
    assert unfairness(closings(here, 300)) > CAUGHT

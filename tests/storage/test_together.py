"""Writes that wait at the same moment share a commit, and nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from facilitator.core.errors import WrongPhase
from facilitator.storage.database import Database, Transaction
from facilitator.storage.together import MOST, Together

Work = Callable[[Transaction], int]
words = sa.Table("words", sa.MetaData(), sa.Column("word", sa.Integer, primary_key=True))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'together.db'}")
    words.metadata.create_all(database.engine)
    yield database
    database.dispose()


class Desk:
    """Holds the first writer back until all others wait behind it, so that they come in one go."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.together = Together(database)
        self.commits = 0
        sa.event.listen(database.engine, "commit", lambda _: self._count())

    def run(self, works: list[Work]) -> list[Future[int]]:
        held, free = Event(), Event()

        def first(tx: Transaction) -> int:
            held.set()
            assert free.wait(10)
            return write(0)(tx)

        with ThreadPoolExecutor(len(works) + 1) as pool:
            running = [pool.submit(self.together.write, first)]
            assert held.wait(10)
            running += [pool.submit(self.together.write, work) for work in works]
            while len(self.together._waiting) < len(works):
                pass
            free.set()
        return running

    def stored(self) -> list[int]:
        with self.database.read() as tx:
            return sorted(tx.scalars(sa.select(words.c.word)))

    def _count(self) -> None:
        self.commits += 1


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def write(word: int) -> Work:
    def work(tx: Transaction) -> int:
        tx.execute(words.insert().values(word=word))
        return word

    return work


def refuse(_: Transaction) -> int:
    raise WrongPhase()


def test_those_who_wait_share_one_commit_and_each_gets_its_own_answer(desk: Desk) -> None:
    asked = [write(n) for n in range(1, 13)]
    assert [one.result() for one in desk.run(asked)] == list(range(13))
    assert desk.commits == 2
    assert desk.stored() == list(range(13))


def test_a_refusal_is_its_own_and_the_others_are_stored(desk: Desk) -> None:
    _, one, refused, two = desk.run([write(1), refuse, write(2)])
    assert (one.result(), two.result()) == (1, 2)
    with pytest.raises(WrongPhase):
        refused.result()
    assert desk.stored() == [0, 1, 2]


def test_work_that_breaks_the_transaction_fails_alone(desk: Desk) -> None:
    _, one, twice, two = desk.run([write(1), write(1), write(2)])
    assert (one.result(), two.result()) == (1, 2)
    with pytest.raises(sa.exc.IntegrityError):
        twice.result()
    assert desk.stored() == [0, 1, 2]


def test_nothing_is_answered_before_it_is_committed(desk: Desk) -> None:
    desk.together.write(write(1))
    assert desk.commits == 1
    desk.database.dispose()  # another connection sees what is on the disk
    assert desk.stored() == [1]


def test_what_all_of_a_transaction_need_is_loaded_once_and_anew_in_the_next(desk: Desk) -> None:
    def count(tx: Transaction, table: sa.Table) -> int:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def look_and_write(word: int) -> Work:
        def work(tx: Transaction) -> int:
            found = desk.together.once(tx, count, words)
            write(word)(tx)
            return found

        return work

    assert [one.result() for one in desk.run([look_and_write(n) for n in (1, 2, 3)])] == [0, 1, 1, 1]
    assert desk.together.write(look_and_write(4)) == 4


def test_a_crowd_is_taken_in_turns_and_nobody_is_left_waiting(desk: Desk) -> None:
    asked = [write(n) for n in range(1, 3 * MOST)]
    assert [one.result(30) for one in desk.run(asked)] == list(range(3 * MOST))
    assert desk.commits == 1 + 3

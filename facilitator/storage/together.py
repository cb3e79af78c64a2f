"""One commit for writes that wait at the same moment: each as durable as by itself, at a part of the cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from facilitator.core.errors import RoomError
from facilitator.storage.database import Database, Transaction

MOST = 32  # writes in one transaction, during which nothing else of this process moves

T = TypeVar("T")


class CutOff(Exception):
    """Whoever wrote for others was stopped before the commit."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    found: Any = None
    error: Exception | None = None


@dataclass(eq=False, slots=True)
class _Job:
    work: Callable[[Transaction], Any]
    wake: Event = field(default_factory=Event)
    outcome: _Outcome = field(default_factory=lambda: _Outcome(error=CutOff()))
    done: bool = False


class Together:
    """Gathers writes. Whoever comes first leads: takes those who wait, commits for all, wakes them.

    A disk takes as long to make one row safe as twenty; a room of twelve that sends at once waits for one
    commit and not for twelve. PostgreSQL does the same by itself, so there each write goes its own way.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._waiting: list[_Job] = []
        self._found: WeakKeyDictionary[Transaction, dict[Any, Any]] = WeakKeyDictionary()
        self._led = False

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do `work` in a transaction, and return or raise what it does once that is safely on the disk.

        `work` must have written nothing when it raises a `RoomError`; after any other error everybody's
        work of that transaction is done again, each in one of its own.
        """
        if not self._database.is_sqlite:
            with self._database.write() as tx:
                return work(tx)
        job = _Job(work)
        with self._lock:
            self._waiting.append(job)
            follows, self._led = self._led, True
        if follows:
            job.wake.wait()
        if not job.done:
            self._lead()
        if job.outcome.error:
            raise job.outcome.error
        return cast(T, job.outcome.found)

    def once(self, tx: Transaction, load: Callable[..., T], *asked: Any) -> T:
        """Return what `load(tx, *asked)` finds, loaded once for all whose work shares this transaction.

        None of them may change it.
        """
        found = self._found.setdefault(tx, {})
        if (load, asked) not in found:
            found[load, asked] = load(tx, *asked)
        return cast(T, found[load, asked])

    def _lead(self) -> None:
        time.sleep(0)  # Whoever has arrived by now comes along.
        with self._lock:
            jobs, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._commit(jobs)
        finally:
            with self._lock:
                following = self._waiting[:1]
                self._led = bool(following)
            for job in jobs:
                job.done = True
            for job in (*jobs, *following):
                job.wake.set()

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            with self._database.write() as tx:
                outcomes = [_try(job, tx) for job in jobs]
        except Exception:
            # Nothing of it was written. One of them may be to blame; by itself it fails alone.
            outcomes = [self._commit_alone(job) for job in jobs]
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.outcome = outcome

    def _commit_alone(self, job: _Job) -> _Outcome:
        try:
            with self._database.write() as tx:
                found = job.work(tx)
        except Exception as error:
            return _Outcome(error=error)
        return _Outcome(found)


def _try(job: _Job, tx: Transaction) -> _Outcome:
    try:
        return _Outcome(job.work(tx))
    except RoomError as refusal:
        return _Outcome(error=refusal)

"""A PostgreSQL and a Redis that keep whatever a thief may hope for."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.backing import HERE, Postgres, a_folder, a_postgres, free_port, wait_until

# Nobody tidies up after the program, and a crash of the machine is not what is tested here.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "logging_collector": "on",
    "log_directory": "log",
    "log_connections": "on",
    "log_min_messages": "warning",
}


class Overheard:
    """A running Redis that keeps all it can on the disk, with a MONITOR that writes down what passes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "redis"
        self._port = free_port(HERE)
        self.url = f"redis://{HERE}:{self._port}/0"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self.folder.mkdir()
        command = ["redis-server", "--bind", HERE, "--port", str(self._port), "--dir", str(self.folder)]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--logfile", "redis.log"]
        self._processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        wait_until(self._answers)
        with (self.folder / "monitor.log").open("wb") as heard:
            monitor = ["redis-cli", "-p", str(self._port), "MONITOR"]
            self._processes.append(subprocess.Popen(monitor, stdout=heard))

    def save(self) -> None:
        """Make it write its snapshot file."""
        with redis.Redis(port=self._port) as line:
            line.save()

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(10)

    def _answers(self) -> bool:
        with contextlib.suppress(redis.ConnectionError), redis.Redis(port=self._port) as line:
            return bool(line.ping())
        return False


@contextlib.contextmanager
def a_chatty_postgres() -> Iterator[Postgres]:
    """A PostgreSQL with an empty database `perhaps`, which keeps and tells more than it should."""
    with a_postgres(**SETTINGS) as postgres:
        postgres.sql("postgres", "CREATE DATABASE perhaps")
        yield postgres


@contextlib.contextmanager
def an_overheard_redis() -> Iterator[Overheard]:
    """A Redis of one's own."""
    with a_folder() as folder:
        overheard = Overheard(folder)
        try:
            overheard.start()
            yield overheard
        finally:
            overheard.stop()

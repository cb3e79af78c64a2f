"""A PostgreSQL and a Redis of one's own, in a folder that goes away with them."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import redis

from tests.server import _free_port

BIN = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1]).parent
# Nobody tidies up after the program, and a crash of the machine is not what is tested here.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "logging_collector": "on",
    "log_directory": "log",
    "log_connections": "on",
    "max_connections": "60",
}


class Cluster:
    """A running PostgreSQL server with an empty database."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "postgres"
        self._port = _free_port("127.0.0.1")
        self.url = f"postgresql://perhaps@127.0.0.1:{self._port}/perhaps"
        # PostgreSQL refuses to run as root, and its folder must be its user's own.
        self._user = "postgres" if os.geteuid() == 0 else None

    def start(self) -> None:
        self.data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self.data, self._user)
            self.data.parent.chmod(0o711)
        self._run("initdb", "--auth=trust", "--username=perhaps", "--no-sync", "-E", "UTF8", "--locale=C")
        lines = [f"{name} = '{value}'" for name, value in SETTINGS.items()]
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("\n".join([*lines, f"port = {self._port}", ""]))
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self.data / "start.log"))
        with self.connect("postgres") as sql:
            sql.execute("CREATE DATABASE perhaps")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "--silent")

    @contextlib.contextmanager
    def connect(self, database: str = "perhaps") -> Iterator["psycopg2.extensions.cursor"]:
        """Speak SQL as the superuser."""
        line = psycopg2.connect(host="127.0.0.1", port=self._port, user="perhaps", dbname=database)
        line.autocommit = True
        try:
            with line.cursor() as cursor:
                yield cursor
        finally:
            line.close()

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(BIN / tool), "-D", str(self.data), *arguments]
        subprocess.run(
            command, check=True, cwd="/", user=self._user, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )


class Overheard:
    """A running Redis that keeps all it can on the disk, with a MONITOR that writes down what passes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "redis"
        self._port = _free_port("127.0.0.1")
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self.folder.mkdir()
        command = [
            "redis-server",
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
        ]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--logfile", "redis.log"]
        self._processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        self._wait()
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

    def _wait(self) -> None:
        until = time.monotonic() + 10
        with redis.Redis(port=self._port) as line:
            while time.monotonic() < until:
                with contextlib.suppress(redis.ConnectionError):
                    line.ping()
                    return
                time.sleep(0.05)
        raise AssertionError("redis did not answer")


@contextlib.contextmanager
def a_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of one's own."""
    with _a_folder() as folder:
        cluster = Cluster(folder)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextlib.contextmanager
def an_overheard_redis() -> Iterator[Overheard]:
    """A Redis of one's own."""
    with _a_folder() as folder:
        overheard = Overheard(folder)
        try:
            overheard.start()
            yield overheard
        finally:
            overheard.stop()


@contextlib.contextmanager
def _a_folder() -> Iterator[Path]:
    # Not below pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="perhaps-") as folder:
        yield Path(folder)

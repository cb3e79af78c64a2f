"""PostgreSQL, Redis and nginx in earnest, started for tests on loopback."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg2
import redis

from tests.server import ROOT
from tests.server import _free_port as free_port

HERE = "127.0.0.1"
READY_S = 30.0
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

# As on a disk that matters: what is acknowledged is on it. Small, because many tests share the machine.
_SETTINGS = {
    "listen_addresses": HERE,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


class Postgres:
    """A PostgreSQL server with a data folder of its own; it may be stopped, killed and started again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "postgres"
        self.port = free_port(HERE)
        # It refuses to run as root.
        self._as: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(folder, "postgres", "postgres")
        self._run(
            "initdb", "--auth=trust", "--username=perhaps", "--encoding=UTF8", "--no-locale", "--no-sync"
        )
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("".join(f"{name} = '{value}'\n" for name, value in (_SETTINGS | settings).items()))
            conf.write(f"port = {self.port}\n")

    def start(self) -> "Postgres":
        """Start it and wait until it answers."""
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self.data / 'server.log'}")
        return self

    def stop(self, *, mode: str = "fast") -> None:
        """Stop it; `immediate` is what a crash is like."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def restart(self, *, mode: str = "fast") -> None:
        self.stop(mode=mode)
        self.start()

    def url(self, database: str, *, port: int | None = None) -> str:
        """Name a database as FACILITATOR_DATABASE_URL does."""
        return f"postgresql://perhaps@{HERE}:{port or self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """Make a database of one's own, and return its address."""
        name = f"perhaps_{token_hex(6)}"
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def sql(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Do one statement, outside any transaction."""
        with self.connected(database) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def connected(self, database: str) -> Iterator[Any]:
        connection = psycopg2.connect(host=HERE, port=self.port, user="perhaps", dbname=database)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def holding(self, database: str, statement: str) -> Iterator[None]:
        """Hold whatever locks a statement takes, as another program would, until the end."""
        with self.connected(database) as connection:
            connection.autocommit = False
            with connection.cursor() as cursor:
                cursor.execute(statement)
                yield
            connection.rollback()

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(BINARIES[-1] / tool), "--pgdata", str(self.data), *arguments]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True, **self._as
        )
        assert done.returncode == 0, f"{tool} failed"


class Redis:
    """A Redis server that keeps nothing on the disk, as docs/deploy.md asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port(HERE)
        self.url = f"redis://{HERE}:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Redis":
        command = [
            "redis-server",
            "--bind",
            HERE,
            "--port",
            str(self.port),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)
        wait_until(self._answers)
        return self

    def stop(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    @contextlib.contextmanager
    def overhear(self) -> Iterator[list[str]]:
        """Write down every command that anybody sends to it."""
        heard: list[str] = []
        notes = self.folder / "monitor"
        with notes.open("wb") as out:
            command = ["redis-cli", "-h", HERE, "-p", str(self.port), "monitor"]
            spy = subprocess.Popen(command, stdout=out)
            wait_until(lambda: notes.read_bytes().startswith(b"OK"))
            try:
                yield heard
            finally:
                time.sleep(0.5)
                spy.terminate()
                spy.wait()
                heard += notes.read_text().splitlines()

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis(HERE, self.port) as client:
            return bool(client.ping())
        return False


class Nginx:
    """nginx with deploy/nginx.conf, on a port and in a folder of its own."""

    def __init__(self, folder: Path, upstream: Sequence[int], *, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port(HERE)
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "nginx.conf").write_text(plain_nginx_conf(self.port, upstream))

    def start(self) -> "Nginx":
        command = ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
        with (self.folder / "nginx.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stderr=log)
        wait_until(lambda: not _is_free(self.port))
        return self

    def stop(self) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait(10)


def plain_nginx_conf(port: int, upstream: Sequence[int]) -> str:
    """Return deploy/nginx.conf for a port of loopback without TLS, changed in nothing else."""
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    servers = "\n".join(f"        server {HERE}:{one} max_fails=0;" for one in upstream)
    for pattern, new in (
        (r"^user .*;\n", ""),
        (r"^pid .*;$", "pid nginx.pid;"),
        (r"(?:^ +server 127\.0\.0\.1:\d+ max_fails=0;\n?)+", servers + "\n"),
        (r"^    server \{\n +listen 80;\n(?:.*\n)+?    \}\n\n", ""),
        (r"^ +listen 443 ssl;\n(?: +listen \[::\]:443 ssl;\n)?", f"        listen {HERE}:{port};\n"),
        (r"^ +ssl_.*;\n", ""),
    ):
        conf, times = re.subn(pattern, new, conf, flags=re.MULTILINE)
        assert times, f"deploy/nginx.conf has no {pattern}"
    return conf


def wait_until(is_so: Callable[[], bool], within_s: float = READY_S) -> None:
    """Wait until something is so. Raises `AssertionError`."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.02)


@contextlib.contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that servers under another user may reach, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="perhaps-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def a_postgres(**settings: str) -> Iterator[Postgres]:
    with a_folder() as folder:
        running = Postgres(folder, **settings).start()
        try:
            yield running
        finally:
            running.stop(mode="immediate")


@contextlib.contextmanager
def a_redis() -> Iterator[Redis]:
    with a_folder() as folder:
        running = Redis(folder).start()
        try:
            yield running
        finally:
            running.stop()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HERE, port)) != 0

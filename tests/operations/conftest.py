"""An empty database of each kind, for what must work on both."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from facilitator.config import Config
from facilitator.storage.database import Database
from tests.conftest import ORIGIN

BIN = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1]).parent
NewConfig = Callable[[], Config]


class Postgres:
    """A PostgreSQL server of one's own, on a loopback port."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "postgres"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._made = 0
        # It refuses to run as root, and its folder must be its user's own.
        self._user = "postgres" if os.geteuid() == 0 else None

    def start(self) -> None:
        self.data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self.data, self._user)
            self.data.parent.chmod(0o711)
        self._run("initdb", "--auth=trust", "--username=perhaps", "--no-sync", "-E", "UTF8", "--locale=C")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n")
            conf.write("unix_socket_directories = ''\nfsync = off\n")
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self.data / "log"))

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "--silent")

    def new_database(self, *settings: str) -> str:
        """Make an empty database and return its address; `settings` are put on it."""
        self._made += 1
        name = f"perhaps_{self._made}"
        url = f"postgresql+psycopg2://perhaps@127.0.0.1:{self.port}/"
        admin = Database(make_url(f"{url}postgres").render_as_string())
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as sql:
            sql.exec_driver_sql(f"CREATE DATABASE {name}")
            for setting in settings:
                sql.exec_driver_sql(f"ALTER DATABASE {name} SET {setting}")
        admin.dispose()
        return url + name

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(BIN / tool), "-D", str(self.data), *arguments]
        nothing = subprocess.DEVNULL
        subprocess.run(command, check=True, cwd="/", user=self._user, stdin=nothing, stdout=nothing)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not below pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="perhaps-") as folder:
        server = Postgres(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The settings of an installation without fault, but for what a test changes."""
    return {
        "FACILITATOR_DATA_DIR": str(tmp_path / "data"),
        "FACILITATOR_KEY_FILE": str(tmp_path / "keys" / "instance.key"),
        "FACILITATOR_BASE_URL": "https://localhost",
        "FACILITATOR_TRUSTED_PROXIES": "1",
        "FACILITATOR_HOST": "127.0.0.1",
        "FACILITATOR_CRISIS_TEXT": "Call 112.",
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def new_config(request: pytest.FixtureRequest, tmp_path: Path) -> NewConfig:
    """Settings of a new installation each time, on either database."""
    made = iter(range(100))

    def make() -> Config:
        folder = tmp_path / f"installation-{next(made)}"
        environ = {
            "FACILITATOR_DATA_DIR": str(folder / "data"),
            "FACILITATOR_KEY_FILE": str(folder / "instance.key"),
            "FACILITATOR_BASE_URL": ORIGIN,
            "FACILITATOR_ASYNC_MODE": "threading",
        }
        if request.param == "postgresql":
            environ["FACILITATOR_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
        return Config.from_env(environ)

    return make

"""A real server process on a loopback address, to be started, killed and started again."""

import contextlib
import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import httpx

from tests.actors import PASSWORD, Browser, Therapist

ROOT = Path(__file__).parent.parent
START_S = 30.0
# httpx would read all the certificates of the world for each client, and no test of ours needs one.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Server:
    """`python -m facilitator` with its own data folder; `folder` also holds its log.

    Where tests run on another database than SQLite, `new_database` gives each server one of its own.
    """

    new_database: ClassVar[Callable[[], str] | None] = None

    module = "facilitator"

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", **settings: str) -> None:
        self.folder = folder
        self.host = host
        self.port = _free_port(host)
        self.url = f"http://{host}:{self.port}"
        self.first_link = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.settings = settings
        if Server.new_database and "FACILITATOR_DATABASE_URL" not in settings:
            self.settings["FACILITATOR_DATABASE_URL"] = Server.new_database()
        self._clients: list[httpx.Client] = []

    @property
    def env(self) -> dict[str, str]:
        return os.environ | {
            "FACILITATOR_HOST": self.host,
            "FACILITATOR_PORT": str(self.port),
            "FACILITATOR_BASE_URL": self.url,
            "FACILITATOR_DATA_DIR": str(self.folder / "data"),
            "FACILITATOR_KEY_FILE": str(self.folder / "instance.key"),
            **self.settings,
        }

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        assert self._process
        return self._process.poll() is not None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> "Server":
        """Start the process and wait until it answers."""
        self.begin()
        self._wait()
        if found := re.findall(r"http\S+/set-up/\S+", self.log.read_text()):
            self.first_link = found[-1]
        return self

    def begin(self) -> None:
        """Start the process and do not wait for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", self.module]
            self._process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9: no goodbye, no flush."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        """Stop the process without ending it."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> int:
        """End it as an operator does, and return its exit code; everyone's browser is closed."""
        while self._clients:
            self._clients.pop().close()
        return self.end()

    def end(self) -> int:
        """End it as an operator does while everyone is there, and return its exit code."""
        assert self._process
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(10)

    def client(self) -> httpx.Client:
        self._clients.append(httpx.Client(base_url=self.url, timeout=20, trust_env=False, verify=PLAIN))
        return self._clients[-1]

    def therapist(self, email: str = "ada@clinic.example") -> Therapist:
        """Make an account as an operator does, and sign it in."""
        return self.therapist_of(self.client, email)

    def therapist_of(self, new_client: Callable[[], httpx.Client], email: str) -> Therapist:
        """Make an account, and sign it in with a browser that comes in elsewhere."""
        self.runs("therapist", "add", email, "--password-stdin", typed=f"{PASSWORD}\n")
        return Therapist(Browser(new_client()), new_client, email=email).sign_in()

    def runs(self, *words: str, typed: str = "") -> str:
        """Run one of the operator's commands, and return what it prints."""
        command = [sys.executable, "-m", "flask", "--app", "facilitator.app", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, input=typed, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def _wait(self) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if self.has_ended:
                raise AssertionError(f"the server ended at once: {self.log.read_text()[-2000:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                # It listens before it can answer.
                line = http.client.HTTPConnection(self.host, self.port, timeout=START_S)
                with contextlib.closing(line):
                    line.request("GET", "/no-such-page")
                    line.getresponse().read()
                return
            time.sleep(0.02)
        raise AssertionError("the server did not answer")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port

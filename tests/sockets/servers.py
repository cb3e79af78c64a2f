"""Server processes for the tests of the sockets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.sockets.raw import Phone

ROOT = Path(__file__).parents[2]


class Server:
    """A running small server, and what its handlers and its log have heard."""

    def __init__(self, mode: str, *command: str) -> None:
        self.mode = mode
        self.process = subprocess.Popen(
            [sys.executable, *(command or [str(Path(__file__).with_name("small.py"))])],
            env=os.environ | {"FACILITATOR_ASYNC_MODE": mode, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())
        self._phones: list[Phone] = []
        self._url = f"http://127.0.0.1:{self.port}"

    def phone(self, **request: str | None) -> Phone:
        self._phones.append(Phone(self.port, **request))  # type: ignore[arg-type]
        return self._phones[-1]

    def forget_phones(self) -> None:
        while self._phones:
            self._phones.pop().leave()

    def ask(self, path: str) -> object:
        return httpx.get(self._url + path, trust_env=False).json()

    def heard(self) -> list[list[object]]:
        heard = self.ask("/heard")
        assert isinstance(heard, list)
        return heard

    def held(self) -> dict[str, int]:
        held = self.ask("/held")
        assert isinstance(held, dict)
        return held

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop it as an operator does; returns its exit code and everything it wrote to stderr."""
        self.forget_phones()
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, errors

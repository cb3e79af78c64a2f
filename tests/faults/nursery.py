"""A server that dies and comes back within a moment, and fails at a named point when a test says so."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.server import ROOT, Server


class Fragile(Server):
    """A server whose processes come from one that has imported everything already."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.faults = folder / "faults"
        self.faults.mkdir(parents=True)
        self.settings["PERHAPS_FAULTS"] = str(self.faults)
        self._nursery: subprocess.Popen[str] | None = None
        self._pid = 0
        self.born_at = 0.0  # seconds of a monotonic clock

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def has_ended(self) -> bool:
        return not Path(f"/proc/{self._pid}").exists()

    def begin(self) -> None:
        if self._nursery is None:
            command = [sys.executable, "-m", "tests.faults.launcher", "nursery"]
            pipe = subprocess.PIPE
            self._nursery = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdin=pipe, stdout=pipe, text=True
            )
        assert self._nursery.stdin and self._nursery.stdout
        self._nursery.stdin.write("again\n")
        self._nursery.stdin.flush()
        self.born_at = time.monotonic()
        self._pid = int(self._nursery.stdout.readline())

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until the process has ended, as it does at a named point."""
        assert self._nursery and self._nursery.stdout
        assert self._nursery.stdout.readline() == "ended\n"
        self._pid = 0

    def end(self) -> int:
        os.kill(self._pid, signal.SIGTERM)
        self.wait()
        return 0

    def stop(self) -> int:
        while self._clients:
            self._clients.pop().close()
        if self._nursery:
            assert self._nursery.stdin and self._nursery.stdout
            if self._pid:
                os.kill(self._pid, signal.SIGTERM)
            self._nursery.stdin.close()
            self._nursery.wait(15)
            self._nursery.stdout.close()
        return 0

    def crash_at(self, point: str) -> None:
        """Let it die when it next comes to this point."""
        (self.faults / "crash").write_text(point)

    @contextlib.contextmanager
    def trouble(self, name: str, content: str = "") -> Iterator[None]:
        """Let a trouble last: `full`, `read-only` or `clock`."""
        (self.faults / name).write_text(content)
        try:
            yield
        finally:
            (self.faults / name).unlink()

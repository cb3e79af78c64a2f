"""The servers of the bench, on one core, while the phones are on the other."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.server import ROOT


@contextlib.contextmanager
def on_core(number: int) -> Iterator[None]:
    """Keep this process, and for good those that it starts meanwhile, on one core."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[number % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


class Yardsticks:
    """The process of the three yardsticks (yardsticks.py)."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.bench.yardsticks", str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.pid = self._process.pid
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


def cpu_s(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


def memory_kib(pid: int) -> float:
    """Return a process's resident memory."""
    return psutil.Process(pid).memory_info().rss / 1024

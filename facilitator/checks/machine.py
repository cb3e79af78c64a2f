"""What `flask doctor` looks at on the machine: clock, disk, open files, memory."""

import resource
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from facilitator.checks.finding import Finding, advice, good, lines_of, wrong
from facilitator.config import Config

MEBIBYTE = 1024 * 1024
LEAST_FREE = 200 * MEBIBYTE
GOOD_FREE = 1024 * MEBIBYTE
GOOD_FILES = 4_096
_SWAPS = Path("/proc/swaps")


def clock(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the clock can be right, and is kept right."""
    if time.time() < Path(__file__).stat().st_mtime - 24 * 3600:
        yield wrong("The clock is behind the day on which the program was installed: set it.")
    synchronised = _ask("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if synchronised == "no":
        yield advice(
            "Nothing keeps this machine's clock right: switch on time synchronisation "
            "(`timedatectl set-ntp true`), or sign-in codes fail and rooms end at the wrong hour."
        )
    elif synchronised == "yes":
        yield good("The clock is kept right.")


def disk(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether there is room for what is written."""
    free = shutil.disk_usage(config.data_dir).free
    sentence = f"{free // MEBIBYTE} MiB are free where {config.data_dir} lies"
    if free < LEAST_FREE:
        yield wrong(f"Only {sentence}: make room, or guesses will be refused.")
    elif free < GOOD_FREE:
        yield advice(f"{sentence}: make room before it runs out.")
    else:
        yield good(f"{sentence}.")


def open_files(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether enough phones can be connected at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= GOOD_FILES:
        yield good("There are enough open files for thousands of phones.")
    else:
        yield advice(
            f"A process may open only {hard} files here, one for each phone: raise it "
            "(LimitNOFILE=65536 in systemd, `ulimits` in compose)."
        )


def memory_on_disk(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether what is in memory, guesses and keys, may end up on a disk."""
    swaps = [line.split()[0] for line in lines_of(_SWAPS)[1:] if line.split()]
    if any(not one.startswith("/dev/zram") for one in swaps):
        yield advice(
            "Memory may be swapped to disk, guesses and keys with it: switch swap off (`swapoff -a`) "
            "or encrypt it."
        )
    else:
        yield good("Nothing in memory is swapped to disk.")
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        yield advice(
            "Programs of this user may leave core dumps. The server forbids its own; "
            "set LimitCORE=0 for everything else that opens its database."
        )


def _ask(*command: str) -> str:
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()

"""A process that dies in the middle of a rotation, before any one step on the disk."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facilitator.storage.keys import KeyFile, Keys

CRASHED = 77
STEPS = {"open", "os.chmod", "os.link", "os.remove", "os.rename"}


@dataclass(frozen=True)
class Shelf:
    """Stands in for the table of wrapped keys: a file that is replaced as a whole."""

    path: Path

    def read(self) -> dict[str, bytes]:
        return {owner: bytes.fromhex(one) for owner, one in json.loads(self.path.read_text()).items()}

    def write(self, wrapped: dict[str, bytes]) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps({owner: one.hex() for owner, one in wrapped.items()}))
        draft.replace(self.path)

    def rewrap_all(self, rewrap: Callable[[bytes, str], bytes]) -> None:
        self.write({owner: rewrap(one, owner) for owner, one in self.read().items()})


def crash_in_rotation(folder: Path, *, before_step: int) -> bool:
    """Rotate in another process that dies before its step of that number; False if it came to its end."""
    command = [sys.executable, "-m", "tests.storage.crashing", str(folder), str(before_step)]
    top = Path(__file__).parents[2]
    ended = subprocess.run(command, cwd=top, check=False, timeout=30, capture_output=True, text=True)
    assert ended.returncode in (0, CRASHED), ended.stderr
    return ended.returncode == CRASHED


def _rotate(folder: Path, before_step: int) -> None:
    keys, shelf = Keys(KeyFile(folder / "instance.key"), bytes(32)), Shelf(folder / "shelf.json")
    steps = 0

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal steps
        if event in STEPS:
            if steps == before_step:
                os._exit(CRASHED)
            steps += 1

    sys.addaudithook(count)
    keys.rotate(shelf.rewrap_all)
    os._exit(0)


if __name__ == "__main__":
    _rotate(Path(sys.argv[1]), int(sys.argv[2]))

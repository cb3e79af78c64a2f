"""The key file, and how its keys are replaced without a moment at which a crash loses them."""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes

from facilitator.storage import private
from facilitator.storage.private import SECRET_BYTES

KEY_MODE = 0o400
_LOCK_WAIT_S = 60.0
_LOCK_POLL_S = 0.02


class KeyFile:
    """The key-encryption keys on disk: one line of hex for each, newest first, two only during a rotation."""

    def __init__(self, path: Path) -> None:
        # A rotation replaces the file itself: through a symlink it would leave the old keys where they are.
        self.path = path.resolve()

    @classmethod
    def create_if_missing(cls, path: Path) -> "KeyFile":
        """Return the key file at `path`, making it with one new key (mode 0400) if there is none."""
        file = cls(path)
        private.create(file.path, token_bytes(SECRET_BYTES), mode=KEY_MODE)
        return file

    def load(self) -> tuple[bytes, ...]:
        """Read the keys (32 bytes each), newest first. Raises `private.Unsafe`."""
        before = self._stamp()
        try:
            return private.read(self.path, mode=KEY_MODE)
        except private.Unsafe:
            if self._stamp() == before:
                raise
            return self.load()  # It was replaced, and the old one destroyed, while it was read.

    def replace(self, keys: Sequence[bytes]) -> None:
        """Put `keys` (32 bytes each, newest first) in place of what the file holds, and destroy the old file.

        A crash at any point leaves the old or the new keys, whole. To be called under `taking_turns`.
        """
        self.destroy_leftovers()
        private.write_new(self._new, keys, mode=KEY_MODE)
        # The old file keeps a name, so that what a crash leaves of it can be found and destroyed.
        os.link(self.path, self._old)
        os.replace(self._new, self.path)
        private.sync_folder(self.path.parent)
        self.destroy_leftovers()

    def destroy_leftovers(self) -> None:
        """Overwrite and delete what an interrupted `replace` left. To be called under `taking_turns`."""
        for path in (self._new, self._old):
            if path.exists():
                # Before the swap the old name is only a second name of the living file.
                if not path.samefile(self.path):
                    private.overwrite(path)
                path.unlink()
                private.sync_folder(path.parent)

    @contextmanager
    def taking_turns(self) -> Iterator[None]:
        """Let one rotation run at a time, in this process and in others.

        Raises `TimeoutError` after a minute. Never wait for it inside a transaction: who has the turn may
        need the rows that you hold.
        """
        # The folder is locked, because the file is another one after each rotation.
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _lock(folder)
            yield
        finally:
            os.close(folder)

    def _stamp(self) -> tuple[int, int] | None:
        """Tell one file of this name from the next."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    @property
    def _new(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    @property
    def _old(self) -> Path:
        return self.path.with_name(f"{self.path.name}.old")


def _lock(folder: int) -> None:
    until = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError("Another rotation of the keys has been running for a minute.") from None
            # Waiting inside flock would stop every green thread.
            time.sleep(_LOCK_POLL_S)

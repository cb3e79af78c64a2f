"""The key file, and other files that only the program's own user may open."""

import fcntl
import os
import shlex
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_bytes, token_hex

KEY_BYTES = 32
KEY_MODE = 0o400
_OPEN_TO_OTHERS = 0o077
_LOCK_WAIT_S = 60.0
_LOCK_POLL_S = 0.02


class UnsafeFile(Exception):
    """A file with a secret is missing, broken or open to others; the text says how to mend it."""


class KeyFile:
    """The key-encryption keys on disk: one line of hex for each, newest first, two only during a rotation."""

    def __init__(self, path: Path) -> None:
        # A rotation replaces the file itself: through a symlink it would leave the old keys where they are.
        self.path = path.resolve()

    @classmethod
    def create_if_missing(cls, path: Path) -> "KeyFile":
        """Return the key file at `path`, making it with one new key (mode 0400) if there is none."""
        file = cls(path)
        create_private(file.path, token_bytes(KEY_BYTES), mode=KEY_MODE)
        return file

    def load(self) -> tuple[bytes, ...]:
        """Read the keys (32 bytes each), newest first. Raises `UnsafeFile`."""
        return read_private(self.path, mode=KEY_MODE)

    def replace(self, keys: Sequence[bytes]) -> None:
        """Put `keys` (32 bytes each, newest first) in place of what the file holds, and destroy the old file.

        A crash at any point leaves the old or the new keys, whole. To be called under `taking_turns`.
        """
        self.destroy_leftovers()
        _write_new(self._new, keys, mode=KEY_MODE)
        # The old file keeps a name, so that what a crash leaves of it can be found and destroyed.
        os.link(self.path, self._old)
        os.replace(self._new, self.path)
        _sync_folder(self.path.parent)
        self.destroy_leftovers()

    def destroy_leftovers(self) -> None:
        """Overwrite and delete what an interrupted `replace` left. To be called under `taking_turns`."""
        for path in (self._new, self._old):
            if path.exists():
                # Before the swap the old name is only a second name of the living file.
                if not path.samefile(self.path):
                    _overwrite(path)
                path.unlink()
                _sync_folder(path.parent)

    @contextmanager
    def taking_turns(self) -> Iterator[None]:
        """Let one rotation run at a time, in this process and in others. Raises `TimeoutError` after a minute.

        Never wait for it inside a transaction: who holds it may need the rows that you hold.
        """
        # The folder is locked, because the file is another one after each rotation.
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _lock(folder)
            yield
        finally:
            os.close(folder)

    @property
    def _new(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    @property
    def _old(self) -> Path:
        return self.path.with_name(f"{self.path.name}.old")


def create_private(path: Path, secret: bytes, *, mode: int) -> None:
    """Write `secret` as hex into a file of its own, unless there is one at `path` already.

    It appears whole or not at all; of two who create it at once, both find the first one's secret.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{token_hex(8)}")
    _write_new(draft, [secret], mode=mode)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    _sync_folder(path.parent)


def read_private(path: Path, *, mode: int) -> tuple[bytes, ...]:
    """Read a file of secrets, 32 bytes as a line of hex each; `mode` is the one it should have.

    Raises `UnsafeFile` if others may open it, or if it holds something else.
    """
    try:
        with path.open("rb") as file:
            open_to_others = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OPEN_TO_OTHERS
            lines = file.read().split()
    except OSError as problem:
        raise UnsafeFile(
            f"Perhaps cannot read {path} ({problem.strerror}): put the file back, or give it to the user "
            "that runs Perhaps."
        ) from None
    if open_to_others:
        raise UnsafeFile(
            f"Other users of this machine may open {path}: close it with "
            f"`chmod {mode:o} {shlex.quote(str(path))}`."
        )
    try:
        secrets = tuple(bytes.fromhex(line.decode()) for line in lines)
    except ValueError:
        secrets = ()
    if not secrets or any(len(one) != KEY_BYTES for one in secrets):
        raise UnsafeFile(
            f"What {path} holds is not a secret of 64 hexadecimal digits: put its last good copy back."
        )
    return secrets


def _write_new(path: Path, secrets: Sequence[bytes], *, mode: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(file, "wb") as out:
        os.fchmod(file, mode)  # whatever the umask is
        out.write("".join(f"{one.hex()}\n" for one in secrets).encode())
        out.flush()
        os.fsync(file)


def _overwrite(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


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

"""Files that only the program's own user may open."""

import os
import shlex
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

SECRET_BYTES = 32
FOLDER_MODE = 0o700
_OPEN_TO_OTHERS = 0o077


class Unsafe(Exception):
    """A secret or its folder is missing, broken or open to others; the text says how to mend it."""


def make_folder(path: Path) -> None:
    """Make a folder (mode 0700) unless there is one. Raises `Unsafe` if nothing can be written into it."""
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as problem:
        reason = problem.strerror
    else:
        reason = "" if os.access(path, os.W_OK | os.X_OK) else "Permission denied"
    if reason:
        raise Unsafe(
            f"Perhaps cannot write into the folder {path} ({reason}): give it to the user that runs Perhaps, "
            "or set another one."
        )


def refuse_open(path: Path, found: int, *, mode: int) -> None:
    """Raise `Unsafe` if the mode `found` at `path` lets others in; `mode` is the one it should have."""
    if stat.S_IMODE(found) & _OPEN_TO_OTHERS:
        raise Unsafe(
            f"Other users of this machine may open {path}: close it with "
            f"`chmod {mode:o} {shlex.quote(str(path))}`."
        )


def create(path: Path, secret: bytes, *, mode: int) -> None:
    """Write `secret` as hex into a file of its own, unless there is one at `path` already.

    It appears whole or not at all; of two who create it at once, both find the first one's secret.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{token_hex(8)}")
    write_new(draft, [secret], mode=mode)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    sync_folder(path.parent)


def read(path: Path, *, mode: int) -> tuple[bytes, ...]:
    """Read a file of secrets, 32 bytes as a line of hex each; `mode` is the one it should have.

    Raises `Unsafe` if others may open it, or if it holds something else.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno()).st_mode
            lines = file.read().split()
    except OSError as problem:
        raise Unsafe(
            f"Perhaps cannot read {path} ({problem.strerror}): put the file back, or give it to the user "
            "that runs Perhaps."
        ) from None
    refuse_open(path, found, mode=mode)
    try:
        secrets = tuple(bytes.fromhex(line.decode()) for line in lines)
    except ValueError:
        secrets = ()
    if not secrets or any(len(one) != SECRET_BYTES for one in secrets):
        raise Unsafe(
            f"What {path} holds is not a secret of 64 hexadecimal digits: put its last good copy back."
        )
    return secrets


def write_new(path: Path, secrets: Sequence[bytes], *, mode: int) -> None:
    """Write secrets as lines of hex into a new file that is on the disk when this returns."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(file, "wb") as out:
        os.fchmod(file, mode)  # whatever the umask is
        out.write("".join(f"{one.hex()}\n" for one in secrets).encode())
        out.flush()
        os.fsync(file)


def overwrite(path: Path) -> None:
    """Put zeros where the bytes of a file are, on the disk too."""
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""What a thief carries away: everything at rest, the keys included, and what these keys open."""

import contextlib
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.backing import Postgres
from tests.privacy.chatty import Overheard
from tests.privacy.facets import Row
from tests.privacy.postgres_rows import rows_of
from tests.privacy.sqlite_file import SqliteFile

KEY_FILE = "instance.key"
_BINARY = ("data/", "postgres/", "redis/")


@dataclass(frozen=True)
class Haul:
    """The thief's bag at one moment: `files` by their name, and every row, on PostgreSQL dead ones too."""

    moment: str
    files: dict[str, bytes]
    rows: dict[str, list[Row]]

    @cached_property
    def key_encryption_keys(self) -> dict[bytes, bytes]:
        keys = [bytes.fromhex(line) for line in self.files[KEY_FILE].decode().split()]
        return {hashlib.sha256(key).digest()[:8]: key for key in keys}

    @cached_property
    def secrets(self) -> list[bytes]:
        """Everything that could be a key: lines of key and secret files, lone values in small tables."""
        small_files = [
            data for name, data in self.files.items() if name.endswith((".secret", ".key")) and data
        ]
        lines = [line for data in small_files for line in (data, *data.split())]
        small = [row for rows in self.rows.values() if len(rows) <= 3 for row in rows]
        values = [_as_bytes(value) for row in small for value in row.values.values()]
        found = [form for value in (*lines, *values) for form in (value, _from_hex(value))]
        return [one for one in dict.fromkeys(found) if 8 <= len(one) <= 128]

    @cached_property
    def logs(self) -> dict[str, bytes]:
        return {
            name: data for name, data in self.files.items() if name.endswith(".log") and "monitor" not in name
        }

    def open(self, row: Row) -> tuple[str, bytes] | None:
        """Open a live row of `guess` or `envelope`: its content, and what follows it."""
        round_id = row.values["round_id"]
        if row.table == "envelope":
            return self._unseal(f"round:{round_id}", row.values["sealed"], row.values["key"])
        place = str(row.values["id"]).encode()
        return self._unseal(f"room:{self._room_of.get(round_id)}", row.values["sealed"], place)

    def open_spread(self, row: Row) -> tuple[str, bytes] | None:
        """Open what a row of `round` keeps of the choices in it: its content, and what follows it."""
        if not row.values.get("spread"):
            return None
        place = f"spread:{row.values['id']}".encode()
        return self._unseal(f"room:{row.values['room_id']}", row.values["spread"], place)

    def _unseal(self, owner: str, sealed: bytes, place: bytes) -> tuple[str, bytes] | None:
        try:
            padded = AESGCM(self._data_keys[owner]).decrypt(sealed[:12], sealed[12:], place)
        except (InvalidTag, KeyError):
            return None
        length = int.from_bytes(padded[:2], "big")
        return padded[2 : 2 + length].decode(), padded[2 + length :]

    @cached_property
    def _room_of(self) -> dict[str, str]:
        return {row.values["id"]: row.values["room_id"] for row in self.rows["round"]}

    @cached_property
    def _data_keys(self) -> dict[str, bytes]:
        found = {}
        for row in self.rows["data_key"]:
            if key := self.unwrap(row.values["owner"], row.values["wrapped"]):
                found[row.values["owner"]] = key
        return found

    def unwrap(self, owner: str, wrapped: bytes) -> bytes | None:
        """Open a wrapped key with the key-encryption keys of this haul."""
        kek = self.key_encryption_keys.get(wrapped[:8])
        try:
            return AESGCM(kek).decrypt(wrapped[8:20], wrapped[20:], owner.encode()) if kek else None
        except InvalidTag:
            return None


def take_sqlite(folder: Path, moment: str) -> Haul:
    """Copy everything that a server on SQLite keeps below its folder."""
    files = _files_in(folder)
    file = SqliteFile(files["data/perhaps.db"])
    # What SQLite does not show lies in a file of its own, where nothing but zeros should be.
    files["residue"] = file.residue()
    return Haul(moment, files, {table: file.rows(table) for table in file.tables})


def take_postgres(folder: Path, postgres: Postgres, overheard: Overheard, moment: str) -> Haul:
    """Copy what a server on PostgreSQL and Redis keeps, and the whole of both."""
    overheard.save()
    with postgres.connected("perhaps") as line, line.cursor() as sql:
        sql.execute("CHECKPOINT")
        rows = rows_of(sql)
    files = _files_in(folder) | _files_in(postgres.data, "postgres/") | _files_in(overheard.folder, "redis/")
    return Haul(moment, files, rows)


def _files_in(folder: Path, prefix: str = "") -> dict[str, bytes]:
    # What is public, and what PostgreSQL brings along in the databases nobody uses.
    left_out = ("static", "base/1/", "base/4/", "base/5/")
    names = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {}
    for name in names:
        # A journal, or a key on its way, may be gone before it is read.
        with contextlib.suppress(FileNotFoundError):
            if not any(part in f"{name}/" for part in left_out):
                found[f"{prefix}{name}"] = (folder / name).read_bytes()
    return found


def _as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _from_hex(value: bytes) -> bytes:
    try:
        return bytes.fromhex(value.decode())
    except ValueError:
        return b""

"""What was deleted and still lies about: wrapped keys that still open, and envelopes that they open again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.privacy.haul import Haul

_OWNER = rb"((?:round|room):[0-9a-f]{32})"
_WRAPPED_BYTES = 68
# The first 1,996 bytes of a value that PostgreSQL keeps apart, with the number of that value before them.
_TOAST = re.compile(rb"\0\0\0\0\x40\x1f\0\0(.{12})(.{1984})", re.DOTALL)
# A row of SQLite: key, round, nonce, and what of the sealed text lies on the same page.
_LEAF = re.compile(rb"(?=([0-9a-f]{32})(.{12})(.{380}))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sealed envelope or guess as it lies in a file."""

    file: str
    place: int
    number: int
    nonce: bytes
    sealed: bytes
    round_id: str = ""


@dataclass(frozen=True, slots=True)
class Ghost:
    """A deleted text that could be read again."""

    text: str
    piece: Piece


def keys_of(haul: Haul) -> dict[str, bytes]:
    """Every wrapped key that lies in any file and that today's key-encryption keys still open."""
    found = {}
    for fingerprint in haul.key_encryption_keys:
        pattern = re.compile(_OWNER + rb".{0,6}?" + re.escape(fingerprint), re.DOTALL)
        for data in haul.files.values():
            for hit in pattern.finditer(data):
                wrapped = data[hit.end() - len(fingerprint) :][:_WRAPPED_BYTES]
                if key := haul.unwrap(hit[1].decode(), wrapped):
                    found[hit[1].decode()] = key
    return found


def pieces_of(haul: Haul) -> list[Piece]:
    """Every sealed text in any file, whether it is still in use or not."""
    found = []
    for name, data in haul.files.items():
        if name.startswith("postgres/"):
            found += [
                Piece(
                    name,
                    hit.start(),
                    int.from_bytes(data[hit.start() - 4 : hit.start()], "little"),
                    *hit.groups(),
                )
                for hit in _TOAST.finditer(data)
            ]
        elif name.startswith("data/perhaps.db") or name == "residue":
            found += [
                Piece(name, hit.start(), 0, hit[2], hit[3], hit[1].decode()) for hit in _LEAF.finditer(data)
            ]
    return found


def ghosts(haul: Haul, pieces: list[Piece]) -> Iterator[Ghost]:
    """Read envelopes of rounds that are closed, as far as their keys can be found."""
    live = {row.values["owner"] for row in haul.rows["data_key"]}
    dead = {owner: key for owner, key in keys_of(haul).items() if owner not in live and "round" in owner}
    for piece in pieces:
        for owner, key in dead.items():
            if piece.round_id in owner and (text := _text(key, piece)):
                yield Ghost(text, piece)


def _text(key: bytes, piece: Piece) -> str | None:
    # Without its end there is no seal to check, but the beginning alone can be read.
    stream = Cipher(algorithms.AES(key), modes.CTR(piece.nonce + b"\0\0\0\2")).decryptor()
    start = stream.update(piece.sealed[:16])
    if start[2:4] != b'["':
        return None
    length = int.from_bytes(start[:2])
    content = (start + stream.update(piece.sealed[16:]))[2 : 2 + length]
    try:
        return str(orjson.loads(content)[3])
    except orjson.JSONDecodeError:
        return content.decode(errors="replace")

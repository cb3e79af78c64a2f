"""Everything about a row by which its like could be put in an order, and the values by which rows are joined."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.privacy.sqlite_file import Row

LONGEST_TOKEN = 64  # bytes: longer values are sealed contents, which are opened and not joined
SHORTEST_TOKEN = 8
_HEX = re.compile(r"[0-9a-f]{16,128}")
_WORD = re.compile(r"[\w-]{16,}")

Facet = tuple[int, Any]


def facets(row: Row, *, prefix: str = "") -> dict[str, Facet]:
    """All that can be sorted by: SQLite's number, the place in the file, each value and its ends and length."""
    name = prefix or row.table
    found: dict[str, Facet] = {
        f"{name} row number": (1, row.number),
        f"{name} place in file": (1, row.place),
        f"{name} overflow page": (1, row.overflow),
    }
    for column, value in row.values.items():
        for kind, facet in _of_value(value):
            found[f"{name}.{column}{kind}"] = facet
    return found


def _of_value(value: Any) -> Iterator[tuple[str, Facet]]:
    if value is None:
        yield "", (0, 0)
    elif isinstance(value, bool | int | float):
        yield "", (1, value)
    else:
        raw = value if isinstance(value, bytes) else value.encode()
        yield "", (2, raw[:64])
        yield " backwards", (2, raw[::-1][:64])
        yield " length", (1, len(raw))
        if (counter := _base64_tail(raw)) is not None:
            yield " counter", (1, counter)


def tokens(row: Row) -> list[bytes]:
    """The values of a row that could name a thing: ids, hashes, exact times, and those inside of lists."""
    found = []
    for value in row.values.values():
        found += value_tokens(value)
    return found


def value_tokens(value: Any) -> list[bytes]:
    """One value's tokens, in one form whether it is kept as bytes or in hex."""
    if isinstance(value, bytes):
        return [value] if SHORTEST_TOKEN <= len(value) <= LONGEST_TOKEN else []
    if isinstance(value, float):
        return [b"float" + repr(value).encode()]
    if not isinstance(value, str):
        return []
    return [_plain(word) for word in _WORD.findall(value)]


def positions(row: Row) -> Iterator[tuple[str, bytes, int]]:
    """The places of tokens inside of JSON lists: their order is the order of something."""
    for column, value in row.values.items():
        if isinstance(value, str) and value.startswith("["):
            for place, one in enumerate(json.loads(value)):
                for token in value_tokens(one):
                    yield column, token, place


def _plain(word: str) -> bytes:
    if _HEX.fullmatch(word) and len(word) % 2 == 0:
        return bytes.fromhex(word)
    return word.encode()


def _base64_tail(raw: bytes) -> int | None:
    """The last three bytes of something in URL-safe base64, where engine.io keeps a counter."""
    try:
        text = raw.decode()
        if not 16 <= len(text) <= 64 or _HEX.fullmatch(text):
            return None
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (UnicodeDecodeError, binascii.Error, ValueError):
        return None
    return int.from_bytes(decoded[-3:])

"""Everything about a row by which its like could be put in an order, and by which rows are joined."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

LONGEST_TOKEN = 64  # bytes: longer values are sealed contents, which are opened and not joined
SHORTEST_TOKEN = 8
_HEX = re.compile(r"[0-9a-f]{16,128}")
_WORD = re.compile(r"[\w-]{16,}")
_TRANSACTIONS = ("xmin", "xmax")

Facet = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its values, and with its places: what the database itself notes of where it lies."""

    table: str
    values: dict[str, Any]
    places: dict[str, Any] = field(default_factory=dict)


def facets(row: Row, *, prefix: str = "") -> dict[str, Facet]:
    """All that can be sorted by: each place, and each value with its ends, length and hidden clock."""
    name = prefix or row.table
    found: dict[str, Facet] = {f"{name} {place}": (1, value) for place, value in row.places.items()}
    for column, value in row.values.items():
        for kind, facet in _of_value(value):
            found[f"{name}.{column}{kind}"] = facet
    return found


def _of_value(value: Any) -> Iterator[tuple[str, Facet]]:
    if value is None:
        yield "", (0, 0)
    elif isinstance(value, list):
        yield " length", (1, len(value))
    elif isinstance(value, bool | int | float):
        yield "", (1, value)
    else:
        raw = value if isinstance(value, bytes) else value.encode()
        yield "", (2, raw[:64])
        yield " backwards", (2, raw[::-1][:64])
        yield " length", (1, len(raw))
        if (counter := _base64_tail(raw)) is not None:
            yield " counter", (1, counter)
        if (clock := _uuid_clock(raw)) is not None:
            yield " uuid clock", (1, clock)


def tokens(row: Row) -> list[bytes]:
    """The values of a row that could name a thing: ids, hashes, exact times, transactions, those in lists."""
    found = []
    for value in row.values.values():
        found += value_tokens(value)
    # A round's row is locked by whichever envelope comes next, as its foreign key needs it.
    marks = _TRANSACTIONS[:1] if row.table == "round" else _TRANSACTIONS
    return found + [b"transaction %d" % row.places[name] for name in marks if row.places.get(name)]


def value_tokens(value: Any) -> list[bytes]:
    """One value's tokens, in one form whether it is kept as bytes or in hex."""
    if isinstance(value, bytes):
        return [value] if SHORTEST_TOKEN <= len(value) <= LONGEST_TOKEN else []
    if isinstance(value, float):
        return [b"float" + repr(value).encode()]
    if isinstance(value, list):
        return [token for one in value for token in value_tokens(one)]
    if not isinstance(value, str):
        return []
    return [_plain(word) for word in _WORD.findall(value)]


def positions(row: Row) -> Iterator[tuple[str, bytes, int]]:
    """The places of tokens inside of JSON lists: their order is the order of something."""
    for column, value in row.values.items():
        listed = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
        if isinstance(listed, list):
            for place, one in enumerate(listed):
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


def _uuid_clock(raw: bytes) -> int | None:
    """The time in a UUID of version 1, whose first bits turn round too fast to sort by (RFC 9562)."""
    text = raw.replace(b"-", b"").decode(errors="replace")
    if not re.fullmatch(r"[0-9a-f]{12}1[0-9a-f]{19}", text):
        return None
    return int(text[13:16] + text[8:12] + text[:8], 16)

"""Finding a text again in whatever way a file may hold it."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

# Every guess of the crowd begins so; the letter beyond ASCII tells UTF-8, UTF-16 and JSON's escapes apart.
MARK = "kanárie"


def canaries_in(files: dict[str, bytes], canaries: Iterable[str]) -> int:
    """Count the canaries that lie in any file, raw or in any of the usual disguises."""
    wanted = set(canaries)
    suspects = [data for data in files.values() if any(form in data for form in _MARKS)]
    return sum(any(form in data for data in suspects for form in disguises(one)) for one in wanted)


def disguises(text: str) -> Iterator[bytes]:
    """Return the ways in which a text may be written down."""
    raw = text.encode()
    yield raw
    yield from (raw.hex().encode(), raw.hex().upper().encode())
    yield from (text.encode("utf-16-le"), text.encode("utf-16-be"))
    yield from (json.dumps(text)[1:-1].encode(), json.dumps(text).upper()[1:-1].encode())
    yield quote(text).encode()
    # What redis-cli and Python print: bytes beyond ASCII by their number.
    yield ascii(raw)[2:-1].encode()
    yield from _base64(raw)


def _base64(raw: bytes) -> Iterator[bytes]:
    # A text may begin at any of three places in a group of three bytes; its own middle is always the same.
    for before in range(3):
        skip = (0, 2, 3)[before]
        written = base64.b64encode(b"\0" * before + raw)[skip:]
        whole = written[: len(written) // 4 * 4 - 4]
        yield whole
        yield whole.translate(bytes.maketrans(b"+/", b"-_"))


_MARKS = tuple(disguises(MARK))

"""Finding a text again in whatever way a file may hold it."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

# Every guess of the crowd begins so; the letter beyond ASCII tells UTF-8, UTF-16 and JSON's escapes apart.
MARK = "kanárie"


def canaries_in(files: dict[str, bytes], canaries: Iterable[str]) -> int:
    """Count the canaries that lie in any file, raw or in any of the usual disguises."""
    # Looked up wherever the mark is, and not searched for one by one: there are thousands of each.
    wanted: dict[bytes, str] = {form: one for one in set(canaries) for form in disguises(one)}
    lengths = {len(form) for form in wanted}
    places = ((data, place) for data in files.values() for place in _marks_in(data))
    return len(
        {
            one
            for data, place in places
            for length in lengths
            if (one := wanted.get(data[place : place + length]))
        }
    )


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


def _marks_in(data: bytes) -> Iterator[int]:
    # Each of these is the beginning of the same disguise of a whole canary.
    for form in _MARKS:
        place = data.find(form)
        while place >= 0:
            yield place
            place = data.find(form, place + 1)

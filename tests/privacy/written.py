"""What needs no table: names in logs, texts in the clear, phones' tokens in any file."""

import string
from collections.abc import Iterator

from tests.privacy import score
from tests.privacy.canaries import MARK, canaries_in
from tests.privacy.haul import Haul
from tests.privacy.score import Finding
from tests.privacy.truth import Truth

_SIGNS = f"{string.ascii_letters}{string.digits}_-"
_LETTERS = bytes(ord("w") if chr(one) in _SIGNS else ord(" ") for one in range(256))


def findings(haul: Haul, truths: list[Truth]) -> Iterator[Finding]:
    """Look through all files as they are."""
    yield score.count("log", "names of people and rooms", named_in(haul.logs, truths))
    # From revealing on, the wire to the pages carries what everybody sees.
    quiet = haul.moment in ("guessing", "closed")
    files = {name: data for name, data in haul.files.items() if "monitor" not in name or quiet}
    unread = _texts_not_revealed(truths, haul.moment)
    yield score.count("texts", "in the clear in any file", canaries_in(files, unread))
    yield score.count("texts", "phones' tokens in any file", tokens_in(haul.files, truths))


def named_in(logs: dict[str, bytes], truths: list[Truth]) -> int:
    """Count what a log must never hold: rooms, codes, screens, seats, tokens, ops."""
    names = [one for truth in truths for one in (truth.room_id, truth.code, truth.screen)]
    names += [
        one for truth in truths for seat in truth.seats for one in (seat.hash.hex(), seat.ref, seat.token)
    ]
    names += [op for truth in truths for round_ in truth.rounds for op in round_.ops.values()]
    whole = b"\0".join(logs.values())
    return sum(name.encode() in whole for name in names if name)


def tokens_in(files: dict[str, bytes], truths: list[Truth]) -> int:
    """Count the tokens of phones that lie in any file as they are."""
    tokens = {seat.token.encode() for truth in truths for seat in truth.seats}
    length = len(next(iter(tokens)))
    words = {word for data in files.values() for word in _words(data, length)}
    return len(tokens & {word[n : n + length] for word in words for n in range(len(word) - length + 1)})


def _words(data: bytes, length: int) -> Iterator[bytes]:
    """Find the runs of letters in a file, as a pattern would, but in one go over all that is none."""
    letters = data.translate(_LETTERS)
    start = letters.find(b"w" * length)
    while start >= 0:
        end = letters.find(b" ", start)
        end = end if end >= 0 else len(letters)
        start = letters.rfind(b" ", 0, start) + 1
        yield data[start:end]
        start = letters.find(b"w" * length, end)


def _texts_not_revealed(truths: list[Truth], moment: str) -> list[str]:
    open_rounds = slice(-1, None) if moment in ("guessing", "closed") else slice(0, None)
    texts = [text for truth in truths for one in truth.rounds[open_rounds] for text in one.written]
    return [text[: len(MARK) + 12] for text in texts]

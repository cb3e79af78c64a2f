"""What members send: the rules for its text, which envelope stands, and the shuffled pile."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import groupby
from typing import NewType

from facilitator.core.errors import BadForm, EmptyText, TooLong

LONGEST = 200  # code points, after cleaning
LONGEST_SENT = 2_000  # UTF-8 bytes, as it came in
MOST_LINES = 6
MOST_MARKS = 4  # stacked on one base letter
FEWEST = 3  # guesses that may be revealed without asking again

_FIRST_MARK = "\u0300"
_ZWNJ, _ZWJ, _EMOJI_STYLE = "\u200c", "\u200d", "\ufe0f"
_VIRAMA = 9  # the combining class of the sign that silences a vowel in Indic scripts
# Whole blocks, because `re` knows no emoji property and Python's own tables are older than the phones.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001fffd"
)

_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Keyboards put these in by themselves, each maker its own: they would tell one phone from another.
_PLAIN = (
    dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02bc\u2039\u203a"), "'")
    | dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"')
    | dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")
    | dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x2800, 0x3000], " ")
    | {ord("…"): "..."}
)
# Control, private and invisible characters; selectors and tags stay in emoji, keycaps and flags alone.
_UNSEEN = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    f"|(?<![{_EMOJI}0-9#*]){_EMOJI_STYLE}|(?<=[0-9#*]){_EMOJI_STYLE}(?!\u20e3)"
    "|[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffc"
    "\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_JOINERS = re.compile(f"[{_ZWNJ}{_ZWJ}]+")
_AROUND_EMOJI_JOINER = re.compile(f"[{_EMOJI}{_EMOJI_STYLE}]{_ZWJ}[{_EMOJI}]")

_composed = partial(unicodedata.normalize, "NFC")

GuessId = NewType("GuessId", str)


def clean(text: str) -> str:
    """Return `text` as it may be kept: at most 200 code points in at most 6 lines, plain and visible.

    Cleaning twice changes nothing more. Raises BadForm (a NUL or half a character), TooLong (over
    2,000 bytes as sent or 200 code points when clean) and EmptyText (nothing visible is left).
    """
    if len(text) > LONGEST_SENT or len(text.encode(errors="surrogatepass")) > LONGEST_SENT:
        raise TooLong
    if _UNREADABLE.search(text):
        raise BadForm
    text = _plain(_LINE_BREAK.sub("\n", text))
    text = _in_few_lines(_with_few_marks(text))
    if not text:
        raise EmptyText
    if len(text) > LONGEST:
        raise TooLong
    return text


def _plain(text: str) -> str:
    # What is taken out may have kept a letter and its accent apart, so they are composed anew each
    # time: the next step, and the next cleaning, must see the letters as they will be kept.
    text = _composed(text).translate(_PLAIN)
    text = _composed(_UNSEEN.sub(r"\1", text))
    return _composed(_JOINERS.sub(_joiner_that_matters, text))


def _joiner_that_matters(found: re.Match[str]) -> str:
    joiner, before, after = found[0][0], found.string[: found.start()], found.string[found.end() :][:1]
    # After a virama it matters at the end of a word too: older Malayalam is written so.
    goes_on = _is_of_word(after) or unicodedata.combining(before[-1:] or " ") == _VIRAMA
    in_word = _is_of_word(_last_base(before)) and goes_on
    return joiner if in_word or _AROUND_EMOJI_JOINER.fullmatch(before[-1:] + joiner + after) else ""


def _is_of_word(sign: str) -> bool:
    return sign != "" and unicodedata.category(sign)[0] in "LMN"


def _last_base(text: str) -> str:
    return next((sign for sign in reversed(text) if not _is_attached(sign)), "")


def _with_few_marks(text: str) -> str:
    if max(text, default="") < _FIRST_MARK:
        return text
    pieces = [""]
    for attached, run in groupby(text, key=_is_attached):
        piece = "".join(run)
        if attached:
            # Without a base there is nothing to mark, and the mark would climb onto the page itself.
            piece = "" if pieces[-1][-1:] in ("", " ", "\n") else _first_marks(piece)
        pieces.append(piece)
    return "".join(pieces)


def _is_attached(sign: str) -> bool:
    return sign in (_ZWNJ, _ZWJ) or unicodedata.category(sign)[0] == "M"


def _first_marks(run: str) -> str:
    # Spacing marks do not pile up; Burmese words have five of them in a row.
    piling = [place for place, sign in enumerate(run) if unicodedata.category(sign) in ("Mn", "Me")]
    return run[: piling[MOST_MARKS - 1] + 1] if len(piling) > MOST_MARKS else run


def _in_few_lines(text: str) -> str:
    # One phone turns two hyphens into a dash and the other does not, so any run of them is one.
    text = re.sub("-+", "-", re.sub(" +", " ", text))
    lines = re.sub("\n{3,}", "\n\n", re.sub(" ?\n ?", "\n", text)).strip(" \n").split("\n")
    if len(lines) > MOST_LINES:
        # Surplus lines run on in the last one, so that nothing a member wrote is lost.
        lines[MOST_LINES - 1 :] = [" ".join(line for line in lines[MOST_LINES - 1 :] if line)]
    return "\n".join(lines)


class Sent(StrEnum):
    """What an envelope holds; from outside all look the same. `HAND` is a guess that the therapist added."""

    GUESS = "guess"
    HAND = "hand"
    PASS = "pass"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one seat sent in one round: `op` names the sending, `n` counts the seat's own changes.

    Where the prompt has options it holds the places of those that were chosen, with their words as `text`.
    `sure` is a step of sureness, counted from 0, for whoever said so.
    """

    op: str
    n: int
    sent: Sent
    text: str = ""
    options: tuple[int, ...] = ()
    sure: int | None = None


def succeed(old: Envelope | None, new: Envelope) -> Envelope:
    """Return the envelope that stands after `new` arrives; the same `old` object if nothing changes.

    Each envelope that stands has a higher `n` than the one before, so a late copy is always older.
    """
    if old is None:
        return new
    if new.op == old.op or new.n < old.n:
        return old
    return replace(new, n=old.n + 1) if new.n == old.n else new


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess without an author, as it lies in the pile after closing."""

    id: GuessId
    text: str


def texts_of(envelopes: Iterable[Envelope]) -> list[str]:
    """Return the texts that people wrote; passes and withdrawals have none, and options are counted."""
    return [one.text for one in envelopes if one.sent in (Sent.GUESS, Sent.HAND) and not one.options]


def shuffle_pile(
    texts: Sequence[str], *, shuffle: Callable[[list[str]], None], new_id: Callable[[], str]
) -> tuple[Guess, ...]:
    """Return `texts` as guesses in the order `shuffle` gives them, which is also the order of their ids."""
    pile = list(texts)
    shuffle(pile)
    # Sorted, the ids repeat the shuffled order and tell nothing else.
    ids = sorted(new_id() for _ in pile)
    return tuple(Guess(GuessId(drawn), text) for drawn, text in zip(ids, pile, strict=True))


class Progress(StrEnum):
    """All that is told of how many envelopes are in."""

    COMING_IN = "coming in"
    MOST = "most are in"
    EVERYONE = "everyone is in"

    @property
    def place(self) -> int:
        """How far on this word is, counted from 0."""
        return list(Progress).index(self)


def furthest(*words: Progress) -> Progress:
    """Return the word that is furthest on.

    In a round it never goes back: when somebody comes in or takes something back, it would tell whether
    that one has sent.
    """
    return max(words, key=lambda word: word.place)


def progress(*, sent: int, people: int) -> Progress:
    """Return the word for `sent` guesses and passes among `people` here; below 3 people it tells nothing."""
    if people < 3:
        return Progress.COMING_IN
    if sent >= people:
        return Progress.EVERYONE
    return Progress.MOST if 3 * sent >= 2 * people else Progress.COMING_IN

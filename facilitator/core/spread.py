"""How often each option was chosen, and how sure people were: counts of a room, never of a person.

Closing keeps the counts alone, so no guess with options is left that could be somebody's (clinical.md §4).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from facilitator.core.guess import Envelope, Sent
from facilitator.core.options import SURENESS
from facilitator.core.vignette import Prompt

FEWEST_FOR_NUMBERS = 6  # guesses; with fewer, words alone (clinical.md §4.4)
FEWEST_FOR_SURENESS = 4  # people who said how sure they are
FEWEST_COUNTED = 3  # choices of one option; what one or two chose is "also in the room"


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts: `guesses` that chose something, how often each option was chosen, people at each sureness.

    `by_hand` guesses, written ones too, came from the therapist, who knows them, and `options_by_hand` says
    what those chose: they make no room larger.
    """

    guesses: int
    options: tuple[int, ...] = ()
    sureness: tuple[int, ...] = (0,) * len(SURENESS)
    by_hand: int = 0
    options_by_hand: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """An option or a step of sureness as it may be told; without `count` it is said in words alone.

    `before` is how many chose the option at the look before, where the two looks are told together.
    """

    text: str
    count: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class SpreadView:
    """What everybody may know of a spread: the options in their own order, and what one or two chose.

    `two_looks` says that the look before is told with it.
    """

    options: tuple[Counted, ...] = ()
    also: tuple[str, ...] = ()
    sureness: tuple[Counted, ...] = ()
    two_looks: bool = False


def spread_of(envelopes: Iterable[Envelope], prompt: Prompt) -> Spread | None:
    """Count what opened envelopes chose; None where there is nothing to count but words."""
    guesses = [one for one in envelopes if one.sent in (Sent.GUESS, Sent.HAND)]
    by_hand = [one for one in guesses if one.sent is Sent.HAND]
    sure = Counter(one.sure for one in guesses if one.sure is not None)
    if not (prompt.options or sure or by_hand):
        return None
    return Spread(
        guesses=sum(bool(one.options) for one in guesses),
        options=_chosen(guesses, prompt),
        sureness=tuple(sure[step] for step in range(len(SURENESS))),
        by_hand=len(by_hand),
        options_by_hand=_chosen(by_hand, prompt),
    )


def tell(
    spread: Spread,
    prompt: Prompt,
    *,
    steady: str,
    language: str = "en",
    looks: Sequence[Spread] = (),
    beside: bool = False,
) -> SpreadView:
    """Build what of a spread may be told, with the floors of clinical.md §4.4.

    What one or two chose comes in an order of its own that is always the same for one `steady`. After earlier
    `looks` at the prompt, the latest first, there are numbers only if all had as many guesses: else who
    compares them could learn what one person chose. With `beside` the latest is told with this one.
    """
    labels = [one.in_language(language) for one in prompt.options]
    if not _enough(spread) or any(_enough(one) and not _as_many(one, spread) for one in looks):
        words = tuple(Counted(label) for label, count in zip(labels, spread.options, strict=False) if count)
        return SpreadView(words, (), _sureness(spread, looks))
    both = beside and _enough(looks[0])
    earlier = _told(looks[0]) if both else [None] * len(labels)
    counted = list(map(Counted, labels, _told(spread), earlier))
    rows = tuple(one for one in counted if one.count or one.before)
    # What has a row is left out, or its "few or none" would be given away.
    also = [
        one.text for one, count in zip(counted, spread.options, strict=False) if count and one not in rows
    ]
    also.sort(key=lambda label: sha256(f"{steady} {label}".encode()).digest())
    return SpreadView(rows, tuple(also), _sureness(spread, looks), bool(both and rows))


def _enough(spread: Spread) -> bool:
    return spread.guesses - spread.by_hand >= FEWEST_FOR_NUMBERS


def _as_many(one: Spread, other: Spread) -> bool:
    return (one.guesses, one.by_hand) == (other.guesses, other.by_hand)


def _told(spread: Spread) -> list[int | None]:
    """The numbers of the options that enough phones chose, whatever was added by hand."""
    by_hand = spread.options_by_hand or (0,) * len(spread.options)
    return [
        count if count - known >= FEWEST_COUNTED else None
        for count, known in zip(spread.options, by_hand, strict=True)
    ]


def _chosen(guesses: Iterable[Envelope], prompt: Prompt) -> tuple[int, ...]:
    chosen = Counter(option for one in guesses for option in one.options)
    return tuple(chosen[place] for place in range(len(prompt.options)))


def _sureness(spread: Spread, looks: Sequence[Spread]) -> tuple[Counted, ...]:
    people = sum(spread.sureness)
    if people < FEWEST_FOR_SURENESS:
        return ()
    before = [sum(one.sureness) for one in looks]
    numbers = people >= FEWEST_FOR_NUMBERS and not any(FEWEST_FOR_NUMBERS <= one != people for one in before)
    # Whoever stands alone, or with one other, is not singled out by a number.
    return tuple(
        Counted(label, count if numbers and count >= FEWEST_COUNTED else None)
        for label, count in zip(SURENESS, spread.sureness, strict=True)
        if count
    )

"""What people chose, and how sure they were: whether anything tells it of one of them."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.privacy import score, trails
from tests.privacy.facets import Facet
from tests.privacy.habits import MOST, OPTIONS
from tests.privacy.haul import Haul
from tests.privacy.score import Finding
from tests.privacy.trails import MEASURES, Of
from tests.privacy.truth import RoundTruth, Truth

Seats = dict[tuple[int, int], dict[str, Facet]]


def beside_seats(facet: str, r: int, seats: Seats, truths: list[Truth]) -> Iterator[Finding]:
    """Hold what is known of the seats against what the people on them chose."""

    def rooms(measure: Callable[[RoundTruth], dict[int, Any]]) -> list[list[tuple[Facet, Any]]]:
        return [
            [
                (seats[n, seat][facet], value)
                for seat, value in measure(truth.rounds[r]).items()
                if facet in seats[n, seat]
            ]
            for n, truth in enumerate(truths)
        ]

    for name in ("first option", "how many options", "sureness"):
        attack = f"{facet} / round {r + 1} {name}"
        yield from score.trend("choices", attack, rooms(MEASURES[name]))
    same = f"{facet} / round {r + 1} same"
    yield from score.alike("choices", f"{same} options", rooms(MEASURES["options"]))
    yield from score.alike("choices", f"{same} sureness", rooms(MEASURES["sureness"]))


def findings(haul: Haul, truths: list[Truth]) -> Iterator[Finding]:
    """Look at what is kept of the choices of a round, as the keys open it."""
    made = [(kept in _sets(truths, of), _chance(truths, of, kept)) for of, kept in sets_kept(haul, truths)]
    yield from score.bets("choices", "sets of options kept together", made)
    numbers = [
        ((1, len(row.values["spread"])), len(truths[n].rounds[r].options))
        for (n, r), row in trails.rows_of_rounds(haul, truths)
        if row.values.get("spread")
    ]
    yield from score.trend("sizes", "length of a sealed spread / how many chose", [numbers])
    opened = [haul.open_spread(row) for _, row in trails.rows_of_rounds(haul, truths)]
    yield score.count("sizes", "something behind a spread", sum(any(one[1]) for one in opened if one))


def sets_kept(haul: Haul, truths: list[Truth]) -> Iterator[tuple[Of, frozenset[int]]]:
    """Find what looks like the options that one person chose together: counts alone hold nothing like it."""
    for trail in (*trails.in_spreads(haul, truths), *trails.in_columns(haul, truths)):
        if trail.of:
            yield from ((trail.of, found) for one in trail.values if (found := _set(one)))
    numbers = trails.numbers_of(truths)
    for row in haul.rows["guess"]:
        of = numbers.get(row.values["round_id"])
        if of and (found := _set(_named((haul.open(row) or ("", b""))[0]))):
            yield of, found


def _named(text: str) -> tuple[int, ...]:
    """The options that a guess names, if it consists of nothing else."""
    words = text.split(", ")
    return tuple(map(OPTIONS.index, words)) if set(words) <= set(OPTIONS) else ()


def _set(value: Any) -> frozenset[int] | None:
    if not isinstance(value, tuple) or not 1 < len(value) <= MOST:
        return None
    fits = all(isinstance(one, int) and 0 <= one < len(OPTIONS) for one in value)
    return frozenset(value) if fits and len(set(value)) == len(value) else None


def _sets(truths: list[Truth], of: Of) -> set[frozenset[int]]:
    n, r = of
    return {frozenset(chosen) for chosen in truths[n].rounds[r].options.values()}


def _chance(truths: list[Truth], of: Of, kept: frozenset[int]) -> float:
    """How often such a set is found in the rounds of other rooms."""
    others = [
        kept in _sets(truths, (n, r))
        for n, truth in enumerate(truths)
        for r, round_ in enumerate(truth.rounds)
        if n != of[0] and round_.choosing
    ]
    return sum(others) / len(others) if others else 0.0

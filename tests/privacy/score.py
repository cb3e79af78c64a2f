"""How much better than chance a guess about people is, in standard deviations."""

import math
import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import NormalDist
from typing import Any

CAUGHT = 4.0
KNOWN = "known limit"  # a family of attacks that may succeed: docs/privacy.md says so
_FEWEST_IN_A_CELL = 5.0

Pairs = Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one attack came to: `z` counts standard deviations above chance, before any correction."""

    family: str
    attack: str
    z: float
    told: str

    def corrected(self, attacks: int) -> float:
        """z once it is counted that `attacks` were tried, each in two directions (Bonferroni)."""
        tail = 2 * attacks * math.erfc(self.z / math.sqrt(2)) / 2
        if tail == 0.0:
            return self.z  # so far out that nobody could try often enough
        return max(0.0, -NormalDist().inv_cdf(min(0.5, tail)))


def renamed(finding: "Finding", attack: str) -> "Finding":
    return replace(finding, attack=attack)


def orders(family: str, attack: str, rooms: Iterable[Pairs], *, dice: random.Random) -> list[Finding]:
    """Hold two orders of the same things against each other, room by room.

    Three ways: Kendall's tau, the pairs that match when both are lined up, and any fixed pattern at all
    (chi-squared over who lands where). Nothing is found where one of the two tells nothing.
    """
    ranked = [
        (_ranks([a for a, _ in one], dice), _ranks([b for _, b in one], dice))
        for one in rooms
        if len(one) > 1
    ]
    if not ranked or not any(len({a for a, _ in one}) > 1 for one in rooms):
        return []
    return [_tau(family, attack, ranked), _matches(family, attack, ranked), _pattern(family, attack, ranked)]


def trend(family: str, attack: str, rooms: Iterable[Pairs]) -> list[Finding]:
    """Hold an order against values of which there are few: Kendall's tau, its variance as ties leave it."""
    s = pairs = 0
    variance = 0.0
    for one in rooms:
        if len({a for a, _ in one}) > 1 and len({b for _, b in one}) > 1:
            s += sum(((a > c) - (a < c)) * ((b > d) - (b < d)) for (a, b), (c, d) in combinations(one, 2))
            pairs += sum(a != c and b != d for (a, b), (c, d) in combinations(one, 2))
            variance += _variance_with_ties(
                *(Counter(pair[side] for pair in one).values() for side in (0, 1))
            )
    if not pairs:
        return []
    return [Finding(family, f"{attack}: order", abs(s) / math.sqrt(variance), f"tau {s / pairs:+.3f}")]


def alike(family: str, attack: str, rooms: Iterable[Pairs]) -> list[Finding]:
    """Ask whether those who are alike in one value are so in the other: the pairs of people who are in both.

    Mean and variance are those of two graphs of which one is shuffled (Friedman and Rafsky 1983).
    """
    met = mean = variance = 0.0
    for one in rooms:
        size = len(one)
        first, second = (_likeness([pair[side] for pair in one]) for side in (0, 1))
        if size < 4 or not (0 < first[0] < math.comb(size, 2)) or not second[0]:
            continue
        met += sum(a == c and b == d for (a, b), (c, d) in combinations(one, 2))
        mean_here, variance_here = _of_shuffled_graphs(size, first, second)
        mean, variance = mean + mean_here, variance + variance_here
    if variance <= 0.0:
        return []
    z = max(0.0, (met - mean) / math.sqrt(variance))
    return [Finding(family, f"{attack}: alike", z, f"{met:.0f} pairs alike, chance {mean:.0f}")]


def telling(family: str, attack: str, rooms: Iterable[Pairs]) -> list[Finding]:
    """Ask whether a value (first of each pair) tells a yes from a no (second), even where it has but two."""
    return [replace(one, attack=f"{attack}: yes or no") for one in trend(family, attack, rooms)]


def claims(family: str, attack: str, right: int, wrong: int, *, people: int) -> list[Finding]:
    """Weigh links that were claimed outright; by chance one in `people` would be right."""
    made = right + wrong
    if not made:
        return []
    z = (right - made / people) / math.sqrt(made / people * (1 - 1 / people))
    return [Finding(family, attack, max(0.0, z), f"{right} of {made} links right")]


def bets(family: str, attack: str, made: Sequence[tuple[bool, float]]) -> list[Finding]:
    """Weigh claims of which each may be right by a chance of its own."""
    if not made:
        return []
    right, chance = sum(hit for hit, _ in made), sum(p for _, p in made)
    # By chances worked out from few rooms, none would be a surprise at all.
    spread = max(sum(p * (1 - p) for _, p in made), 0.5)
    z = max(0.0, (right - chance) / math.sqrt(spread))
    return [Finding(family, attack, z, f"{right} of {len(made)} right, chance {chance:.0f}")]


def count(family: str, attack: str, found: int) -> Finding:
    """Something that must not be there at all."""
    return Finding(family, attack, math.inf if found else 0.0, f"{found} found")


def _ranks(values: Sequence[Any], dice: random.Random) -> tuple[int, ...]:
    ranks = [0] * len(values)
    for rank, (*_, n) in enumerate(sorted((value, dice.random(), n) for n, value in enumerate(values))):
        ranks[n] = rank
    return tuple(ranks)


def _tau(family: str, attack: str, ranked: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Finding:
    s = pairs = 0
    variance = 0.0
    for a, b in ranked:
        n = len(a)
        s += sum(1 if (a[i] < a[j]) == (b[i] < b[j]) else -1 for i, j in combinations(range(n), 2))
        pairs += n * (n - 1) // 2
        variance += n * (n - 1) * (2 * n + 5) / 18
    return Finding(family, f"{attack}: order", abs(s) / math.sqrt(variance), f"tau {s / pairs:+.3f}")


def _matches(family: str, attack: str, ranked: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Finding:
    # The fixed points of a random order have mean 1 and variance 1, whatever its length.
    met = sum(a == b for ranks in ranked for a, b in zip(*ranks, strict=True))
    z = (met - len(ranked)) / math.sqrt(len(ranked))
    return Finding(family, f"{attack}: pairs", abs(z), f"{met} right, chance {len(ranked)}")


def _pattern(family: str, attack: str, ranked: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Finding:
    chi2, freedom = 0.0, 0
    sizes = Counter(len(a) for a, _ in ranked)
    for n, rooms in sizes.items():
        expected = rooms / n
        if expected < _FEWEST_IN_A_CELL:
            continue
        met = Counter(cell for a, b in ranked if len(a) == n for cell in zip(a, b, strict=True))
        squares = sum((met[i, j] - expected) ** 2 for i in range(n) for j in range(n))
        chi2 += squares / expected * (n - 1) / n
        freedom += (n - 1) ** 2
    if not freedom:
        return Finding(family, f"{attack}: pattern", 0.0, "too few rooms")
    z = max(0.0, z_of_chi2(chi2, freedom=freedom))
    return Finding(family, f"{attack}: pattern", z, f"chi² {chi2:.0f} of {freedom}")


def _variance_with_ties(first: Collection[int], second: Collection[int]) -> float:
    """The variance of Kendall's S where so many are tied (Kendall 1970, "Rank Correlation Methods", 5)."""
    n = sum(first)
    whole = n * (n - 1) * (2 * n + 5)
    tied = [sum(t * (t - 1) * (2 * t + 5) for t in ties) for ties in (first, second)]
    twos = math.prod(sum(t * (t - 1) for t in ties) for ties in (first, second))
    threes = math.prod(sum(t * (t - 1) * (t - 2) for t in ties) for ties in (first, second))
    of_threes = threes / (9 * math.perm(n, 3)) if n > 2 else 0.0
    return (whole - sum(tied)) / 18 + twos / (2 * n * (n - 1)) + of_threes


def _likeness(values: Sequence[Any]) -> tuple[int, int]:
    """Count the pairs that have the same value, and the pairs of such pairs that share somebody."""
    sizes = Counter(values).values()
    pairs = sum(math.comb(size, 2) for size in sizes)
    return pairs, sum(size * math.comb(size - 1, 2) for size in sizes)


def _of_shuffled_graphs(size: int, first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    (edges, joints), (others, their_joints) = first, second
    mean = edges * others / math.comb(size, 2)
    touching = 4 * joints * their_joints / math.perm(size, 3)
    apart = (edges * (edges - 1) - 2 * joints) * (others * (others - 1) - 2 * their_joints)
    apart /= math.comb(size, 2) * math.comb(size - 2, 2)
    return mean, mean + touching + apart - mean**2


def z_of_chi2(chi2: float, *, freedom: int) -> float:
    """Turn chi-squared into standard deviations: its cube root is almost normal (Wilson, Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return float(((chi2 / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))

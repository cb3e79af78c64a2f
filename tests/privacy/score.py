"""How much better than chance a guess about people is, in standard deviations."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import NormalDist
from typing import Any

CAUGHT = 4.0
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


def telling(family: str, attack: str, rooms: Iterable[Pairs], *, dice: random.Random) -> list[Finding]:
    """Ask whether a value (first of each pair) tells a yes from a no (second): Mann and Whitney's U."""
    excess = variance = 0.0
    for one in rooms:
        if len({value for value, _ in one}) < 2:
            continue
        ranks = _ranks([value for value, _ in one], dice)
        yes = [rank for rank, (_, bit) in zip(ranks, one, strict=True) if bit]
        m, n = len(yes), len(one) - len(yes)
        excess += sum(yes) - m * (len(one) - 1) / 2
        variance += m * n * (len(one) + 1) / 12
    if not variance:
        return []
    return [
        Finding(
            family, f"{attack}: yes or no", abs(excess) / math.sqrt(variance), f"U {excess:+.0f} from chance"
        )
    ]


def claims(family: str, attack: str, right: int, wrong: int, *, people: int) -> list[Finding]:
    """Weigh links that were claimed outright; by chance one in `people` would be right."""
    made = right + wrong
    if not made:
        return []
    z = (right - made / people) / math.sqrt(made / people * (1 - 1 / people))
    return [Finding(family, attack, max(0.0, z), f"{right} of {made} links right")]


def count(family: str, attack: str, found: int) -> Finding:
    """Something that must not be there at all."""
    return Finding(family, attack, math.inf if found else 0.0, f"{found} found")


def _ranks(values: Sequence[Any], dice: random.Random) -> tuple[int, ...]:
    order = sorted(range(len(values)), key=lambda n: (values[n], dice.random()))
    ranks = [0] * len(values)
    for rank, n in enumerate(order):
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


def z_of_chi2(chi2: float, *, freedom: int) -> float:
    """Turn chi-squared into standard deviations: its cube root is almost normal (Wilson, Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return float(((chi2 / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))

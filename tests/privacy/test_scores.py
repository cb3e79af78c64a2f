"""The scores by which the attack is judged: near zero where nothing is told, high where something is."""

import random
from collections.abc import Callable

import pytest

from tests.privacy import score
from tests.privacy.score import Finding

Rooms = list[list[tuple[int, int]]]
SCORES: dict[str, Callable[[Rooms], list[Finding]]] = {
    "trend": lambda rooms: score.trend("", "", rooms),
    "alike": lambda rooms: score.alike("", "", rooms),
}


def rooms_of(dice: random.Random, *, told: bool) -> Rooms:
    """Forty rooms, with few values of which many are tied, as with options."""
    seen = [[dice.randrange(3) for _ in range(dice.randint(4, 8))] for _ in range(40)]
    return [[(one, one if told else dice.randrange(4)) for one in room] for room in seen]


@pytest.mark.parametrize("name", SCORES)
def test_where_nothing_is_told_z_is_as_chance_has_it(name: str) -> None:
    dice = random.Random(1)
    zs = [SCORES[name](rooms_of(dice, told=False))[0].z for _ in range(400)]
    # Of a normal distribution half lies above 0.67 either side, and a hundredth above 2.6.
    folded = 0.5 if name == "trend" else 0.25
    assert abs(sum(z > 0.674 for z in zs) / len(zs) - folded) < 0.08
    assert sum(z > 3.3 for z in zs) <= 2


@pytest.mark.parametrize("name", SCORES)
def test_where_everything_is_told_z_is_high(name: str) -> None:
    assert SCORES[name](rooms_of(random.Random(2), told=True))[0].z > 10


def test_where_all_are_the_same_there_is_nothing_to_try() -> None:
    same = [[(1, n) for n in range(6)]] * 20
    assert score.trend("", "", same) == score.alike("", "", same) == []


def test_claims_are_weighed_by_the_chance_of_each() -> None:
    assert score.bets("", "", [(True, 0.9)] * 90 + [(False, 0.9)] * 10)[0].z < 0.1
    assert score.bets("", "", [(True, 0.1)] * 40)[0].z > 10
    assert score.bets("", "", []) == []

"""The scores by which the attack is judged: near zero where nothing is told, high where something is."""

import math
import random
from collections.abc import Callable
from itertools import combinations, permutations

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


def test_claims_of_whole_links_are_weighed_by_how_many_people_there_are() -> None:
    # 100 links among four people: 25 are right by chance, give or take √(100 · ¼ · ¾).
    (found,) = score.claims("", "", 30, 70, people=4)
    assert found.z == pytest.approx(5 / math.sqrt(18.75))
    assert score.claims("", "", 10, 90, people=4)[0].z == 0.0
    assert score.claims("", "", 0, 0, people=4) == []


def ordered(order: list[int], rooms: int) -> Rooms:
    return [[*enumerate(order)]] * rooms


def test_orders_that_are_the_same_or_turned_round_come_to_known_values() -> None:
    tau, pairs, pattern = score.orders("", "", ordered([*range(8)], 40), dice=random.Random(1))
    assert (tau.told, pairs.told) == ("tau +1.000", "320 right, chance 40")
    # Of one room Kendall's S is 28 and its variance 8 · 7 · 21 / 18.
    assert tau.z == pytest.approx(28 * 40 / math.sqrt(40 * 8 * 7 * 21 / 18))
    assert pairs.z == pytest.approx(280 / math.sqrt(40))
    assert pattern.z > 10
    tau, *_ = score.orders("", "", ordered([*range(7, -1, -1)], 40), dice=random.Random(1))
    assert (tau.told, tau.z > 10) == ("tau -1.000", True)


def test_each_of_the_three_ways_sees_what_the_others_miss() -> None:
    dice = random.Random(1)
    both_ways = ordered([0, 1, 2, 3, 4], 50) + ordered([4, 3, 2, 1, 0], 50)
    tau, pairs, _ = score.orders("", "", both_ways, dice=dice)
    assert (tau.z, pairs.z > 10) == (0.0, True)
    fixed = next(
        list(order)
        for order in permutations(range(5))
        if sum(a == b for a, b in enumerate(order)) == 1
        and sum(a > b for a, b in combinations(order, 2)) == 5
    )
    tau, pairs, pattern = score.orders("", "", ordered(fixed, 100), dice=dice)
    assert (tau.z, pairs.z, pattern.z > 10) == (0.0, 0.0, True)


def test_orders_that_have_nothing_to_do_with_each_other_score_as_chance_has_it() -> None:
    dice = random.Random(3)
    zs: list[tuple[float, ...]] = []
    for _ in range(200):
        rooms = [[(n, other) for n, other in enumerate(dice.sample(range(6), 6))] for _ in range(60)]
        zs.append(tuple(one.z for one in score.orders("", "", rooms, dice=dice)))
    for found, share in zip(zip(*zs, strict=True), (0.5, 0.5, 0.25), strict=True):
        assert abs(sum(z > 0.674 for z in found) / len(found) - share) < 0.12
        assert sum(z > 3.3 for z in found) <= 2


def test_an_order_that_tells_nothing_is_not_tried() -> None:
    same = [[(1, n) for n in range(6)]] * 20
    assert score.orders("", "", same, dice=random.Random(1)) == []
    few = score.orders("", "", ordered([0, 1, 2, 3, 4], 10), dice=random.Random(1))
    assert few[2].told == "too few rooms"


def test_z_is_corrected_for_how_many_attacks_were_tried() -> None:
    # Tables of the normal distribution: 1.96 leaves 5 % in both directions, 1.645 in one.
    assert Finding("", "", 1.959964, "").corrected(1) == pytest.approx(1.644854, abs=1e-5)
    # 3 leaves 0.0013499 in one direction; twenty times that is 0.026998, which 1.9268 leaves.
    assert Finding("", "", 3.0, "").corrected(10) == pytest.approx(1.9268, abs=1e-4)
    assert Finding("", "", 1.0, "").corrected(10) == 0.0
    assert Finding("", "", 60.0, "").corrected(1_000) == 60.0

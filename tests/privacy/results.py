"""Running the attack and judging what it found."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.privacy.attack import attack
from tests.privacy.campaign import a_campaign
from tests.privacy.score import CAUGHT, KNOWN, Finding


@dataclass(frozen=True, slots=True)
class Judged:
    """What one stage on one database came to: every try, and each one's z after Bonferroni."""

    database: str
    stage: str
    tries: list[Finding]

    @property
    def caught(self) -> list[Finding]:
        """The tries that beat chance, the strongest first."""
        found = [one for one in self.tries if one.family != KNOWN and self.z_of(one) >= CAUGHT]
        return sorted(found, key=self.z_of, reverse=True)

    def z_of(self, finding: Finding) -> float:
        return finding.corrected(len(self.tries))

    def strongest(self, family: str) -> Finding | None:
        """The try of a family that came closest to beating chance, or None if there was nothing to try."""
        mine = [one for one in self.tries if one.family == family]
        return max(mine, key=lambda one: one.z, default=None)


def honest(database: str, *, rooms: int, brisk: bool) -> Iterator[Judged]:
    """Attack the program as it is, at every stage."""
    with a_campaign(database, rooms=rooms, brisk=brisk) as campaign:
        for haul in campaign.hauls():
            yield Judged(database, haul.moment, attack(haul, campaign.crowd.truths))


def leaky(name: str, database: str, *, rooms: int) -> list[Judged]:
    """Attack a program with a leak until it is caught: after closing, or else while guessing is open."""
    judged: list[Judged] = []
    with a_campaign(database, rooms=rooms, mutant=name) as campaign:
        hauls = list(campaign.hauls(rounds=1, until="closed"))
    for haul in reversed(hauls):
        judged.append(Judged(database, haul.moment, attack(haul, campaign.crowd.truths)))
        if judged[-1].caught:
            break
    return judged

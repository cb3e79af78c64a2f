"""What phones were told, held against what the room shows in the end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ACKNOWLEDGED = "acknowledged"


@dataclass(slots=True)
class Sending:
    """One thing that a phone sent, with all its retries; `told` is what was answered in the end."""

    round_id: str
    op: str
    n: int
    verb: str
    text: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed when it last heard the server; `at` in seconds of a monotonic clock."""

    at: float
    version: int
    phase: str


@dataclass(slots=True)
class History:
    """All that happened to one page. `sendings` are in order, and each was settled before the next."""

    sendings: list[Sending] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    mishaps: list[int] = field(default_factory=list)
    unanswered: int = 0

    def right_from(self, since: float, version: int) -> float | None:
        """Say how many seconds after `since` the page first heard the server and showed this version."""
        for one in self.seen:
            if one.at > since and one.version == version:
                return one.at - since
        return None


@dataclass(slots=True)
class Verdict:
    """What came of a round: counts of acknowledgements, and the texts for which something went wrong."""

    acknowledged: int = 0
    standing: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    @property
    def is_fair(self) -> bool:
        return not (self.lost or self.doubled or self.strange)


def judge(histories: Iterable[History], round_id: str, pile: Sequence[str]) -> Verdict:
    """Hold the histories of a round's phones against the guesses that were revealed in the end.

    Of each phone, what was acknowledged last must stand. What it sent after that and was never told about may
    stand instead. Nothing else may, and nothing twice.
    """
    verdict = Verdict()
    found = Counter(pile)
    explained: set[str] = set()
    for history in histories:
        mine = [one for one in history.sendings if one.round_id == round_id]
        certain = [place for place, one in enumerate(mine) if one.told == ACKNOWLEDGED]
        verdict.acknowledged += len(certain)
        last = mine[certain[-1]] if certain else None
        open_ones = [one for one in mine[certain[-1] + 1 if certain else 0 :] if not one.told]
        may_stand = {one.text for one in [*open_ones, *([last] if last else [])] if one.verb == "guess"}
        shown = [text for text in {one.text for one in mine if one.verb == "guess"} if found[text]]
        explained.update(shown)
        verdict.strange += [text for text in shown if text not in may_stand]
        verdict.doubled += [text for text in shown if found[text] > 1]
        if len(shown) > 1:
            verdict.doubled += shown
        if last and last.verb == "guess":
            verdict.standing += 1
            if not shown and all(one.verb == "guess" for one in open_ones):
                verdict.lost.append(last.text)
    verdict.strange += [text for text in found if text not in explained]
    return verdict

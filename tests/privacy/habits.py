"""What people do in a round, as the dice have it."""

import random
import secrets
from dataclasses import dataclass

from facilitator.core.options import SURENESS
from facilitator.core.vignette import PromptId, VignetteId
from facilitator.storage.vignettes import load_shipped
from tests.privacy.canaries import MARK
from tests.privacy.truth import PEOPLE

# How a room's phones follow it: by a socket, by asking all the time, without a script, or some of each.
PHONES = ("socket", "poll", "plain", "mixed")
VIGNETTE, CHOOSING = "waving", "feelings"
TAKE_PART = "take part"
WORDS = ("afraid", "alone", "angry", "calm", "hopes", "leaves", "maybe", "needs", "quiet", "she", "waits")
HABITS = {("guess",): 58, ("guess", "guess"): 12, ("pass",): 10, ("guess", "withdraw"): 5, (): 15}
LISTENS = 0.25  # of the people who join
SAYS_HOW_SURE = 0.6

_prompt = load_shipped()[VignetteId(VIGNETTE)].prompt(PromptId(CHOOSING))
MOST = _prompt.most
OPTIONS = tuple(one.in_language() for one in _prompt.options)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a member does, and as which of theirs."""

    member: int
    n: int
    kind: str


def plan(dice: random.Random, *, listening: set[int], late: set[int]) -> list[Step]:
    """Shuffle what everybody does; there is a guess in it, or there would be nothing to reveal."""
    while True:
        habits = {member: _habit(dice, member, listening, late) for member in range(PEOPLE)}
        if any(kinds[-1:] == ("guess",) for kinds in habits.values()):
            break
    order = [member for member, kinds in habits.items() for _ in kinds]
    dice.shuffle(order)
    left = {member: list(enumerate(kinds, start=1)) for member, kinds in habits.items()}
    return [Step(member, *left[member].pop(0)) for member in order]


def words(dice: random.Random) -> str:
    """Write something. It has a letter beyond ASCII, so that JSON's escapes and UTF-8 differ."""
    return " ".join([f"{MARK}{secrets.token_hex(6)}", *dice.choices(WORDS, k=dice.randint(1, 18))])


def choice(dice: random.Random) -> tuple[int, ...]:
    """Choose one option or more."""
    return tuple(sorted(dice.sample(range(len(OPTIONS)), dice.randint(1, MOST))))


def sureness(dice: random.Random) -> int | None:
    """Say how sure one is, or do not say."""
    return dice.randrange(len(SURENESS)) if dice.random() < SAYS_HOW_SURE else None


def _habit(dice: random.Random, member: int, listening: set[int], late: set[int]) -> tuple[str, ...]:
    if member in listening:
        return ()
    kinds = dice.choices([*HABITS], HABITS.values())[0]
    return (TAKE_PART, *kinds) if member in late else kinds

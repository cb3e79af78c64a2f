"""What six pretend members send and when, as the dice fall that they are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import yaml

from facilitator.core.guess import clean
from facilitator.core.vignette import Kind, Prompt, Vignette

PEOPLE = range(6)
FIRST_GUESS_S, LAST_GUESS_S = 3.0, 25.0  # after guessing was opened
SECOND_THOUGHT_S = 8.0, 14.0  # after the first one
MINDS_CHANGED = 3  # in a second look

Pool = Mapping[Kind, Sequence[str]]

_POOL = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Sending:
    """What one of the six sends in a round, `at` so many seconds after its opening; "" is a pass."""

    at: float
    person: int
    text: str = ""
    n: int = 1


def load_pool() -> Pool:
    """Read what the six may guess, for every kind of mental state."""
    found = yaml.safe_load(_POOL.read_text())
    return {kind: tuple(found[kind]) for kind in Kind}


def texts_about(vignette: Vignette, prompt: Prompt, pool: Pool) -> list[str]:
    """Return the guesses that fit a prompt, with its character's name in them, or made of its options."""
    if prompt.options:
        return _choices([one.in_language() for one in prompt.options], prompt.most)
    names = {one.id: one.name.in_language() for one in vignette.characters}
    name = names[prompt.character or vignette.characters[0].id]
    return [clean(_about(name, one)) for one in pool[prompt.kind]]


def guess(texts: Sequence[str], dice: Random, *, passing: bool = True) -> list[Sending]:
    """Draw what the six send: different guesses, one pass if `passing`, and now and then a second thought."""
    sendings = _times(dice)
    passes = dice.randrange(1, len(sendings)) if passing else None
    plan = [one if place == passes else replace(one, text=texts[place]) for place, one in enumerate(sendings)]
    if dice.random() < 0.5:
        later = plan[0].at + dice.uniform(*SECOND_THOUGHT_S)
        plan.append(replace(plan[0], at=later, text=texts[len(PEOPLE)], n=2))
    return sorted(plan, key=lambda one: one.at)


def think_again(first: Sequence[Sending], texts: Sequence[str], dice: Random) -> list[Sending]:
    """Draw what they send after the talk: some change their minds, the others keep what they thought."""
    minds = {one.person: one.text for one in sorted(first, key=lambda one: one.n)}
    fresh = [text for text in texts if text not in {one.text for one in first}]
    minds |= zip(dice.sample(PEOPLE, MINDS_CHANGED), fresh, strict=False)
    return [replace(one, text=minds[one.person]) for one in _times(dice)]


def _choices(labels: Sequence[str], most: int) -> list[str]:
    """Some choose alike in part, as people do; others choose what nobody else sees, or cannot tell."""
    first, second, *others, cannot_tell, _ = labels
    if most == 1:
        return [first, first, first, second, second, *others[:2], cannot_tell]
    return [first, *(f"{first}, {one}" for one in (second, *others)), second, others[0], cannot_tell]


def _times(dice: Random) -> list[Sending]:
    """Draw when each of the six sends, the earliest first: some seconds apart, in no order of theirs."""
    step = (LAST_GUESS_S - FIRST_GUESS_S) / len(PEOPLE)
    order = dice.sample(PEOPLE, len(PEOPLE))
    return [Sending(FIRST_GUESS_S + step * (place + dice.random()), who) for place, who in enumerate(order)]


def _about(name: str, template: str) -> str:
    text = template.format(name=name)
    # A name such as "the nurse" begins a sentence here.
    return text[0].upper() + text[1:] if template.startswith("{") else text

"""One prompt, asked once: what a round holds, and what can be done with its guesses."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from facilitator.core.errors import EmptyText, TooFew, TooLong, WrongPhase
from facilitator.core.guess import FEWEST, Guess, GuessId
from facilitator.core.spread import Spread
from facilitator.core.vignette import PromptId, VignetteId

RoundId = NewType("RoundId", str)


class Phase(StrEnum):
    """Where a room stands; the middle four are the phases of a round."""

    LOBBY = "lobby"
    READING = "reading"
    GUESSING = "guessing"
    CLOSED = "closed"
    REVEALED = "revealed"
    BETWEEN = "between"
    CHECKOUT = "checkout"
    ENDED = "ended"


MOST_CLUSTERS = 3
LONGEST_NAME = 40  # code points, of a cluster


@dataclass(frozen=True, slots=True)
class Cluster:
    """Guesses that the therapist put together; an empty `name` is drawn as a number."""

    name: str = ""
    guesses: tuple[GuessId, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """A prompt being asked.

    `after` is where the room stood outside of rounds when this one began, `people` counts those
    who could guess, `shown` is in the order of revealing, `one_by_one` says how that was begun. Where options
    were chosen there is a `spread` in place of guesses; beside written ones it tells how sure people were.
    """

    id: RoundId
    vignette: VignetteId
    stage: int
    prompt: PromptId
    after: Phase | None = None
    phase: Phase = Phase.READING
    second_look: bool = False
    last_call: bool = False
    looked: bool = False
    people: int = 0
    guesses: tuple[Guess, ...] = ()
    held_back: frozenset[GuessId] = frozenset()
    shown: tuple[GuessId, ...] = ()
    one_by_one: bool = False
    spotlight: GuessId | None = None
    clusters: tuple[Cluster, ...] = ()
    spread: Spread | None = None
    spread_shown: bool = False

    @property
    def count(self) -> int:
        """How many guesses lie here."""
        return len(self.guesses) + (self.spread.guesses if self.spread else 0)

    @property
    def from_phones(self) -> int:
        """How many guesses lie here that the therapist did not add by hand."""
        return self.count - (self.spread.by_hand if self.spread else 0)

    @property
    def can_be_shown(self) -> bool:
        """Say whether there is anything that may be revealed."""
        return bool(self.presentable or (self.spread and self.spread.guesses))

    @property
    def presentable(self) -> tuple[GuessId, ...]:
        """The guesses that may be shown, in the order that closing drew."""
        return tuple(guess.id for guess in self.guesses if guess.id not in self.held_back)


def hold_back(round_: Round, guess: GuessId) -> Round:
    """Keep one guess from being shown; one that is shown goes away again."""
    _find(round_, guess)
    if guess in round_.held_back:
        return round_
    return replace(conceal(round_, guess), held_back=round_.held_back | {guess})


def put_back(round_: Round, guess: GuessId) -> Round:
    """Let a guess that was held back be revealed like the others."""
    _find(round_, guess)
    if guess not in round_.held_back:
        return round_
    return replace(round_, held_back=round_.held_back - {guess})


def reveal(round_: Round, guess: GuessId | None, *, anyway: bool) -> Round:
    """Show one guess, or all that are not held back; where options were chosen, the spread.

    Raises `EmptyText` with nothing to show, `TooFew` below `FEWEST` guesses unless `anyway`
    (clinical.md §4.4) from phones, `WrongPhase` for a guess that is held back.
    """
    if not round_.can_be_shown:
        raise EmptyText("There is no guess to reveal here. You could just talk.")
    if guess is not None:
        _find(round_, guess)
        if guess in round_.held_back:
            raise WrongPhase("This guess is held back. Put it back first, then reveal it.")
    if round_.from_phones < FEWEST and not (round_.shown or round_.spread_shown) and not anyway:
        raise TooFew(_too_few(round_))
    if not round_.presentable:
        return replace(round_, phase=Phase.REVEALED, spread_shown=True)
    # The newest is listed first everywhere, so revealing all appends in reverse to keep the drawn order.
    wanted = (guess,) if guess else tuple(reversed(round_.presentable))
    fresh = tuple(one for one in wanted if one not in round_.shown)
    # After the last one by one there is nothing new to reveal, but all of them can be shown together.
    if not fresh and round_.phase is Phase.REVEALED and (guess or not round_.one_by_one):
        return round_
    # Remembered and not worked out from what is still folded, or phones could tell that a guess is held back.
    one_by_one = guess is not None and (round_.one_by_one or not round_.shown)
    return replace(round_, phase=Phase.REVEALED, shown=round_.shown + fresh, one_by_one=one_by_one)


def conceal(round_: Round, guess: GuessId | None) -> Round:
    """Fold one shown guess again, or all of them."""
    if guess is not None:
        _find(round_, guess)
    left = () if guess is None else tuple(one for one in round_.shown if one != guess)
    spread_shown = round_.spread_shown and guess is not None
    if left == round_.shown and spread_shown == round_.spread_shown:
        return round_
    spotlight = round_.spotlight if round_.spotlight in left else None
    return replace(round_, shown=left, spotlight=spotlight, spread_shown=spread_shown)


def spotlight(round_: Round, guess: GuessId | None) -> Round:
    """Point the talk at one shown guess, or at none."""
    if guess is not None and guess not in round_.shown:
        raise WrongPhase("Only a guess that is revealed can be in the spotlight.")
    return round_ if guess == round_.spotlight else replace(round_, spotlight=guess)


def cluster(round_: Round, guess: GuessId | None, place: int | None) -> Round:
    """Put a guess into the cluster at `place`, counted from 0; None takes it out of all.

    The place after the last one makes a new cluster, up to `MOST_CLUSTERS`. Without a guess all clusters are
    dissolved. Raises `WrongPhase` for a place that cannot be.
    """
    if guess is None:
        return replace(round_, clusters=()) if round_.clusters else round_
    _find(round_, guess)
    if place is not None and not 0 <= place <= min(len(round_.clusters), MOST_CLUSTERS - 1):
        raise WrongPhase("There is no such group.")
    if place is not None and place < len(round_.clusters) and guess in round_.clusters[place].guesses:
        return round_
    without = [
        replace(one, guesses=tuple(it for it in one.guesses if it != guess)) for one in round_.clusters
    ]
    if place is not None:
        without += [Cluster()] * (place - len(without) + 1)
        without[place] = replace(without[place], guesses=(*without[place].guesses, guess))
    while without and without[-1] == Cluster():
        without.pop()
    return replace(round_, clusters=tuple(without))


def name_cluster(round_: Round, place: int, name: str) -> Round:
    """Name a cluster. Raises `WrongPhase` if there is none at `place`, `TooLong` beyond `LONGEST_NAME`."""
    if not 0 <= place < len(round_.clusters):
        raise WrongPhase("There is no such group.")
    if len(name) > LONGEST_NAME:
        raise TooLong(f"A group's name has at most {LONGEST_NAME} letters.")
    named = replace(round_.clusters[place], name=name)
    return replace(round_, clusters=(*round_.clusters[:place], named, *round_.clusters[place + 1 :]))


def _find(round_: Round, guess: GuessId) -> Guess:
    for one in round_.guesses:
        if one.id == guess:
            return one
    raise WrongPhase("This guess is not part of the present round.")


def _too_few(round_: Round) -> str:
    count = round_.from_phones
    guesses = "Only 1 guess is" if count == 1 else f"Only {count} guesses are"
    place = "in from the phones" if count < round_.count else "in"
    return f"{guesses} {place}. People may tell who wrote them. Reveal anyway?"

"""What everybody may know of a round: the story so far, what is asked, and what is shown."""

from dataclasses import dataclass, replace

from facilitator.core.guess import GuessId
from facilitator.core.offers import Library
from facilitator.core.round import Cluster, Phase, Round, RoundId
from facilitator.core.spread import Spread, SpreadView, tell
from facilitator.core.vignette import Prompt

_CHOOSE = {1: "Choose one.", 2: "Choose up to two.", 3: "Choose up to three."}


@dataclass(frozen=True, slots=True)
class Story:
    """The vignette as far as it is open: the stages so far, the newest last."""

    title: str
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A revealed guess as everybody sees it."""

    text: str
    spotlit: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A cluster with what is shown of it, under its name or else its number; the rest comes last."""

    name: str
    guesses: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class RoundView:
    """What everybody may know of a round; only the console knows the `prompt` while people still read.

    `options` are the words to choose from, `choose` says how many; `spread` is what was chosen, once shown.
    """

    id: RoundId
    prompt: str
    story: Story
    second_look: bool
    guesses: tuple[Shown, ...]
    one_by_one: bool
    groups: tuple[Group, ...] = ()
    options: tuple[str, ...] = ()
    choose: str = ""
    only_one: bool = False
    spread: SpreadView | None = None


def for_all(round_: Round, rounds: tuple[Round, ...], library: Library, language: str) -> RoundView:
    """What members and screen are told of a round: while people read, the story alone."""
    told = round_view(round_, rounds, library, language)
    if round_.phase is Phase.READING:
        return replace(told, prompt="", options=(), choose="", only_one=False)
    # Beside written guesses, how sure people were would seem to belong to one of them.
    return told if told.options else replace(told, spread=None)


def round_view(round_: Round, rounds: tuple[Round, ...], library: Library, language: str) -> RoundView:
    """Build all that is told of one of the `rounds` of a room, its prompt included."""
    vignette = library[round_.vignette]
    prompt = vignette.prompt(round_.prompt)
    with_words = round_.phase is Phase.REVEALED and not prompt.options
    spread = round_.spread if round_.spread_shown or with_words else None
    texts = {guess.id: guess.text for guess in round_.guesses}
    stages = vignette.stages[: round_.stage + 1]
    return RoundView(
        id=round_.id,
        prompt=prompt.text.in_language(language),
        story=Story(vignette.title.in_language(language), tuple(one.in_language(language) for one in stages)),
        second_look=round_.second_look,
        guesses=tuple(Shown(texts[one], spotlit=one == round_.spotlight) for one in reversed(round_.shown)),
        one_by_one=round_.one_by_one,
        groups=_groups(round_, texts),
        options=tuple(one.in_language(language) for one in prompt.options),
        choose=_CHOOSE[prompt.most] if prompt.options else "",
        only_one=bool(prompt.options) and prompt.most == 1,
        spread=_tell(spread, round_, rounds, prompt, language) if spread else None,
    )


def _groups(round_: Round, texts: dict[GuessId, str]) -> tuple[Group, ...]:
    """The clusters as everybody sees them: in each, what is shown, in the order of all."""
    if not round_.clusters:
        return ()
    shown = tuple(reversed(round_.shown))
    together = {guess for one in round_.clusters for guess in one.guesses}
    rest = Cluster(guesses=tuple(one for one in shown if one not in together))
    named = [(one.name or str(place), one) for place, one in enumerate(round_.clusters, 1)]
    groups = (
        Group(
            name,
            tuple(Shown(texts[one], spotlit=one == round_.spotlight) for one in shown if one in of.guesses),
        )
        for name, of in (*named, ("", rest))
    )
    return tuple(one for one in groups if one.guesses)


def _tell(
    spread: Spread, round_: Round, rounds: tuple[Round, ...], prompt: Prompt, language: str
) -> SpreadView:
    """Tell a spread beside what was told when the same prompt was asked before, in a second look or anew."""
    before = [
        one
        for one in reversed(rounds[: rounds.index(round_)])
        if (one.vignette, one.prompt, one.phase) == (round_.vignette, round_.prompt, Phase.REVEALED)
    ]
    return tell(
        spread,
        prompt,
        steady=round_.id,
        language=language,
        looks=[one.spread for one in before if one.spread],
        beside=round_.second_look and before[0].spread_shown,
    )

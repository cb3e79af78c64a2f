"""Vignettes: short stories of what people do, told in stages, and the prompts about their minds.

A vignette has no field for an answer, so none can be stored.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

VignetteId = NewType("VignetteId", str)
PromptId = NewType("PromptId", str)

_STARTERS = {"en": ("Maybe {name} feels…", "{name} might think…", "Part of {name}…")}
_NEITHER = ({"en": "Can’t tell from this"}, {"en": "Something else"})
_OWN_STARTERS = {"en": ("Maybe I…", "I might think of…", "Part of me…")}


class Audience(StrEnum):
    """Whom a vignette is written for."""

    ADULT = "adult"
    ADOLESCENT = "adolescent"
    BOTH = "both"


class Pattern(StrEnum):
    """What the main character does with the need for others, in this one scene."""

    HYPERACTIVATING = "hyperactivating"
    DEACTIVATING = "deactivating"
    MIXED = "mixed"
    NONE = "none"


class Kind(StrEnum):
    """The mental state that a prompt asks for."""

    THINKING = "thinking"
    FEELING = "feeling"
    INTENDING = "intending"
    NEED = "need"
    URGE = "urge"
    OTHER_SIDE = "other_side"
    WHY_ME = "why_me"


class Lens(StrEnum):
    """The school whose way of asking a prompt has."""

    MBT = "mbt"
    CBT = "cbt"
    SCHEMA = "schema"
    DBT = "dbt"
    TFP = "tfp"


class Pole(StrEnum):
    """One end of a dimension of mentalizing; a prompt that names both ends lies between them."""

    AUTOMATIC = "automatic"
    CONTROLLED = "controlled"
    SELF = "self"
    OTHER = "other"
    INTERNAL = "internal"
    EXTERNAL = "external"
    COGNITIVE = "cognitive"
    AFFECTIVE = "affective"


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in one or more languages, as pairs of language and text."""

    pairs: tuple[tuple[str, str], ...]

    def in_language(self, language: str = "en") -> str:
        """Return the text in this language, else in English, else in the first there is."""
        texts = dict(self.pairs)
        return texts.get(language) or texts.get("en") or self.pairs[0][1]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in, sorted."""
        return tuple(sorted(language for language, _ in self.pairs))


NEITHER = tuple(Texts(tuple(one.items())) for one in _NEITHER)
"""The last two options of every prompt that has options: not to know is as good a guess as any."""


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in the story."""

    id: str
    name: Texts


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. `from_stage` is the first stage at which it makes sense, counted from 0.

    With `options` a guess chooses up to `most` of them; without, it is written.
    """

    id: PromptId
    kind: Kind
    character: str | None
    text: Texts
    lens: Lens = Lens.MBT
    from_stage: int = 0
    poles: tuple[Pole, ...] = ()
    options: tuple[Texts, ...] = ()
    most: int = 1


@dataclass(frozen=True, slots=True)
class Vignette:
    """A story in stages, what may be asked about it, and how a therapist finds it.

    `arousal` says how stirring it may be to read: 1 for calm, 5 for very.
    """

    id: VignetteId
    title: Texts
    audience: Audience
    pattern: Pattern
    arousal: int
    theme: str
    characters: tuple[Character, ...]
    stages: tuple[Texts, ...]
    prompts: tuple[Prompt, ...]

    def prompt(self, prompt: PromptId) -> Prompt:
        """Return the prompt with this id. Raises `KeyError` if there is none."""
        return {one.id: one for one in self.prompts}[prompt]


def starters(vignette: Vignette, prompt: Prompt, language: str = "en") -> tuple[str, ...]:
    """Return beginnings of a guess, about the prompt's character or, for `why_me`, about oneself."""
    if prompt.options:
        return ()
    if prompt.kind is Kind.WHY_ME:
        return _OWN_STARTERS.get(language, _OWN_STARTERS["en"])
    names = {one.id: one.name.in_language(language) for one in vignette.characters}
    name = names[prompt.character or vignette.characters[0].id]
    begun = [one.format(name=name) for one in _STARTERS.get(language, _STARTERS["en"])]
    # A name such as "the nurse" begins a sentence here.
    return tuple(one[0].upper() + one[1:] for one in begun)

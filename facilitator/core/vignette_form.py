"""The form a vignette must have: check what a file holds and say what is to be mended.

The sentences are for the therapist who wrote the story. They name its fields as they are written there,
and count stages and prompts from 1.
"""

import re
from enum import StrEnum
from typing import Any, TypeVar

from facilitator.core.vignette import (
    NEITHER,
    Audience,
    Character,
    Kind,
    Lens,
    Pattern,
    Pole,
    Prompt,
    PromptId,
    Texts,
    Vignette,
    VignetteId,
)
from facilitator.core.vignette_faults import faults, say

FEWEST_STAGES = 2
FEWEST_PROMPTS = 2
MOST_PARTS = 12  # stages, characters or prompts
MOST_STIRRING = 5  # arousal, from 1
LONGEST_NAME = 40  # letters of a title, a name, a theme or an id
LONGEST_PROMPT = 120  # letters
LONGEST_STAGE = 600  # letters
LONGEST_OPTION = 24  # letters
FEWEST_OPTIONS = 3
MOST_CHOSEN = 3  # options of one guess

_STORY = ("id", "title", "audience", "pattern", "arousal", "theme", "characters", "stages", "prompts")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")

_Words = TypeVar("_Words", bound=StrEnum)


class VignetteError(ValueError):
    """Refuse a vignette; each of the `sentences` names a field and says how to mend it."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        self.sentence = " ".join(sentences)
        super().__init__(self.sentence)


def parse_vignette(data: object) -> Vignette:
    """Make a vignette of what a file holds. Raises `VignetteError` with what its writer is to mend."""
    story = _fields("the story", data, needed=_STORY)
    characters = _numbered("character", story["characters"], fewest=1)
    stages = _numbered("stage", story["stages"], fewest=FEWEST_STAGES)
    prompts = _numbered("prompt", story["prompts"], fewest=FEWEST_PROMPTS)
    vignette = Vignette(
        id=VignetteId(_id("the id", story["id"])),
        title=_texts("the title", story["title"], longest=LONGEST_NAME),
        audience=_word("the audience", story["audience"], Audience),
        pattern=_word("the pattern", story["pattern"], Pattern),
        arousal=_number("the arousal", story["arousal"], most=MOST_STIRRING),
        theme=_text("the theme", story["theme"], longest=LONGEST_NAME),
        characters=tuple(_character(where, one) for where, one in characters),
        stages=tuple(_texts(where, one, longest=LONGEST_STAGE) for where, one in stages),
        prompts=tuple(_prompt(where, one) for where, one in prompts),
    )
    _raise_all(list(faults(vignette)))
    return vignette


def _character(where: str, data: object) -> Character:
    one = _fields(where, data, needed=("id", "name"))
    return Character(
        id=_id(f"the id of {where}", one["id"]),
        name=_texts(f"the name of {where}", one["name"], longest=LONGEST_NAME),
    )


def _prompt(where: str, data: object) -> Prompt:
    optional = ("character", "lens", "from_stage", "poles", "options", "most")
    one = _fields(where, data, needed=("id", "kind", "text"), optional=optional)
    poles = _items(f"the poles of {where}", one.get("poles", []))
    return Prompt(
        id=PromptId(_id(f"the id of {where}", one["id"])),
        kind=_word(f"the kind of {where}", one["kind"], Kind),
        character=_id(f"the character of {where}", one["character"]) if "character" in one else None,
        text=_texts(f"the text of {where}", one["text"], longest=LONGEST_PROMPT),
        lens=_word(f"the lens of {where}", one.get("lens", "mbt"), Lens),
        from_stage=_number(f"the from_stage of {where}", one.get("from_stage", 1), most=MOST_PARTS) - 1,
        poles=tuple(_word(f"a pole of {where}", pole, Pole) for pole in poles),
        options=_options(where, one["options"]) if "options" in one else (),
        most=_number(f"the most of {where}", one.get("most", 1), most=MOST_CHOSEN),
    )


def _options(where: str, data: object) -> tuple[Texts, ...]:
    items = _items(f"the options of {where}", data, fewest=FEWEST_OPTIONS)
    own = (_texts(f"option {n} of {where}", one, longest=LONGEST_OPTION) for n, one in enumerate(items, 1))
    return (*own, *NEITHER)


def _fields(
    where: str, data: object, *, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise VignetteError(say(where, f"needs the fields {', '.join(needed)}."))
    known = needed + optional
    unknown = [say(where, f"has an unknown field: {_quote(key)}.") for key in data if key not in known]
    missing = [say(where, f"has no field “{key}”. Please add it.") for key in needed if key not in data]
    rest = [say(where, f"can have the fields {', '.join(known)}.")] if unknown else []
    _raise_all(unknown + missing + rest)
    return data


def _numbered(name: str, data: object, *, fewest: int) -> list[tuple[str, object]]:
    items = _items(f"the {name}s", data, fewest=fewest)
    return [(f"{name} {number}", one) for number, one in enumerate(items, start=1)]


def _items(where: str, data: object, *, fewest: int = 0) -> list[object]:
    if not isinstance(data, list):
        raise VignetteError(say(where, "must be a list. Begin each part with a dash."))
    if not fewest <= len(data) <= MOST_PARTS:
        raise VignetteError(say(where, f"must be {fewest} to {MOST_PARTS} in number, not {len(data)}."))
    return data


def _texts(where: str, data: object, *, longest: int) -> Texts:
    if not isinstance(data, dict) or not data:
        raise VignetteError(say(where, "needs a language before its words, like “en: Hello”."))
    for language in data:
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise VignetteError(say(where, "has a language that is not written like “en” or “pt-BR”."))
    return Texts(tuple((one, _text(f"{where} ({one})", data[one], longest=longest)) for one in data))


def _text(where: str, data: object, *, longest: int) -> str:
    if data is not None and not isinstance(data, str):
        raise VignetteError(say(where, "cannot be read as words. Put quotation marks around it."))
    text = (data or "").strip()
    if not text:
        raise VignetteError(say(where, "has no words yet."))
    if len(text) > longest:
        raise VignetteError(say(where, f"has {len(text)} letters. It can have {longest} at most."))
    return text


def _id(where: str, data: object) -> str:
    if not isinstance(data, str) or not _ID.fullmatch(data) or len(data) > LONGEST_NAME:
        like = "Use small letters, digits and hyphens, like “two-coffees”."
        raise VignetteError(say(where, f"is {_quote(data)}. {like}"))
    return data


def _word(where: str, data: object, words: type[_Words]) -> _Words:
    if not isinstance(data, str) or data not in set(words):
        raise VignetteError(say(where, f"is {_quote(data)}. It can be {', '.join(words)}."))
    return words(data)


def _number(where: str, data: object, *, most: int) -> int:
    # To Python, yes and no are numbers too.
    if not isinstance(data, int) or isinstance(data, bool) or not 1 <= data <= most:
        raise VignetteError(say(where, f"must be a whole number from 1 to {most}."))
    return data


def _raise_all(sentences: list[str]) -> None:
    if sentences:
        raise VignetteError(*sentences)


def _quote(data: object) -> str:
    return f"“{data[:LONGEST_NAME]}”" if isinstance(data, str) else "not text"

"""What is wrong with a vignette as a whole, though each of its fields is well formed."""

import re
from collections.abc import Iterator

from facilitator.core.vignette import NEITHER, Texts, Vignette

MOST_WORDS = 60  # in one stage
FEWEST_KINDS = 2

# Others can read an id or a title on a phone, so neither may tell what the room is for.
_TELLING = re.compile(r"therap|clinic|diagnos|disorder|symptom|patient|trauma|borderline|mentali[sz]", re.I)


def faults(vignette: Vignette) -> Iterator[str]:
    """Say what is to be mended in a vignette, sentence by sentence; of a sound one, nothing."""
    yield from _telling(vignette)
    yield from _untranslated(vignette)
    yield from _unspeakable(vignette)
    for number, stage in enumerate(vignette.stages, start=1):
        for language, text in stage.pairs:
            if (words := len(text.split())) > MOST_WORDS:
                yield f"Stage {number} ({language}) has {words} words. It can have {MOST_WORDS} at most."
    yield from _repeated("characters", [one.id for one in vignette.characters])
    yield from _repeated("prompts", [one.id for one in vignette.prompts])
    yield from _misplaced(vignette)
    if len({one.kind for one in vignette.prompts}) < FEWEST_KINDS:
        yield f"All prompts are of one kind. Use at least {FEWEST_KINDS} kinds."


def _telling(vignette: Vignette) -> Iterator[str]:
    titles = [(f"the title ({language})", text) for language, text in vignette.title.pairs]
    for where, text in [("the id", vignette.id), *titles]:
        if found := _TELLING.search(text):
            yield say(where, f"has “{found[0]}” in it. Others may see it, so please choose a neutral word.")


def _untranslated(vignette: Vignette) -> Iterator[str]:
    expected = vignette.title.languages
    named = [(f"the name of character {n}", one.name) for n, one in enumerate(vignette.characters, start=1)]
    staged = [(f"stage {n}", one) for n, one in enumerate(vignette.stages, start=1)]
    asked = [(f"the text of prompt {n}", one.text) for n, one in enumerate(vignette.prompts, start=1)]
    for where, texts in named + staged + asked + _offered(vignette):
        if texts.languages != expected:
            found = ", ".join(texts.languages)
            yield say(where, f"is in {found}, but the title is in {', '.join(expected)}.")


def _offered(vignette: Vignette) -> list[tuple[str, Texts]]:
    return [
        (f"option {place} of prompt {n}", option)
        for n, one in enumerate(vignette.prompts, start=1)
        for place, option in enumerate(one.options[: -len(NEITHER)], start=1)
    ]


def _unspeakable(vignette: Vignette) -> Iterator[str]:
    """Find options that cannot be read out with commas between them."""
    for where, option in _offered(vignette):
        if any("," in text for _, text in option.pairs):
            yield say(where, "has a comma in it.")


def _repeated(what: str, ids: list[str]) -> Iterator[str]:
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"Two {what} have the id “{one}”. Each needs its own."


def _misplaced(vignette: Vignette) -> Iterator[str]:
    """Find prompts about nobody in the story, or at no place in it."""
    characters = {one.id for one in vignette.characters}
    stages = len(vignette.stages)
    for number, one in enumerate(vignette.prompts, start=1):
        if one.character is not None and one.character not in characters:
            yield f"Prompt {number} is about “{one.character}”, who is not one of the characters."
        if one.from_stage >= stages:
            yield f"Prompt {number} waits for stage {one.from_stage + 1}, but there are only {stages} stages."
    if vignette.prompts[0].from_stage > 0:
        yield "Prompt 1 is asked first, so it cannot wait for a later stage."


def say(where: str, what: str) -> str:
    """Begin a sentence with the field that it is about."""
    return f"{where[0].upper()}{where[1:]} {what}"

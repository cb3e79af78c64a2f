"""Prompts with options: what a guess may choose of them, in words that belong to everybody."""

from dataclasses import replace

from facilitator.core.errors import BadForm, EmptyText, TooMany, WrongPhase
from facilitator.core.guess import Envelope, Sent, clean
from facilitator.core.vignette import Prompt

SURENESS = ("Just a hunch", "A bit sure", "Quite sure", "Very sure")
"""The steps of how sure somebody is of a guess, from the least (clinical.md §3.4)."""

_ANOTHER_PROMPT = "The question is another one now. Your words stay on this phone."


def fit(sending: Envelope, prompt: Prompt, *, sureness: bool, language: str = "en") -> Envelope:
    """Return what is sent as it may be kept in a round that asks `prompt`, with the options' own words.

    Raises `EmptyText` when nothing is written or chosen, `TooMany` beyond the prompt's `most`, `BadForm` for
    what is no option or step, `WrongPhase` for words where there are options, or the other way round.
    """
    if sending.sent not in (Sent.GUESS, Sent.HAND):
        return replace(sending, text="", options=(), sure=None)
    if sending.sure is not None and not 0 <= sending.sure < len(SURENESS):
        raise BadForm
    sure = sending.sure if sureness else None
    if not prompt.options:
        if sending.options:
            raise WrongPhase(_ANOTHER_PROMPT)
        if not sending.text:
            raise EmptyText
        return replace(sending, sure=sure)
    if sending.text and not sending.options:
        raise WrongPhase(_ANOTHER_PROMPT)
    chosen = _check(sending.options, prompt)
    return replace(sending, text=words_of(chosen, prompt, language), options=chosen, sure=sure)


def words_of(options: tuple[int, ...], prompt: Prompt, language: str = "en") -> str:
    """Return the words of options with commas between them; places that are no option are passed over."""
    known = [prompt.options[one] for one in options if 0 <= one < len(prompt.options)]
    return ", ".join(one.in_language(language) for one in known)


def read_options(text: str, prompt: Prompt, language: str = "en") -> tuple[int, ...]:
    """Return the options that a guess said aloud names, with commas between them.

    Raises `BadForm` for words that are none of the options.
    """
    labels = [one.in_language(language) for one in prompt.options]
    # Both without curly quotes and the like, which keyboards put in by themselves.
    places = {clean(label).casefold(): place for place, label in enumerate(labels)}
    parts = (one.strip(" .") for one in text.replace("\n", ",").split(","))
    named = [clean(one).casefold() for one in parts if one]
    if unknown := [one for one in named if one not in places]:
        raise BadForm(f"“{unknown[0]}” is not among the words to choose from: {', '.join(labels)}.")
    return tuple(places[one] for one in named)


def _check(options: tuple[int, ...], prompt: Prompt) -> tuple[int, ...]:
    chosen = tuple(sorted(set(options)))
    if not chosen:
        raise EmptyText("Nothing is chosen yet. Choose what fits, or pass this time.")
    if not all(0 <= one < len(prompt.options) for one in chosen):
        raise BadForm
    if len(chosen) > prompt.most:
        raise TooMany(_too_many(prompt.most))
    return chosen


def _too_many(most: int) -> str:
    return "Please choose only one." if most == 1 else f"Please choose {most} at most."

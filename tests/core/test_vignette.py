import copy
from collections.abc import Callable
from typing import Any

import pytest

from facilitator.core.vignette import (
    Character,
    Kind,
    Lens,
    Pole,
    Prompt,
    PromptId,
    Texts,
    starters,
)
from facilitator.core.vignette_form import VignetteError, parse_vignette

Story = dict[str, Any]

STORY: Story = {
    "id": "the-ladder",
    "title": {"en": "The ladder"},
    "audience": "both",
    "pattern": "none",
    "arousal": 1,
    "theme": "neighbours",
    "characters": [{"id": "noor", "name": {"en": "Noor"}}, {"id": "boss", "name": {"en": "the boss"}}],
    "stages": [{"en": "Noor carries a ladder home."}, {"en": "Noor carries it back."}],
    "prompts": [
        {"id": "mind", "kind": "thinking", "character": "noor", "text": {"en": "What might Noor think?"}},
        {"id": "boss", "kind": "other_side", "character": "boss", "text": {"en": "And the boss?"}},
        {"id": "me", "kind": "why_me", "text": {"en": "What in me makes me read it this way?"}},
    ],
}

Change = Callable[[Story], Any]


def changed(change: Change) -> Story:
    story = copy.deepcopy(STORY)
    change(story)
    return story


def refusal(data: object) -> tuple[str, ...]:
    with pytest.raises(VignetteError) as refused:
        parse_vignette(data)
    return refused.value.sentences


def test_a_sound_story_is_read_as_it_was_written() -> None:
    story = parse_vignette(STORY)
    assert story.id == "the-ladder"
    assert story.title.in_language() == "The ladder"
    assert story.characters[0] == Character("noor", Texts((("en", "Noor"),)))
    assert [stage.in_language() for stage in story.stages] == [
        "Noor carries a ladder home.",
        "Noor carries it back.",
    ]
    assert [prompt.kind for prompt in story.prompts] == [Kind.THINKING, Kind.OTHER_SIDE, Kind.WHY_ME]


def test_a_prompt_says_little_unless_it_has_more_to_say() -> None:
    plain = parse_vignette(STORY).prompt(PromptId("me"))
    assert (plain.character, plain.lens, plain.from_stage, plain.poles) == (None, Lens.MBT, 0, ())
    more = {"lens": "dbt", "from_stage": 2, "poles": ["self", "affective"]}
    full = parse_vignette(changed(lambda it: it["prompts"][2].update(more))).prompt(PromptId("me"))
    assert (full.lens, full.poles) == (Lens.DBT, (Pole.SELF, Pole.AFFECTIVE))


def test_files_count_stages_from_one_and_the_program_from_zero() -> None:
    story = parse_vignette(changed(lambda it: it["prompts"][1].update(from_stage=2)))
    assert [prompt.from_stage for prompt in story.prompts] == [0, 1, 0]


def test_a_prompt_that_is_not_there_is_not_found() -> None:
    with pytest.raises(KeyError):
        parse_vignette(STORY).prompt(PromptId("weather"))


def test_a_text_comes_in_the_language_asked_for_or_in_english_or_in_what_there_is() -> None:
    both = Texts((("de", "Die Leiter"), ("en", "The ladder")))
    assert both.in_language("de") == "Die Leiter"
    assert both.in_language("fr") == "The ladder"
    assert Texts((("de", "Die Leiter"),)).in_language("fr") == "Die Leiter"


def test_starters_speak_of_the_prompts_character_by_name() -> None:
    story = parse_vignette(STORY)
    assert starters(story, story.prompts[0]) == ("Maybe Noor feels…", "Noor might think…", "Part of Noor…")
    assert starters(story, story.prompts[1])[:2] == ("Maybe the boss feels…", "The boss might think…")


def test_starters_of_a_prompt_about_nobody_speak_of_the_first_character() -> None:
    story = parse_vignette(STORY)
    nobody = Prompt(PromptId("all"), Kind.FEELING, None, Texts((("en", "What might it be like?"),)))
    assert starters(story, nobody)[0] == "Maybe Noor feels…"


def test_starters_about_oneself_name_no_character() -> None:
    story = parse_vignette(STORY)
    assert starters(story, story.prompts[2], "xx") == ("Maybe I…", "I might think of…", "Part of me…")


def test_a_name_cannot_smuggle_a_field_into_a_starter() -> None:
    story = parse_vignette(changed(lambda it: it["characters"][0].update(name={"en": "{name.x}"})))
    assert starters(story, story.prompts[0])[0] == "Maybe {name.x} feels…"


@pytest.mark.parametrize(
    "change,sentence",
    [
        (lambda it: it.pop("theme"), "The story has no field “theme”. Please add it."),
        (lambda it: it.update(answer="He is sad"), "The story has an unknown field: “answer”."),
        (
            lambda it: it["stages"][0].update(answer="x"),
            "Stage 1 has a language that is not written like “en” or “pt-BR”.",
        ),
        (lambda it: it["prompts"][1].update(answer="x"), "Prompt 2 has an unknown field: “answer”."),
        (lambda it: it["characters"][0].update(feels={}), "Character 1 has an unknown field: “feels”."),
        (lambda it: it.update({False: 1}), "The story has an unknown field: not text."),
        (
            lambda it: it.update(id="The Ladder"),
            "The id is “The Ladder”. Use small letters, digits and hyphens, like “two-coffees”.",
        ),
        (
            lambda it: it.update(id=12),
            "The id is not text. Use small letters, digits and hyphens, like “two-coffees”.",
        ),
        (
            lambda it: it["prompts"][0].update(id="a_b"),
            "The id of prompt 1 is “a_b”. Use small letters, digits and hyphens, like “two-coffees”.",
        ),
        (
            lambda it: it.update(id="therapy-ladder"),
            "The id has “therap” in it. Others may see it, so please choose a neutral word.",
        ),
        (
            lambda it: it.update(title={"en": "Clinic day"}),
            "The title (en) has “Clinic” in it. Others may see it, so please choose a neutral word.",
        ),
        (
            lambda it: it.update(title={"en": "a" * 41}),
            "The title (en) has 41 letters. It can have 40 at most.",
        ),
        (lambda it: it.update(title={"en": " "}), "The title (en) has no words yet."),
        (lambda it: it.update(title={"en": None}), "The title (en) has no words yet."),
        (
            lambda it: it.update(title={"en": 724}),
            "The title (en) cannot be read as words. Put quotation marks around it.",
        ),
        (
            lambda it: it.update(title="The ladder"),
            "The title needs a language before its words, like “en: Hello”.",
        ),
        (
            lambda it: it.update(title={False: "Stigen"}),
            "The title has a language that is not written like “en” or “pt-BR”.",
        ),
        (
            lambda it: it["stages"][1].update(de="Noor trägt sie zurück."),
            "Stage 2 is in de, en, but the title is in en.",
        ),
        (
            lambda it: it.update(audience="children"),
            "The audience is “children”. It can be adult, adolescent, both.",
        ),
        (
            lambda it: it.update(pattern=["none"]),
            "The pattern is not text. It can be hyperactivating, deactivating, mixed, none.",
        ),
        (lambda it: it.update(arousal=6), "The arousal must be a whole number from 1 to 5."),
        (lambda it: it.update(arousal=0), "The arousal must be a whole number from 1 to 5."),
        (lambda it: it.update(arousal="2"), "The arousal must be a whole number from 1 to 5."),
        (lambda it: it.update(arousal=True), "The arousal must be a whole number from 1 to 5."),
        (
            lambda it: it.update(theme=["work"]),
            "The theme cannot be read as words. Put quotation marks around it.",
        ),
        (lambda it: it.update(characters=[]), "The characters must be 1 to 12 in number, not 0."),
        (lambda it: it["characters"].append("Sam"), "Character 3 needs the fields id, name."),
        (
            lambda it: it["characters"][1].update(id="noor"),
            "Two characters have the id “noor”. Each needs its own.",
        ),
        (
            lambda it: it.update(stages="Noor walks."),
            "The stages must be a list. Begin each part with a dash.",
        ),
        (lambda it: it["stages"].pop(), "The stages must be 2 to 12 in number, not 1."),
        (
            lambda it: it["stages"][1].update(en="step " * 61),
            "Stage 2 (en) has 61 words. It can have 60 at most.",
        ),
        (
            lambda it: it["stages"][1].update(en="a" * 601),
            "Stage 2 (en) has 601 letters. It can have 600 at most.",
        ),
        (lambda it: it.update(prompts=it["prompts"][:1]), "The prompts must be 2 to 12 in number, not 1."),
        (lambda it: it.update(prompts=it["prompts"] * 5), "The prompts must be 2 to 12 in number, not 15."),
        (
            lambda it: [one.update(kind="feeling") for one in it["prompts"]],
            "All prompts are of one kind. Use at least 2 kinds.",
        ),
        (
            lambda it: it["prompts"][1].update(id="mind"),
            "Two prompts have the id “mind”. Each needs its own.",
        ),
        (
            lambda it: it["prompts"][0].update(kind="guessing"),
            "The kind of prompt 1 is “guessing”. "
            "It can be thinking, feeling, intending, need, urge, other_side, why_me.",
        ),
        (
            lambda it: it["prompts"][0].update(character="sam"),
            "Prompt 1 is about “sam”, who is not one of the characters.",
        ),
        (
            lambda it: it["prompts"][0].update(text={"en": "why " * 31}),
            "The text of prompt 1 (en) has 123 letters. It can have 120 at most.",
        ),
        (
            lambda it: it["prompts"][2].update(lens="gestalt"),
            "The lens of prompt 3 is “gestalt”. It can be mbt, cbt, schema, dbt, tfp.",
        ),
        (
            lambda it: it["prompts"][2].update(from_stage=3),
            "Prompt 3 waits for stage 3, but there are only 2 stages.",
        ),
        (
            lambda it: it["prompts"][2].update(from_stage=0),
            "The from_stage of prompt 3 must be a whole number from 1 to 12.",
        ),
        (
            lambda it: it["prompts"][0].update(from_stage=2),
            "Prompt 1 is asked first, so it cannot wait for a later stage.",
        ),
        (
            lambda it: it["prompts"][0].update(poles="self"),
            "The poles of prompt 1 must be a list. Begin each part with a dash.",
        ),
        (
            lambda it: it["prompts"][0].update(poles=["north"]),
            "A pole of prompt 1 is “north”. It can be automatic, controlled, self, other, "
            "internal, external, cognitive, affective.",
        ),
    ],
)
def test_a_story_that_is_not_sound_is_refused_with_the_field_and_what_to_mend(
    change: Change, sentence: str
) -> None:
    assert sentence in refusal(changed(change))


@pytest.mark.parametrize("data", [None, "", [], 7, "A story"])
def test_what_is_no_story_at_all_is_told_what_a_story_needs(data: object) -> None:
    (sentence,) = refusal(data)
    assert sentence.startswith("The story needs the fields id, title, audience")


def test_all_that_is_wrong_with_the_words_is_told_at_once() -> None:
    def break_three(it: Story) -> None:
        it["stages"] = [{"en": "step " * 61}, {"en": "step " * 62}]
        it["prompts"][0]["character"] = "sam"

    assert len(refusal(changed(break_three))) == 3


def test_an_endless_text_is_not_repeated_to_its_writer() -> None:
    (sentence,) = refusal(changed(lambda it: it.update(id="A" * 10_000)))
    assert len(sentence) < 150

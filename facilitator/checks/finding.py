"""A finding of `flask doctor`: one plain sentence, and how it is meant."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Grade(StrEnum):
    """How a finding is meant."""

    GOOD = "good"
    ADVICE = "advice"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """One plain sentence."""

    grade: Grade
    sentence: str


def good(sentence: str) -> Finding:
    """Say what is as it should be."""
    return Finding(Grade.GOOD, sentence)


def advice(sentence: str) -> Finding:
    """Say what could be better, and how."""
    return Finding(Grade.ADVICE, sentence)


def wrong(sentence: str) -> Finding:
    """Say what must be mended, and how."""
    return Finding(Grade.WRONG, sentence)


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file of the kernel's, or none where there is no such file."""
    return path.read_text().splitlines() if os.access(path, os.R_OK) else []

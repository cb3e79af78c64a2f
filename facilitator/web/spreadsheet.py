"""A table for a spreadsheet, in which no cell is read as a formula (privacy.md §3)."""

import csv
import io
from collections.abc import Iterable

# What begins with one of these a spreadsheet may compute; a quote before it makes it words.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Write a table as CSV in UTF-8, with the mark by which spreadsheets know that it is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_words(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _words(cell: object) -> str:
    words = str(cell)
    return f"'{words}" if words.startswith(_FORMULA) else words

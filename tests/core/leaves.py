"""What a view holds, down to the last field: for tests that nothing else is there."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum


def leaves(value: object) -> Iterator[object]:
    """Yield every single value within a view, whatever it is wrapped in; of an enum, its member.

    Raises `TypeError` for anything a view should not be made of.
    """
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, tuple | frozenset):
        for one in value:
            yield from leaves(one)
    elif value is None or isinstance(value, Enum | str | bool | int | float):
        yield value
    else:
        raise TypeError(f"A view should not hold a {type(value).__name__}.")


def texts(value: object) -> list[str]:
    """Return every text within a view; words that are one of a few, such as a phase, are not texts."""
    return [one for one in leaves(value) if isinstance(one, str) and not isinstance(one, Enum)]


def numbers(value: object) -> list[float]:
    """Return every number within a view."""
    return [one for one in leaves(value) if isinstance(one, int | float) and not isinstance(one, bool | Enum)]

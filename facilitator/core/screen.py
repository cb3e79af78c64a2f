"""What the therapist has put on the shared screen, how it is set, and where people look at all."""

from dataclasses import dataclass
from enum import StrEnum

MOST_PAGES = 50


class Shows(StrEnum):
    """What the shared screen shows: the room as it goes, how to join, or nothing."""

    ROOM = "room"
    JOIN = "join"
    BLANK = "blank"


class Where(StrEnum):
    """Where people look: at a big screen, at the console itself, or at their phones alone."""

    WALL = "wall"
    SHARED = "shared"
    PHONES = "phones"


@dataclass(frozen=True, slots=True)
class Screen:
    """The shared screen as the therapist set it.

    `page` counts the pages that were turned, from 0; the screen itself knows how many there are and begins
    again after the last. `far` is for a small screen or a large room, `dark` for a dark one.
    """

    shows: Shows = Shows.ROOM
    page: int = 0
    far: bool = False
    dark: bool = False


AT_FIRST = Screen()
"""How every room's shared screen begins."""

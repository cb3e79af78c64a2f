"""What a console is told between two commands: how far guessing is, who is here, and quiet signals."""

from dataclasses import dataclass, replace

from facilitator.core.guess import Progress
from facilitator.core.room import Room
from facilitator.core.round import Phase


@dataclass(frozen=True, slots=True)
class Phone:
    """One member's phone as the console may name it: a meaningless reference, and whether it is awake."""

    seat: str
    awake: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """What moves without a command, as of the last tick: the progress word and the quiet signals.

    `sent` is how many are done, in rooms whose therapist asked for exact numbers. `opened` says since when
    guessing is open, and `phones_out` since when phones are in use in this room (seconds since 1970).
    """

    tick: int = 0
    progress: Progress = Progress.COMING_IN
    sent: int | None = None
    opened: float | None = None
    phones_out: float | None = None
    slow_down: bool = False
    at_the_door: bool = False
    phones: tuple[Phone, ...] = ()
    word: bool = False


def what_holds(pulse: Pulse, room: Room) -> Pulse:
    """What of a pulse holds now: how far guessing is while it goes on, a knock while the door is locked."""
    if not room.locked:
        pulse = replace(pulse, at_the_door=False)  # Whoever waited there walks in.
    if room.phase is not Phase.GUESSING:
        return replace(pulse, progress=Progress.COMING_IN, sent=None, opened=None)
    return pulse if room.exact else replace(pulse, sent=None)

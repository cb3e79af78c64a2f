"""What a room lets people know of its guesses, said apart from the views that are held against it."""

from facilitator.core.room import Room
from facilitator.core.round import Phase


def shown(room: Room) -> set[str]:
    """What everybody may see: the revealed guesses of the round that is shown."""
    back = [one for one in room.rounds if one.id == room.looking_back]
    seen = back or ([room.round] if room.round else [])
    return {guess.text for one in seen for guess in one.guesses if guess.id in one.shown}


def counted(room: Room) -> bool:
    """Say whether everybody may see what was chosen among options, in the round that is shown."""
    back = [one for one in room.rounds if one.id == room.looking_back]
    return any(one.spread_shown for one in back or room.rounds[-1:])


def unfolded(room: Room) -> set[str]:
    """What consoles may see: all guesses of rounds that were revealed."""
    return {guess.text for one in room.rounds if one.phase is Phase.REVEALED for guess in one.guesses}

"""What a room lets people know of its guesses, said apart from the views that are held against it."""

from collections.abc import Callable

from facilitator.core import round_view as round_views
from facilitator.core.room import Room
from facilitator.core.round import Phase, Round


def shown(room: Room) -> set[str]:
    """What everybody may see of the round that is shown: its revealed guesses, and the names over them."""
    back = [one for one in room.rounds if one.id == room.looking_back]
    seen = back or ([room.round] if room.round else [])
    texts = {guess.text for one in seen for guess in one.guesses if guess.id in one.shown}
    names = {of.name for one in seen for of in one.clusters if {*of.guesses} & {*one.shown}}
    return texts | names - {""}


def counted(room: Room) -> bool:
    """Say whether everybody may see what was chosen among options, in the round that is shown."""
    back = [one for one in room.rounds if one.id == room.looking_back]
    return any(one.spread_shown for one in back or room.rounds[-1:])


def unfolded(room: Room) -> set[str]:
    """What consoles may see: all guesses, and all names of clusters, of rounds that were revealed."""
    revealed = [one for one in room.rounds if one.phase is Phase.REVEALED]
    texts = {guess.text for one in revealed for guess in one.guesses}
    return texts | {of.name for one in revealed for of in one.clusters} - {""}


def with_empty_ones(honest: Callable[..., tuple[round_views.Group, ...]]) -> Callable[..., object]:
    """Break a view so that it names clusters of which nothing is shown."""

    def leaky(round_: Round, *rest: object) -> tuple[round_views.Group, ...]:
        return (*honest(round_, *rest), *(round_views.Group(one.name, ()) for one in round_.clusters))

    return leaky

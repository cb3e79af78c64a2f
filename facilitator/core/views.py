"""What each viewer may know: one function per viewer, and nothing else leaves a room (privacy.md §2)."""

from dataclasses import dataclass, replace

from facilitator.core.codes import show_code
from facilitator.core.guess import GuessId, Progress, Sent
from facilitator.core.offers import Library as Library
from facilitator.core.offers import Offer as Offer
from facilitator.core.offers import (
    possible_verbs,
    prompts_to_ask,
    rounds_to_look_back,
    vignettes_to_start,
)
from facilitator.core.options import SURENESS
from facilitator.core.pulse import Pulse, what_holds
from facilitator.core.room import Room
from facilitator.core.round import Phase, Round
from facilitator.core.round_view import RoundView, for_all, round_view
from facilitator.core.screen import AT_FIRST, Screen, Where
from facilitator.core.suggestions import suggestion
from facilitator.core.vignette import VignetteId, starters


@dataclass(frozen=True, slots=True)
class Own:
    """What one member sent in the present round; `n` counts their sendings."""

    sent: Sent | None = None
    text: str = ""
    n: int = 0
    options: tuple[int, ...] = ()
    sure: int | None = None


@dataclass(frozen=True, slots=True)
class MemberView:
    """What a member's phone may show. `own` is this phone's alone and never part of a broadcast."""

    phase: Phase
    stopped: bool
    looking_back: bool
    code: str
    round: RoundView | None
    last_call: bool = False
    starters: tuple[str, ...] = ()
    sureness: tuple[str, ...] = ()
    own: Own = Own()


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What the shared screen may show; `code` is the join code while people may join."""

    phase: Phase
    stopped: bool
    looking_back: bool
    code: str
    locked: bool
    round: RoundView | None
    progress: Progress | None = None
    screen: Screen = AT_FIRST


@dataclass(frozen=True, slots=True)
class Card:
    """A guess as the console may show it once it is unfolded."""

    id: GuessId
    text: str
    held_back: bool
    shown: bool
    spotlit: bool
    place: int | None = None


@dataclass(frozen=True, slots=True)
class TherapistView:
    """What the console may show. `can` holds the verbs allowed now."""

    phase: Phase
    stopped: bool
    locked: bool
    looking_back: bool
    code: str
    round: RoundView | None
    can: frozenset[str]
    vignettes: tuple[Offer, ...]
    prompts: tuple[Offer, ...]
    earlier: tuple[Offer, ...]
    pulse: Pulse
    progress: Progress | None
    last_call: bool = False
    looking: bool = False
    count: int | None = None
    cards: tuple[Card, ...] = ()
    next_guess: GuessId | None = None
    clusters: tuple[str, ...] = ()
    screen: Screen = AT_FIRST
    exact: bool = False
    asks_sureness: bool = False
    rounds: int = 0
    where: Where = Where.WALL
    suggestion: str = ""
    practice: bool = False


def member_view(room: Room, library: Library, own: Own | None = None, *, language: str = "en") -> MemberView:
    """Build what one member may know; `own` is None in what is sent to all members alike."""
    seen = _seen(room)
    calm = MemberView(_phase(room), room.stopped, bool(room.looking_back), show_code(room.code), None)
    if seen is None:
        return calm
    vignette = library[seen.vignette]
    asked = starters(vignette, vignette.prompt(seen.prompt), language)
    return replace(
        calm,
        round=for_all(seen, room.rounds, library, language),
        last_call=seen.last_call and seen.phase is Phase.GUESSING,
        starters=() if seen.phase is Phase.READING else asked,
        sureness=SURENESS if room.asks_sureness and seen.phase is Phase.GUESSING else (),
        own=own if own and not room.looking_back else Own(),
    )


def screen_view(room: Room, library: Library, pulse: Pulse, *, language: str = "en") -> ScreenView:
    """Build what the shared screen may know: never a number, only one of three words of progress."""
    seen = _seen(room)
    joining = not room.locked and room.phase is not Phase.ENDED
    return ScreenView(
        phase=_phase(room),
        stopped=room.stopped,
        looking_back=bool(room.looking_back),
        code=show_code(room.code) if joining else "",
        locked=room.locked,
        round=for_all(seen, room.rounds, library, language) if seen else None,
        progress=pulse.progress if room.phase is Phase.GUESSING else None,
        screen=room.screen,
    )


def therapist_view(
    room: Room,
    library: Library,
    pulse: Pulse,
    *,
    planned: VignetteId | None = None,
    where: Where = Where.WALL,
    practice: bool = False,
    look: bool = False,
    language: str = "en",
) -> TherapistView:
    """Build what a console may know.

    With `look` guesses that were looked at first are unfolded, for this console alone. `planned` is the
    vignette that was chosen when the room was made, and `where` is where people look.
    """
    seen = _seen(room)
    guessing = room.phase is Phase.GUESSING
    closed = seen is not None and seen.phase in (Phase.CLOSED, Phase.REVEALED)
    looking = look and seen is not None and seen.looked and seen.phase is Phase.CLOSED
    unfolded = looking or (seen is not None and seen.phase is Phase.REVEALED)
    return TherapistView(
        phase=_phase(room),
        stopped=room.stopped,
        locked=room.locked,
        looking_back=bool(room.looking_back),
        code=show_code(room.code),
        round=round_view(seen, room.rounds, library, language) if seen else None,
        can=possible_verbs(room, library, pulse.progress),
        vignettes=vignettes_to_start(room, library, planned, language),
        prompts=prompts_to_ask(room, library, language),
        earlier=rounds_to_look_back(room, library, language),
        pulse=what_holds(pulse, room),
        progress=pulse.progress if guessing else None,
        last_call=guessing and bool(room.round and room.round.last_call),
        looking=looking,
        count=seen.count if seen and closed else None,
        cards=_cards(seen) if seen and unfolded else (),
        next_guess=_next_guess(room.round) if room.round and not room.looking_back else None,
        clusters=tuple(one.name for one in seen.clusters) if seen else (),
        screen=room.screen,
        exact=room.exact,
        asks_sureness=room.asks_sureness,
        rounds=sum(one.phase is not Phase.READING for one in room.rounds),
        where=where,
        practice=practice,
        suggestion=_suggestion(_phase(room), seen, library),
    )


def _seen(room: Room) -> Round | None:
    """The round that everyone is shown: the present one, or the one looked back at."""
    if room.looking_back is None:
        return room.round
    return next(one for one in room.rounds if one.id == room.looking_back)


def _phase(room: Room) -> Phase:
    return Phase.REVEALED if room.looking_back else room.phase


def _suggestion(phase: Phase, seen: Round | None, library: Library) -> str:
    if seen is None:
        return suggestion(phase)
    if seen.phase is Phase.CLOSED and not seen.can_be_shown:
        return ""  # All that could be said before a reveal is about what will be seen.
    kind = library[seen.vignette].prompt(seen.prompt).kind
    return suggestion(phase, kind=kind, second_look=seen.second_look, steady=seen.id)


def _next_guess(round_: Round) -> GuessId | None:
    """The guess that revealing one by one shows next, in the order that closing drew."""
    return next((one for one in round_.presentable if one not in round_.shown), None)


def _cards(round_: Round) -> tuple[Card, ...]:
    placed = {guess: place for place, one in enumerate(round_.clusters) for guess in one.guesses}
    return tuple(
        Card(
            id=guess.id,
            text=guess.text,
            held_back=guess.id in round_.held_back,
            shown=guess.id in round_.shown,
            spotlit=guess.id == round_.spotlight,
            place=placed.get(guess.id),
        )
        for guess in round_.guesses
    )

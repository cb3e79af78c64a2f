"""The live sitting as one value: every verb takes a room and returns the room that follows."""

from dataclasses import dataclass, replace
from typing import Any, NewType

from facilitator.core import round as rounds
from facilitator.core.codes import Code
from facilitator.core.errors import Ended, WrongPhase
from facilitator.core.guess import Guess, GuessId
from facilitator.core.round import Phase, Round, RoundId
from facilitator.core.screen import AT_FIRST, MOST_PAGES, Screen
from facilitator.core.spread import Spread
from facilitator.core.verbs import WHEN, WHILE_STOPPED
from facilitator.core.vignette import PromptId, Vignette

RoomId = NewType("RoomId", str)


@dataclass(frozen=True, slots=True)
class Room:
    """A room. `outside` says where it stands while no round runs; `rounds` ends with the present one."""

    id: RoomId
    code: Code
    version: int = 1
    outside: Phase | None = Phase.LOBBY
    rounds: tuple[Round, ...] = ()
    stopped: bool = False
    locked: bool = False
    exact: bool = False
    asks_sureness: bool = False
    screen: Screen = AT_FIRST
    looking_back: RoundId | None = None
    last_op: str = ""

    @property
    def phase(self) -> Phase:
        """The one phase the room is in."""
        return self.outside or self.rounds[-1].phase

    @property
    def round(self) -> Round | None:
        """The present round, or None outside of rounds."""
        return None if self.outside else self.rounds[-1]

    @property
    def earlier(self) -> tuple[Round, ...]:
        """The rounds before the present one that were revealed, and can be looked back at."""
        before = self.rounds if self.outside else self.rounds[:-1]
        return tuple(one for one in before if one.phase is Phase.REVEALED)

    def can(self, verb: str) -> bool:
        """Say whether `verb` is allowed in this phase; what it acts on may still refuse it."""
        return self.phase in WHEN[verb] and (not self.stopped or verb in WHILE_STOPPED)


def start(room: Room, vignette: Vignette, round_id: RoundId) -> Room:
    """Begin a vignette at its first stage and first prompt. Raises `WrongPhase`, `Ended`."""
    _allow(room, "start")
    return _new_round(room, Round(round_id, vignette.id, 0, vignette.prompts[0].id))


def ask(room: Room, vignette: Vignette, prompt: PromptId, round_id: RoundId) -> Room:
    """Ask another prompt: in place of the present one while reading, in a new round after closing.

    Raises `WrongPhase` for a prompt that this stage of the vignette does not offer.
    """
    now = round_for(room, "ask")
    if not any(one.id == prompt and one.from_stage <= now.stage for one in vignette.prompts):
        raise WrongPhase("This question does not belong to this part of the story.")
    if room.phase is not Phase.READING:
        return _new_round(room, Round(round_id, now.vignette, now.stage, prompt))
    if prompt == now.prompt:
        return room
    # Under an id of its own, or what was meant for the prompt before could still be sent to this one.
    return _with_round(room, replace(now, id=round_id, prompt=prompt))


def open_guessing(room: Room, *, people: int) -> Room:
    """Let guesses come in. `people` is how many are here to guess (a count)."""
    now = round_for(room, "open")
    return _with_round(room, replace(now, phase=Phase.GUESSING, people=people))


def last_call(room: Room) -> Room:
    """Tell the phones, once and without a clock, that guessing is closing soon."""
    now = round_for(room, "last-call")
    return _with_round(room, replace(now, last_call=True))


def close(room: Room, guesses: tuple[Guess, ...], spread: Spread | None = None) -> Room:
    """Close guessing for good; the envelopes left `guesses`, the shuffled pile, or a `spread` of choices."""
    now = round_for(room, "close")
    return _with_round(room, replace(now, phase=Phase.CLOSED, guesses=guesses, spread=spread))


def look_first(room: Room) -> Room:
    """Remember that a therapist read the guesses before they were revealed."""
    now = round_for(room, "look-first")
    return _with_round(room, replace(now, looked=True))


def hold_back(room: Room, guess: GuessId) -> Room:
    """Keep one guess from being shown."""
    return _with_round(room, rounds.hold_back(round_for(room, "hold-back"), guess))


def put_back(room: Room, guess: GuessId) -> Room:
    """Undo `hold_back`."""
    return _with_round(room, rounds.put_back(round_for(room, "put-back"), guess))


def reveal(room: Room, guess: GuessId | None = None, *, anyway: bool = False) -> Room:
    """Show one guess or all. Raises `EmptyText`, `TooFew`, `WrongPhase` (see `round.reveal`)."""
    return _with_round(room, rounds.reveal(round_for(room, "reveal"), guess, anyway=anyway))


def conceal(room: Room, guess: GuessId | None = None) -> Room:
    """Fold one shown guess or all of them; the phase stays."""
    return _with_round(room, rounds.conceal(round_for(room, "conceal"), guess))


def spotlight(room: Room, guess: GuessId | None = None) -> Room:
    """Point the talk at one shown guess, or at none."""
    return _with_round(room, rounds.spotlight(round_for(room, "spotlight"), guess))


def cluster(room: Room, guess: GuessId | None = None, place: int | None = None) -> Room:
    """Put a shown guess into a cluster, take it out again, or dissolve all clusters (`round.cluster`)."""
    return _with_round(room, rounds.cluster(round_for(room, "cluster"), guess, place))


def name_cluster(room: Room, place: int, name: str) -> Room:
    """Give a cluster its name. Raises `WrongPhase` if there is no such cluster (`round.name_cluster`)."""
    return _with_round(room, rounds.name_cluster(round_for(room, "name-cluster"), place, name))


def second_look(room: Room, round_id: RoundId, *, people: int) -> Room:
    """Ask the same prompt again after the talk; guessing is open at once."""
    now = round_for(room, "second-look")
    again = Round(round_id, now.vignette, now.stage, now.prompt, second_look=True)
    return _new_round(room, replace(again, phase=Phase.GUESSING, people=people))


def next_stage(room: Room, vignette: Vignette, round_id: RoundId) -> Room:
    """Open the next part of the vignette with the same prompt. Raises `WrongPhase` after the last one."""
    now = round_for(room, "next-stage")
    if now.stage + 1 >= len(vignette.stages):
        raise WrongPhase("This was the last part of the story.")
    return _new_round(room, Round(round_id, now.vignette, now.stage + 1, now.prompt))


def look_back(room: Room, round_id: RoundId | None = None) -> Room:
    """Show everyone an earlier revealed round (Rewind), or come back to now."""
    _allow(room, "look-back")
    if round_id is not None and round_id not in {one.id for one in room.earlier}:
        raise WrongPhase("Only an earlier round that was revealed can be shown again.")
    return _changed(room, looking_back=round_id)


def back(room: Room, *, under_way: bool) -> Room:
    """Take the last step back: an opening, or a round just begun.

    Raises `WrongPhase` once guessing is `under_way`, in the same words whatever made it so: they must not
    tell a console more than the word of progress does.
    """
    now = round_for(room, "back")
    if under_way:
        raise WrongPhase("Guessing is under way now, so it stays open. You can close it whenever you like.")
    if now.phase is Phase.GUESSING and not now.second_look:
        return _with_round(room, replace(now, phase=Phase.READING, people=0, last_call=False))
    return _changed(room, rounds=room.rounds[:-1], outside=now.after, looking_back=None)


def finish(room: Room) -> Room:
    """Put the stories away: a short break."""
    _allow(room, "finish")
    return _changed(room, outside=Phase.BETWEEN, looking_back=None)


def check_out(room: Room) -> Room:
    """Ask how people leave today."""
    _allow(room, "check-out")
    return _changed(room, outside=Phase.CHECKOUT)


def stop(room: Room) -> Room:
    """Turn every page calm; nothing is lost."""
    _allow(room, "stop")
    return _changed(room, stopped=True)


def resume(room: Room) -> Room:
    """Go on after a stop, where the room was."""
    _allow(room, "resume")
    return _changed(room, stopped=False)


def lock(room: Room) -> Room:
    """Let nobody new in unless they are admitted."""
    _allow(room, "lock")
    return _changed(room, locked=True)


def unlock(room: Room) -> Room:
    """Let people join with the code again."""
    _allow(room, "unlock")
    return _changed(room, locked=False)


def show(room: Room, screen: Screen) -> Room:
    """Set what the shared screen shows, and how; turning beyond `MOST_PAGES` begins again."""
    _allow(room, "show")
    return _changed(room, screen=replace(screen, page=screen.page % MOST_PAGES))


def count_exactly(room: Room, *, exact: bool) -> Room:
    """Show the console exact numbers while guesses come in, or words alone."""
    _allow(room, "count-exactly")
    return _changed(room, exact=exact)


def ask_sureness(room: Room, *, asked: bool) -> Room:
    """Let phones ask how sure people are of their guess, or stop asking; never while guesses come in."""
    _allow(room, "ask-sureness")
    return _changed(room, asks_sureness=asked)


def touch(room: Room, verb: str) -> Room:
    """Count a change that concerns people and not the course (`admit`, `not-now`, `remove`, `use`)."""
    _allow(room, verb)
    return replace(room, version=room.version + 1)


def end(room: Room) -> Room:
    """Close the room for good; nothing of its rounds stays."""
    _allow(room, "end")
    return _changed(room, outside=Phase.ENDED, rounds=(), stopped=False, looking_back=None)


def _allow(room: Room, verb: str) -> None:
    if room.phase is Phase.ENDED:
        raise Ended()
    if not room.can(verb):
        raise WrongPhase("The room is stopped. Resume first." if room.stopped else None)


def round_for(room: Room, verb: str) -> Round:
    """Return the present round, for `verb` to act on. Raises `Ended`, `WrongPhase`."""
    _allow(room, verb)
    if room.round is None:
        raise WrongPhase()
    return room.round


def _new_round(room: Room, new: Round) -> Room:
    new = replace(new, after=room.outside)
    screen = replace(room.screen, page=0)
    return _changed(room, rounds=(*room.rounds, new), outside=None, looking_back=None, screen=screen)


def _with_round(room: Room, now: Round) -> Room:
    """Put a changed round in its place; whoever acts on the present brings everyone back to it."""
    return _changed(room, rounds=(*room.rounds[:-1], now), looking_back=None)


def _changed(room: Room, **changes: Any) -> Room:
    """Return the room with `changes` and the next version, or the same object if nothing differs."""
    after = replace(room, **changes)
    return room if after == room else replace(after, version=room.version + 1)

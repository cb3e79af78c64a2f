"""The commands of a console by name, each with the fields it reads."""

from collections.abc import Callable

from flask import request

from facilitator.commands import Commands
from facilitator.core import room as core
from facilitator.core.errors import BadForm
from facilitator.core.guess import GuessId, clean
from facilitator.core.room import Room, RoomId
from facilitator.core.round import RoundId
from facilitator.core.screen import Screen, Shows
from facilitator.core.vignette import PromptId, VignetteId
from facilitator.live import Seen
from facilitator.storage.rooms import LiveRoom
from facilitator.web.answer import field, number, place_to_look

Command = Callable[[Commands, RoomId, Seen], LiveRoom]


def _plain(change: Callable[[Room], Room]) -> Command:
    """A command that needs nothing but the room."""
    return lambda commands, room_id, seen: commands.live.change(room_id, seen, lambda tx, room: change(room))


def _guess() -> GuessId | None:
    return GuessId(request.form["guess"]) if request.form.get("guess") else None


def _earlier_round() -> RoundId | None:
    return RoundId(request.form["round"]) if request.form.get("round") else None


def _place() -> int | None:
    return number("place", least=0) if request.form.get("place") else None


def _name() -> str:
    typed = field("name")
    return clean(typed) if typed.strip() else ""


def _screen(now: Screen) -> Screen:
    """Read what of the shared screen a form sets; the rest stays as it is."""
    form = request.form
    if form.get("shows", Shows.ROOM) not in set(Shows):
        raise BadForm()
    return Screen(
        shows=Shows(form.get("shows", now.shows)),
        page=number("page", least=0) if "page" in form else now.page,
        far=form["far"] == "yes" if "far" in form else now.far,
        dark=form["dark"] == "yes" if "dark" in form else now.dark,
    )


def _anyway() -> bool:
    return request.form.get("anyway") == "yes"


COMMANDS: dict[str, Command] = {
    "start": lambda commands, room_id, seen: commands.start(room_id, seen, VignetteId(field("vignette"))),
    "ask": lambda commands, room_id, seen: commands.ask(room_id, seen, PromptId(field("prompt"))),
    "open": Commands.open_guessing,
    "last-call": _plain(core.last_call),
    "close": Commands.close,
    "look-first": _plain(core.look_first),
    "hold-back": _plain(lambda room: core.hold_back(room, GuessId(field("guess")))),
    "put-back": _plain(lambda room: core.put_back(room, GuessId(field("guess")))),
    "reveal": _plain(lambda room: core.reveal(room, _guess(), anyway=_anyway())),
    "conceal": _plain(lambda room: core.conceal(room, _guess())),
    "spotlight": _plain(lambda room: core.spotlight(room, _guess())),
    "cluster": _plain(lambda room: core.cluster(room, _guess(), _place())),
    "name-cluster": _plain(lambda room: core.name_cluster(room, number("place", least=0), _name())),
    "add-guess": lambda commands, room_id, seen: commands.add_guess(room_id, seen, field("text")),
    "second-look": Commands.second_look,
    "next-stage": Commands.next_stage,
    "look-back": _plain(lambda room: core.look_back(room, _earlier_round())),
    "back": Commands.back,
    "finish": _plain(core.finish),
    "check-out": _plain(core.check_out),
    "stop": _plain(core.stop),
    "resume": _plain(core.resume),
    "lock": _plain(core.lock),
    "unlock": _plain(core.unlock),
    "admit": Commands.admit,
    "not-now": Commands.not_now,
    "use": lambda commands, room_id, seen: commands.use(room_id, seen, place_to_look(field("where"))),
    "show": _plain(lambda room: core.show(room, _screen(room.screen))),
    "count-exactly": _plain(lambda room: core.count_exactly(room, exact=field("exact") == "yes")),
    "ask-sureness": _plain(lambda room: core.ask_sureness(room, asked=field("asked") == "yes")),
    "remove": lambda commands, room_id, seen: commands.remove(room_id, seen, field("seat")),
}
"""Every command of architecture.md §5 but `end`, after which there is no room to answer with."""

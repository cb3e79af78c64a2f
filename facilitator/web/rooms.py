"""A therapist's rooms: opening one, its console, and every command."""

import time

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request

from facilitator import access
from facilitator.access import Console
from facilitator.core.errors import BadForm, Ended, NoRoom, NotYours, RoomError
from facilitator.core.round import RoundId
from facilitator.core.screen import Where
from facilitator.core.views import Choice
from facilitator.core.vignette import VignetteId
from facilitator.live import Seen
from facilitator.services import services
from facilitator.storage import endings, rooms, therapists
from facilitator.storage.endings import Summary
from facilitator.storage.rooms import LiveRoom
from facilitator.web.answer import answer, number, snapshot_answer, snapshot_of, wants_json
from facilitator.web.commands import COMMANDS

bp = Blueprint("rooms", __name__, url_prefix="/therapist")


@bp.before_request
def stay_signed_in() -> None:
    """Let no sign-in idle out while it is in use."""
    with services().database.write() as tx:
        therapists.keep_signed_in(tx, access.sign_in_token(), now=time.time())


@bp.get("/")
def home() -> str:
    """The therapist's own page: open a room, or go back to one."""
    here, who = services(), access.therapist()
    with here.database.read() as tx:
        live = rooms.of_therapist(tx, who.id)
        past = endings.summaries(tx, who.id)
    return render_template(
        "therapist/home.html",
        therapist=who,
        vignettes=[
            Choice(one.id, one.title.in_language(), detail=str(one.pattern)) for one in here.library.values()
        ],
        rooms=live,
        summaries=past,
    )


@bp.post("/rooms")
def make() -> Response:
    """Open a room."""
    who, here = access.therapist(), services()
    first = next(iter(here.library))
    where = request.form.get("where") or Where.WALL
    if where not in set(Where):
        raise BadForm("The field “where” is not one of the places to look. Please open the page again.")
    record = here.live.make_room(who.id, VignetteId(request.form.get("vignette") or first), Where(where))
    links = here.snapshots.therapist_links(record)
    console = f"{here.config.base_url}{links.base}"
    content = {
        "code": record.code,
        "join_url": links.join,
        "screen_url": links.screen,
        "console_url": console,
    }
    return answer({"room": content}, links.base)


@bp.get("/rooms/<code>/")
def console(code: str) -> Response:
    """The console."""
    try:
        return make_response(page(access.therapist_of(code)))
    except Ended:
        return _to_summary()


@bp.get("/rooms/<code>/snapshot")
def snapshot(code: str) -> Response:
    """The room as this console may see it; `look=true` unfolds closed guesses for it alone."""
    asker = access.therapist_of(code)
    return snapshot_answer(snapshot_of(asker, look=request.args.get("look") == "true"))


@bp.post("/rooms/<code>/end")
def end(code: str) -> Response:
    """End the room: keys destroyed, everything in it gone."""
    try:
        summary_id = _end(code)
    except Ended:
        # A second tap finds the room ended already, which is what was asked.
        summary_id = g.summary_id
    then = f"/therapist/summaries/{summary_id}"
    return answer({"snapshot": None, "summary_url": then}, then)


@bp.post("/rooms/<code>/<command>")
def act(code: str, command: str) -> Response:
    """Do one thing in the room."""
    asker = access.therapist_of(code)
    if command not in COMMANDS:
        abort(404)
    here = services()
    now = COMMANDS[command](here.live, asker.room.id, _seen(command))
    look = command == "look-first"
    if look and not wants_json():
        # A redirect would fold the guesses again: this one answer shows them, and a reload does not.
        return make_response(page(asker, look=True))
    drawn = here.snapshots.therapist(now, look=look)
    return answer({"snapshot": drawn.as_json()}, f"/therapist/rooms/{asker.room.code}/")


@bp.get("/summaries/<summary_id>")
def summary(summary_id: str) -> str:
    """What stays of a room."""
    found = _summary(summary_id)
    library = services().library
    asked = [
        {
            "title": library[VignetteId(one["vignette"])].title.in_language(),
            "prompt": library[VignetteId(one["vignette"])].prompt(one["prompt"]).text.in_language(),
            "stage": one["stage"] + 1,
            "second_look": one["second_look"],
        }
        for one in found.asked
        if one["vignette"] in library
    ]
    return render_template("therapist/summary.html", id=found.id, year=found.year, asked=asked)


@bp.post("/summaries/<summary_id>/delete")
def delete_summary(summary_id: str) -> Response:
    """Forget a room altogether."""
    found = _summary(summary_id)
    with services().database.write() as tx:
        endings.delete_summary(tx, found.id)
    return answer({"deleted": True}, "/therapist/")


def page(asker: Console, *, look: bool = False, notice: RoomError | None = None) -> str:
    """Draw the console, with a sentence about what was just refused."""
    here = services()
    now: LiveRoom = here.live.load(asker.room.id)
    drawn = here.snapshots.therapist(now, look=look)
    links = here.snapshots.therapist_links(asker.room)
    theme = request.cookies.get("colours", "")
    return render_template(
        "therapist/console.html",
        snapshot=drawn,
        view=drawn.view,
        links=links,
        code=asker.room.code,
        notice=notice,
        now=round(time.time() * 1000),
        theme=theme if theme in ("light", "dark") else "",
        all_tools=request.args.get("all") == "yes",
        view_version=now.room.version,
        typed=request.form.get("text", "") if notice else "",
        again=request.form if notice and notice.code == "too_few" else None,
    )


def _end(code: str) -> str:
    asker = access.therapist_of(code)
    try:
        return services().live.end(asker.room.id, _seen("end"))
    except NoRoom:
        # Another console's press came between: asked again, access says that the room has ended.
        access.therapist_of(code)
        raise


def _to_summary() -> Response:
    if wants_json():
        raise Ended()
    response = redirect(f"/therapist/summaries/{g.summary_id}", 303)
    assert isinstance(response, Response)
    return response


def _summary(summary_id: str) -> Summary:
    who = access.therapist()
    with services().database.read() as tx:
        found = endings.summary(tx, summary_id)
    if found is None:
        raise NoRoom("There is no such summary.")
    if found.therapist_id != who.id:
        raise NotYours()
    return found


def _seen(command: str) -> Seen:
    # The field `round` of look-back names the round to show, not the one that was seen.
    seen = request.form.get("round") if command != "look-back" else None
    op = request.form.get("op", "")
    if len(op) > 64:
        raise BadForm("The form came without a good “op”. Please open the page again.")
    return Seen(number("version"), RoundId(seen) if seen else None, op)

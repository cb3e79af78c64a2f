"""A therapist's rooms: the console, and every command."""

import time
from contextlib import suppress

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request

from facilitator import access
from facilitator.access import Console
from facilitator.core.errors import BadForm, Ended, NoRoom, RoomError
from facilitator.core.round import RoundId
from facilitator.live import Seen
from facilitator.services import services
from facilitator.storage import sign_ins
from facilitator.storage.database import OUT_OF_REACH
from facilitator.storage.rooms import LiveRoom
from facilitator.storage.therapists import Therapist
from facilitator.web.answer import answer, number, snapshot_answer, snapshot_of, wants_json
from facilitator.web.commands import COMMANDS

bp = Blueprint("rooms", __name__, url_prefix="/therapist")


@bp.after_request
def stay_signed_in(response: Response) -> Response:
    """Let no sign-in idle out while it is in use. What cannot be noted now is noted the next time."""
    who: Therapist | None = g.get("therapist")
    if who and who.due:
        with suppress(*OUT_OF_REACH), services().database.write() as tx:
            sign_ins.note(tx, access.sign_in_token(), now=time.time())
    return response


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
    # Nothing stays of practice.
    then = f"/therapist/summaries/{summary_id}" if summary_id else "/therapist/"
    return answer({"snapshot": None, "summary_url": then}, then)


@bp.post("/rooms/<code>/<command>")
def act(code: str, command: str) -> Response:
    """Do one thing in the room."""
    asker = access.therapist_of(code)
    if command not in COMMANDS:
        abort(404)
    here = services()
    now = COMMANDS[command](here.commands, asker.room.id, _seen(command))
    look = command == "look-first"
    if look and not wants_json():
        # A redirect would fold the guesses again: this one answer shows them, and a reload does not.
        return make_response(page(asker, look=True))
    drawn = here.snapshots.therapist(now, look=look)
    return answer({"snapshot": drawn.as_json()}, f"/therapist/rooms/{asker.room.code}/")


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


def _end(code: str) -> str | None:
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


def _seen(command: str) -> Seen:
    # The field `round` of look-back names the round to show, not the one that was seen.
    seen = request.form.get("round") if command != "look-back" else None
    op = request.form.get("op", "")
    if len(op) > 64:
        raise BadForm("The form came without a good “op”. Please open the page again.")
    return Seen(number("version"), RoundId(seen) if seen else None, op)

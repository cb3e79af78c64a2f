"""How an action answers: JSON to a script, a redirect to a form, a page to a browser."""

from secrets import token_hex
from typing import Any

import orjson
from flask import Response, current_app, g, redirect, request
from markupsafe import Markup

from facilitator.access import Console, Member
from facilitator.core.errors import BadForm
from facilitator.core.screen import Where
from facilitator.services import services
from facilitator.snapshots import Snapshot

_EMPTY_OP = Markup('<input type="hidden" name="op" value="">')


def wants_json() -> bool:
    """Say whether a script asked, and not a form."""
    return request.accept_mimetypes.best == "application/json"


def is_members_page() -> bool:
    """Say whether this is a member's page, at the door or from a seat."""
    return "members" in request.blueprints


def json_answer(content: dict[str, Any], status: int = 200) -> Response:
    """Answer a script."""
    return current_app.response_class(orjson.dumps(content), status=status, mimetype="application/json")


def answer(content: dict[str, Any], then: str) -> Response:
    """Answer an action: with JSON, or by sending the browser on to `then`."""
    return json_answer(content) if wants_json() else _see(then)


def snapshot_answer(snapshot: Snapshot) -> Response:
    """Answer `GET snapshot?have=V.T`: the same, or the whole."""
    if request.args.get("have") == snapshot.have:
        return json_answer({"same": True})
    return json_answer(snapshot.as_json())


def snapshot_of(asker: Console | Member, *, look: bool = False) -> Snapshot:
    """Draw the room as it stands now for whoever asks."""
    here = services()
    now = here.live.load(asker.room.id)
    if isinstance(asker, Console):
        return here.snapshots.therapist(now, look=look)
    return here.snapshots.member(now.room, here.members.own(asker.seat, now.room))


def asker() -> Console | Member | None:
    """Return who was let in to a room by this request, if anybody."""
    found: Console | Member | None = g.get("asker")
    return found


def with_ops(html: Markup) -> Markup:
    """Give each form of a page an `op` of its own, for phones without a script."""
    pieces = html.split(_EMPTY_OP)
    filled = pieces[0]
    for piece in pieces[1:]:
        filled += Markup('<input type="hidden" name="op" value="{}">').format(token_hex(16)) + piece
    return filled


def field(name: str) -> str:
    """Read a form's field. Raises `BadForm` if it is missing."""
    value = request.form.get(name)
    if value is None:
        raise BadForm(f"The form came without its field “{name}”. Please open the page again.")
    return value


def number(name: str, *, least: int = 1) -> int:
    """Read a form's field that holds a whole number from `least` to 10^9. Raises `BadForm`."""
    value = field(name).partition(".")[0]
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= least):
        raise BadForm(f"The field “{name}” is not a number. Please open the page again.")
    return int(value)


def place_to_look(value: str) -> Where:
    """Read where people look. Raises `BadForm`."""
    if value not in set(Where):
        raise BadForm("The field “where” is not a place to look. Please open the page again.")
    return Where(value)


def _see(then: str) -> Response:
    response = redirect(then, 303)
    assert isinstance(response, Response)
    return response

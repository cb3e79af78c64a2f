"""The way in: the join box, the page that asks whether to join, the seat, and waiting at the door."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, current_app, make_response, render_template, request

from facilitator import access
from facilitator.core.codes import mishap, read_code, show_code
from facilitator.core.errors import NoRoom
from facilitator.core.round import Phase
from facilitator.members import new_token
from facilitator.services import services
from facilitator.storage.rooms import RoomRecord
from facilitator.web import cookies
from facilitator.web.answer import answer, json_answer, snapshot_of, wants_json
from facilitator.web.turnstile import Turnstile, neighbourhood

bp = Blueprint("door", __name__)


@bp.post("/join")
def enter_code() -> Response:
    """The join box: on to the room, or the door."""
    typed = request.form.get("code", "")
    return _on_to_the_own_seat(typed) or _at_the_door(typed)


@bp.get("/J/<code>")
@bp.get("/j/<code>")
def scan(code: str) -> Response:
    """What the QR holds: the page that asks whether to join, as a hop takes long on bad Wi-Fi."""
    if there := _on_to_the_own_seat(code):
        return there
    try:
        return join_page(code)
    except NoRoom as refusal:
        return _refused(refusal, code)


@bp.post("/r/<code>/join")
def join(code: str) -> Response:
    """Make the seat; a second tap finds the first one's. Who just listened joins once more to guess."""
    if there := _on_to_the_own_seat(code, takes_part="listen" not in request.form):
        return there
    with _counted(code):
        record = access.room_at(code)
        if access.seat_elsewhere(record) and "move" not in request.form:
            return json_answer({"next": f"/r/{record.code}/"}) if wants_json() else join_page(code)
        return _take_seat(record)


def join_page(code: str) -> Response:
    """Draw the page that asks whether to join. Raises `NoRoom`, also for who has to knock first."""
    with _counted(code):
        record = access.room_at(code)
        if not services().members.may_join(record, access.door_token()):
            raise NoRoom()
    elsewhere = access.seat_elsewhere(record)
    name = "member/other_room.html" if elsewhere else "member/join.html"
    base = f"/r/{record.code}/"
    response = make_response(render_template(name, code=show_code(record.code), base=base))
    return response if access.door_token() else cookies.keep(response, access.DOOR, new_token())


def page(sentence: str = NoRoom.sentence, typed: str | None = None) -> str:
    """Draw the one page for codes that do not open, whatever the reason."""
    if typed is None:
        typed = str((request.view_args or {}).get("code") or request.form.get("code", ""))
    return render_template("member/door.html", sentence=sentence, typed=typed[:40])


def _on_to_the_own_seat(typed: str, *, takes_part: bool = False) -> Response | None:
    try:
        member = access.member_in(typed)
    except NoRoom:
        return None
    if takes_part and member.seat.listening:
        services().members.take_part(member.seat)
    return answer({"snapshot": snapshot_of(member).as_json()}, f"/r/{member.room.code}/")


def _at_the_door(typed: str) -> Response:
    """Lead on to a room's page; a phone without a seat learns nothing of a code that does not open."""
    waiting = access.door_token() or new_token()
    try:
        with _counted(typed):
            record = access.room_at(typed)
            if not services().members.knock(record, waiting):
                raise NoRoom()
        response = answer({"next": f"/r/{record.code}/"}, f"/r/{record.code}/")
    except NoRoom as refusal:
        response = _refused(refusal, typed)
    return cookies.keep(response, access.DOOR, waiting)


def _refused(refusal: NoRoom, typed: str) -> Response:
    # What cannot be a code tells nothing about rooms, so its mishap may be named.
    sentence = refusal.sentence if read_code(typed) else mishap(typed)
    if wants_json():
        return json_answer({"error": {"code": refusal.code, "message": sentence}}, 404)
    return make_response(page(sentence, typed), 404)


def _take_seat(record: RoomRecord) -> Response:
    here = services()
    seat = here.members.join(record, access.door_token(), listening="listen" in request.form)
    if old := access.seat_elsewhere(record):
        here.members.leave(old)
    room = here.live.load(record.id).room
    snapshot = here.snapshots.member(room, here.members.own(seat, room))
    # Only the address says so: nothing is kept of when somebody came.
    late = "?late=yes" if room.phase in (Phase.CLOSED, Phase.REVEALED) else ""
    response = answer({"snapshot": snapshot.as_json()}, f"/r/{record.code}/{late}")
    return cookies.keep(response, access.SEAT, seat.token)


@contextmanager
def _counted(code: str) -> Iterator[None]:
    """Count a code that does not open; an address that tried many waits for its turn. Raises `SlowDown`."""
    turnstile: Turnstile = current_app.extensions["join_turnstile"]
    mac = services().keys.mac
    who = mac(b"address", neighbourhood(request.remote_addr))
    with turnstile.trying(who, mac(b"code", (read_code(code) or code).encode())):
        yield

"""A member's way: through the door, into a seat, and what can be sent from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_urlsafe

from flask import Blueprint, Response, current_app, make_response, render_template, request

from facilitator import access
from facilitator.access import Member
from facilitator.core.codes import mishap, read_code, show_code
from facilitator.core.errors import BadForm, NoRoom
from facilitator.core.guess import Envelope, Sent, clean
from facilitator.core.room import Room
from facilitator.core.round import Phase, RoundId
from facilitator.members import own_state
from facilitator.services import services
from facilitator.storage.rooms import RoomRecord
from facilitator.storage.seats import SeatToken
from facilitator.web.answer import (
    answer,
    field,
    json_answer,
    number,
    snapshot_answer,
    snapshot_of,
    wants_json,
)
from facilitator.web.turnstile import Turnstile, neighbourhood

bp = Blueprint("members", __name__)


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
        return _join_page(code)
    except NoRoom as refusal:
        return _refused(refusal, code)


@bp.get("/r/<code>/")
def room(code: str) -> Response:
    """The member's page, or the page that asks whether to join."""
    try:
        member = access.member_in(code)
    except NoRoom:
        return _join_page(code)
    services().presence.saw(member.seat.hash)
    return make_response(page(member))


@bp.post("/r/<code>/join")
def join(code: str) -> Response:
    """Make the seat; a second tap finds the first one's. Who just listened joins once more to guess."""
    try:
        member = access.member_in(code)
    except NoRoom:
        with _counted(code):
            record = access.room_at(code)
            if access.seat_elsewhere(record) and "move" not in request.form:
                return _join_page(code)
            return _take_seat(record)
    if member.seat.listening and "listen" not in request.form:
        services().members.take_part(member.seat)
    return answer({"snapshot": snapshot_of(member).as_json()}, f"/r/{member.room.code}/")


@bp.post("/r/<code>/guess")
def guess(code: str) -> Response:
    """Send a guess, or change it."""
    member = access.member_in(code)
    return _submit(member, Sent.GUESS, clean(field("text")))


@bp.post("/r/<code>/pass")
def pass_(code: str) -> Response:
    """Send nothing, on purpose."""
    return _submit(access.member_in(code), Sent.PASS)


@bp.post("/r/<code>/withdraw")
def withdraw(code: str) -> Response:
    """Take back what was sent."""
    return _submit(access.member_in(code), Sent.WITHDRAWN)


@bp.get("/r/<code>/quiet")
def quiet(code: str) -> str:
    """The member's own quiet page; opening it tells nobody."""
    member = access.member_in(code)
    return render_template(
        "member/quiet.html", base=f"/r/{member.room.code}/", told=request.args.get("told", "")
    )


@bp.post("/r/<code>/slow-down")
def slow_down(code: str) -> Response:
    """Let the therapist know that someone would like to slow down."""
    member = access.member_in(code)
    services().members.slow_down(member.seat)
    return _told(member, "slow-down")


@bp.post("/r/<code>/word")
def word(code: str) -> Response:
    """Let the therapist know that someone would like a word; who it is, they say in person."""
    member = access.member_in(code)
    services().members.ask_for_a_word(member.seat)
    return _told(member, "word")


@bp.post("/r/<code>/leave")
def leave(code: str) -> Response:
    """Leave the room; what was sent stays."""
    member = access.member_in(code)
    services().members.leave(member.seat)
    if wants_json():
        response = json_answer({"snapshot": None})
    else:
        sentence = "You have left the room. Your place is free again."
        response = make_response(render_template("member/gone.html", kind="left", sentence=sentence))
    return forget_seat(response)


@bp.get("/r/<code>/snapshot")
def snapshot(code: str) -> Response:
    """The room as this phone may see it, for pages whose sockets are blocked."""
    member = access.member_in(code)
    services().presence.saw(member.seat.hash)
    return snapshot_answer(snapshot_of(member))


def page(member: Member, *, notice: str = "", typed: str | None = None) -> str:
    """Draw the member's page, with a sentence about what just failed and the words that were typed."""
    here = services()
    now = here.live.load(member.room.id)
    own = here.members.own(member.seat, now.room)
    # Words that are too late for their question do not belong into the box of another one.
    in_box = typed is not None and _is_open(now.room, request.form.get("round"))
    snapshot = here.snapshots.member(now.room, replace(own, sent=None, text=typed or "") if in_box else own)
    links = here.snapshots.links(member.room.code, base=f"/r/{member.room.code}/")
    return render_template(
        "member/room.html",
        snapshot=snapshot,
        view=snapshot.view,
        links=links,
        base=links.base,
        notice=notice,
        late="late" in request.args,
        listening=member.seat.listening,
        kept="" if in_box else typed,
    )


def door_page(sentence: str = NoRoom.sentence, typed: str | None = None) -> str:
    """Draw the one page for codes that do not open, whatever the reason."""
    if typed is None:
        typed = str((request.view_args or {}).get("code") or request.form.get("code", ""))
    return render_template("member/door.html", sentence=sentence, typed=typed[:40])


def forget_seat(response: Response) -> Response:
    """Expire the seat's cookie by its name."""
    config = services().config
    name = access.cookie_name(access.SEAT, config)
    response.delete_cookie(name, httponly=True, samesite="Lax", secure=config.https)
    return response


def set_cookie(response: Response, name: str, token: str) -> Response:
    """Keep a token in a cookie that no script and no other site can read."""
    config = services().config
    response.set_cookie(
        access.cookie_name(name, config),
        token,
        max_age=access.COOKIE_S[name],
        httponly=True,
        samesite="Lax",
        secure=config.https,
    )
    return response


def _submit(member: Member, sent: Sent, text: str = "") -> Response:
    here = services()
    op = field("op")
    if not 16 <= len(op) <= 64 or not op.isascii():
        raise BadForm("The form came without a good “op”. Please open the page again.")
    sending = Envelope(op, number("n"), sent, text)
    round_id = RoundId(field("round"))
    room, stands = here.members.submit(member.seat, round_id, sending)
    own = own_state(stands) if _is_open(room, round_id) else here.members.own(member.seat, room)
    # Of a newer version the whole: with a part, a page that only asks for newer ones would miss the rest.
    drawn = here.snapshots.member(room, own).as_json(have=request.form.get("have", ""))
    content = {"snapshot": drawn, "op": stands.op, "text": stands.text}
    return answer(content, f"/r/{member.room.code}/")


def _told(member: Member, what: str) -> Response:
    then = f"/r/{member.room.code}/quiet?told={what}"
    return answer({"snapshot": snapshot_of(member).as_json()}, then)


def _is_open(room: Room, round_id: str | None) -> bool:
    return room.phase is Phase.GUESSING and room.rounds[-1].id == round_id


def _on_to_the_own_seat(typed: str) -> Response | None:
    try:
        member = access.member_in(typed)
    except NoRoom:
        return None
    return answer({"snapshot": snapshot_of(member).as_json()}, f"/r/{member.room.code}/")


def _at_the_door(typed: str) -> Response:
    """Lead on to a room's page; a phone without a seat learns nothing of a code that does not open."""
    waiting = access.door_token() or SeatToken(token_urlsafe(16))
    try:
        with _counted(typed):
            record = access.room_at(typed)
            if not services().members.knock(record, waiting):
                raise NoRoom()
        response = answer({"next": f"/r/{record.code}/"}, f"/r/{record.code}/")
    except NoRoom as refusal:
        response = _refused(refusal, typed)
    return set_cookie(response, access.DOOR, waiting)


def _refused(refusal: NoRoom, typed: str) -> Response:
    # What cannot be a code tells nothing about rooms, so its mishap may be named.
    sentence = refusal.sentence if read_code(typed) else mishap(typed)
    if wants_json():
        return json_answer({"error": {"code": refusal.code, "message": sentence}}, 404)
    return make_response(door_page(sentence, typed), 404)


def _join_page(code: str) -> Response:
    with _counted(code):
        record = access.room_at(code)
        if not services().members.may_join(record, access.door_token()):
            raise NoRoom()
    elsewhere = access.seat_elsewhere(record)
    name = "member/other_room.html" if elsewhere else "member/join.html"
    base = f"/r/{record.code}/"
    return make_response(render_template(name, code=show_code(record.code), base=base))


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
    return set_cookie(response, access.SEAT, seat.token)


@contextmanager
def _counted(code: str) -> Iterator[None]:
    """Count a code that does not open; an address that tried many waits for its turn. Raises `SlowDown`."""
    turnstile: Turnstile = current_app.extensions["join_turnstile"]
    mac = services().keys.mac
    who = mac(b"address", neighbourhood(request.remote_addr))
    with turnstile.trying(who, mac(b"code", (read_code(code) or code).encode())):
        yield

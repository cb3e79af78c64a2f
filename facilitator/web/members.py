"""What a seated member does: see the room, send, pass, take back, ask for quiet, leave."""

from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request

from facilitator import access
from facilitator.access import Member
from facilitator.core.errors import BadForm, NoRoom
from facilitator.core.guess import Envelope, Sent, clean
from facilitator.core.options import words_of
from facilitator.core.room import Room
from facilitator.core.round import Phase, RoundId
from facilitator.members import own_state
from facilitator.services import services
from facilitator.storage.pulses import Signal
from facilitator.web import cookies, door
from facilitator.web.answer import (
    answer,
    field,
    json_answer,
    number,
    snapshot_answer,
    snapshot_of,
    wants_json,
)

OUTDONE = (
    "This did not count. Another page on this phone has sent something newer. You can still change it here."
)

bp = Blueprint("members", __name__)
# Whatever holds for members' pages holds at the door too: see `is_members_page`.
bp.register_blueprint(door.bp)


@bp.get("/r/<code>/")
def room(code: str) -> Response:
    """The member's page, or the page that asks whether to join."""
    try:
        member = access.member_in(code)
    except NoRoom:
        return door.join_page(code)
    services().presence.saw(member.seat.hash)
    return make_response(page(member))


@bp.post("/r/<code>/guess")
def guess(code: str) -> Response:
    """Send a guess, written or chosen, or change it."""
    member = access.member_in(code)
    text = request.form.get("text", "")
    return _submit(member, Sent.GUESS, clean(text) if text else "")


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
    services().members.signal(member.seat, Signal.SLOW_DOWN)
    return _told(member, "slow-down")


@bp.post("/r/<code>/word")
def word(code: str) -> Response:
    """Let the therapist know that someone would like a word; who it is, they say in person."""
    member = access.member_in(code)
    services().members.signal(member.seat, Signal.WORD)
    return _told(member, "word")


@bp.post("/r/<code>/leave")
def leave(code: str) -> Response:
    """Leave the room; what was sent stays. Without a seat, as after a second tap, one has left."""
    if wants_json():
        response = json_answer({"snapshot": None})
    else:
        sentence = "You have left the room. Your place is free again."
        response = make_response(render_template("member/gone.html", kind="left", sentence=sentence))
    try:
        member = access.member_in(code)
    except NoRoom:
        return response  # The cookie may hold a seat in another room.
    services().members.leave(member.seat)
    return cookies.forget(response, access.SEAT)


@bp.get("/r/<code>/snapshot")
def snapshot(code: str) -> Response:
    """The room as this phone may see it, for pages whose sockets are blocked."""
    member = access.member_in(code)
    services().presence.asked(member.seat.hash)
    return snapshot_answer(snapshot_of(member))


def page(member: Member, *, notice: str = "") -> str:
    """Draw the member's page, with a sentence about what just failed and what was typed or chosen."""
    here = services()
    now = here.live.load(member.room.id)
    own = here.members.own(member.seat, now.room)
    typed = request.form.get("text") or _chosen_words(now.room)
    # Words that are too late for their question do not belong into the box of another one.
    still_asked = _is_open(now.room, request.form.get("round"))
    if still_asked and (typed is not None or _chosen()):
        own = replace(own, sent=None, text=typed or "", options=_chosen(), sure=_sure())
    snapshot = here.snapshots.member(now.room, own)
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
        kept="" if still_asked else typed,
    )


def _submit(member: Member, sent: Sent, text: str = "") -> Response:
    here = services()
    op = field("op")
    if not 16 <= len(op) <= 64 or not op.isascii():
        raise BadForm("The form came without a good “op”. Please open the page again.")
    sending = Envelope(op, number("n"), sent, text, _chosen(), _sure())
    round_id = RoundId(field("round"))
    room, stands = here.members.submit(member.seat, round_id, sending)
    own = own_state(stands) if _is_open(room, round_id) else here.members.own(member.seat, room)
    # Of a newer version the whole: with a part, a page that only asks for newer ones would miss the rest.
    drawn = here.snapshots.member(room, own).as_json(have=request.form.get("have", ""))
    content = {"snapshot": drawn, "op": stands.op, "text": stands.text}
    if stands.op != op:
        if not wants_json():
            return make_response(page(member, notice=OUTDONE))
        content["notice"] = OUTDONE
    return answer(content, f"/r/{member.room.code}/")


def _chosen_words(room: Room) -> str | None:
    """The words of the options that a form chose, in whichever round of the room it was drawn for."""
    asked = next((one for one in room.rounds if one.id == request.form.get("round")), None)
    return words_of(_chosen(), services().live.prompt(asked)) or None if asked else None


def _chosen() -> tuple[int, ...]:
    return tuple(request.form.getlist("option", type=int))


def _sure() -> int | None:
    return request.form.get("sure", type=int)


def _told(member: Member, what: str) -> Response:
    then = f"/r/{member.room.code}/quiet?told={what}"
    return answer({"snapshot": snapshot_of(member).as_json()}, then)


def _is_open(room: Room, round_id: str | None) -> bool:
    return room.phase is Phase.GUESSING and room.rounds[-1].id == round_id

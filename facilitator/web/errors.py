"""Refusals and mishaps, translated into HTTP once."""

import logging
import traceback
from secrets import randbelow
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from facilitator import access
from facilitator.access import Console, Member
from facilitator.core.errors import BadForm, Ended, NoRoom, Removed, RoomError, SignedOut, SlowDown
from facilitator.storage.database import OUT_OF_REACH
from facilitator.web import accounts, cookies, door, members, rooms
from facilitator.web.answer import asker, is_members_page, json_answer, snapshot_of, wants_json

STATUS = {
    "bad_form": 400,
    "signed_out": 401,
    "cross_site": 403,
    "not_yours": 403,
    "no_room": 404,
    "stale": 409,
    "wrong_phase": 409,
    "closed": 409,
    "removed": 410,
    "ended": 410,
    "empty": 422,
    "too_long": 422,
    "too_few": 422,
    "too_many": 422,
    "slow_down": 429,
}

# What may well be answered if it is asked for once more.
_MAY_COME = frozenset({"mishap", "out_of_reach", "slow_down"})

_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Make `app` answer every refusal in the same way."""
    app.before_request(refuse_nul)
    app.register_error_handler(RoomError, refuse)
    app.register_error_handler(HTTPException, refuse_http)
    for kind in OUT_OF_REACH:
        app.register_error_handler(kind, out_of_reach)
    app.register_error_handler(Exception, mishap)


def refuse_nul() -> None:
    """Refuse a NUL wherever it stands: no text of ours holds one, and PostgreSQL cannot be asked for it."""
    if any("\0" in one for values in request.form.listvalues() for one in values):
        raise BadForm("There is a sign in this that nobody can read. Please type it again.")
    if any("\0" in str(one) for one in (request.view_args or {}).values()):
        raise NoRoom()


def refuse(error: RoomError) -> Response:
    """Answer with the word and the sentence of a refusal, and with the room as it is for a stale command."""
    status = STATUS[error.code]
    if wants_json():
        content: dict[str, Any] = {"error": {"code": error.code, "message": error.sentence}}
        if status == 409 and (here := asker()):
            content["snapshot"] = snapshot_of(here).as_json()
        response = json_answer(content, status)
    else:
        response = make_response(_page(error), status)
    if isinstance(error, SlowDown):
        response.headers["Retry-After"] = "20"
    if isinstance(error, Ended) and is_members_page():
        cookies.forget(response, access.SEAT)
    return response


def refuse_http(error: HTTPException) -> Response:
    """Answer what Flask itself refuses: an unknown page, a wrong method, a body too large."""
    sentences = {404: "There is nothing here.", 405: "This page cannot be used like that."}
    status = error.code or 500
    code = "no_page" if status == 404 else "bad_form"
    response = _plainly(status, code, sentences.get(status, RoomError.sentence))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def out_of_reach(error: Exception) -> Response:
    """Answer while the database is away, full, locked or read-only: pages try again by themselves."""
    number = _new_number()
    _log.error("The database is out of reach: %s, told as %s", type(error).__name__, number)
    response = _plainly(
        503, "out_of_reach", f"The room is out of reach for a moment.{_words_are_safe()} Try again.", number
    )
    response.headers["Retry-After"] = "2"
    return response


def mishap(error: Exception) -> Response:
    """Answer an error of ours; the log learns its type and place, and nothing that anybody wrote."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    number = _new_number()
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    _log.error("%s at %s, told as %s", type(error).__name__, place, number)
    sentence = f"Something went wrong on our side. It is not your fault.{_words_are_safe()} Try again."
    return _plainly(500, "mishap", sentence, number)


def _new_number() -> str:
    """Make up a number to say on the telephone, by which a failure is found in the log: it means nothing."""
    return f"{randbelow(1000):03} {randbelow(1000):03}"


def _words_are_safe() -> str:
    return " Your words are still on this phone." if is_members_page() else ""


def _plainly(status: int, code: str, sentence: str, number: str = "") -> Response:
    """Answer what has no page of its own. Members get no number: it would be one more thing about them."""
    number = "" if is_members_page() else number
    if wants_json():
        told = {"code": code, "message": sentence} | ({"number": number} if number else {})
        return json_answer({"error": told}, status)
    return make_response(_error_page(code, sentence, number), status)


def _page(error: RoomError) -> str:
    if isinstance(error, Removed | Ended) and is_members_page():
        return render_template("member/gone.html", kind=error.code, sentence=error.sentence)
    if isinstance(error, NoRoom) and is_members_page():
        return door.page(error.sentence)
    if isinstance(error, NoRoom | Ended) and request.blueprint == "screens":
        return render_template("screen/gone.html")
    here = asker()
    if isinstance(here, Member):
        return members.page(here, notice=error.sentence)
    if isinstance(here, Console):
        return rooms.page(here, notice=error)
    if isinstance(error, SignedOut):
        return accounts.sign_in_page(error.sentence)
    return _error_page(error.code, error.sentence)


def _error_page(code: str, sentence: str, number: str = "") -> str:
    """Draw the page for what went wrong, in the way of whoever asked.

    What a GET asked for may come at the next try. A form in a room leads back to the room, whose own page
    knows how it stands.
    """
    therapists = not is_members_page() and request.blueprint != "screens" and bool(access.sign_in_token())
    may_come = code in _MAY_COME
    return render_template(
        "error.html",
        layout="therapist/page.html" if therapists else "front.html",
        home="/therapist/" if therapists else "/",
        again=may_come and request.method == "GET",
        back=may_come and request.method == "POST" and "code" in (request.view_args or {}),
        code=code,
        sentence=sentence,
        number=number,
    )

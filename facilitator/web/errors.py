"""Refusals and mishaps, translated into HTTP once."""

import logging
import traceback
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from facilitator import access
from facilitator.access import Console, Member
from facilitator.core.errors import Ended, NoRoom, Removed, RoomError, SignedOut, SlowDown
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

_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Make `app` answer every refusal in the same way."""
    app.register_error_handler(RoomError, refuse)
    app.register_error_handler(HTTPException, refuse_http)
    for kind in OUT_OF_REACH:
        app.register_error_handler(kind, out_of_reach)
    app.register_error_handler(Exception, mishap)


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
    sentence = {404: "There is nothing here.", 405: "This page cannot be used like that."}
    refusal = RoomError(sentence.get(error.code or 500, RoomError.sentence))
    code = "no_page" if error.code == 404 else "bad_form"
    if wants_json():
        content = {"error": {"code": code, "message": refusal.sentence}}
        response = json_answer(content, error.code or 500)
    else:
        response = make_response(_error_page(refusal), error.code or 500)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def out_of_reach(error: Exception) -> Response:
    """Answer while the database is away, full, locked or read-only: pages try again by themselves."""
    _log.error("The database is out of reach: %s", type(error).__name__)
    refusal = RoomError(
        "The room is out of reach for a moment. Your words are still on this phone. Try again."
    )
    if wants_json():
        response = json_answer({"error": {"code": "out_of_reach", "message": refusal.sentence}}, 503)
    else:
        response = make_response(_error_page(refusal), 503)
    response.headers["Retry-After"] = "2"
    return response


def mishap(error: Exception) -> Response:
    """Answer an error of ours; the log learns its type and place, and nothing that anybody wrote."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("%s at %s:%s", type(error).__name__, last.filename.rpartition("/")[2], last.lineno)
    refusal = RoomError(
        "Something went wrong on our side. It is not your fault. "
        "Your words are still on this phone. Try again."
    )
    if wants_json():
        return json_answer({"error": {"code": "mishap", "message": refusal.sentence}}, 500)
    return make_response(_error_page(refusal), 500)


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
    return _error_page(error)


def _error_page(error: RoomError) -> str:
    return render_template("error.html", sentence=error.sentence, code=error.code)

"""The one-time link with which a therapist who forgot the password chooses a new one."""

import time

from flask import Blueprint, Response, make_response, render_template

from facilitator.core.errors import BadForm
from facilitator.services import services
from facilitator.storage import therapists
from facilitator.storage.database import Transaction
from facilitator.storage.therapists import Therapist
from facilitator.web.accounts import let_in
from facilitator.web.answer import field, wants_json

bp = Blueprint("resets", __name__)


@bp.get("/reset/<token>")
def reset_link(token: str) -> str:
    """The page behind the link."""
    with services().database.read() as tx:
        who = _whose(tx, token)
    return _page(who, token)


@bp.post("/reset/<token>")
def reset(token: str) -> Response:
    """Choose the new password; every browser is signed out, and this one goes on as after a sign-in."""
    new, database = field("password"), services().database
    with database.read() as tx:
        who = _whose(tx, token)
    try:
        password_hash = therapists.hash_password(new)
    except BadForm as refusal:
        if wants_json():
            raise
        return make_response(_page(who, token, refusal.sentence), 400)
    with database.write() as tx:
        # Asked again, because the link may have been used while the password was hashed.
        therapists.set_password(tx, _whose(tx, token), password_hash)
    return let_in(who)


def _whose(tx: Transaction, token: str) -> Therapist:
    found = therapists.of_reset_link(tx, token, now=time.time())
    if found is None:
        raise BadForm("This link was used already, or is older than an hour. Please ask for a new one.")
    return found


def _page(who: Therapist, token: str, sentence: str = "") -> str:
    return render_template("accounts/reset.html", email=who.email, token=token, sentence=sentence)

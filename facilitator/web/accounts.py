"""The first page, and therapists' sign-in."""

import time

from flask import Blueprint, Response, current_app, make_response, render_template, request

from facilitator import access
from facilitator.core.codes import mishap
from facilitator.core.errors import BadForm, SignedOut
from facilitator.services import services
from facilitator.storage import therapists
from facilitator.storage.therapists import Therapist
from facilitator.web.answer import answer, field, wants_json
from facilitator.web.members import set_cookie
from facilitator.web.turnstile import Turnstile

bp = Blueprint("accounts", __name__)

WRONG = "This e-mail address and password do not fit together. Please try again."


@bp.get("/")
def home() -> str:
    """The join box first, because most visitors are members; the sign-in below."""
    try:
        signed_in = access.therapist().email
    except SignedOut:
        signed_in = ""
    return _home(signed_in=signed_in)


@bp.post("/sign-in")
def sign_in() -> Response:
    """Sign a therapist in, with a new token each time."""
    email, password = field("email"), field("password")
    here = services()
    turnstile: Turnstile = current_app.extensions["sign_in_turnstile"]
    who = here.keys.mac(b"address", (request.remote_addr or "").encode())
    turnstile.wait(who)
    with here.database.read() as tx:
        found = therapists.find(tx, email)
    # The password is checked outside of any transaction: argon2 takes its time on purpose.
    if not therapists.fits(found, password):
        turnstile.failed(who, here.keys.mac(b"password", email.encode(), password.encode()))
        if wants_json():
            raise SignedOut(WRONG)
        return make_response(_home(email=email, sign_in_sentence=WRONG), 401)
    assert found is not None
    return _let_in(found.therapist)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this browser's sign-in; its pages' sockets are closed too."""
    here = services()
    with here.database.write() as tx:
        therapists.sign_out(tx, access.sign_in_token())
    response = answer({"signed_out": True}, "/")
    name = access.cookie_name(access.SIGN_IN, here.config)
    response.delete_cookie(name, httponly=True, samesite="Lax", secure=here.config.https)
    return response


@bp.get("/set-up/<token>")
def invitation(token: str) -> Response:
    """The page behind the first therapist's one-time link."""
    _check(token)
    return make_response(render_template("accounts/set_up.html", token=token, email="", sentence=""))


@bp.post("/set-up/<token>")
def set_up(token: str) -> Response:
    """Make the first account and sign it in."""
    email, password = field("email"), field("password")
    # Hashing takes long on purpose, and nobody without the link may ask for it.
    _check(token)
    try:
        password_hash = therapists.hash_password(password)
        with services().database.write() as tx:
            found = therapists.accept(tx, token, email, password_hash)
    except BadForm as refusal:
        if wants_json():
            raise
        page = render_template("accounts/set_up.html", token=token, email=email, sentence=refusal.sentence)
        return make_response(page, 400)
    return _let_in(found)


def sign_in_page(sentence: str) -> str:
    """Draw the first page with a sentence beside the sign-in."""
    return _home(sign_in_sentence=sentence)


def _check(token: str) -> None:
    with services().database.read() as tx:
        if not therapists.invited(tx, token):
            raise BadForm(
                "This link was used already, or is not the newest. Sign in, or start the server again."
            )


def _let_in(therapist: Therapist) -> Response:
    with services().database.write() as tx:
        token = therapists.sign_in(tx, therapist, now=time.time())
    return set_cookie(answer({"signed_in": True}, "/therapist/"), access.SIGN_IN, token)


def _home(*, email: str = "", sign_in_sentence: str = "", signed_in: str = "") -> str:
    return render_template(
        "home.html",
        typed="",
        sentence="",
        email=email,
        sign_in_sentence=sign_in_sentence,
        signed_in=signed_in,
        never=mishap("O"),
        only=mishap("A"),
    )

"""The first page, and therapists' sign-in."""

import time
from secrets import token_bytes

from flask import Blueprint, Response, current_app, make_response, render_template, request

from facilitator import access
from facilitator.core.codes import mishap
from facilitator.core.errors import BadForm, SignedOut
from facilitator.services import services
from facilitator.storage import sign_ins, therapists, two_factor
from facilitator.storage.therapists import Therapist
from facilitator.web import cookies
from facilitator.web.answer import answer, field, wants_json
from facilitator.web.turnstile import Turnstile, neighbourhood

bp = Blueprint("accounts", __name__)

WRONG_CODE = "This code does not fit, or was used before. Wait for the next one and try again."
# In this order, because most browsers also claim to be others.
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)

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
    try:
        found = prove(email, password)
    except SignedOut as refusal:
        if wants_json():
            raise
        return make_response(_home(email=email, sign_in_sentence=refusal.sentence), 401)
    return let_in(found)


@bp.get("/sign-in/code")
def second_step() -> str:
    """The page that asks for the code of the app."""
    return _code_page(access.half_signed_in())


@bp.post("/sign-in/code")
def check_code() -> Response:
    """Complete a sign-in with a code of the app, or with a recovery code."""
    who, typed, here = access.half_signed_in(), field("code"), services()
    turnstile: Turnstile = current_app.extensions["code_turnstile"]
    try:
        # Each try counts, the same code again as well: at another time it may be right.
        with (
            turnstile.trying(here.keys.mac(b"account", who.id.encode()), token_bytes(8)),
            here.database.write() as tx,
        ):
            # Without two-factor the code of a set-up page would do, and that page has its own form.
            fits = who.two_factor and two_factor.accepts(tx, here.keys, who, typed, now=time.time())
            if not (fits or two_factor.recovers(tx, here.keys, who, typed)):
                raise SignedOut(WRONG_CODE)
    except SignedOut as refusal:
        if wants_json():
            raise
        return make_response(_code_page(who, refusal.sentence), 401)
    return let_in(who, proven=True)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this browser's sign-in; its pages' sockets are closed too."""
    with services().database.write() as tx:
        sign_ins.end(tx, access.sign_in_token())
    return cookies.forget(answer({"signed_out": True}, "/"), access.SIGN_IN)


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
    return let_in(found)


def prove(email: str, password: str) -> Therapist:
    """Return whose e-mail address and password these are. Raises `SignedOut`, later with each wrong one."""
    here = services()
    turnstile: Turnstile = current_app.extensions["sign_in_turnstile"]
    mac = here.keys.mac
    who = mac(b"address", neighbourhood(request.remote_addr))
    with turnstile.trying(who, mac(b"password", email.encode(), password.encode())):
        with here.database.read() as tx:
            found = therapists.find(tx, email)
        # The password is checked outside of any transaction: argon2 takes its time on purpose.
        if not therapists.fits(found, password) or found is None:
            raise SignedOut(WRONG)
    return found.therapist


def let_in(who: Therapist, *, proven: bool = False) -> Response:
    """Begin a sign-in with a new token: a half one if a second step is still to come."""
    here, now = services(), time.time()
    half = not proven and (who.two_factor or here.config.require_totp)
    with here.database.write() as tx:
        sign_ins.end(tx, access.sign_in_token())
        token = sign_ins.begin(tx, who, now=now, device=_device(), half=half)
    if half:
        then = "/sign-in/code" if who.two_factor else "/therapist/account/two-factor"
        response = answer({"signed_in": False, "next": then}, then)
    else:
        response = answer({"signed_in": True}, "/therapist/")
    return cookies.keep(response, access.SIGN_IN, token)


def sign_in_page(sentence: str) -> str:
    """Draw the first page with a sentence beside the sign-in."""
    return _home(sign_in_sentence=sentence)


def _check(token: str) -> None:
    with services().database.read() as tx:
        if not therapists.invited(tx, token):
            raise BadForm("This link was used already, or is not whole. Sign in, or start the server again.")


def _code_page(who: Therapist, sentence: str = "") -> str:
    return render_template("accounts/code.html", email=who.email, sentence=sentence)


def _device() -> str:
    """Name a browser as its owner would, so that they know which one to end."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


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

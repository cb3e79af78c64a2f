"""A therapist's own account: who is signed in, the password, and the second step."""

import io
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import segno
from flask import Blueprint, Response, make_response, render_template
from markupsafe import Markup

from facilitator import access
from facilitator.core.errors import BadForm, NotYours, SignedOut
from facilitator.services import services
from facilitator.storage import sign_ins, therapists, two_factor
from facilitator.storage.sign_ins import SignIn
from facilitator.storage.therapists import Therapist
from facilitator.web import rooms
from facilitator.web.accounts import WRONG_CODE, let_in, prove
from facilitator.web.answer import answer, field, json_answer, wants_json

bp = Blueprint("account", __name__, url_prefix="/therapist/account")
bp.after_request(rooms.stay_signed_in)

HOME = "/therapist/account/"
WRONG_PASSWORD = "That is not your password. Nothing was changed."


@bp.get("/")
def home() -> Response:
    """The page of the account."""
    return make_response(_home(access.therapist()))


@bp.post("/password")
def change_password() -> Response:
    """Choose another password; every other browser is signed out."""
    who, new = access.therapist(), field("new")
    try:
        _confirm(who)
        password_hash = therapists.hash_password(new)
    except (BadForm, NotYours) as refusal:
        if wants_json():
            raise
        return make_response(_home(who, password_sentence=refusal.sentence), 400)
    with services().database.write() as tx:
        therapists.set_password(tx, who, password_hash)
    return let_in(who, proven=True)


@bp.post("/sign-ins/<ref>/end")
def end_sign_in(ref: str) -> Response:
    """Sign another browser out."""
    who = access.therapist()
    with services().database.write() as tx:
        sign_ins.end_one(tx, who, ref)
    return answer({"ended": True}, HOME)


@bp.get("/two-factor")
def two_factor_page() -> Response:
    """Show an app the secret, with which it makes codes; or what can be done once it does."""
    who, here = _who_sets_up(), services()
    if not who.two_factor:
        with here.database.write() as tx:
            two_factor.begin(tx, here.keys, who)
    return make_response(_two_factor(who))


@bp.post("/two-factor")
def switch_on() -> Response:
    """Switch two-factor on with the app's first code; every other browser is signed out."""
    who, here, typed = _who_sets_up(), services(), field("code")
    with here.database.write() as tx:
        fits = not who.two_factor and two_factor.accepts(tx, here.keys, who, typed, now=time.time())
        if fits:
            therapists.sign_out_everywhere(tx, who)
            codes = two_factor.new_recovery_codes(tx, here.keys, who)
    if not fits:
        if wants_json():
            raise BadForm(WRONG_CODE)
        return make_response(_two_factor(who, sentence=WRONG_CODE), 400)
    return _with_codes(codes, let_in(who, proven=True))


@bp.post("/recovery-codes")
def new_recovery_codes() -> Response:
    """Make new recovery codes; the old ones are void."""
    who, here = access.therapist(), services()
    try:
        _confirm(who)
    except NotYours as refusal:
        if wants_json():
            raise
        return make_response(_two_factor(who, sentence=refusal.sentence), 400)
    if not who.two_factor:
        raise BadForm("There is no second step to recover. Switch two-factor on first.")
    with here.database.write() as tx:
        codes = two_factor.new_recovery_codes(tx, here.keys, who)
    return _with_codes(codes, make_response())


@bp.post("/two-factor/off")
def switch_off() -> Response:
    """Let the password alone sign in again."""
    who, here = access.therapist(), services()
    try:
        if here.config.require_totp:
            raise NotYours("Here everyone signs in with a code as well.")
        _confirm(who)
    except NotYours as refusal:
        if wants_json():
            raise
        return make_response(_two_factor(who, sentence=refusal.sentence), 400)
    with here.database.write() as tx:
        two_factor.switch_off(tx, who)
    return answer({"two_factor": False}, HOME)


def _who_sets_up() -> Therapist:
    """Return who may set up the second step: who is signed in, or has to set it up before they can be."""
    try:
        return access.therapist()
    except SignedOut:
        who = access.half_signed_in()
        if who.two_factor:
            raise
        return who


def _confirm(who: Therapist) -> None:
    """Ask for the password once more, so that an open laptop gives nobody the account. Raises `NotYours`."""
    try:
        prove(who.email, field("password"))
    except SignedOut:
        raise NotYours(WRONG_PASSWORD) from None


def _home(who: Therapist, *, password_sentence: str = "") -> str:
    here, now = services(), time.time()
    with here.database.read() as tx:
        signed_in = sign_ins.of(tx, who, token=access.sign_in_token(), now=now)
    return render_template(
        "accounts/account.html",
        therapist=who,
        sign_ins=[(one, _when(one, now)) for one in signed_in],
        password_sentence=password_sentence,
    )


def _when(one: SignIn, now: float) -> str:
    """Say when a browser was last seen, no finer than it is known."""
    if now - one.seen < 2 * sign_ins.NOTED_S:
        return "in use now"
    seen, today = (datetime.fromtimestamp(at, UTC).date() for at in (one.seen, now))
    return "last used today" if seen == today else "last used yesterday"


def _two_factor(who: Therapist, *, sentence: str = "") -> str:
    here = services()
    with here.database.read() as tx:
        if who.two_factor:
            left = two_factor.recovery_codes_left(tx, who)
            return render_template(
                "accounts/two_factor.html",
                left=left,
                sentence=sentence,
                required=here.config.require_totp,
            )
        uri = two_factor.uri(tx, here.keys, who)
    return render_template(
        "accounts/two_factor_on.html",
        qr=_qr(uri),
        secret=_secret(uri),
        sentence=sentence,
        required=here.config.require_totp,
    )


def _with_codes(codes: list[str], response: Response) -> Response:
    """Show recovery codes, this one time, in an answer that keeps its cookies."""
    if wants_json():
        shown = json_answer({"recovery_codes": codes})
    else:
        shown = make_response(render_template("accounts/recovery_codes.html", codes=codes))
    for cookie in response.headers.getlist("Set-Cookie"):
        shown.headers.add("Set-Cookie", cookie)
    return shown


def _qr(uri: str) -> Markup:
    picture = io.BytesIO()
    segno.make_qr(uri, error="m").save(
        picture, kind="svg", border=4, xmldecl=False, svgns=False, dark="#15241e", light="#fff", omitsize=True
    )
    return Markup(picture.getvalue().decode())


def _secret(uri: str) -> str:
    secret = parse_qs(urlsplit(uri).query).get("secret", [""])[0]
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))

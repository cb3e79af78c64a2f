"""The second step of a sign-in: codes of an authenticator app (RFC 6238), and codes for when it is lost."""

import base64
import secrets

import pyotp
import sqlalchemy as sa

from facilitator.core.codes import SIGNS
from facilitator.storage import data_keys, tables
from facilitator.storage.database import Transaction, upsert
from facilitator.storage.keys import KeyGone, Keys
from facilitator.storage.therapists import Therapist

RECOVERY_CODES = 10
RECOVERY_SIGNS = 12  # 53 bits
DRIFT = 1  # steps of 30 s by which a phone's clock may be wrong, before and after
_SECRET_BYTES = 20  # as long as the SHA-1 that all apps know


def begin(tx: Transaction, keys: Keys, therapist: Therapist) -> None:
    """Make a new secret, which counts once its first code came; one that nobody confirmed is void.

    Whoever got as far as this page before, with a stolen password, may have seen that one.
    """
    wrapped = keys.wrap(secrets.token_bytes(_SECRET_BYTES), owner=_owner(therapist))
    upsert(tx, tables.data_key, {"owner": _owner(therapist), "wrapped": wrapped})


def uri(tx: Transaction, keys: Keys, therapist: Therapist) -> str:
    """Return the address with which an app learns the secret, or an empty string without one."""
    found = _totp(tx, keys, therapist)
    return found.provisioning_uri(name=therapist.email, issuer_name="Perhaps") if found else ""


def accepts(tx: Transaction, keys: Keys, therapist: Therapist, typed: str, *, now: float) -> bool:
    """Say whether a code of the app is right, and use it up; `now` in seconds since 1970.

    It is also how two-factor is switched on: the first right code does it.
    """
    totp = _totp(tx, keys, therapist)
    if totp is None:
        return False
    try:
        step = totp.verify_and_get_timecode(_plain(typed), for_time=now, valid_window=DRIFT)
    except pyotp.exceptions.OTPVerificationError:
        return False
    table = tables.therapist
    # A code that was seen over a shoulder is worth nothing once it was used, nor is one before it.
    unused = sa.or_(table.c.totp_step.is_(None), table.c.totp_step < step)
    mine = sa.and_(table.c.id == therapist.id, unused)
    return tx.execute(table.update().where(mine).values(totp_step=step)).rowcount == 1


def recovers(tx: Transaction, keys: Keys, therapist: Therapist, typed: str) -> bool:
    """Say whether a recovery code is right, and use it up."""
    table = tables.recovery_code
    used = table.delete().where(table.c.mac == _mac(keys, therapist, _plain(typed).upper()))
    return tx.execute(used).rowcount == 1


def new_recovery_codes(tx: Transaction, keys: Keys, therapist: Therapist) -> list[str]:
    """Make ten recovery codes, to be shown once; earlier ones are void."""
    codes = ["".join(secrets.choice(SIGNS) for _ in range(RECOVERY_SIGNS)) for _ in range(RECOVERY_CODES)]
    forget_recovery_codes(tx, therapist)
    rows = [{"mac": _mac(keys, therapist, code), "therapist_id": therapist.id} for code in codes]
    tx.execute(tables.recovery_code.insert(), rows)
    return [" ".join(code[at : at + 4] for at in range(0, RECOVERY_SIGNS, 4)) for code in codes]


def recovery_codes_left(tx: Transaction, therapist: Therapist) -> int:
    """Count the recovery codes that were not used."""
    table = tables.recovery_code
    mine = table.c.therapist_id == therapist.id
    return tx.scalar(sa.select(sa.func.count()).select_from(table).where(mine)) or 0


def switch_off(tx: Transaction, therapist: Therapist) -> None:
    """Let a password alone sign in again; the secret and the recovery codes are gone."""
    tx.execute(tables.therapist.update().where(tables.therapist.c.id == therapist.id).values(totp_step=None))
    data_keys.destroy(tx, _owner(therapist))
    forget_recovery_codes(tx, therapist)


def forget_recovery_codes(tx: Transaction, therapist: Therapist) -> None:
    """Void all recovery codes of an account."""
    tx.execute(tables.recovery_code.delete().where(tables.recovery_code.c.therapist_id == therapist.id))


def _totp(tx: Transaction, keys: Keys, therapist: Therapist) -> pyotp.TOTP | None:
    query = sa.select(tables.data_key.c.wrapped).where(tables.data_key.c.owner == _owner(therapist))
    wrapped = tx.scalar(query)
    if wrapped is None:
        return None
    try:
        return pyotp.TOTP(base64.b32encode(keys.unwrap(wrapped, owner=_owner(therapist))).decode())
    except KeyGone:
        # An old copy of the database is not opened by today's key; recovery codes still are.
        return None


def _owner(therapist: Therapist) -> str:
    return f"totp:{therapist.id}"


def _mac(keys: Keys, therapist: Therapist, code: str) -> bytes:
    return keys.mac(b"recovery", therapist.id.encode(), code.encode())


def _plain(typed: str) -> str:
    return "".join(typed[:40].split()).replace("-", "")

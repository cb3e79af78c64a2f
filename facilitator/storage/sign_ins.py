"""Sign-ins: which browsers a therapist is signed in with, and for how long."""

from dataclasses import dataclass, replace
from secrets import token_urlsafe

import sqlalchemy as sa

from facilitator.storage import tables
from facilitator.storage.database import Transaction
from facilitator.storage.rooms import new_id
from facilitator.storage.therapists import Therapist, hash_token, of_row

IDLE_S = 12 * 3600
ABSOLUTE_S = 14 * 24 * 3600
HALF_S = 600  # in which the second step must follow the password
NOTED_S = 600  # how exactly it is known when a sign-in was last used


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser that is signed in, and when it was last seen (Unix seconds)."""

    ref: str
    device: str
    seen: float
    here: bool


def _fresh(now: float | sa.BindParameter[float]) -> tuple[sa.ColumnElement[bool], ...]:
    return (tables.sign_in.c.until > now, tables.sign_in.c.seen > now - IDLE_S)


_SIGNED_IN = (
    sa.select(tables.therapist, tables.sign_in.c.seen)
    .join(tables.sign_in, tables.sign_in.c.therapist_id == tables.therapist.c.id)
    .where(tables.sign_in.c.hash == sa.bindparam("hash"), tables.sign_in.c.half == sa.bindparam("half"))
    .where(*_fresh(sa.bindparam("now", type_=sa.Float)))
)


def begin(tx: Transaction, therapist: Therapist, *, now: float, device: str = "", half: bool = False) -> str:
    """Begin a sign-in and return the token for its cookie; `now` in seconds since 1970.

    A `half` one opens nothing but the second step, and only for `HALF_S`.
    """
    token = token_urlsafe(32)
    row = {
        "hash": hash_token(token),
        "ref": new_id(),
        "therapist_id": therapist.id,
        "device": device,
        "half": half,
        "seen": now,
        "until": now + (HALF_S if half else ABSOLUTE_S),
    }
    tx.execute(tables.sign_in.delete().where(tables.sign_in.c.until <= now))
    tx.execute(tables.sign_in.insert().values(**row))
    return token


def find(tx: Transaction, token: str, *, now: float, half: bool = False) -> Therapist | None:
    """Find who is signed in with this token, or None once it is idle or old; `half` finds half ones only."""
    asked = {"hash": hash_token(token), "half": half, "now": now}
    row = tx.execute(_SIGNED_IN, asked).one_or_none()
    return replace(of_row(row), due=row.seen < now - NOTED_S) if row else None


def of(tx: Transaction, therapist: Therapist, *, token: str, now: float) -> list[SignIn]:
    """List the browsers of an account that are signed in, the one that holds `token` first."""
    table = tables.sign_in
    mine = sa.and_(table.c.therapist_id == therapist.id, sa.not_(table.c.half), *_fresh(now))
    rows = tx.execute(sa.select(table).where(mine).order_by(table.c.seen.desc()))
    found = [SignIn(row.ref, row.device, row.seen, row.hash == hash_token(token)) for row in rows]
    return sorted(found, key=lambda one: not one.here)


def note(tx: Transaction, token: str, *, now: float) -> None:
    """Note that a sign-in is in use, unless that was noted within `NOTED_S`; one that is over stays over."""
    table = tables.sign_in
    mine = sa.and_(table.c.hash == hash_token(token), table.c.seen < now - NOTED_S, *_fresh(now))
    tx.execute(table.update().where(mine).values(seen=now))


def end(tx: Transaction, token: str) -> None:
    """End a sign-in."""
    tx.execute(tables.sign_in.delete().where(tables.sign_in.c.hash == hash_token(token)))


def end_one(tx: Transaction, therapist: Therapist, ref: str) -> None:
    """End one of an account's sign-ins by its reference; another account's stays."""
    mine = sa.and_(tables.sign_in.c.therapist_id == therapist.id, tables.sign_in.c.ref == ref)
    tx.execute(tables.sign_in.delete().where(mine))


def ended(tx: Transaction, tokens: list[str], *, now: float) -> set[str]:
    """Say which of these tokens no longer stand for a sign-in."""
    hashes = {hash_token(token): token for token in tokens}
    query = sa.select(tables.sign_in.c.hash).where(tables.sign_in.c.hash.in_(list(hashes)), *_fresh(now))
    return set(tokens) - {hashes[one] for one in tx.scalars(query)}

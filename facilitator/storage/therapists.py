"""Therapists' accounts, and the one-time links to make or mend them."""

import hashlib
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

import argon2
import sqlalchemy as sa

from facilitator.core.errors import BadForm
from facilitator.storage import tables
from facilitator.storage.database import Transaction
from facilitator.storage.rooms import new_id

RESET_S = 3600
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

_hasher = argon2.PasswordHasher()
# Checking a password for an address we do not know takes as long as for one we know.
_decoy = _hasher.hash(token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Therapist:
    """An account; `two_factor` says whether signing in needs a code as well.

    `due` says whether it is to be noted that the sign-in is in use, see `sign_ins.note`.
    """

    id: str
    email: str
    two_factor: bool = False
    due: bool = False


@dataclass(frozen=True, slots=True)
class Habits:
    """What a therapist opens rooms with: the vignette, and where people look."""

    vignette: str
    where: str


@dataclass(frozen=True, slots=True)
class Found:
    """An account with the hash that its password must fit."""

    therapist: Therapist
    password_hash: str


def hash_password(password: str) -> str:
    """Hash a new password with argon2id. Raises `BadForm` for one that will not do."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadForm(f"A password needs at least {SHORTEST_PASSWORD} signs. A few words in a row do well.")
    return _hasher.hash(password)


def fits(found: Found | None, password: str) -> bool:
    """Say whether a password opens an account; it takes as long when there is none."""
    try:
        _hasher.verify(found.password_hash if found else _decoy, password[: LONGEST_PASSWORD + 1])
    except argon2.exceptions.VerifyMismatchError:
        return False
    return found is not None


def add(tx: Transaction, email: str, password_hash: str) -> Therapist:
    """Make an account; the first therapist's links are void afterwards.

    Raises `BadForm` for an address that will not do.
    """
    email = _clean_email(email)
    if tx.scalar(sa.select(tables.therapist.c.id).where(tables.therapist.c.email == email)):
        raise BadForm("There is an account with this e-mail address already.")
    therapist = Therapist(new_id(), email)
    row = {"id": therapist.id, "email": email, "password_hash": password_hash}
    tx.execute(tables.therapist.insert().values(**row))
    tx.execute(tables.invitation.delete())
    return therapist


def find(tx: Transaction, email: str) -> Found | None:
    """Find the account of an address, or None."""
    query = sa.select(tables.therapist).where(tables.therapist.c.email == email.strip().casefold())
    row = tx.execute(query).one_or_none()
    return Found(of_row(row), row.password_hash) if row else None


def set_password(tx: Transaction, therapist: Therapist, password_hash: str) -> None:
    """Change a password; every browser of the account is signed out."""
    mine = tables.therapist.c.id == therapist.id
    tx.execute(tables.therapist.update().where(mine).values(password_hash=password_hash))
    sign_out_everywhere(tx, therapist)


def habits(tx: Transaction, therapist: Therapist) -> Habits | None:
    """Say with what a therapist opened the last room, or None before the first one."""
    table = tables.therapist
    row = tx.execute(sa.select(table.c.vignette, table.c.where).where(table.c.id == therapist.id)).one()
    return Habits(row.vignette, row.where) if row.vignette else None


def remember(tx: Transaction, therapist: Therapist, habits: Habits) -> None:
    """Keep what a room was opened with, to offer the same next time."""
    table = tables.therapist
    row = {"vignette": habits.vignette, "where": habits.where}
    tx.execute(table.update().where(table.c.id == therapist.id).values(**row))


def anyone(tx: Transaction) -> bool:
    """Say whether there is an account at all."""
    return tx.scalar(sa.select(sa.func.count()).select_from(tables.therapist)) != 0


def sign_out_everywhere(tx: Transaction, therapist: Therapist) -> None:
    """End all sign-ins of an account, and void its link for a new password."""
    for table in (tables.sign_in, tables.reset_link):
        tx.execute(table.delete().where(table.c.therapist_id == therapist.id))


def invite(tx: Transaction) -> str:
    """Make a one-time link's token for the first therapist; all of them are void once there is an account.

    Every process prints a link of its own when it starts, and none cancels another's.
    """
    token = token_urlsafe(24)
    tx.execute(tables.invitation.insert().values(hash=hash_token(token)))
    return token


def invited(tx: Transaction, token: str) -> bool:
    """Say whether a one-time link is still good."""
    found = sa.select(tables.invitation.c.hash).where(tables.invitation.c.hash == hash_token(token))
    return tx.scalar(found) is not None


def accept(tx: Transaction, token: str, email: str, password_hash: str) -> Therapist:
    """Make the first account from a one-time link. Raises `BadForm`."""
    if not invited(tx, token):
        raise BadForm("This link was used already. Sign in, or ask for a new one.")
    return add(tx, email, password_hash)


def make_reset_link(tx: Transaction, therapist: Therapist, *, now: float) -> str:
    """Make the token of a one-time link for a new password, good for `RESET_S`; an earlier one is void."""
    token, table = token_urlsafe(24), tables.reset_link
    tx.execute(table.delete().where(table.c.therapist_id == therapist.id))
    tx.execute(table.insert().values(hash=hash_token(token), therapist_id=therapist.id, until=now + RESET_S))
    return token


def of_reset_link(tx: Transaction, token: str, *, now: float) -> Therapist | None:
    """Find whose password a link may change, or None when it was used or is too old."""
    table = tables.reset_link
    query = (
        sa.select(tables.therapist)
        .join(table, table.c.therapist_id == tables.therapist.c.id)
        .where(table.c.hash == hash_token(token), table.c.until > now)
    )
    row = tx.execute(query).one_or_none()
    return of_row(row) if row else None


def of_row(row: sa.Row[Any]) -> Therapist:
    """Turn a row of accounts into one."""
    return Therapist(row.id, row.email, two_factor=row.totp_step is not None)


def _clean_email(email: str) -> str:
    email = email.strip().casefold()
    name, at, host = email.partition("@")
    if not (name and at and host) or " " in email or len(email) > 254:
        raise BadForm("Please write an e-mail address, like name@clinic.org.")
    return email


def hash_token(token: str) -> bytes:
    """Return what is kept of a token that only a browser or a link holds (32 bytes)."""
    return hashlib.sha256(token.encode()).digest()

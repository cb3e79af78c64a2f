"""The data keys of rooms and rounds: each wrapped, in a row of its own, so that it can be destroyed."""

from collections.abc import Callable

import sqlalchemy as sa

from facilitator.storage import tables
from facilitator.storage.database import Transaction, as_of_now, lock_table
from facilitator.storage.keys import KeyGone, Keys

_table = tables.data_key
_WRAPPED = sa.select(_table.c.wrapped).where(_table.c.owner == sa.bindparam("owner"))
_REWRAP = _table.update().where(_table.c.owner == sa.bindparam("whose")).values(wrapped=sa.bindparam("anew"))


def add(tx: Transaction, keys: Keys, owner: str) -> None:
    """Make the key of `room:ID` or `round:ID`."""
    lock_table(tx, _table, mode="ROW EXCLUSIVE")
    wrapped = keys.wrap(keys.new_data_key(), owner=owner)
    tx.execute(_table.insert().values(owner=owner, wrapped=wrapped))


def find(tx: Transaction, keys: Keys, owner: str) -> bytes:
    """Unwrap the key of `room:ID` or `round:ID` (32 bytes). Raises `KeyGone` once it is destroyed."""
    asked = {"owner": owner}
    try:
        return keys.unwrap(tx.scalar(_WRAPPED, asked) or b"", owner=owner)
    except KeyGone:
        # The keys may have been rotated since this transaction began, or between reading and unwrapping.
        with as_of_now(tx) as now:
            return keys.unwrap(now.scalar(_WRAPPED, asked) or b"", owner=owner)


def destroy(tx: Transaction, *owners: str) -> None:
    """Delete the keys of these owners; what they sealed can be opened no more."""
    tx.execute(_table.delete().where(_table.c.owner.in_(owners)))


def rewrap(tx: Transaction, wrap_anew: Callable[[bytes, str], bytes]) -> None:
    """Put every live data key under a new wrapping; `wrap_anew` takes what is wrapped and whose it is."""
    # Who adds a key at the same time waits, or is waited for: none may be left under the old wrapping.
    lock_table(tx, _table, mode="SHARE ROW EXCLUSIVE")
    found = tx.execute(sa.select(_table)).all()
    if anew := [{"whose": row.owner, "anew": wrap_anew(row.wrapped, row.owner)} for row in found]:
        tx.execute(_REWRAP, anew)

"""Guesses before closing: whose one is, only the phone that holds the token can tell (privacy.md §1)."""

import orjson
import sqlalchemy as sa

from facilitator.core.guess import Envelope, Sent, succeed
from facilitator.core.round import RoundId
from facilitator.storage import data_keys, tables
from facilitator.storage.database import Transaction, take_turns, upsert
from facilitator.storage.keys import Keys

_table = tables.envelope
_SEALED = sa.select(_table.c.sealed).where(_table.c.key == sa.bindparam("key"))
_OF_ROUND = sa.select(_table.c.key, _table.c.sealed).where(_table.c.round_id == sa.bindparam("round_id"))


def put(
    tx: Transaction, keys: Keys, data_key: bytes, round_id: RoundId, token: str, new: Envelope
) -> Envelope:
    """Store what a seat sends, unless it is a repeat or a late copy, and return what stands now.

    `data_key` is the round's. Touches the envelope's own row and no other: rows written in one transaction
    can be linked.
    """
    key = _key(keys, round_id, token)
    # Two sendings of one phone at once would both find nothing, and the older one might stay.
    take_turns(tx, key)
    old = _read(tx, keys, data_key, key)
    standing = succeed(old, new)
    if standing is not old:
        sealed = keys.seal(data_key, _pack(standing), place=key)
        upsert(tx, _table, {"key": key, "round_id": round_id, "sealed": sealed})
    return standing


def put_by_hand(tx: Transaction, keys: Keys, round_id: RoundId, said: Envelope) -> None:
    """Store a guess that was said aloud or written on paper; the same `op` again changes nothing."""
    data_key = data_keys.find(tx, keys, f"round:{round_id}")
    put(tx, keys, data_key, round_id, f"hand {said.op}", said)


def own(tx: Transaction, keys: Keys, round_id: RoundId, token: str) -> Envelope | None:
    """Read back what the holder of `token` sent in this round, or None."""
    data_key = data_keys.find(tx, keys, f"round:{round_id}")
    return _read(tx, keys, data_key, _key(keys, round_id, token))


def count(tx: Transaction, round_id: RoundId) -> int:
    """Count the envelopes of a round, withdrawn ones included."""
    return tx.scalar(sa.select(sa.func.count()).where(_table.c.round_id == round_id)) or 0


def sent(tx: Transaction, keys: Keys, round_id: RoundId) -> int:
    """Count the guesses and passes of a round; withdrawn ones and those added by hand do not count."""
    return sum(one.sent in (Sent.GUESS, Sent.PASS) for one in _read_all(tx, keys, round_id))


def open_all(tx: Transaction, keys: Keys, round_id: RoundId) -> list[Envelope]:
    """Open every envelope of a round and burn them with their key; one receipt stays for each."""
    opened = _read_all(tx, keys, round_id)
    receipts = sorted({_receipt(keys, round_id, one.op) for one in opened})
    if receipts:
        tx.execute(tables.receipt.insert(), [{"mac": mac, "round_id": round_id} for mac in receipts])
    tx.execute(_table.delete().where(_table.c.round_id == round_id))
    data_keys.destroy(tx, f"round:{round_id}")
    return opened


def has_receipt(tx: Transaction, keys: Keys, round_id: RoundId, op: str) -> bool:
    """Say whether an `op` was in when the round was closed."""
    mac = _receipt(keys, round_id, op)
    return tx.scalar(sa.select(tables.receipt.c.mac).where(tables.receipt.c.mac == mac)) is not None


def _key(keys: Keys, round_id: RoundId, token: str) -> bytes:
    return keys.mac(b"envelope", round_id.encode(), token.encode())


def _receipt(keys: Keys, round_id: RoundId, op: str) -> bytes:
    return keys.mac(b"receipt", round_id.encode(), op.encode())


def _read(tx: Transaction, keys: Keys, data_key: bytes, key: bytes) -> Envelope | None:
    sealed = tx.scalar(_SEALED, {"key": key})
    return _unpack(keys.unseal(data_key, sealed, place=key)) if sealed else None


def _read_all(tx: Transaction, keys: Keys, round_id: RoundId) -> list[Envelope]:
    rows = tx.execute(_OF_ROUND, {"round_id": round_id}).all()
    data_key = data_keys.find(tx, keys, f"round:{round_id}") if rows else b""
    return [_unpack(keys.unseal(data_key, row.sealed, place=row.key)) for row in rows]


def _pack(envelope: Envelope) -> bytes:
    return orjson.dumps(
        [envelope.op, envelope.n, envelope.sent, envelope.text, envelope.options, envelope.sure]
    )


def _unpack(content: bytes) -> Envelope:
    # One that was sealed before there were options holds the first four alone.
    op, n, sent_as, text, options, sure = [*orjson.loads(content), (), None][:6]
    return Envelope(op, n, Sent(sent_as), text, tuple(options), sure)

"""Programs that leak by what people choose, by how sure they are, or by who just listened at first."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import orjson
import redis
from sqlalchemy import text as sql

from facilitator import commands, members
from facilitator.core.guess import Envelope, Sent
from facilitator.core.round import RoundId
from facilitator.core.spread import Spread
from facilitator.core.vignette import Prompt
from facilitator.storage import keys, rounds, seats
from facilitator.storage.seats import Seat
from tests.privacy.grafts import POSTGRES, at_sending, in_every_new_database, log, mutant


@dataclass(frozen=True, slots=True)
class SpreadWithSets(Spread):
    """Counts that keep what they were counted from."""

    sets: tuple[tuple[int, ...], ...] = ()


@mutant("the spread keeps the sets it was counted from, in the order of sending", choosing=True)
def sets_in_the_order_of_sending() -> None:
    _keep_sets(lambda sets: sets)


@mutant("the spread keeps the sets it was counted from, sorted", choosing=True)
def sets_in_an_order_of_their_own() -> None:
    _keep_sets(sorted)


@mutant("options go into the pile as a guess, as if they were written", choosing=True)
def options_in_the_pile() -> None:
    commands.texts_of = lambda these: [one.text for one in these if one.sent in (Sent.GUESS, Sent.HAND)]


@mutant("a seat keeps the options that it chose", choosing=True)
def options_beside_the_seat() -> None:
    _beside_the_seat(lambda sending: orjson.dumps(sending.options).decode() if sending.options else None)


@mutant("a seat keeps a hash of the options that it chose", choosing=True)
def hashed_options_beside_the_seat() -> None:
    _beside_the_seat(
        lambda sending: hashlib.sha256(bytes(sending.options)).hexdigest() if sending.options else None
    )


@mutant("a seat keeps how sure it was", choosing=True)
def sureness_beside_the_seat() -> None:
    _beside_the_seat(lambda sending: None if sending.sure is None else str(sending.sure))


@mutant("padding is reckoned without the options", choosing=True)
def padding_without_options() -> None:
    seal = keys.Keys.seal

    def longer(self: Any, data_key: bytes, content: bytes, *, place: bytes) -> bytes:
        if not (content.startswith(b"[") and content.count(b'"') >= 4):
            return seal(self, data_key, content, place=place)
        *_, options, _sure = orjson.loads(content)
        size = keys.CONTENT_BYTES + len(orjson.dumps(options))
        padded = (len(content).to_bytes(2, "big") + content).ljust(size, b"\0")
        return keys._encrypt(data_key, padded, place)

    keys.Keys.seal = longer  # type: ignore[method-assign]


@mutant("the log says which options were chosen", choosing=True)
def log_line_with_options() -> None:
    at_sending(lambda _self, _seat, sending: log.warning("chose %s", list(sending.options)))


@mutant("what is chosen passes through Redis", on=POSTGRES, choosing=True)
def options_in_redis() -> None:
    line = redis.Redis.from_url(os.environ["FACILITATOR_REDIS_URL"])

    def push(_self: Any, _seat: Seat, sending: Envelope) -> None:
        if sending.options:
            line.rpush("chosen", orjson.dumps(sending.options))

    at_sending(push)


@mutant("who just listened at first is counted in with the guess", on=POSTGRES)
def counted_in_with_the_guess() -> None:
    submit = members.Members._submit

    def counting_in(self: Any, tx: Any, seat: Seat, round_id: RoundId, sending: Envelope) -> Any:
        if seats.take_part(tx, seat):
            rounds.count_in(tx, round_id)
        return submit(self, tx, replace(seat, listening=False), round_id, sending)

    members.Members._submit = counting_in  # type: ignore[method-assign]
    members.Members.take_part = lambda self, seat: None  # type: ignore[method-assign]


def _keep_sets(order: Any) -> None:
    count = commands.spread_of

    def with_sets(these: Iterable[Envelope], prompt: Prompt) -> Spread | None:
        these = list(these)
        spread = count(these, prompt)
        sets = tuple(order([one.options for one in these if one.options]))
        return SpreadWithSets(*_counts(spread), sets=sets) if spread else None

    def seal(made: Any, key: bytes, round_id: RoundId, spread: Any) -> bytes:
        kept = orjson.dumps([*_counts(spread), spread.sets])
        sealed: bytes = made.seal(key, kept, place=rounds._place_of_spread(round_id))
        return sealed

    def unseal(made: Any, key: bytes, row: Any) -> Spread:
        kept = orjson.loads(made.unseal(key, row.spread, place=rounds._place_of_spread(row.id)))
        *counts, sets = (tuple(one) if isinstance(one, list) else one for one in kept)
        return SpreadWithSets(*counts, sets=sets)

    commands.spread_of, rounds._seal_spread, rounds._open_spread = with_sets, seal, unseal


def _counts(spread: Spread) -> list[Any]:
    return [getattr(spread, one.name) for one in fields(Spread)]


def _beside_the_seat(value: Any) -> None:
    in_every_new_database("ALTER TABLE seat ADD COLUMN chosen TEXT")

    def note(self: Any, seat: Seat, sending: Envelope) -> None:
        with self.database.write() as tx:
            row = {"hash": seat.hash, "chosen": value(sending)}
            tx.execute(sql("UPDATE seat SET chosen = :chosen WHERE hash = :hash"), row)

    at_sending(note)

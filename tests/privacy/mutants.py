"""Programs that leak: each is the real one with a small change that somebody might make in good faith."""

import base64
import hashlib
import hmac
import random
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import text as sql

from facilitator import commands, members, presence, snapshots
from facilitator.core.guess import Envelope, Guess, GuessId
from facilitator.storage import database, envelopes, keys, rotation, rounds
from facilitator.storage.seats import Seat
from tests.privacy import choice_mutants
from tests.privacy.grafts import (
    MUTANTS,
    POSTGRES,
    SQLITE,
    Remembered,
    at_closing,
    at_sending,
    in_every_new_database,
    log,
    memory,
    mutant,
    remember,
)

# Importing the others is what adds them to the list.
__all__ = ["MUTANTS", "choice_mutants"]


@mutant("the guess names its seat")
def author_column() -> None:
    _beside_the_guess("author", "TEXT", lambda one, _keys, _round: one.seat.ref)


@mutant("the guess holds a hash of its seat")
def hashed_author() -> None:
    _beside_the_guess("author", "TEXT", lambda one, *_: hashlib.sha256(one.seat.ref.encode()).hexdigest())


@mutant("the guess holds an HMAC of its seat, under a key in the database")
def author_under_a_key_in_the_database() -> None:
    pepper = secrets.token_bytes(32)
    in_every_new_database(
        "CREATE TABLE IF NOT EXISTS pepper (secret TEXT)", f"INSERT INTO pepper VALUES ('{pepper.hex()}')"
    )
    _beside_the_guess("author", "TEXT", lambda one, *_: hmac.digest(pepper, one.seat.hash, "sha256").hex())


@mutant("the guess holds an HMAC of round and seat, under the server's key")
def author_under_the_servers_key() -> None:
    _beside_the_guess(
        "author",
        "TEXT",
        lambda one, made, round_id: made.mac(b"author", round_id.encode(), one.seat.hash).hex(),
    )


@mutant("the guess keeps the op of its sending")
def op_kept() -> None:
    _beside_the_guess("op", "TEXT", lambda one, *_: one.op)


@mutant("the guess keeps its time")
def timestamps() -> None:
    _beside_the_guess("sent_at", "DOUBLE PRECISION", lambda one, *_: one.at)


@mutant("ids are UUIDs of version 7, made when the guess is sent")
def uuid7() -> None:
    _ids_made_at_sending(lambda one: f"{int(one.at * 1000):012x}7{secrets.token_hex(10)[:19]}")


@mutant("ids are UUIDs of version 1, made when the guess is sent")
def uuid1() -> None:
    def made(one: Remembered) -> str:
        ticks = int(one.at * 10_000_000)
        low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0xFFF
        return uuid.UUID(fields=(low, middle, high | 0x1000, 0x80, 0x11, 0x5A7E)).hex

    _ids_made_at_sending(made)


@mutant("ids end in a counter, as engine.io's own do")
def sid_counter() -> None:
    _ids_made_at_sending(
        lambda one: base64.urlsafe_b64encode(secrets.token_bytes(12) + one.number.to_bytes(3)).decode()
    )


@mutant("closing forgets to shuffle")
def unshuffled_pile() -> None:
    class Still(random.SystemRandom):
        def shuffle(self, x: Any) -> None:
            """Leave everything as it is."""

    commands._dice = Still()


@mutant("closing writes rows with random ids, but in the order of sending")
def rows_in_the_order_of_sending() -> None:
    commands.shuffle_pile = lambda texts, *, shuffle, new_id: tuple(  # type: ignore[assignment]
        Guess(GuessId(new_id()), text) for text in sorted(texts, key=lambda text: memory[text].number)
    )
    rounds.sorted = lambda these, key=None: list(these) if key else sorted(these)  # type: ignore[attr-defined]
    remember()


@mutant("a flag says who answered, in the transaction of the envelope")
def answered_flag() -> None:
    in_every_new_database("ALTER TABLE seat ADD COLUMN answered INTEGER")
    put = envelopes.put

    def flagged(tx: Any, made: Any, key: bytes, round_id: Any, token: str, new: Envelope) -> Envelope:
        standing = put(tx, made, key, round_id, token, new)
        row = {"hash": made.seat_hash(token)}
        tx.execute(sql("UPDATE seat SET answered = 1 WHERE hash = :hash"), row)
        return standing

    envelopes.put = flagged


@mutant("a seat keeps when it was last busy")
def busy_seat() -> None:
    in_every_new_database("ALTER TABLE seat ADD COLUMN busy DOUBLE PRECISION")

    def mark(self: Any, seat: Seat, _sending: Envelope) -> None:
        with self.database.write() as tx:
            row = {"hash": seat.hash, "now": time.time()}
            tx.execute(sql("UPDATE seat SET busy = :now WHERE hash = :hash"), row)

    at_sending(mark)


@mutant("a phone without a script is asleep some time after it sent", phones=("plain",), pause_s=1.0)
def asleep_after_sending() -> None:
    # Minutes in which nobody taps would do the same at the real pace.
    presence.POLLED_S = (1.0, 1.1)
    presence.Presence.saw = presence.Presence.asked  # type: ignore[method-assign]


@mutant("the log says how long a text was")
def log_line_with_size() -> None:
    at_sending(lambda _self, _seat, sending: log.warning("stored %d characters", len(sending.text)))


@mutant("the log says which seat sent")
def log_line_with_seat() -> None:
    at_sending(lambda _self, seat, _sending: log.warning("seat %s sent", seat.ref))


@mutant("the log holds a text")
def log_line_with_text() -> None:
    at_sending(lambda _self, _seat, sending: log.warning("sent: %r", sending.text))


@mutant("a receipt keeps the id of its guess")
def receipt_with_guess() -> None:
    in_every_new_database("ALTER TABLE receipt ADD COLUMN guess TEXT")

    def note(tx: Any, made: Any, round_id: str, guess: Guess) -> None:
        row = {"mac": _receipt(made, round_id, memory[guess.text].op), "guess": guess.id}
        tx.execute(sql("UPDATE receipt SET guess = :guess WHERE mac = :mac"), row)

    at_closing(note)


@mutant("receipts lie in the order of sending")
def receipts_in_the_order_of_sending() -> None:
    order: dict[bytes, int] = {}

    def note(self: Any, seat: Seat, sending: Envelope, round_id: str) -> None:
        order[_receipt(self.keys, round_id, sending.op)] = len(order)

    submit = members.Members.submit

    def noting(self: Any, seat: Seat, round_id: Any, sending: Envelope) -> Any:
        note(self, seat, sending, round_id)
        return submit(self, seat, round_id, sending)

    members.Members.submit = noting  # type: ignore[method-assign]
    envelopes.sorted = lambda macs: sorted(macs, key=order.__getitem__)  # type: ignore[attr-defined]


@mutant("what is sealed is not padded")
def no_padding() -> None:
    def seal(self: Any, data_key: bytes, content: bytes, *, place: bytes) -> bytes:
        return keys._encrypt(data_key, len(content).to_bytes(2, "big") + content, place)

    keys.Keys.seal = seal  # type: ignore[method-assign]


@mutant("keys are not rotated after closing", on=POSTGRES, rotates=False)
def no_rotation() -> None:
    rotation.Renewal.renew = lambda self: None  # type: ignore[method-assign]


@mutant("SQLite keeps what was deleted, and keys are not rotated", on=SQLITE, rotates=False)
def careless_sqlite() -> None:
    database.PRAGMAS = tuple(one.replace("delete=ON", "delete=OFF") for one in database.PRAGMAS)
    no_rotation()


@mutant("what one console looks at first is broadcast to all", on=())
def broadcast_of_what_is_looked_at() -> None:
    draw = snapshots.Snapshots.therapist
    snapshots.Snapshots.therapist = (  # type: ignore[method-assign]
        lambda self, now, *, look=False, **more: draw(self, now, look=True, **more)
    )


def _beside_the_guess(column: str, kind: str, value: Callable[[Remembered, Any, str], object]) -> None:
    in_every_new_database(f"ALTER TABLE guess ADD COLUMN {column} {kind}")

    def note(tx: Any, made: Any, round_id: str, guess: Guess) -> None:
        row = {"id": guess.id, "value": value(memory[guess.text], made, round_id)}
        tx.execute(sql(f"UPDATE guess SET {column} = :value WHERE id = :id"), row)

    at_closing(note)


def _ids_made_at_sending(made: Callable[[Remembered], str]) -> None:
    remember()
    shuffle_pile = commands.shuffle_pile

    def with_such_ids(texts: Any, *, shuffle: Any, new_id: Any) -> tuple[Guess, ...]:
        pile = shuffle_pile(texts, shuffle=shuffle, new_id=new_id)
        return tuple(replace(one, id=GuessId(made(memory[one.text]))) for one in pile)

    commands.shuffle_pile = with_such_ids


def _receipt(made: Any, round_id: str, op: str) -> bytes:
    found: bytes = made.mac(b"receipt", round_id.encode(), op.encode())
    return found

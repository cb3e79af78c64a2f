"""Ways in which a program might turn a person into a value: the thief tries them all, with every key."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

from tests.privacy.truth import Truth

Make = Callable[[], bytes]

LABELS = ("envelope", "receipt", "guess", "author", "seat")
_PLAIN = {"sha256": hashlib.sha256, "sha1": hashlib.sha1, "md5": hashlib.md5, "blake2b": hashlib.blake2b}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a value is made: whose (`of`), with what beside it, put together how, and under which key."""

    of: str
    beside: tuple[str, ...]
    form: str
    digest: str

    def __str__(self) -> str:
        beside = f" with {' and '.join(self.beside)}" if self.beside else ""
        return f"{self.of}{beside}" if self.digest == "as it is" else f"{self.digest} of {self.of}{beside}"


AS_IT_IS = ("hash", "ref")
"""What the database itself calls a seat."""


def names_of(truth: Truth, seat: int, *, phone: bool) -> dict[str, bytes]:
    """What a seat may be called; with its `phone` in hand the thief knows its token and ops as well."""
    one = truth.seats[seat]
    names = {"hash": one.hash}
    if one.ref:
        names["ref"] = bytes.fromhex(one.ref)
    if phone:
        names |= {"token": one.token.encode(), "token's bytes": base64.urlsafe_b64decode(f"{one.token}==")}
        sent = {n: round_.ops[seat] for n, round_ in enumerate(truth.rounds) if seat in round_.ops}
        names |= {f"op {n}": op.encode() for n, op in sent.items()}
        names |= {f"op {n} as bytes": bytes.fromhex(op) for n, op in sent.items()}
    return names


def surroundings(truth: Truth) -> dict[str, bytes]:
    """What the values of a room may be bound to, or keyed with."""
    room = {"room": truth.room_id, "code": truth.code, "screen": truth.screen}
    rounds = {f"round {n}": round_.id for n, round_ in enumerate(truth.rounds)}
    return {
        name: value.encode() for name, value in (room | rounds | {label: label for label in LABELS}).items()
    }


def cook(
    recipe: Recipe, names: dict[str, bytes], around: dict[str, bytes], secrets: list[bytes]
) -> bytes | None:
    """Make the value for one seat, or None if the seat lacks what it takes."""
    if recipe.of not in names or not all(name in around for name in recipe.beside):
        return None
    parts = [*(around[name] for name in recipe.beside), names[recipe.of]]
    for form, message in _messages(parts):
        if form == recipe.form:
            for digest, make in _digests(message, around, secrets):
                if digest == recipe.digest:
                    return make()
    return None


def tastings(
    names: dict[str, bytes], around: dict[str, bytes], secrets: list[bytes]
) -> Iterator[tuple[Recipe, bytes]]:
    """Make every value that could stand for one seat."""
    rooms = [name for name in around if name not in LABELS and name not in ("code", "screen")]
    besides = [(), *((one,) for one in (*rooms, *LABELS)), *product(LABELS, rooms)]
    for of, beside in product(names, besides):
        for form, message in _messages([*(around[name] for name in beside), names[of]]):
            for digest, make in _digests(message, around, secrets):
                yield Recipe(of, beside, form, digest), make()


def _messages(parts: list[bytes]) -> Iterator[tuple[str, bytes]]:
    yield "with lengths", b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    yield "together", b"".join(parts)
    yield "in hex", b"".join([*parts[:-1], parts[-1].hex().encode()])
    if len(parts) > 1:
        yield "bars", b"|".join(parts)
        yield "turned round", b"".join(parts[::-1])


def _digests(message: bytes, around: dict[str, bytes], secrets: list[bytes]) -> Iterator[tuple[str, Make]]:
    yield "as it is", lambda: message
    for name, plain in _PLAIN.items():
        yield name, lambda plain=plain: plain(message).digest()  # type: ignore[misc]
    keys = [*enumerate(secrets), *((name, around[name]) for name in ("room", "code", "screen"))]
    for key_name, key in keys:
        yield f"hmac under key {key_name}", partial(hmac.digest, key, message, "sha256")

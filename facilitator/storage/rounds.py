"""The rounds of a room: each with its guesses, clusters and spread, sealed under the room's key."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import sqlalchemy as sa

from facilitator.core.guess import Guess, GuessId
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Cluster, Phase, Round, RoundId
from facilitator.core.spread import Spread
from facilitator.core.vignette import PromptId, VignetteId
from facilitator.storage import data_keys, tables
from facilitator.storage.database import Transaction
from facilitator.storage.keys import Keys

_round, _guess = tables.round, tables.guess
_OF_ROOM = sa.select(_round).where(_round.c.room_id == sa.bindparam("room_id")).order_by(_round.c.position)
_GUESSES = (
    sa.select(_guess.c.id, _guess.c.round_id, _guess.c.sealed)
    .join(_round, _round.c.id == _guess.c.round_id)
    .where(_round.c.room_id == sa.bindparam("room_id"))
    .order_by(_guess.c.id)
)
_UPDATE = _round.update().where(_round.c.id == sa.bindparam("round_id"))


def load(tx: Transaction, keys: Keys, room_id: str, *, guesses: bool = True) -> tuple[Round, ...]:
    """Load a room's rounds in their order, with what was guessed in them if `guesses` are wanted."""
    rows = tx.execute(_OF_ROOM, {"room_id": room_id}).all()
    if not rows or not guesses:
        return tuple(_of_row(row) for row in rows)
    found = _load_guesses(tx, keys, room_id)
    sealed = any(row.clusters or row.spread for row in rows)
    key = data_keys.find(tx, keys, f"room:{room_id}") if sealed else b""
    return tuple(_with_guesses(keys, key, row, found.get(row.id, ())) for row in rows)


def save(tx: Transaction, keys: Keys, before: Room, after: Room) -> None:
    """Write what differs between the rounds of two values of a room."""
    old = {one.id: one for one in before.rounds}
    for gone in old.keys() - {one.id for one in after.rounds}:
        data_keys.destroy(tx, f"round:{gone}")
        tx.execute(_round.delete().where(_round.c.id == gone))
    for position, one in enumerate(after.rounds):
        if one.id not in old:
            tx.execute(_round.insert(), _row(after.id, position, one))
            data_keys.add(tx, keys, f"round:{one.id}")
        elif one != old[one.id]:
            _save(tx, keys, after.id, position, old[one.id], one)


def count_in(tx: Transaction, round_id: RoundId) -> None:
    """Count one more person who may guess in a round."""
    tx.execute(_round.update().where(_round.c.id == round_id).values(people=_round.c.people + 1))


def _save(tx: Transaction, keys: Keys, room_id: RoomId, position: int, old: Round, new: Round) -> None:
    row = _row(room_id, position, new)
    seals = (new.guesses, new.clusters, new.spread) != (old.guesses, old.clusters, old.spread)
    key = data_keys.find(tx, keys, f"room:{room_id}") if seals else b""
    if new.clusters != old.clusters:
        row["clusters"] = _seal_clusters(keys, key, new)
    if new.spread and not old.spread:
        row["spread"] = _seal_spread(keys, key, new.id, new.spread)
    tx.execute(_UPDATE, row | {"round_id": new.id})
    if new.guesses and not old.guesses:
        tx.execute(_guess.insert(), list(_guess_rows(keys, key, new)))


def _guess_rows(keys: Keys, key: bytes, one: Round) -> Iterator[dict[str, Any]]:
    for guess in sorted(one.guesses, key=lambda guess: guess.id):
        sealed = keys.seal(key, guess.text.encode(), place=guess.id.encode())
        yield {"id": guess.id, "round_id": one.id, "sealed": sealed}


def _load_guesses(tx: Transaction, keys: Keys, room_id: str) -> dict[str, tuple[Guess, ...]]:
    rows = tx.execute(_GUESSES, {"room_id": room_id}).all()
    key = data_keys.find(tx, keys, f"room:{room_id}") if rows else b""
    found: dict[str, tuple[Guess, ...]] = {}
    for row in rows:
        text = keys.unseal(key, row.sealed, place=row.id.encode()).decode()
        found[row.round_id] = (*found.get(row.round_id, ()), Guess(GuessId(row.id), text))
    return found


def _with_guesses(keys: Keys, key: bytes, row: Any, guesses: tuple[Guess, ...]) -> Round:
    return replace(
        _of_row(row),
        guesses=guesses,
        clusters=_open_clusters(keys, key, row, guesses) if row.clusters else (),
        spread=_open_spread(keys, key, row) if row.spread else None,
    )


def _of_row(row: Any) -> Round:
    return Round(
        id=RoundId(row.id),
        vignette=VignetteId(row.vignette),
        stage=row.stage,
        prompt=PromptId(row.prompt),
        after=Phase(row.after) if row.after else None,
        phase=Phase(row.phase),
        second_look=row.second_look,
        last_call=row.last_call,
        looked=row.looked,
        people=row.people,
        held_back=frozenset(GuessId(one) for one in row.held_back),
        shown=tuple(GuessId(one) for one in row.shown),
        one_by_one=row.one_by_one,
        spotlight=GuessId(row.spotlight) if row.spotlight else None,
        spread_shown=row.spread_shown,
    )


def _row(room_id: RoomId, position: int, one: Round) -> dict[str, Any]:
    return {
        "id": one.id,
        "room_id": room_id,
        "position": position,
        "vignette": one.vignette,
        "stage": one.stage,
        "prompt": one.prompt,
        "after": one.after,
        "phase": one.phase,
        "second_look": one.second_look,
        "last_call": one.last_call,
        "looked": one.looked,
        "people": one.people,
        "held_back": sorted(one.held_back),
        "shown": list(one.shown),
        "one_by_one": one.one_by_one,
        "spotlight": one.spotlight,
        "spread_shown": one.spread_shown,
    }


def _open_clusters(keys: Keys, key: bytes, row: Any, guesses: tuple[Guess, ...]) -> tuple[Cluster, ...]:
    ids = [one.id for one in guesses]
    kept = orjson.loads(keys.unseal(key, row.clusters, place=_place_of_clusters(row.id)))
    return tuple(Cluster(name, tuple(ids[it] for it in places)) for name, places in kept)


def _seal_clusters(keys: Keys, key: bytes, one: Round) -> bytes | None:
    if not one.clusters:
        return None
    # As places in the pile and not as ids, so that even a very large pile fits.
    places = {guess.id: place for place, guess in enumerate(one.guesses)}
    kept = [[cluster.name, [places[it] for it in cluster.guesses]] for cluster in one.clusters]
    return keys.seal(key, orjson.dumps(kept), place=_place_of_clusters(one.id))


def _open_spread(keys: Keys, key: bytes, row: Any) -> Spread:
    kept = orjson.loads(keys.unseal(key, row.spread, place=_place_of_spread(row.id)))
    guesses, options, sureness, by_hand, *rest = kept  # One that was sealed before has no rest.
    return Spread(guesses, tuple(options), tuple(sureness), by_hand, *map(tuple, rest))


def _seal_spread(keys: Keys, key: bytes, round_id: RoundId, spread: Spread) -> bytes:
    kept = [spread.guesses, spread.options, spread.sureness, spread.by_hand, spread.options_by_hand]
    return keys.seal(key, orjson.dumps(kept), place=_place_of_spread(round_id))


def _place_of_spread(round_id: str) -> bytes:
    return b"spread:" + round_id.encode()


def _place_of_clusters(round_id: str) -> bytes:
    return b"clusters:" + round_id.encode()

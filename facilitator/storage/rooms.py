"""Rooms and their rounds: loading, locking, saving what changed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from secrets import token_hex
from typing import Any

import orjson
import sqlalchemy as sa

from facilitator.core.codes import Code
from facilitator.core.errors import NoRoom, Stale
from facilitator.core.guess import Guess, GuessId
from facilitator.core.room import Room, RoomId
from facilitator.core.round import Cluster, Phase, Round, RoundId
from facilitator.core.screen import Screen, Shows, Where
from facilitator.core.views import Pulse
from facilitator.core.vignette import PromptId, VignetteId
from facilitator.storage import tables
from facilitator.storage.database import Transaction, as_of_now, lock_table
from facilitator.storage.keys import KeyGone, Keys


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What is kept about a room beside its course: whose it is, and where its screen and its plan are."""

    id: RoomId
    code: Code
    therapist_id: str
    screen_token: str
    planned: VignetteId
    where: str = Where.WALL
    practice: bool = False


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A room as it stands now: its value, its record, and its pulse."""

    room: Room
    record: RoomRecord
    pulse: Pulse


def add(tx: Transaction, keys: Keys, room: Room, record: RoomRecord, *, until: float) -> None:
    """Insert a new room with its key and its pulse; `until` is when it is purged (seconds since 1970)."""
    values = _room_row(room) | {
        "therapist_id": record.therapist_id,
        "screen_token": record.screen_token,
        "planned": record.planned,
        "where": record.where,
        "practice": record.practice,
        "until": until,
    }
    tx.execute(tables.room.insert().values(**values))
    _add_key(tx, keys, f"room:{room.id}")


def find(tx: Transaction, **where: str) -> RoomRecord:
    """Find a room by `code`, `id` or `screen_token`. Raises `NoRoom`."""
    table = tables.room
    names = ("id", "code", "therapist_id", "screen_token", "planned", "where", "practice")
    columns = [table.c[name] for name in names]
    row = tx.execute(sa.select(*columns).filter_by(**where)).one_or_none()
    if row is None:
        raise NoRoom()
    return RoomRecord(*row)


def of_therapist(tx: Transaction, therapist_id: str) -> list[RoomRecord]:
    """List a therapist's live rooms."""
    table = tables.room
    codes = tx.scalars(sa.select(table.c.code).where(table.c.therapist_id == therapist_id)).all()
    return [find(tx, code=code) for code in codes]


def practices(tx: Transaction, now: float) -> list[tuple[RoomRecord, float]]:
    """List the practice rooms that are not over, each with when it will be; `now` in seconds since 1970."""
    table = tables.room
    query = sa.select(table.c.id, table.c.until).where(table.c.practice, table.c.until > now)
    return [(find(tx, id=row.id), row.until) for row in tx.execute(query).all()]


def ended(tx: Transaction, room_ids: set[str]) -> set[str]:
    """Say which of these rooms are no more."""
    return room_ids - set(tx.scalars(sa.select(tables.room.c.id).where(tables.room.c.id.in_(room_ids))))


def overdue(tx: Transaction, now: float) -> list[RoomId]:
    """List the rooms that nobody ended in time; `now` in seconds since 1970."""
    return [RoomId(one) for one in tx.scalars(sa.select(tables.room.c.id).where(tables.room.c.until <= now))]


def load(tx: Transaction, keys: Keys, room_id: RoomId) -> Room:
    """Load a room with its rounds and guesses. Raises `NoRoom`."""
    return _load(tx, keys, sa.select(tables.room).where(tables.room.c.id == room_id))


def lock(tx: Transaction, keys: Keys, room_id: RoomId) -> Room:
    """Load a room and hold its row until the end, so that commands take turns. Raises `NoRoom`."""
    return _load(tx, keys, sa.select(tables.room).where(tables.room.c.id == room_id).with_for_update())


def lock_shared(tx: Transaction, keys: Keys, room_id: RoomId) -> Room:
    """Load a room without its guesses, so that submits never wait for each other or cross a closing."""
    query = sa.select(tables.room).where(tables.room.c.id == room_id).with_for_update(read=True)
    return _load(tx, keys, query, guesses=False)


def count_in(tx: Transaction, round_id: RoundId) -> None:
    """Count one more person who may guess in a round."""
    table = tables.round
    tx.execute(table.update().where(table.c.id == round_id).values(people=table.c.people + 1))


def save(tx: Transaction, keys: Keys, before: Room, after: Room) -> None:
    """Write what differs between two values of a room.

    Raises `Stale` if the stored version is not that of `before`.
    """
    table = tables.room
    mine = sa.and_(table.c.id == before.id, table.c.version == before.version)
    if tx.execute(table.update().where(mine).values(**_room_row(after))).rowcount != 1:
        raise Stale()
    old = {one.id: one for one in before.rounds}
    for gone in old.keys() - {one.id for one in after.rounds}:
        _remove_round(tx, gone)
    for position, one in enumerate(after.rounds):
        if one.id not in old:
            tx.execute(tables.round.insert().values(**_round_row(after.id, position, one)))
            _add_key(tx, keys, f"round:{one.id}")
        elif one != old[one.id]:
            _save_round(tx, keys, after.id, position, old[one.id], one)


def data_key(tx: Transaction, keys: Keys, owner: str) -> bytes:
    """Unwrap the key of `room:ID` or `round:ID` (32 bytes). Raises `KeyGone` once it is destroyed."""
    query = sa.select(tables.data_key.c.wrapped).where(tables.data_key.c.owner == owner)
    try:
        return keys.unwrap(tx.scalar(query) or b"", owner=owner)
    except KeyGone:
        # The keys may have been rotated since this transaction began, or between reading and unwrapping.
        with as_of_now(tx) as now:
            return keys.unwrap(now.scalar(query) or b"", owner=owner)


def rewrap_keys(tx: Transaction, rewrap: Callable[[bytes, str], bytes]) -> None:
    """Put every live data key under a new wrapping; `rewrap` takes what is wrapped and whose it is."""
    table = tables.data_key
    # Who adds a key at the same time waits, or is waited for: none may be left under the old wrapping.
    lock_table(tx, table, mode="SHARE ROW EXCLUSIVE")
    for row in tx.execute(sa.select(table)).all():
        wrapped = rewrap(row.wrapped, row.owner)
        tx.execute(table.update().where(table.c.owner == row.owner).values(wrapped=wrapped))


def _load(tx: Transaction, keys: Keys, query: sa.Select[Any], *, guesses: bool = True) -> Room:
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NoRoom()
    rounds = tx.execute(
        sa.select(tables.round).where(tables.round.c.room_id == row.id).order_by(tables.round.c.position)
    ).all()
    found = _load_guesses(tx, keys, row.id) if rounds and guesses else {}
    put_together = [one for one in rounds if one.clusters and guesses]
    key = data_key(tx, keys, f"room:{row.id}") if put_together else b""
    clusters = {one.id: _open_clusters(keys, key, one, found[one.id]) for one in put_together}
    return Room(
        id=RoomId(row.id),
        code=Code(row.code),
        version=row.version,
        outside=Phase(row.outside) if row.outside else None,
        rounds=tuple(_round(one, found.get(one.id, ()), clusters.get(one.id, ())) for one in rounds),
        stopped=row.stopped,
        locked=row.locked,
        looking_back=RoundId(row.looking_back) if row.looking_back else None,
        last_op=row.last_op,
        exact=row.exact,
        screen=_screen(row.screen),
    )


def _screen(row: dict[str, Any]) -> Screen:
    return Screen(**row | {"shows": Shows(row.get("shows", Shows.ROOM))})


def _load_guesses(tx: Transaction, keys: Keys, room_id: str) -> dict[str, tuple[Guess, ...]]:
    table = tables.guess
    query = (
        sa.select(table.c.id, table.c.round_id, table.c.sealed)
        .join(tables.round, tables.round.c.id == table.c.round_id)
        .where(tables.round.c.room_id == room_id)
        .order_by(table.c.id)
    )
    rows = tx.execute(query).all()
    key = data_key(tx, keys, f"room:{room_id}") if rows else b""
    found: dict[str, tuple[Guess, ...]] = {}
    for row in rows:
        text = keys.unseal(key, row.sealed, place=row.id.encode()).decode()
        found[row.round_id] = (*found.get(row.round_id, ()), Guess(GuessId(row.id), text))
    return found


def _round(row: Any, guesses: tuple[Guess, ...], clusters: tuple[Cluster, ...]) -> Round:
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
        guesses=guesses,
        held_back=frozenset(GuessId(one) for one in row.held_back),
        shown=tuple(GuessId(one) for one in row.shown),
        one_by_one=row.one_by_one,
        spotlight=GuessId(row.spotlight) if row.spotlight else None,
        clusters=clusters,
    )


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


def _place_of_clusters(round_id: str) -> bytes:
    return b"clusters:" + round_id.encode()


def _room_row(room: Room) -> dict[str, Any]:
    return {
        "id": room.id,
        "code": room.code,
        "version": room.version,
        "outside": room.outside,
        "stopped": room.stopped,
        "locked": room.locked,
        "looking_back": room.looking_back,
        "last_op": room.last_op,
        "exact": room.exact,
        "screen": asdict(room.screen),
    }


def _round_row(room_id: RoomId, position: int, one: Round) -> dict[str, Any]:
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
    }


def _save_round(tx: Transaction, keys: Keys, room_id: RoomId, position: int, old: Round, new: Round) -> None:
    row = _round_row(room_id, position, new)
    key = data_key(tx, keys, f"room:{room_id}") if new.guesses else b""
    if new.clusters != old.clusters:
        row["clusters"] = _seal_clusters(keys, key, new)
    tx.execute(tables.round.update().where(tables.round.c.id == new.id).values(**row))
    if new.guesses and not old.guesses:
        rows = [
            {
                "id": one.id,
                "round_id": new.id,
                "sealed": keys.seal(key, one.text.encode(), place=one.id.encode()),
            }
            for one in sorted(new.guesses, key=lambda one: one.id)
        ]
        tx.execute(tables.guess.insert(), rows)


def _remove_round(tx: Transaction, round_id: RoundId) -> None:
    tx.execute(tables.data_key.delete().where(tables.data_key.c.owner == f"round:{round_id}"))
    tx.execute(tables.round.delete().where(tables.round.c.id == round_id))


def _add_key(tx: Transaction, keys: Keys, owner: str) -> None:
    lock_table(tx, tables.data_key, mode="ROW EXCLUSIVE")
    wrapped = keys.wrap(keys.new_data_key(), owner=owner)
    tx.execute(tables.data_key.insert().values(owner=owner, wrapped=wrapped))


def new_id() -> str:
    """Make a random id of 128 bits, in hex: it holds no time and no counter."""
    return token_hex(16)

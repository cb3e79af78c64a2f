"""Reading PostgreSQL's tables as a thief does: with places and transactions, and with rows that are dead."""

import struct
from collections.abc import Iterator
from typing import Any

from tests.privacy.facets import Row

_APART_BYTES = 18  # what a row holds of a value that is kept apart
_FIXED = {"int4": "<i", "float8": "<d", "bool": "<?"}


def rows_of(sql: Any) -> dict[str, list[Row]]:
    """Every table's rows; the dead ones, which no query shows any more, under the name `TABLE (dead)`."""
    sql.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
    # The servers go on writing. What this moment shows stays where it is until the end of the transaction.
    sql.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found: dict[str, list[Row]] = {}
    for (table,) in sql.fetchall():
        types = _types(sql, table)
        living = dict(_living(sql, table, types))
        heap = {place: (xmin, xmax, attrs) for place, xmin, xmax, attrs in _heap(sql, table)}
        found[table] = [Row(table, values, _places(place, *heap[place])) for place, values in living.items()]
        found[f"{table} (dead)"] = [
            Row(f"{table} (dead)", _values(types, attrs), _places(place, xmin, xmax, attrs))
            for place, (xmin, xmax, attrs) in heap.items()
            if place not in living
        ]
    sql.execute("COMMIT")
    return found


def _types(sql: Any, table: str) -> dict[str, str]:
    sql.execute(
        "SELECT attname, typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid "
        "WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
        [f'"{table}"'],
    )
    return dict(sql.fetchall())


def _living(sql: Any, table: str, types: dict[str, str]) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    sql.execute(f'SELECT ctid::text, * FROM "{table}"')
    for ctid, *values in sql.fetchall():
        block, line = ctid.strip("()").split(",")
        yield (int(block), int(line)), dict(zip(types, map(_plain, values), strict=True))


def _heap(sql: Any, table: str) -> Iterator[tuple[tuple[int, int], int, int, list[Any]]]:
    sql.execute(
        "SELECT block, lp, t_xmin, t_xmax, t_attrs FROM "
        "generate_series(0, pg_relation_size(%s) / 8192 - 1) block, "
        "heap_page_item_attrs(get_raw_page(%s, block::int), %s::regclass) WHERE t_attrs IS NOT NULL",
        [f'"{table}"'] * 3,
    )
    for block, line, xmin, xmax, attrs in sql.fetchall():
        yield (block, line), int(xmin), int(xmax), [None if one is None else bytes(one) for one in attrs]


def _places(place: tuple[int, int], xmin: int, xmax: int, attrs: list[bytes | None]) -> dict[str, Any]:
    block, line = place
    places = {"block": block, "ctid": block * 1000 + line, "xmin": xmin, "xmax": xmax}
    for one in attrs:
        # A value kept apart: its number comes from a counter of the whole server.
        if one and len(one) == _APART_BYTES and one[0] == 1:
            places["toast number"] = struct.unpack("<I", one[10:14])[0]
    return places


def _values(types: dict[str, str], attrs: list[bytes | None]) -> dict[str, Any]:
    return {
        name: _read(kind, raw) for (name, kind), raw in zip(types.items(), attrs, strict=False) if raw != b""
    }


def _read(kind: str, raw: bytes | None) -> Any:
    if raw is None:
        return None
    if kind in _FIXED:
        return struct.unpack(_FIXED[kind], raw)[0]
    if len(raw) == _APART_BYTES and raw[0] == 1:
        return b""  # kept apart, and gone
    content = raw[1:] if raw[0] & 1 else raw[4:]
    return content if kind == "bytea" else content.decode(errors="replace")


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value

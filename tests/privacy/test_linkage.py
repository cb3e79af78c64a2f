"""The linkage attack in its first form: a thief with everything at rest, keys included, links nothing.

The thief opens the closed guesses and looks for their authors and their order. The same attack must
find every one of the leaky programs below, or it would be too blunt to prove anything.
"""

import hmac
import logging
import math
import re
import sqlite3
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

from facilitator.services import Services
from facilitator.storage import rooms
from tests.privacy.crowd import Crowd, a_server

ROOMS = 200
MUTANT_ROOMS = 40
FLAGGED = 4.0  # standard deviations; some 60 attacks at 4 are one false alarm in 250 runs

Rows = list[dict[str, object]]
Leak = Callable[[sqlite3.Connection, Crowd, dict[str, tuple[int, int]]], None]


def attack(here: Services, crowd: Crowd) -> dict[str, float]:
    """Return how far each attack is from chance, in standard deviations (infinite for a plain match)."""
    people = people_of(here, crowd)
    tables = dump(here)
    found = dict(orders_of_guesses(tables["guess"], people, crowd))
    found |= dict(orders_of_seats(tables, crowd))
    found |= dict(orders_of_receipts(here, tables["receipt"], crowd))
    found["names in guess rows"] = names_in_guesses(here, tables, people, crowd)
    found["lines in the log"] = sizes_in_log(crowd, Path(here.config.data_dir).parent / "logs" / "server.log")
    return found


def people_of(here: Services, crowd: Crowd) -> dict[str, tuple[int, int]]:
    """Open the closed guesses with the keys, as the thief does, and add the truth: id -> (room, member)."""
    found = {}
    with here.database.read() as tx:
        for number, truth in enumerate(crowd.truths):
            authors = {text: member for member, text in truth.rounds[-1].texts.items()}
            room = rooms.load(tx, here.keys, truth.record.id)
            for guess in room.rounds[-1].guesses:
                found[str(guess.id)] = (number, authors[guess.text])
    return found


def dump(here: Services) -> dict[str, Rows]:
    """Read every table with the order that its rows have in the file."""
    path = here.config.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as thief:
        thief.row_factory = sqlite3.Row
        names = [row[0] for row in thief.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            name: [dict(row) for row in thief.execute(f'SELECT rowid AS "rowid", * FROM "{name}"')]
            for name in names
        }
    image = Path(path).read_bytes()
    for row in found["guess"]:
        row["offset"] = image.find(bytes(row["sealed"])[:16])  # type: ignore[call-overload]
    return found


def orders_of_guesses(
    guesses: Rows, people: dict[str, tuple[int, int]], crowd: Crowd
) -> Iterator[tuple[str, float]]:
    """Sort each room's guesses by every column, and hold that against the order of sending and of joining."""
    for column in guesses[0]:
        sent, joined = [], []
        for number, truth in enumerate(crowd.truths):
            mine = [row for row in guesses if people[str(row["id"])][0] == number]
            mine.sort(key=lambda row: sortable(row[column]))
            members = [people[str(row["id"])][1] for row in mine]
            sent.append([truth.rounds[-1].last[one] for one in members])
            joined.append(members)
        yield f"guess by {column}, order of sending", z_of_orders(sent)
        yield f"guess by {column}, order of joining", z_of_orders(joined)


def orders_of_seats(tables: dict[str, Rows], crowd: Crowd) -> Iterator[tuple[str, float]]:
    """Wherever a seat is named, hold the order of those rows against the order of sending."""
    for name, rows in tables.items():
        for column in rows[0] if rows else ():
            orders = []
            for truth in crowd.truths:
                places = {bytes(seat.hash): place for place, seat in enumerate(truth.seats)}
                at = [places[row[column]] for row in rows if row[column] in places]  # type: ignore[index]
                orders.append([truth.rounds[-1].last[one] for one in at if one in truth.rounds[-1].last])
            if any(orders):
                yield f"{name} by {column}, order of sending", z_of_orders(orders)


def orders_of_receipts(here: Services, receipts: Rows, crowd: Crowd) -> Iterator[tuple[str, float]]:
    """Hold the order of receipts against the order of sending."""
    places = {bytes(row["mac"]): row["rowid"] for row in receipts}  # type: ignore[call-overload]
    orders = []
    for truth in crowd.truths:
        last = truth.rounds[-1]
        mac = {one: here.keys.mac(b"receipt", last.id.encode(), op.encode()) for one, op in last.ops.items()}
        members = sorted((one for one in mac if mac[one] in places), key=lambda one: places[mac[one]])
        orders.append([last.last[one] for one in members])
    assert any(orders)
    yield "receipts, order of sending", z_of_orders(orders)


def names_in_guesses(
    here: Services, tables: dict[str, Rows], people: dict[str, tuple[int, int]], crowd: Crowd
) -> float:
    """Look in each guess's row for anything made of a seat, under every key that can be found."""
    keks = [bytes.fromhex(line) for line in Path(here.config.key_file).read_text().split()]
    keys = [here.config.hmac_secret, here.config.secret_key, *keks]
    keys += [cell for rows in tables.values() for row in rows for cell in row.values() if is_key(cell)]
    names = {
        name: (number, member)
        for number, truth in enumerate(crowd.truths)
        for member, seat in enumerate(truth.seats)
        for name in names_of(bytes(seat.hash), seat.ref, keys)
    }
    right = sum(
        names.get(plain(cell)) == people[str(row["id"])] for row in tables["guess"] for cell in row.values()
    )
    return math.inf if right else 0.0


def names_of(hashed: bytes, ref: str, keys: list[bytes]) -> Iterator[bytes]:
    yield hashed
    yield ref.encode()
    for key in keys:
        yield hmac.digest(key, hashed, "sha256")
        yield hmac.digest(key, ref.encode(), "sha256")


def sizes_in_log(crowd: Crowd, log: Path) -> float:
    """Look for the lengths of what was sent, in the order of sending, among the numbers of the log."""
    numbers = [int(one) for one in re.findall(r"\b\d+$", log.read_text(), re.MULTILINE)]
    sizes = [len(text) for truth in crowd.truths for text in truth.rounds[-1].all_texts]
    return math.inf if sizes and numbers[-len(sizes) :] == sizes else 0.0


def z_of_orders(orders: list[list[int]]) -> float:
    """Kendall's tau summed over rooms, in standard deviations of chance (Kendall 1938)."""
    score = variance = 0.0
    for order in orders:
        n = len(order)
        score += sum((a < b) - (a > b) for a, b in combinations(order, 2))
        variance += n * (n - 1) * (2 * n + 5) / 18
    return score / math.sqrt(variance) if variance else 0.0


def is_key(cell: object) -> bool:
    return isinstance(cell, bytes) and len(cell) == 32


def plain(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def sortable(cell: object) -> tuple[str, object]:
    return (type(cell).__name__, cell if cell is not None else 0)


def closed_rooms(here: Services, count: int) -> Crowd:
    crowd = Crowd(here, rooms=count, seed=7)
    crowd.guess()
    crowd.close()
    return crowd


@pytest.mark.timeout(600)
def test_a_thief_with_every_key_links_no_closed_guess_to_a_seat_or_a_moment(tmp_path: Path) -> None:
    with a_server(tmp_path) as here:
        crowd = closed_rooms(here, ROOMS)
        found = attack(here, crowd)
        assert len(found) >= 10
        assert {name: z for name, z in found.items() if abs(z) >= FLAGGED} == {}
        # After the end there is nothing left to open, with today's keys or without.
        texts = [text for truth in crowd.truths for text in truth.rounds[-1].all_texts]
        ids = list(people_of(here, crowd))
        crowd.end()
        rest = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert not [text for text in texts if text.encode() in rest]
        assert not [one for one in ids if one.encode() in rest]
        assert [
            row for name in ("guess", "envelope", "receipt", "data_key") for row in dump(here)[name]
        ] == []


def add_column(db: sqlite3.Connection, name: str) -> None:
    db.execute(f"ALTER TABLE guess ADD COLUMN {name}")


def author_column(db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]) -> None:
    add_column(db, "author")
    for guess, (room, member) in people.items():
        db.execute("UPDATE guess SET author = ? WHERE id = ?", (crowd.truths[room].seats[member].ref, guess))


def hashed_author(db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]) -> None:
    add_column(db, "author")
    for guess, (room, member) in people.items():
        db.execute("UPDATE guess SET author = ? WHERE id = ?", (crowd.truths[room].seats[member].hash, guess))


def author_under_a_key_in_the_database(
    db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]
) -> None:
    key = b"k" * 32
    db.execute("CREATE TABLE pepper (secret)")
    db.execute("INSERT INTO pepper VALUES (?)", (key,))
    add_column(db, "author")
    for guess, (room, member) in people.items():
        name = hmac.digest(key, crowd.truths[room].seats[member].hash, "sha256")
        db.execute("UPDATE guess SET author = ? WHERE id = ?", (name, guess))


def timestamps(db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]) -> None:
    add_column(db, "at")
    for guess, (room, member) in people.items():
        at = 1_900_000_000 + crowd.truths[room].rounds[-1].last[member]
        db.execute("UPDATE guess SET at = ? WHERE id = ?", (at, guess))


def rows_in_the_order_of_sending(
    db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]
) -> None:
    order = sorted(people, key=lambda one: crowd.truths[people[one][0]].rounds[-1].last[people[one][1]])
    for rowid, guess in enumerate(order, start=1_000_000):
        db.execute("UPDATE guess SET rowid = ? WHERE id = ?", (rowid, guess))


def flags_of_who_answered(db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]) -> None:
    db.execute("CREATE TABLE answered (seat)")
    for truth in crowd.truths:
        last = truth.rounds[-1].last
        for member in sorted(last, key=last.__getitem__):
            db.execute("INSERT INTO answered VALUES (?)", (bytes(truth.seats[member].hash),))


def receipts_in_the_order_of_sending(
    db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]
) -> None:
    keys, rowid = crowd.here.keys, 1_000_000
    for truth in crowd.truths:
        last = truth.rounds[-1]
        for member in sorted(last.ops, key=last.last.__getitem__):
            mac = keys.mac(b"receipt", last.id.encode(), last.ops[member].encode())
            db.execute("UPDATE receipt SET rowid = ? WHERE mac = ?", (rowid, mac))
            rowid += 1


def log_lines_with_sizes(db: sqlite3.Connection, crowd: Crowd, people: dict[str, tuple[int, int]]) -> None:
    for truth in crowd.truths:
        for text in truth.rounds[-1].all_texts:
            logging.getLogger("facilitator").info("stored %d", len(text))


@pytest.mark.parametrize(
    "leak",
    [
        author_column,
        hashed_author,
        author_under_a_key_in_the_database,
        timestamps,
        rows_in_the_order_of_sending,
        flags_of_who_answered,
        receipts_in_the_order_of_sending,
        log_lines_with_sizes,
    ],
)
def test_the_attack_catches_a_program_that_leaves_traces(tmp_path: Path, leak: Leak) -> None:
    """What a leaky program would have left is written into what the honest one left."""
    with a_server(tmp_path) as here:
        crowd = closed_rooms(here, MUTANT_ROOMS)
        people = people_of(here, crowd)
        with sqlite3.connect(here.config.database_url.removeprefix("sqlite:///")) as db:
            leak(db, crowd, people)
        found = attack(here, crowd)
    assert [name for name, z in found.items() if abs(z) >= FLAGGED]

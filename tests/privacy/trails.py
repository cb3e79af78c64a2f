"""Whatever stands in a row somewhere, held against what people sent, in the order in which they did."""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.privacy import score
from tests.privacy.facets import Facet, Row
from tests.privacy.haul import Haul
from tests.privacy.score import Finding
from tests.privacy.truth import PEOPLE, RoundTruth, Truth

LONGEST = 500  # characters of a line or value: longer ones are whole pages, which are drawn for everybody
# Among how many values a round is looked for, where nothing tells which round they are of: of texts' lengths
# there are many, and of what can be chosen so few that others' would soon be taken for it.
WIDE, NARROW = 3 * PEOPLE, 3 * PEOPLE // 2
_NUMBERS = re.compile(r"[\[( ]*\d+([, ]+\d+)*[\]), ]*")
_MIXED = re.compile(r"\b(?=\w*\d)(?=\w*[a-zA-Z_])\w+")  # ids, in which numbers mean nothing
_BYTES = re.compile(r'"(?:[^"\\]|\\.)*\\x(?:[^"\\]|\\.)*"')  # as MONITOR prints what is no text
_LIST = re.compile(r"[\[(]\d+(?:, ?\d+)*,?[\])]")

MEASURES: dict[str, Callable[[RoundTruth], dict[int, Any]]] = {
    "length": lambda round_: {member: len(text) for member, text in round_.texts.items()},
    "bytes": lambda round_: {member: len(text.encode()) for member, text in round_.texts.items()},
    "options": lambda round_: round_.options,
    "first option": lambda round_: {member: chosen[0] for member, chosen in round_.options.items()},
    "options' words": lambda round_: round_.texts if round_.choosing else {},
    "how many options": lambda round_: {member: len(chosen) for member, chosen in round_.options.items()},
    "sureness": lambda round_: round_.sure,
}

Of = tuple[int, int]  # a room's number, a round's number in it


@dataclass(frozen=True, slots=True)
class Trail:
    """Values one after the other, of one round (by the room's number and its own), or of any."""

    family: str
    name: str
    values: list[Any]
    of: Of | None = None


def findings(haul: Haul, truths: list[Truth], dice: random.Random) -> Iterator[Finding]:
    """Line every trail up with what was sent, and ask whether that tells who sent what."""
    by_name: dict[tuple[str, str], list[Trail]] = defaultdict(list)
    for trail in (*in_lines(haul), *in_columns(haul, truths), *in_spreads(haul, truths)):
        by_name[trail.family, trail.name].append(trail)
    said = {
        name: {
            (n, r): _clear(measure(round_))
            for n, truth in enumerate(truths)
            for r, round_ in enumerate(truth.rounds)
        }
        for name, measure in MEASURES.items()
    }
    for (family, name), trails in by_name.items():
        if sum(len(trail.values) for trail in trails) < PEOPLE:
            continue  # Too few to tell anything by.
        indexed = [(_index(trail.values), trail.of) for trail in trails]
        for measure, rounds in said.items():
            near = WIDE if measure in ("length", "bytes") else NARROW
            met = [
                (of, found)
                for places, known in indexed
                for of in ([known] if known else rounds)
                if len(found := _lined_up(places, rounds[of], near=near)) > 1
            ]
            for order in ("sending", "joining"):
                rooms = [_ordered(found, truths[n].rounds[r], order) for (n, r), found in met]
                yield from score.orders(family, f"{name} as {measure} / {order}", rooms, dice=dice)


def in_lines(haul: Haul) -> Iterator[Trail]:
    """The numbers in lines of one kind, in logs and in what passed through Redis."""
    heard = {name: data for name, data in haul.files.items() if "monitor" in name}
    for family, files in (("log", haul.logs), ("Redis", heard)):
        columns: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for line in b"\n".join(files.values()).decode(errors="replace").splitlines():
            if len(line) <= LONGEST:
                line = _MIXED.sub("@", _BYTES.sub("@", line))
                shape = _LIST.sub("#", re.sub(r"\d+(?:\.\d+)?", "#", line))
                for place, number in enumerate(re.findall(r"\d+", line)):
                    columns[shape, f"number {place}"].append(int(number))
                # Of lists that differ in length the shape is one and the same.
                shape = re.sub(r"\d+(?:\.\d+)?", "#", _LIST.sub("[]", line))
                for place, listed in enumerate(_LIST.findall(line)):
                    columns[shape, f"list {place}"].append(_plain(listed))
        for (shape, place), values in columns.items():
            yield Trail(family, f"{place} in “{shape[-30:]}”", values)


def in_columns(haul: Haul, truths: list[Truth]) -> Iterator[Trail]:
    """The values of each column, in the order of its rows."""
    numbers = numbers_of(truths)
    for table, rows in haul.rows.items():
        columns: dict[tuple[str, Any], list[Any]] = defaultdict(list)
        for row in rows:
            of = numbers.get(str(row.values.get("round_id", row.values.get("id"))))
            for column, value in row.values.items():
                if isinstance(value, int | str | list) and len(str(value)) <= LONGEST:
                    columns[column, of].append(_plain(value))
        for (column, of), values in columns.items():
            yield Trail("choices", f"{table}.{column}", values, of)


def in_spreads(haul: Haul, truths: list[Truth]) -> Iterator[Trail]:
    """Every list in what is kept of a round's choices, as the room's key opens it."""
    for of, row in rows_of_rounds(haul, truths):
        if opened := haul.open_spread(row):
            for path, values in _lists_in(json.loads(opened[0])):
                yield Trail("choices", f"spread {path}", [_plain(one) for one in values], of)


def rows_of_rounds(haul: Haul, truths: list[Truth]) -> Iterator[tuple[Of, Row]]:
    """Return the rows of rounds, each with the numbers of its room and of itself."""
    numbers = numbers_of(truths)
    return ((numbers[row.values["id"]], row) for row in haul.rows["round"] if row.values["id"] in numbers)


def numbers_of(truths: list[Truth]) -> dict[str, Of]:
    """Return the numbers of room and round by the round's id."""
    return {round_.id: (n, r) for n, truth in enumerate(truths) for r, round_ in enumerate(truth.rounds)}


def _lists_in(kept: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Return every list in something made of lists, with where in it that is."""
    if isinstance(kept, list):
        yield path, kept
        for place, one in enumerate(kept):
            yield from _lists_in(one, f"{path}[{place}]")


def _plain(value: Any) -> Any:
    """Bring numbers and lists of numbers into one form, however they are written."""
    if isinstance(value, str) and _NUMBERS.fullmatch(value):
        found = tuple(map(int, re.findall(r"\d+", value)))
        return found if value[0] in "[(" or len(found) > 1 else found[0]
    if isinstance(value, dict):
        return json.dumps(value)
    return tuple(map(_plain, value)) if isinstance(value, list) else value


def _clear(said: dict[int, Any]) -> dict[Any, int]:
    """Who said something that nobody else did: the same said twice tells nothing about which is which."""
    times = Counter(said.values())
    return {value: member for member, value in said.items() if times[value] == 1}


def _index(values: list[Any]) -> dict[Any, list[int]]:
    places: dict[Any, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        places[value].append(place)
    return places


def _lined_up(places: dict[Any, list[int]], clear: dict[Any, int], *, near: int) -> dict[int, int]:
    """Find the stretch that holds most of what was said, and where in it each person's is."""
    hits = sorted((place, member) for value, member in clear.items() for place in places.get(value, ()))
    best: dict[int, int] = {}
    within: Counter[int] = Counter()
    first = 0
    for last, (place, member) in enumerate(hits):
        within[member] += 1
        while hits[first][0] <= place - near:
            within[hits[first][1]] -= 1
            first += 1
        if sum(times == 1 for times in within.values()) > len(best):
            best = {who: there for there, who in hits[first : last + 1] if within[who] == 1}
    return best


def _ordered(found: dict[int, int], round_: RoundTruth, order: str) -> list[tuple[Facet, int]]:
    return [
        ((1, place), round_.last[member] if order == "sending" else member) for member, place in found.items()
    ]

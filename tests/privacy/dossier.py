"""What a haul tells about each seat and each guess: every row that can be brought together with it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from tests.privacy.facets import Facet, Row, facets, positions, tokens, value_tokens
from tests.privacy.haul import Haul
from tests.privacy.recipes import AS_IT_IS, Recipe, cook, names_of, surroundings, tastings
from tests.privacy.truth import PEOPLE, Truth

PILES = ("envelope", "guess")
# Rooms and rounds are public to the thief, and what stands in their rows belongs to everybody there.
_PUBLIC = ("room", "room (dead)")

SeatKey = tuple[int, int]  # a room's number, a seat's number in it
Where = tuple[int, int, int]  # a room's number, a round's number in it, an author's
Named = tuple[str, Any, str]  # "seat" or "guess", which one, and by which kind of name


@dataclass
class Sheet:
    """A guess as the thief holds it: its row, its text, and (for the judge alone) where it came from."""

    row: Row
    text: str
    room: int
    round: int
    author: int
    rest: bytes = b""
    facets: dict[str, Facet] = field(default_factory=dict)


class Dossier:
    """One haul, sorted by people and guesses. `phones`: whether the thief holds everyone's phone too."""

    def __init__(self, haul: Haul, truths: list[Truth], *, phones: bool) -> None:
        self.haul, self.truths, self.phones = haul, truths, phones
        self.contents: dict[int, str] = {}
        self._tokens_of: dict[int, list[bytes]] = {}
        self.sheets = self._open()
        self.seats: dict[SeatKey, dict[str, Facet]] = defaultdict(dict)
        self.links: set[tuple[int, SeatKey]] = set()
        rounds = [value.encode() for truth in truths for value in _open_secrets(truth)]
        self._public = {token for one in rounds for token in value_tokens(one.decode())}
        self._bring_together()

    def _open(self) -> list[Sheet]:
        by_op, by_text = self._where()
        sheets = []
        for row in (row for pile in PILES for row in self.haul.rows[pile]):
            content, rest = self.haul.open(row) or ("", b"")
            where = by_text.get((row.values["round_id"], content))
            if row.table == "envelope" and content:
                self.contents[id(row)] = content
                op, _, _, content, *_ = orjson.loads(content)
                where = by_op.get(op)
            if where:
                sheets.append(Sheet(row, content, *where, rest))
        return sheets

    def _where(self) -> tuple[dict[str, Where], dict[tuple[str, str], Where]]:
        """For the judge: whose guess has which op, and which text, if it is one person's alone."""
        by_op, by_text = {}, {}
        for n, truth in enumerate(self.truths):
            for r, round_ in enumerate(truth.rounds):
                by_op |= {round_.ops[author]: (n, r, author) for author in round_.texts}
                times = Counter(round_.texts.values())
                by_text |= {
                    (round_.id, text): (n, r, author)
                    for author, text in round_.texts.items()
                    if times[text] == 1
                }
        return by_op, by_text

    def _bring_together(self) -> None:
        names = self._first_names()
        rows = [row for table, found in self.haul.rows.items() if table not in _PUBLIC for row in found]
        for _ in range(2):
            names |= self._new_names(rows, names)
        for row in rows:
            self._note(row, [names[token] for token in self._tokens(row) if token in names])
            for column, token, place in positions(row):
                if token in names:
                    kind, which, _ = names[token]
                    about = self.seats[which] if kind == "seat" else self.sheets[which].facets
                    _keep(about, {f"place in {row.table}.{column}": (1, place)})

    def _first_names(self) -> dict[bytes, Named]:
        names: dict[bytes, Named] = {}
        for number, sheet in enumerate(self.sheets):
            own = sheet.row.values["key" if sheet.row.table == "envelope" else "id"]
            names[value_tokens(own)[0]] = ("guess", number, "id")
        recipes = self._recipes_that_hit()
        for n, truth in enumerate(self.truths):
            around = surroundings(truth)
            for seat in range(PEOPLE):
                called = names_of(truth, seat, phone=self.phones)
                for recipe in recipes:
                    if value := cook(recipe, called, around, self.haul.secrets):
                        self._claim(names, value, ("seat", (n, seat), str(recipe)))
        return names

    def _recipes_that_hit(self) -> list[Recipe]:
        """Try every recipe on one room; those that made a value found are used on all."""
        hits = dict.fromkeys(Recipe(name, (), "together", "as it is") for name in AS_IT_IS)
        for truth in self.truths[:1]:
            around = surroundings(truth)
            for seat in range(PEOPLE):
                called = names_of(truth, seat, phone=self.phones)
                for recipe, value in tastings(called, around, self.haul.secrets):
                    if value[:8] in self._by_head:
                        hits[recipe] = None
        return list(hits)

    def _new_names(self, rows: Iterable[Row], names: dict[bytes, Named]) -> dict[bytes, Named]:
        """What stands beside one person's or one guess's name alone is a name of theirs as well."""
        beside: dict[bytes, set[tuple[str, Any]]] = defaultdict(set)
        for row in rows:
            found = self._tokens(row)
            about = {names[token][:2] for token in found if token in names}
            for token in found:
                if len({kind for kind, _ in about}) == len(about):
                    beside[token] |= about
                elif about:
                    beside[token].add(("many", id(row)))
        fresh: dict[bytes, Named] = {}
        by = dict.fromkeys(beside, "hearsay from a phone")
        for row in rows:
            found = self._tokens(row)
            if any(token in names and not of_a_phone(names[token][2]) for token in found):
                by |= dict.fromkeys(found, "hearsay")
        for token, about in beside.items():
            seats = [which for kind, which in about if kind == "seat"]
            guesses = [which for kind, which in about if kind == "guess"]
            if len(seats) == len(guesses) == 1 and len(about) == 2:
                self.links.add((guesses[0], seats[0]))
            elif len(about) == 1 and token not in names and (seats or guesses):
                kind, which = next(iter(about))
                fresh[token] = (kind, which, by[token])
        return fresh

    def _note(self, row: Row, named: list[Named]) -> None:
        seats = {which for kind, which, _ in named if kind == "seat"}
        guesses = {which for kind, which, _ in named if kind == "guess"}
        # Named twice in one row, the better name counts: hearsay comes last.
        named = sorted(named, key=lambda one: "hearsay" not in one[2])
        best = {(kind, which): by for kind, which, by in named}
        for (kind, which), by in best.items():
            if kind == "seat" and len(seats) == 1:
                _keep(self.seats[which], facets(row, prefix=f"{row.table} by {by}"))
            elif kind == "guess" and len(guesses) == 1:
                own = row is self.sheets[which].row
                prefix = row.table if own else f"{row.table} by {by}"
                _keep(self.sheets[which].facets, facets(row, prefix=prefix))
        if len(seats) == len(guesses) == 1:
            self.links.add((*guesses, *seats))

    def _claim(self, names: dict[bytes, Named], value: bytes, named: Named) -> None:
        # Values are compared by their first bytes, for a program may keep a part of a digest only.
        for token in {value, *self._by_head.get(value[:8], ())}:
            if token in names and names[token][0] == "guess":
                self.links.add((names[token][1], named[1]))
            else:
                names.setdefault(token, named)

    @cached_property
    def _by_head(self) -> dict[bytes, set[bytes]]:
        heads: dict[bytes, set[bytes]] = defaultdict(set)
        for row in (row for found in self.haul.rows.values() for row in found):
            for token in self._tokens(row):
                heads[token[:8]].add(token)
        return heads

    def _tokens(self, row: Row) -> list[bytes]:
        if (known := self._tokens_of.get(id(row))) is not None:
            return known
        found = tokens(row)
        if content := self.contents.get(id(row)):
            # Whose op is in an envelope is what its phone shows anyway, while it is open.
            found += [] if self.phones else value_tokens(content)
        found = self._tokens_of[id(row)] = [token for token in found if token not in self._public]
        return found


def of_a_phone(name: str) -> bool:
    """Tell whether only the phone itself, or who holds it, can make this name."""
    return any(word in name for word in ("token", "op ", "phone"))


def _keep(about: dict[str, Facet], found: dict[str, Facet]) -> None:
    for name, facet in found.items():
        about[name if name not in about else f"{name}, last"] = facet


def _open_secrets(truth: Truth) -> list[str]:
    return [truth.room_id, truth.code, truth.screen, *(one.id for one in truth.rounds)]

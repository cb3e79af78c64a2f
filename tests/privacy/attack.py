"""The linkage attack: all that can be done with a haul to find out who wrote what, or in which order."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

from tests.privacy import choices, score, trails, written
from tests.privacy.dossier import Dossier, SeatKey, Sheet, of_a_phone
from tests.privacy.facets import Facet
from tests.privacy.ghosts import Piece, ghosts, pieces_of
from tests.privacy.haul import Haul
from tests.privacy.score import KNOWN, Finding
from tests.privacy.truth import PEOPLE, RoundTruth, Truth

NEAR = 3  # transactions between a guess's and a seat's that still count as side by side


def attack(haul: Haul, truths: list[Truth]) -> list[Finding]:
    """Try everything that a haul allows: first without any phone in hand, then with all of them."""
    pieces = pieces_of(haul)
    alone = Attack(Dossier(haul, truths, phones=False), pieces)
    found = [*alone.findings(), *alone.findings_in_files()]
    if haul.moment != "guessing":
        # While guessing is open a phone shows its own guess; from closing on it must not lead to one.
        found += Attack(Dossier(haul, truths, phones=True), pieces).findings()
    return found


class Attack:
    """One thief's tries."""

    def __init__(self, dossier: Dossier, pieces: list[Piece]) -> None:
        self.haul, self.truths = dossier.haul, dossier.truths
        self.sheets, self.seats, self.links = dossier.sheets, dossier.seats, dossier.links
        self.phones = dossier.phones
        self.dice = random.Random(5)
        self._numbered = "seat (dead)" in self.haul.rows
        self.ghosts = list(ghosts(self.haul, pieces))
        self._add_places_in_files(pieces)

    def findings(self) -> list[Finding]:
        whose = "with phones" if self.phones else "database"
        found = [
            *self._joins(),
            *self._neighbours(),
            *self._latecomers(),
            *self._orders_of_guesses(),
            *self._orders_of_seats(),
            *self._orders_of_both(),
            *self._two_rounds(),
            *self._sizes(),
            *self._choices(),
        ]
        return [score.renamed(one, f"{one.attack} ({whose})") for one in found]

    def findings_in_files(self) -> Iterator[Finding]:
        """What needs nobody's name: logs, lists, columns, plain texts, leftovers."""
        yield from written.findings(self.haul, self.truths)
        yield from trails.findings(self.haul, self.truths, self.dice)
        yield from choices.findings(self.haul, self.truths)
        yield score.count(
            "leftovers", "deleted texts that can be read", len({one.text for one in self.ghosts})
        )
        yield score.count("sizes", "something behind a text", sum(any(one.rest) for one in self.sheets))

    def _add_places_in_files(self, pieces: list[Piece]) -> None:
        places: dict[bytes, list[Piece]] = defaultdict(list)
        for piece in pieces:
            if piece.file.startswith("postgres"):
                places[piece.nonce].append(piece)
        read = {one.text[:40]: one.piece for one in self.ghosts}
        for sheet in self.sheets:
            for piece in places[sheet.row.values["sealed"][:12]]:
                area = piece.file.split("/")[1]
                sheet.facets.setdefault(f"{sheet.row.table} place in {area}", (3, (piece.file, piece.place)))
            if ghost := read.get(sheet.text[:40]):
                sheet.facets["leftover envelope: place"] = (3, (ghost.file, ghost.place))
                sheet.facets["leftover envelope: toast number"] = (1, ghost.number)

    def _joins(self) -> list[Finding]:
        made = [(self.sheets[number], seat) for number, seat in self.links]
        right = sum((sheet.room, sheet.author) == seat for sheet, seat in made)
        return score.claims("joins", "values and transactions", right, len(made) - right, people=PEOPLE)

    def _neighbours(self) -> list[Finding]:
        """Take the seat whose transaction came next after a guess's for its author."""
        right = wrong = 0
        for sheet in self.sheets:
            mine = sheet.facets.get(f"{sheet.row.table} xmin")
            near = [
                (there - mine[1], seat)
                for seat in range(PEOPLE)
                for name, (_, there) in self.seats[sheet.room, seat].items()
                if mine and "xmin" in name and 0 < there - mine[1] <= NEAR
            ]
            if near:
                hit = min(near)[1] == sheet.author
                right, wrong = right + hit, wrong + (not hit)
        return score.claims("joins", "transactions side by side", right, wrong, people=PEOPLE)

    def _latecomers(self) -> list[Finding]:
        """Take the next envelope after somebody joined in while guessing was open for theirs.

        PostgreSQL numbers transactions, and the program cannot help it: this is a limit that is written down.
        """
        right = wrong = 0
        for (room, seat), facets in list(self.seats.items()):
            mine = facets.get("seat by ref xmin")
            pile = [one for one in self.sheets if one.room == room and self._came_late(one, (room, seat))]
            if mine and (later := [one for one in pile if one.facets["envelope xmin"] > mine]):
                hit = min(later, key=lambda one: one.facets["envelope xmin"]).author == seat
                right, wrong = right + hit, wrong + (not hit)
        return score.claims(KNOWN, "the next envelope is theirs", right, wrong, people=PEOPLE)

    def _orders_of_guesses(self) -> Iterator[Finding]:
        for facet in _shared(sheet.facets for sheet in self.sheets):
            targets: dict[str, Callable[[Sheet], int]] = {"joining": lambda sheet: sheet.author}
            if not facet.startswith("envelope"):
                # The order of envelopes is no secret from a thief who has the key while guessing is open.
                targets["first sending"] = lambda sheet: self._round(sheet).first[sheet.author]
                targets["last sending"] = lambda sheet: self._round(sheet).last[sheet.author]
            for name, target in targets.items():
                rooms = [
                    [(sheet.facets[facet], target(sheet)) for sheet in pile if facet in sheet.facets]
                    for pile in self._piles()
                ]
                yield from score.orders("orders of guesses", f"{facet} / {name}", rooms, dice=self.dice)

    def _orders_of_seats(self) -> Iterator[Finding]:
        last = len(self.truths[0].rounds) - 1
        for facet in _shared(self.seats.values()):
            # Whoever holds a phone learns from its own token or op that, and when, it sent something. But
            # receipts are made at closing, all at once: where one lies must not tell when its op came.
            own = of_a_phone(facet) and not facet.startswith("receipt")
            for r in range(last + 1):
                yield from self._order_of_seats(facet, r, own=own)

    def _order_of_seats(self, facet: str, r: int, *, own: bool) -> Iterator[Finding]:
        name = f"{facet} / round {r + 1}"
        first, sent, wrote = [], [], []
        for n, truth in enumerate(self.truths):
            round_ = truth.rounds[r]
            seen = {
                seat: self.seats[n, seat][facet] for seat in range(PEOPLE) if facet in self.seats[n, seat]
            }
            # When these joined in, PostgreSQL's transactions tell, and nobody sends before that.
            late = round_.late if self._numbered else set()
            first.append(
                [
                    (value, round_.first[seat])
                    for seat, value in seen.items()
                    if seat in round_.first.keys() - late
                ]
            )
            # That somebody just listens is no secret, nor that they sent nothing.
            sent.append(
                [
                    (value, seat in round_.first)
                    for seat, value in seen.items()
                    if seat not in round_.listening
                ]
            )
            wrote.append(
                [(value, seat in round_.texts) for seat, value in seen.items() if seat in round_.first]
            )
        if not own:
            yield from score.orders("orders of seats", f"{name} sending", first, dice=self.dice)
            yield from score.telling("who answered", f"{name} sent", sent)
        yield from score.telling("who answered", f"{name} wrote", wrote)

    def _orders_of_both(self) -> Iterator[Finding]:
        piles = [
            [one for one in pile if not self._came_late(one, (one.room, one.author))]
            for pile in self._piles()
        ]
        for mine, theirs in product(
            _telling(sheet.facets for sheet in self.sheets), _telling(self.seats.values())
        ):
            rooms = [
                [
                    (sheet.facets[mine], self.seats[sheet.room, sheet.author][theirs])
                    for sheet in pile
                    if mine in sheet.facets and theirs in self.seats[sheet.room, sheet.author]
                ]
                for pile in piles
            ]
            if any(len({b for _, b in room}) > 1 for room in rooms):
                yield from score.orders("guesses beside seats", f"{mine} / {theirs}", rooms, dice=self.dice)

    def _two_rounds(self) -> Iterator[Finding]:
        """Whether one person's guesses in two rounds can be told to be one person's."""
        people: dict[Any, dict[int, dict[str, Facet]]] = defaultdict(dict)
        for sheet in self.sheets:
            people[sheet.room, sheet.author][sheet.round] = sheet.facets
        for facet in _shared(sheet.facets for sheet in self.sheets):
            rooms: dict[int, list[Any]] = defaultdict(list)
            for (room, _), by_round in sorted(people.items()):
                if len(by_round) == 2 and all(facet in one for one in by_round.values()):
                    rooms[room].append((by_round[0][facet], by_round[1][facet]))
            yield from score.orders("two rounds", facet, list(rooms.values()), dice=self.dice)

    def _sizes(self) -> Iterator[Finding]:
        """Without any key: whether a sealed row's length tells what is in it."""
        for name in ("length", "how many options", "sureness"):
            rooms = []
            for pile in self._piles():
                said = trails.MEASURES[name](self._round(pile[0]))
                mine = [one for one in pile if one.author in said]
                rooms.append([((1, len(one.row.values["sealed"])), said[one.author]) for one in mine])
            attack = f"length of what is sealed / {name} of what was sent"
            yield from score.trend("sizes", attack, rooms)

    def _choices(self) -> Iterator[Finding]:
        for facet, r in product(_telling(self.seats.values()), range(len(self.truths[0].rounds))):
            yield from choices.beside_seats(facet, r, self.seats, self.truths)

    def _piles(self) -> Iterator[list[Sheet]]:
        piles = defaultdict(list)
        for sheet in self.sheets:
            piles[sheet.room, sheet.round].append(sheet)
        for _, pile in sorted(piles.items()):
            # In the order of their rows the sheets would tell the judge's tie-breaker something.
            yield self.dice.sample(pile, len(pile))

    def _came_late(self, sheet: Sheet, seat: SeatKey) -> bool:
        """Whether numbers of transactions tell that an envelope came after this seat joined in."""
        joined = seat[0] == sheet.room and seat[1] in self._round(sheet).late
        return self._numbered and joined and sheet.row.table == "envelope"

    def _round(self, sheet: Sheet) -> RoundTruth:
        return self.truths[sheet.room].rounds[sheet.round]


def _shared(described: Iterable[dict[str, Facet]]) -> list[str]:
    return sorted({name for one in described for name in one})


def _telling(described: Iterable[dict[str, Facet]]) -> list[str]:
    """The facets worth a second look: not one for all alike, nor the same order as another one's."""
    described = list(described)
    seen: dict[tuple[Facet | None, ...], str] = {}
    for name in _shared(described):
        values = tuple(one.get(name) for one in described)
        if "backwards" not in name and len(set(values) - {None}) > 1:
            seen.setdefault(values, name)
    return list(seen.values())

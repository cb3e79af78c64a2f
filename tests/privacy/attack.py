"""The linkage attack: all that can be done with a haul to find out who wrote what, or in which order."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

from tests.privacy import score
from tests.privacy.canaries import MARK, canaries_in
from tests.privacy.crowd import PEOPLE, RoundTruth, Truth
from tests.privacy.dossier import Dossier, Sheet, of_a_phone
from tests.privacy.facets import Facet
from tests.privacy.ghosts import Piece, ghosts, pieces_of
from tests.privacy.haul import Haul
from tests.privacy.score import Finding

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
        self.ghosts = list(ghosts(self.haul, pieces))
        self._add_places_in_files(pieces)

    def findings(self) -> list[Finding]:
        whose = "with phones" if self.phones else "database"
        found = [
            *self._joins(),
            *self._neighbours(),
            *self._orders_of_guesses(),
            *self._orders_of_seats(),
            *self._orders_of_both(),
            *self._two_rounds(),
            *self._sizes(),
        ]
        return [score.renamed(one, f"{one.attack} ({whose})") for one in found]

    def findings_in_files(self) -> Iterator[Finding]:
        """What needs no table: logs, plain texts, leftovers."""
        yield from log_orders(self.haul, self.truths, self.dice)
        yield score.count("log", "names of people and rooms", named_in(self.haul.logs, self.truths))
        # From revealing on, the wire to the pages carries what everybody sees.
        quiet = self.haul.moment in ("guessing", "closed")
        files = {name: data for name, data in self.haul.files.items() if "monitor" not in name or quiet}
        unread = _texts_not_revealed(self.truths, self.haul.moment)
        yield score.count("texts", "in the clear in any file", canaries_in(files, unread))
        yield score.count("texts", "phones' tokens in any file", tokens_in(self.haul.files, self.truths))
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
            first.append(
                [(value, round_.first[seat]) for seat, value in seen.items() if seat in round_.first]
            )
            sent.append([(value, seat in round_.first) for seat, value in seen.items()])
            wrote.append(
                [(value, seat in round_.texts) for seat, value in seen.items() if seat in round_.first]
            )
        if not own:
            yield from score.orders("orders of seats", f"{name} sending", first, dice=self.dice)
            yield from score.telling("who answered", f"{name} sent", sent, dice=self.dice)
        yield from score.telling("who answered", f"{name} wrote", wrote, dice=self.dice)

    def _orders_of_both(self) -> Iterator[Finding]:
        piles = list(self._piles())
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
        """Without any key: whether a sealed row's length tells the length of its text."""
        rooms = [
            [((1, len(sheet.row.values["sealed"])), len(sheet.text)) for sheet in pile]
            for pile in self._piles()
        ]
        yield from score.orders("sizes", "length of what is sealed / of the text", rooms, dice=self.dice)

    def _piles(self) -> Iterator[list[Sheet]]:
        piles = defaultdict(list)
        for sheet in self.sheets:
            piles[sheet.room, sheet.round].append(sheet)
        for _, pile in sorted(piles.items()):
            # In the order of their rows the sheets would tell the judge's tie-breaker something.
            yield self.dice.sample(pile, len(pile))

    def _round(self, sheet: Sheet) -> RoundTruth:
        return self.truths[sheet.room].rounds[sheet.round]


def log_orders(haul: Haul, truths: list[Truth], dice: random.Random) -> Iterator[Finding]:
    """Look for numbers in the log that are lengths of guesses: its lines are in the order of sending."""
    columns: dict[tuple[str, int], list[int]] = defaultdict(list)
    for line in b"\n".join(haul.logs.values()).decode(errors="replace").splitlines():
        shape = re.sub(r"\d+", "#", line)
        for place, number in enumerate(re.findall(r"\d+", line)):
            columns[shape, place].append(int(number))
    for (shape, place), numbers in columns.items():
        for measure in (len, lambda text: len(text.encode())):
            rooms = [
                _lined_up(
                    numbers, {author: measure(text) for author, text in round_.texts.items()}, round_.last
                )
                for truth in truths
                for round_ in truth.rounds
            ]
            name = f"number {place} in “{shape[-30:]}” / sending"
            yield from score.orders("log", name, rooms, dice=dice)


def _lined_up(numbers: list[int], lengths: dict[int, int], when: dict[int, int]) -> list[tuple[Facet, int]]:
    """Find the stretch of the log that holds most of the lengths, and where in it each one is."""
    near = 3 * PEOPLE
    best: dict[int, int] = {}
    # Two texts of one length say nothing about which is which.
    clear = {author: length for author, length in lengths.items() if [*lengths.values()].count(length) == 1}
    for start in (n for n, number in enumerate(numbers) if number in clear.values()):
        stretch = numbers[start : start + near]
        found = {
            author: stretch.index(length) for author, length in clear.items() if stretch.count(length) == 1
        }
        best = max(best, found, key=len)
    return [((1, place), when[author]) for author, place in best.items()]


def named_in(logs: dict[str, bytes], truths: list[Truth]) -> int:
    """Count what a log must never hold: rooms, codes, screens, seats, tokens, ops."""
    names = [one for truth in truths for one in (truth.room_id, truth.code, truth.screen)]
    names += [
        one for truth in truths for seat in truth.seats for one in (seat.hash.hex(), seat.ref, seat.token)
    ]
    names += [op for truth in truths for round_ in truth.rounds for op in round_.ops.values()]
    whole = b"\0".join(logs.values())
    return sum(name.encode() in whole for name in names if name)


def tokens_in(files: dict[str, bytes], truths: list[Truth]) -> int:
    """Count the tokens of phones that lie in any file as they are."""
    tokens = {seat.token.encode() for truth in truths for seat in truth.seats}
    length = len(next(iter(tokens)))
    words = {word for data in files.values() for word in re.findall(rb"[\w-]{%d,}" % length, data)}
    return len(tokens & {word[n : n + length] for word in words for n in range(len(word) - length + 1)})


def _texts_not_revealed(truths: list[Truth], moment: str) -> list[str]:
    open_rounds = slice(-1, None) if moment in ("guessing", "closed") else slice(0, None)
    texts = [text for truth in truths for one in truth.rounds[open_rounds] for text in one.all_texts]
    return [text[: len(MARK) + 12] for text in texts]


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

"""Two rooms with a hostile member, a stranger and a hostile therapist, and a bystander who notices things."""

import re
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import httpx
import sqlalchemy as sa
from flask import Flask

import facilitator
from facilitator.services import Services
from facilitator.storage import tables
from tests.actors import NewClient, Therapist, html_of
from tests.conftest import signed_in
from tests.web.world import ADA, BEN, World, cells

PEOPLE = ("member", "stranger", "therapist")
QUERIES = ("have", "told", "look", "story", "all", "theme", "late")
CHOSEN = {"option": "0", "sure": "1", "page": "0", "far": "yes", "dark": "yes"}
# What ends the room, or lets the hostile one go, is no attack by whoever may do it.
ENDINGS = {"member": ("/leave",), "stranger": (), "therapist": ("/end", "/sign-out")}
_READ = re.compile(r'\b(field|number|form|args)(?:\.get|\.getlist)?[(\[]"(\w+)"')


class Target:
    """People who guess in Ada's room with somebody hostile, and Ben, who is hostile in a room of his own.

    Ben's room has guesses that are shown, and clusters, so that whatever he may do there has an object.
    """

    def __init__(self, app: Flask, here: Services, new_client: NewClient) -> None:
        self.here = here
        self.therapist = signed_in(here, new_client, ADA).open_room()
        hostile = self.therapist.member()
        self.bystander = self.therapist.member()
        self.therapist.starts_guessing()
        self.bystander.submit("She is afraid")
        self.before = self.bystander.snapshot()
        self.code = self.therapist.code
        ben = signed_in(here, new_client, BEN)
        past = ended_room(ben)
        browsers = {
            "member": hostile.browser,
            "stranger": self.therapist.stranger(),
            "therapist": ben.browser,
        }
        self.people = {name: one.http for name, one in browsers.items()}
        ids = {"summary_id": past, "ref": "none", "recovery": "none"}
        fills = {"code": self.code, "screen": _token(self.therapist)} | ids
        self._ada = World(here, browsers, self.therapist, fills, str(self.before["round"]))
        guess = clustered_room(ben)
        fills = {"code": ben.code, "screen": _token(ben)} | ids
        self._ben = World(here, browsers, ben, fills, str(ben.snapshot()["round"]))
        # With the right password the others would soon be Ben, and sign him out.
        others = CHOSEN | {"password": "not Ben's"}
        self._chosen = {"member": others, "stranger": others, "therapist": CHOSEN | {"guess": guess}}
        self._kept = self._rows()
        self._ns = count(10_000)
        self._routes = cells(app)
        self.fields = (*self._ada.fields("GET", "/"), *CHOSEN)

    def routes(self, who: str) -> list[tuple[str, str]]:
        return [(method, route) for method, route in self._routes if not route.endswith(ENDINGS[who])]

    def path(self, route: str) -> str:
        return self._ada.path(route)

    def ask(self, who: str, method: str, route: str, **changed: str) -> httpx.Response:
        """Send a good form with some fields changed; where nothing is posted, they are in the query."""
        world = self._ben if who == "therapist" else self._ada
        fields = world.fields(method, route) | {"n": str(next(self._ns))} | self._chosen[who] | changed
        typed = urlencode(fields if method == "POST" else changed, errors="surrogatepass")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        path = world.path(route)
        if method != "POST":
            return self.people[who].request(method, f"{path}?{typed[:8_000]}")
        answer = self.people[who].post(path, content=typed.encode(), headers=kind)
        if who == "therapist" and answer.status_code < 400:
            self._put_back()
        return answer

    def stands(self) -> bool:
        """Tell whether the bystander's phone says what it said, a guess comes in, and both are shown."""
        if self.bystander.snapshot() != self.before:
            return False
        newcomer = self.therapist.member()
        newcomer.submit("It still works")
        self.therapist.does("close")
        shown = html_of(self.therapist.reveals()["snapshot"])
        return all(text in shown for text in ("She is afraid", "It still works"))

    def _rows(self) -> dict[str, list[dict[str, object]]]:
        """Read what there is of Ben's room, and his account."""
        with self.here.database.read() as tx:
            return {
                table.name: [row._asdict() for row in tx.execute(sa.select(table).where(mine))]
                for table, mine in self._tables()
            }

    def _put_back(self) -> None:
        """Undo what Ben did to his own room: it was his right, and the next text is to find it whole."""
        if self._rows() == self._kept:
            return
        with self.here.database.write() as tx:
            ours = [*self._tables()]
            for table, mine in reversed(ours):
                if "round_id" in table.c or table is tables.round:
                    tx.execute(table.delete().where(mine))
            for table, mine in ours:
                for row in self._kept[table.name]:
                    if table in (tables.room, tables.therapist):
                        tx.execute(table.update().where(mine).values(**row))
                    else:
                        tx.execute(table.insert().values(**row))

    def _tables(self) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
        room_id = sa.select(tables.room.c.id).where(tables.room.c.code == self._ben.fills["code"])
        rounds = sa.select(tables.round.c.id).where(tables.round.c.room_id == room_id.scalar_subquery())
        return [
            (tables.therapist, tables.therapist.c.email == BEN),
            (tables.room, tables.room.c.id == room_id.scalar_subquery()),
            (tables.round, tables.round.c.room_id == room_id.scalar_subquery()),
            *((one, one.c.round_id.in_(rounds)) for one in (tables.envelope, tables.receipt, tables.guess)),
        ]


def clustered_room(therapist: Therapist) -> str:
    """Open a room whose guesses are shown, two of them in a cluster with a name; return the id of one."""
    therapist.open_room()
    members = [therapist.member() for _ in range(4)]
    therapist.starts_guessing()
    for n, member in enumerate(members):
        member.submit(f"She hopes for {n}")
    therapist.does("close")
    therapist.reveals()
    ids = re.findall(r'id="card-(\w+)"', html_of(therapist.snapshot()))
    for place, guess in enumerate(ids[:3]):
        therapist.does("cluster", guess=guess, place=place // 2)
    therapist.does("name-cluster", place=0, name="About hope")
    return str(ids[0])


def ended_room(therapist: Therapist) -> str:
    """Open and end a room, and return the id of its summary."""
    therapist.open_room()
    therapist.starts_guessing()
    therapist.does("end")
    return re.findall(r"/therapist/summaries/(\w+)", therapist.browser.page("/therapist/summaries"))[0]


def read_by_the_program() -> set[str]:
    """Every field of a form or a query that the program reads, by its source."""
    web = Path(facilitator.__file__).parent / "web"
    return {name for path in web.glob("*.py") for _, name in _READ.findall(path.read_text())}


def _token(therapist: Therapist) -> str:
    return therapist.screen().path.split("/")[2]

"""A crowd at a real server, robbed at every stage."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from facilitator import chores
from tests.actors import PASSWORD
from tests.backing import Nginx, Postgres
from tests.privacy.chatty import Overheard, a_chatty_postgres, an_overheard_redis
from tests.privacy.crowd import AT_ONCE, CHOOSES, Crowd
from tests.privacy.grafts import BRISK_S
from tests.privacy.habits import PHONES
from tests.privacy.haul import Haul, take_postgres, take_sqlite
from tests.privacy.mutants import MUTANTS
from tests.server import Server

STAGES = ("guessing", "closed", "revealed", "ended")
DATABASES = ("SQLite", "PostgreSQL")
# Two rounds of the chore, and the time it takes: as it is, and brisk.
ROTATIONS_S = (2 * chores.RENEW_S + 2, 2 * BRISK_S + 1)


class Program(Server):
    """The server with the two settings of tests/privacy/program.py."""

    module = "tests.privacy.program"


class Campaign:
    """Servers, a crowd, and a thief who may come at any time."""

    def __init__(
        self, servers: list[Server], crowd: Crowd, take: Callable[[str], Haul], *, rotates: bool
    ) -> None:
        self.servers, self.crowd, self._take, self._rotates = servers, crowd, take, rotates

    def hauls(self, *, rounds: int = 2, until: str = "ended") -> Iterator[Haul]:
        """Play the last round of guessing and what follows, and rob the place at every stage."""
        self.crowd.gather()
        for _ in range(rounds - 1):
            self.crowd.guess()
            self.crowd.close()
            self.crowd.reveal()
        if rounds > 1:
            self.wait_for_rotation()
        steps = (self.crowd.guess, self.crowd.close, self.crowd.reveal, self.crowd.end)
        for stage, step in zip(STAGES, steps, strict=True):
            step()
            if stage in ("closed", "ended"):
                self.wait_for_rotation()
            yield self.rob(stage)
            if stage == until:
                return

    def rob(self, stage: str) -> Haul:
        """Take everything; what the rows call rooms and seats is written down beside the truth."""
        haul = self._take(stage)
        rooms = {row.values["code"]: row.values["id"] for row in haul.rows["room"]}
        refs = {row.values["hash"]: row.values["ref"] for row in haul.rows["seat"]}
        for truth in self.crowd.truths:
            truth.room_id = rooms.get(truth.code, truth.room_id)
            for seat in truth.seats:
                seat.ref = refs.get(seat.hash, seat.ref)
        return haul

    def wait_for_rotation(self) -> None:
        """Give the servers time for two rotations, because one may have begun too early."""
        if self._rotates:
            time.sleep(ROTATIONS_S[isinstance(self.servers[0], Program)])


@contextlib.contextmanager
def a_campaign(
    database: str, *, rooms: int, seed: int = 7, mutant: str = "", brisk: bool = True
) -> Iterator[Campaign]:
    """The program on one of the databases; on PostgreSQL as two processes with a Redis between them."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="perhaps-"))) / "server"
        settings = {"PERHAPS_MUTANT": mutant, "PERHAPS_BRISK": "yes"} if brisk else {}
        # Whatever a server may write outside its own folder, the thief finds, too.
        (folder / "tmp").mkdir(parents=True)
        settings["TMPDIR"] = str(folder / "tmp")
        take = _sqlite(folder)
        if database == "PostgreSQL":
            settings["FACILITATOR_TRUSTED_PROXIES"] = "1"
            postgres = stack.enter_context(a_chatty_postgres())
            overheard = stack.enter_context(an_overheard_redis())
            settings["FACILITATOR_DATABASE_URL"] = postgres.url("perhaps")
            settings["FACILITATOR_REDIS_URL"] = overheard.url
            take = _postgres(folder, postgres, overheard)
        kind = Program if brisk else Server
        # What a leaky program must remember lies in its memory, so there is one of it alone.
        processes = 2 if database == "PostgreSQL" and not mutant else 1
        servers = [kind(folder, **settings) for _ in range(processes)]
        front = [server.port for server in servers]
        if database == "PostgreSQL":
            front = [stack.enter_context(_a_proxy(folder / "proxy", servers)).port]
        for server in servers:
            stack.callback(server.stop)
            server.start()
        sign_in = _first_therapist(servers[-1])
        leak = MUTANTS[mutant] if mutant else None
        crowd = Crowd(
            front,
            sign_in,
            rooms=rooms,
            seed=seed,
            # A log of many rooms at once is harder to read than that of a small practice.
            at_once=1 if leak and not leak.pause_s else AT_ONCE,
            chooses=((leak.choosing,) * 2,) if leak else CHOOSES,
            phones=leak.phones if leak else PHONES,
            pause_s=leak.pause_s if leak else 0.0,
        )
        stack.callback(crowd.leave)
        yield Campaign(servers, crowd, take, rotates=not leak or leak.rotates)


@contextlib.contextmanager
def _a_proxy(folder: Path, servers: list[Server]) -> Iterator[Nginx]:
    """Put the nginx that is shipped before servers that are still to be started."""
    folder.mkdir()
    nginx = Nginx(folder, [server.port for server in servers])
    for server in servers:
        server.url = f"http://127.0.0.1:{nginx.port}"
    nginx.start()
    try:
        yield nginx
    finally:
        nginx.stop()


def _first_therapist(server: Server) -> str:
    with server.client() as browser:
        path = urlsplit(server.first_link).path
        form = {"email": "ada@clinic.example", "password": PASSWORD}
        browser.post(path, data=form, headers={"Origin": server.url})
        return browser.cookies["sign-in"]


def _sqlite(folder: Path) -> Callable[[str], Haul]:
    return lambda stage: take_sqlite(folder, stage)


def _postgres(folder: Path, postgres: Postgres, overheard: Overheard) -> Callable[[str], Haul]:
    return lambda stage: take_postgres(folder, postgres, overheard, stage)

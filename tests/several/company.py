"""Two processes on PostgreSQL and Redis behind nginx, and people at a process of their choice."""

from pathlib import Path

import httpx

from tests.actors import Browser, Member, Therapist
from tests.backing import HERE, Nginx, Postgres, Redis, wait_until
from tests.server import PLAIN, Server
from tests.server import _free_port as free_port
from tests.sockets.pages import Page, cookie_of


class Several:
    """As docs/deploy.md sets it up. Both processes share the folder of secrets and the key file."""

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        database: str,
        redis: Redis,
        *,
        redis_port: int | None = None,
        processes: int = 2,
    ) -> None:
        self.postgres, self.redis = postgres, redis
        self.database = database.rpartition("/")[2]
        self.port = free_port(HERE)
        self.url = f"http://localhost:{self.port}"
        self.settings = {
            "FACILITATOR_DATABASE_URL": database,
            "FACILITATOR_REDIS_URL": f"redis://{HERE}:{redis_port or redis.port}/0",
            "FACILITATOR_BASE_URL": self.url,
            "FACILITATOR_TRUSTED_PROXIES": "1",
            "FACILITATOR_DATA_DIR": str(folder / "data"),
            "FACILITATOR_KEY_FILE": str(folder / "instance.key"),
        }
        self.servers = [Server(folder / f"process{n}", **self.settings) for n in range(processes)]
        self.nginx = Nginx(folder, [one.port for one in self.servers], port=self.port)
        self._clients: list[httpx.Client] = []

    def start(self) -> "Several":
        for one in self.servers:
            one.start()
        self.nginx.start()
        return self

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.nginx.stop()
        for one in self.servers:
            one.stop()

    def client(self) -> httpx.Client:
        """A browser that comes in through nginx."""
        self._clients.append(httpx.Client(base_url=self.url, timeout=20, trust_env=False, verify=PLAIN))
        return self._clients[-1]

    def therapist(self, email: str = "ada@clinic.example") -> Therapist:
        account = self.servers[0].therapist_of(self.client, email)
        return account

    def at(self, browser: Browser, process: int) -> Browser:
        """Give the same browser a line to one process, past nginx."""
        port = self.servers[process].port
        client = httpx.Client(
            base_url=f"http://{HERE}:{port}",
            headers={"Host": f"localhost:{self.port}"},
            timeout=20,
            trust_env=False,
        )
        for one in browser.http.cookies.jar:
            client.cookies.set(one.name, one.value or "")
        self._clients.append(client)
        near = Browser(client)
        client.headers["Origin"] = self.url
        return near

    def member_at(self, member: Member, process: int) -> Member:
        near = Member(self.at(member.browser, process), member.code)
        near.n = member.n
        return near

    def therapist_at(self, therapist: Therapist, process: int) -> Therapist:
        near = Therapist(self.at(therapist.browser, process), self.client)
        near.room, near.code = therapist.room, therapist.code
        return near

    def page(self, browser: Browser, process: int | None = None) -> Page:
        """Open a socket through nginx, or at one process."""
        through = None if process is None else self.servers[process].port
        return Page(self.port, cookie=cookie_of(browser.http), through=through)

    def scalar(self, query: str) -> object:
        return self.postgres.sql(self.database, query)[0][0]

    def wait_for(self, query: str, value: object, within_s: float = 10.0) -> None:
        """Wait until the database says so."""
        wait_until(lambda: self.scalar(query) == value, within_s)

"""The people of a test: a therapist, members and a screen, acting over HTTP as browsers and scripts do.

They talk to an app in this process or to a server elsewhere; only the transport differs.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

PASSWORD = "a calm green chair"
NewClient = Callable[[], httpx.Client]


class Refused(Exception):
    """The server said no: `code` is its word, `status` its number."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.body = response.json()
        self.code = self.body["error"]["code"]
        super().__init__(f"{self.status} {self.code}: {self.body['error']['message']}")


class Browser:
    """A browser with its cookies, whose scripts ask for JSON."""

    def __init__(self, client: httpx.Client) -> None:
        self.http = client
        origin = str(client.base_url).rstrip("/")
        self.http.headers["Origin"] = origin

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """Send a form as the script does, and return the JSON. Raises `Refused`."""
        response = self.http.post(path, data=fields, headers={"Accept": "application/json"})
        if response.status_code >= 400:
            raise Refused(response)
        found: dict[str, Any] = response.json()
        return found

    def get(self, path: str) -> dict[str, Any]:
        """Ask as the script does, and return the JSON. Raises `Refused`."""
        response = self.http.get(path, headers={"Accept": "application/json"})
        if response.status_code >= 400:
            raise Refused(response)
        found: dict[str, Any] = response.json()
        return found

    def submit_form(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form as a browser without a script does."""
        return self.http.post(path, data=fields, headers={"Accept": "text/html"})

    def page(self, path: str) -> str:
        """Open a page, following redirects."""
        return self.http.get(path, headers={"Accept": "text/html"}, follow_redirects=True).text


@dataclass
class Screen:
    """The shared screen."""

    browser: Browser
    path: str

    def snapshot(self) -> dict[str, Any]:
        return self.browser.get(f"{self.path}snapshot")

    def sees(self, text: str) -> bool:
        return text in html_of(self.snapshot())


class Member:
    """A member with a phone."""

    def __init__(self, browser: Browser, code: str) -> None:
        self.browser = browser
        self.code = code
        self.n = 0

    def join(self, **fields: Any) -> "Member":
        self.browser.post(f"/r/{self.code}/join", **fields)
        return self

    @property
    def seat(self) -> str | None:
        return self.browser.http.cookies.get("seat")

    def snapshot(self) -> dict[str, Any]:
        return self.browser.get(f"/r/{self.code}/snapshot")

    def sees(self, text: str) -> bool:
        return text in html_of(self.snapshot())

    def send(
        self,
        action: str,
        text: str | None = None,
        *,
        round: str | None = None,
        op: str | None = None,
        n: int | None = None,
        **chosen: Any,
    ) -> dict[str, Any]:
        """Send a guess, a pass or a withdrawal; by default a new one for the present round."""
        if n is None:
            self.n += 1
            n = self.n
        fields = {"round": round or self.snapshot()["round"], "op": op or new_op(), "n": n, **chosen}
        if text is not None:
            fields["text"] = text
        return self.browser.post(f"/r/{self.code}/{action}", **fields)

    def submit(self, text: str, **how: Any) -> dict[str, Any]:
        return self.send("guess", text, **how)

    def choose(self, *options: int, **how: Any) -> dict[str, Any]:
        """Send a guess that chooses some of the options of the prompt, by their places."""
        return self.send("guess", option=list(options), **how)

    def pass_(self, **how: Any) -> dict[str, Any]:
        return self.send("pass", **how)

    def withdraw(self, **how: Any) -> dict[str, Any]:
        return self.send("withdraw", **how)

    def slow_down(self) -> dict[str, Any]:
        return self.browser.post(f"/r/{self.code}/slow-down")

    def leave(self) -> dict[str, Any]:
        return self.browser.post(f"/r/{self.code}/leave")


class Therapist:
    """A therapist with a console."""

    def __init__(self, browser: Browser, new_client: NewClient, *, email: str = "ada@clinic.example") -> None:
        self.browser = browser
        self.new_client = new_client
        self.email = email
        self.code = ""
        self.room: dict[str, str] = {}

    def sign_in(self) -> "Therapist":
        self.browser.post("/sign-in", email=self.email, password=PASSWORD)
        return self

    def open_room(self, vignette: str = "waving", **chosen: str) -> "Therapist":
        self.room = self.browser.post("/therapist/rooms", vignette=vignette, **chosen)["room"]
        self.code = self.room["code"]
        return self

    @property
    def base(self) -> str:
        return f"/therapist/rooms/{self.code}/"

    def snapshot(self, **query: str) -> dict[str, Any]:
        return self.browser.get(str(httpx.URL(f"{self.base}snapshot", params=query)))

    def sees(self, text: str) -> bool:
        return text in html_of(self.snapshot())

    def does(self, command: str, *, version: int | None = None, **fields: Any) -> dict[str, Any]:
        """Give a command, by default with the version that the console would have now."""
        if version is None:
            version = self.snapshot()["version"][0]
        return self.browser.post(f"{self.base}{command}", version=version, **fields)

    def starts_guessing(self, vignette: str = "waving") -> None:
        self.does("start", vignette=vignette)
        self.does("open")

    def reveals(self, **fields: Any) -> dict[str, Any]:
        return self.does("reveal", anyway="yes", **fields)

    def member(self) -> Member:
        """Let someone with a phone join."""
        return Member(Browser(self.new_client()), self.code).join()

    def stranger(self) -> Browser:
        """Somebody without a seat."""
        return Browser(self.new_client())

    def screen(self) -> Screen:
        path = urlsplit(self.room["screen_url"]).path
        return Screen(Browser(self.new_client()), path)


def new_op() -> str:
    """Make an id for one sending, as a phone does."""
    return secrets.token_hex(16)


def html_of(snapshot: dict[str, Any]) -> str:
    """All that a snapshot draws."""
    return "\n".join(one["html"] for one in snapshot["regions"].values())


def stage_of(snapshot: dict[str, Any]) -> str:
    """What a console's stage shows; the small picture of the wall beside it says some of it again."""
    return str(snapshot["regions"]["stage"]["html"])

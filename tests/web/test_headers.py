"""Every answer's headers, all of them, exactly: by what it answers, on every route × method × status (W3)."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from flask import Flask

from facilitator.app import create_app
from facilitator.config import Config
from facilitator.services import Services
from facilitator.web import assets
from facilitator.web.turnstile import Turnstile
from tests.actors import Browser, NewClient
from tests.conftest import ORIGIN
from tests.web.world import World, accounts, build, cells, quick

pytestmark = pytest.mark.timeout(600)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

# Written out once more, and not imported: what the program says is held against what the design says.
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}
FILE = {
    name: EVERYWHERE[name]
    for name in ("x-content-type-options", "cross-origin-resource-policy", "x-robots-tag")
}  # The others are about documents.
ANSWER = EVERYWHERE | {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
DOCUMENT = ANSWER | {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self' ws://localhost:8000; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=(), "
        "screen-wake-lock=(self), fullscreen=(self), clipboard-write=(self)"
    ),
}
COOKIE = re.compile(
    r"(seat|door|sign-in)=[^;]*; (Expires=[^;]+; )?Max-Age=\d+; HttpOnly; Path=/; SameSite=Lax"
)
PROBES = ("/healthz", "/readyz", "/metrics")
PLAIN = {"text/plain; charset=utf-8", "text/plain; version=1.0.0; charset=utf-8"}
PAGE, JSON, SVG = "text/html; charset=utf-8", "application/json", "image/svg+xml; charset=utf-8"
CSV = "text/csv; charset=utf-8"


def check(response: httpx.Response, *, script: bool) -> None:
    """Hold an answer's headers against the one map for its kind."""
    found = dict(response.headers)
    where = f"{response.request.method} {response.request.url} {response.status_code}"
    is_document = found["content-type"] in (PAGE, SVG) and "location" not in found
    expected = DOCUMENT if is_document else ANSWER
    path = response.request.url.path
    if (
        found.pop("vary", "") == "Accept-Encoding"
    ):  # What members are answered is compressed, and nothing else.
        assert path.startswith(("/r/", "/j/", "/J/", "/join")), where
        assert found.pop("content-encoding", "gzip") in ("br", "gzip"), where
    if found["content-type"] == CSV:
        assert path.endswith("/export") and response.status_code == 200, where
        assert found.pop("content-disposition") == 'attachment; filename="room.csv"', where
    if path in PROBES and response.status_code in (200, 403, 503):
        kinds = {*PLAIN, PAGE, JSON}
    elif response.request.url.path.endswith("join.svg") and response.status_code == 200:
        kinds = {SVG, PAGE}  # OPTIONS has no picture
    elif path.endswith("/export") and response.status_code == 200:
        kinds = {CSV, PAGE}
    elif response.request.url.path.endswith("/snapshot") and response.status_code == 200:
        kinds = {JSON, PAGE}
    elif response.status_code in (303, 308):
        kinds = {PAGE}
        assert found.pop("location").startswith(("/", ORIGIN)), where
    else:
        kinds = {JSON, PAGE} if script else {PAGE}
    assert found.pop("content-type") in kinds, where
    assert found.pop("content-length", "0").isdigit(), where
    for cookie in response.headers.get_list("set-cookie"):
        assert COOKIE.fullmatch(cookie), where
    found.pop("set-cookie", None)
    if response.status_code == 405 or response.request.method == "OPTIONS":
        assert set(found.pop("allow").split(", ")) <= {"GET", "HEAD", "OPTIONS", "POST"}, where
    if response.status_code == 429:
        assert found.pop("retry-after") == "20", where
    assert found == expected, where


@pytest.fixture
def world(app: Flask, here: Services, new_client: NewClient, monkeypatch: pytest.MonkeyPatch) -> World:
    quick(app, monkeypatch)
    accounts(here)
    return build(here, new_client)


def asked(app: Flask, world: World) -> Iterator[tuple[httpx.Response, bool]]:
    """Ask every route in every method as four people, as pages and as scripts, first not from our site."""
    one_command = ("/stop", "/end", "/snapshot", "<code>/")
    routes = dict.fromkeys(route for _, route in cells(app))
    # Signing out comes last, or a therapist's pages would all be refused.
    for route in sorted(routes, key=lambda one: one.endswith(("/sign-out", "<ref>/end"))):
        if "/rooms/<code>/" in route and not route.endswith(one_command):
            continue  # The commands share one route.
        path = world.path(route)
        for method in ("GET", "POST"):
            for role in ("nobody", "member", "other", "therapist"):
                for accept in ("text/html", "application/json"):
                    fields = world.fields(method, route) if method == "POST" and role != "therapist" else None
                    headers = {"Accept": accept}
                    http = world.browsers[role].http
                    yield http.request(method, path, data=fields, headers=headers), accept != "text/html"
        for method in METHODS:
            yield (
                world.browsers["nobody"].http.request(
                    method, path, headers={"Origin": "https://elsewhere.example"}
                ),
                False,
            )


def test_every_route_method_and_status_has_exactly_its_headers(app: Flask, world: World) -> None:
    seen, kinds = set(), set()
    for response, script in asked(app, world):
        check(response, script=script)
        seen.add(response.status_code)
        kinds.add(response.headers["content-type"])
    # No claim about a status that never came; the missing ones have their own tests below.
    assert seen >= {200, 303, 400, 401, 403, 404, 405}
    assert kinds >= {PAGE, JSON, SVG, CSV}


@pytest.mark.parametrize("script", [False, True])
def test_the_rarer_statuses_have_exactly_their_headers(app: Flask, world: World, script: bool) -> None:
    http, code = world.browsers["nobody"].http, world.fills["code"]
    accept = {"Accept": "application/json" if script else "text/html"}
    app.extensions["join_turnstile"] = Turnstile(free=0, most_waiting=-1)
    http.get(f"/r/{code}/")  # From the next one on, too many wait.
    member, here = world.browsers["member"].http, app.extensions["perhaps"]
    guess = world.fields("POST", "") | {"text": "x" * 201}
    answers = {
        413: http.post("/join", data={"code": "x" * 20_000}, headers=accept),
        429: http.get(f"/r/{code}/", headers=accept),
        409: member.post(
            f"/r/{code}/guess", data=guess | {"text": "Late", "round": "0" * 32}, headers=accept
        ),
        410: world.browsers["removed"].http.get(f"/r/{code}/quiet", headers=accept),
        422: member.post(f"/r/{code}/guess", data=guess, headers=accept),
        308: http.get("/therapist", headers=accept),
        400: http.get("/", headers=accept | {"Host": "elsewhere.example"}),
    }
    here.members.slow_down = None  # whatever it is, it fails
    object.__setattr__(here, "members", None)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answers[500] = member.post(f"/r/{code}/slow-down", headers=accept)
    for status, response in answers.items():
        assert response.status_code == status
        check(response, script=script)


@pytest.mark.parametrize("path", ["css/front.css", "js/live.js", "vendor/idiomorph.min.js", "fonts/"])
def test_static_files_have_exactly_their_headers(app: Flask, new_client: NewClient, path: str) -> None:
    http = new_client()
    name = re.search(r"/static/(\w+)/", http.get("/").text)
    assert name
    if path.startswith("fonts/"):
        (font, *_) = sorted((assets.STATIC / "fonts").rglob("*.woff2"))
        path = str(font.relative_to(assets.STATIC))
    url = f"/static/{name[1]}/{path}"
    kinds = {"css": "text/css", "js": "text/javascript", "woff2": "font/woff2"}
    whole = http.get(url)
    part = http.get(url, headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})
    beyond = http.get(url, headers={"Range": "bytes=99999999-", "Accept-Encoding": "identity"})
    head = http.head(url)
    posted = http.post(url)
    assert [one.status_code for one in (whole, part, beyond, head, posted)] == [200, 206, 416, 200, 405]
    for response in (whole, part, head):
        found = dict(response.headers)
        # No date and no tag: what is kept for ever is never asked about again.
        assert found.pop("content-length").isdigit()
        assert found.pop("content-type").partition(";")[0] == kinds[path.rpartition(".")[2]]
        found.pop("content-encoding", None)
        found.pop("content-range", None)
        found.pop("accept-ranges", None)
        found.pop("vary", None)
        assert found == FILE | {"cache-control": "max-age=315360000, public, immutable"}
    for response in (beyond, posted):
        assert "set-cookie" not in response.headers
    check(http.get(f"/static/{name[1]}/no-such-file"), script=False)
    check(http.get(f"/static/{name[1]}/../../../instance.key"), script=False)


def test_behind_https_all_say_so_and_cookies_are_bound_to_the_host(config: Config, here: Services) -> None:
    app = create_app(replace(config, base_url="https://rooms.example.org", trusted_proxies=1))
    http = httpx.Client(transport=httpx.WSGITransport(app=app), base_url="https://rooms.example.org")
    http.headers.update({"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    accounts(app.extensions["perhaps"])
    page = http.get("/")
    policy = DOCUMENT["content-security-policy"].replace("ws://localhost:8000", "wss://rooms.example.org")
    expected = DOCUMENT | {"strict-transport-security": "max-age=31536000", "content-security-policy": policy}
    found = dict(page.headers)
    assert {"content-type": found.pop("content-type"), "length": found.pop("content-length").isdigit()} == {
        "content-type": PAGE,
        "length": True,
    }
    assert found == expected
    css = re.search(r"/static/\w+/css/\w+.css", page.text)
    assert css
    assert http.get(css[0]).headers["strict-transport-security"] == "max-age=31536000"
    cookie = http.post(
        "/sign-in",
        data={"email": "ada@clinic.example", "password": "a calm green chair"},
        headers={"Origin": "https://rooms.example.org"},
    ).headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-sign-in=[\w-]{43}; Expires=[^;]+; Max-Age=1209600; Secure; HttpOnly; Path=/; SameSite=Lax",
        cookie,
    )
    app.extensions["perhaps"].database.dispose()


ORIGINS = {
    "same": ORIGIN,
    "other": "https://elsewhere.example",
    "null": "null",
    "missing": None,
    "sub-domain": "http://rooms.localhost:8000",
    "other port": "http://localhost:8001",
    "other scheme": "https://localhost:8000",
    "malformed": "http://localhost:8000.elsewhere.example",
    "malformed, with a path": "http://localhost:8000/",
    "malformed, two at once": f"{ORIGIN}, https://elsewhere.example",
    "malformed, in capitals": "HTTP://LOCALHOST:8000",
}
SITES = (None, "same-origin", "same-site", "cross-site", "none", "", "SAME-ORIGIN", "same-origin, cross-site")


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_form_counts_only_from_our_own_pages(
    app: Flask, new_client: NewClient, origin: str, site: str | None
) -> None:
    """Sec-Fetch-Site, which no page can forge, decides where there is one; otherwise Origin does."""
    allowed = site == "same-origin" if site is not None else origin == "same"
    headers = {"Origin": ORIGINS[origin], "Sec-Fetch-Site": site, "Accept": "application/json"}
    sent = {name: value for name, value in headers.items() if value is not None}
    browser = Browser(new_client())
    del browser.http.headers["Origin"]
    for method, path in (("POST", "/sign-out"), ("PUT", "/"), ("DELETE", "/"), ("PATCH", "/therapist/rooms")):
        answer = browser.http.request(method, path, headers=sent)
        assert (answer.status_code != 403) is allowed, (method, path, origin, site)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_forwarded_host_makes_no_other_site_ours(new_client: NewClient, origin: str) -> None:
    http = new_client()
    value = ORIGINS[origin]
    headers = {"X-Forwarded-Host": "elsewhere.example", "Forwarded": "host=elsewhere.example", "X-Host": "x"}
    sent = headers | ({"Origin": value} if value else {})
    assert (http.post("/sign-out", headers=sent).status_code == 303) is (origin == "same")

"""Hostile texts on every form: never a 5xx, never a change for anybody else, never a crash.

`PERHAPS_PAYLOADS` raises how many are generated (5,000 by default).
"""

import os
import random
from urllib.parse import urlencode

import httpx
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilitator.services import Services
from tests.actors import NewClient, Therapist
from tests.conftest import signed_in
from tests.hostile.payloads import FRAMES, SCRIPTS, TEXTS
from tests.web.world import cells, quick

pytestmark = pytest.mark.timeout(600)

GENERATED = int(os.environ.get("PERHAPS_PAYLOADS", "5000"))
NAMED = {**TEXTS, **SCRIPTS}
FIELDS = ("text", "code", "round", "op", "n", "version", "vignette", "prompt", "guess", "seat", "anyway")


class Target:
    """An app with a room where people are guessing, somebody hostile, and a bystander who notices things."""

    def __init__(self, app: Flask, here: Services, new_client: NewClient) -> None:
        self.therapist: Therapist = signed_in(here, new_client, "ada@clinic.example").open_room()
        hostile = self.therapist.member()
        self.bystander = self.therapist.member()
        self.therapist.starts_guessing()
        self.bystander.submit("She is afraid")
        self.before = self.bystander.snapshot()
        self.code, self.screen = self.therapist.code, self.therapist.screen().path.split("/")[2]
        self.people = [hostile.browser.http, self.therapist.stranger().http]
        self.round = str(self.before["round"])
        # What ends the room, or lets the hostile one go, is not an attack; the rest of the console is.
        self.routes = [
            (method, route)
            for method, route in cells(app)
            if not route.endswith(("/leave", "/end", "/sign-out")) and "/set-up/" not in route
        ]

    def ask(self, who: httpx.Client, method: str, route: str, fields: dict[str, str]) -> httpx.Response:
        path = route.replace("<code>", self.code).replace("<token>", self.screen)
        path = path.replace("<summary_id>", "none").replace("<ref>", "none")
        body = urlencode(fields, errors="surrogatepass").encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return who.request(method, path, content=body if method == "POST" else None, headers=kind)

    def form(self, **fields: str) -> dict[str, str]:
        return {"round": self.round, "op": "0" * 32, "n": "1", "text": "x", "version": "1"} | fields

    def stands(self) -> bool:
        """Tell whether the bystander's phone still says what it said, and a guess still comes in."""
        now = self.bystander.snapshot()
        return bool(now == self.before)


@pytest.fixture
def target(app: Flask, here: Services, new_client: NewClient, monkeypatch: pytest.MonkeyPatch) -> Target:
    quick(app, monkeypatch)
    return Target(app, here, new_client)


def test_the_catalogue_is_as_long_as_it_claims_to_be() -> None:
    assert len(NAMED) + len(FRAMES) >= 150
    assert len({*NAMED.values()}) == len(NAMED)
    assert len({*FRAMES.values()}) == len(FRAMES)


def test_every_named_text_in_every_field_of_a_members_forms(target: Target) -> None:
    member, wrong = target.people[0], []
    for name, text in NAMED.items():
        for field in ("text", "round", "op", "n"):
            for route in ("guess", "pass", "withdraw"):
                answer = target.ask(member, "POST", f"/r/<code>/{route}", target.form(**{field: text}))
                if answer.status_code >= 500:
                    wrong.append(f"{name} in {field} of {route}: {answer.status_code}")
    assert wrong == []
    assert target.stands()


def test_every_named_text_in_some_field_of_every_route(target: Target) -> None:
    dice, wrong = random.Random(4), []
    people = [*target.people, target.therapist.browser.http]
    for name, text in NAMED.items():
        for method, route in dice.sample(target.routes, 12):
            field = dice.choice(FIELDS)
            console = "/therapist/rooms/<code>/" in route and route.rsplit("/", 1)[1] not in ("ask", "start")
            who = people[0] if console and field != "version" else dice.choice(people)
            if who is people[2] and route in ("/therapist/account/two-factor", "/therapist/rooms"):
                continue
            answer = target.ask(who, method, route, target.form(**{field: text}))
            if answer.status_code >= 500:
                wrong.append(f"{name} in {field} of {method} {route}: {answer.status_code}")
    assert wrong == []
    assert target.stands()


def test_every_named_text_as_a_code_a_token_and_a_query(target: Target) -> None:
    wrong = []
    for name, text in NAMED.items():
        part = urlencode({"": text[:900]}, errors="surrogatepass")[1:].replace("+", "%20")
        for path in (f"/r/{part}/", f"/J/{part}", f"/screen/{part}/", f"/reset/{part}", f"/set-up/{part}"):
            answer = target.people[0].get(path)
            if answer.status_code >= 500:
                wrong.append(f"{name} at {path}: {answer.status_code}")
        for path in (f"/r/{target.code}/snapshot?have={part}", f"/r/{target.code}/quiet?told={part}"):
            if target.people[0].get(path).status_code >= 500:
                wrong.append(f"{name} at {path}")
    assert wrong == []
    assert target.stands()


def test_every_named_text_as_a_cookie_and_a_header(target: Target) -> None:
    stranger, wrong = target.people[1], []
    for name, text in NAMED.items():
        raw = (
            text.encode(errors="surrogatepass")
            .replace(b"\n", b"")
            .replace(b"\r", b"")
            .replace(b"\0", b"")[:4_000]
        )
        if not raw.isascii():
            continue  # This transport carries ASCII; test_frames sends other bytes over a socket.
        for header in (b"Cookie", b"Origin", b"Accept", b"User-Agent", b"Sec-Fetch-Site", b"Content-Type"):
            value = b"seat=" + raw + b"; sign-in=" + raw + b"; door=" + raw if header == b"Cookie" else raw
            for method, path in (("GET", f"/r/{target.code}/"), ("POST", f"/r/{target.code}/guess")):
                answer = stranger.request(method, path, headers=[(header, value)])
                if answer.status_code >= 500:
                    wrong.append(f"{name} in {header!r}: {answer.status_code}")
    assert wrong == []
    assert target.stands()


def test_every_named_text_as_an_address_and_a_password(target: Target) -> None:
    stranger = target.people[1]
    for name, text in list(NAMED.items())[::4]:
        for fields in ({"email": text, "password": "x"}, {"email": "ada@clinic.example", "password": text}):
            answer = target.ask(stranger, "POST", "/sign-in", fields)
            assert answer.status_code < 500, name
    assert target.stands()


BODIES = {
    "no type": (None, b"text=x"),
    "JSON": ("application/json", b'{"text": "x"}'),
    "deep JSON": ("application/json", b"[" * 8_000),
    "multipart without an end": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data\r\n",
    ),
    "multipart without a boundary": ("multipart/form-data", b"--x--"),
    "multipart with a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\nx\r\n--x--\r\n',
    ),
    "multipart of 4,000 parts": ("multipart/form-data; boundary=x", b"--x\r\n\r\n" * 2_000),
    "boundary of 9,000 signs": ("multipart/form-data; boundary=" + "x" * 9_000, b"--x"),
    "3,000 fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
    "one field 3,000 times": ("application/x-www-form-urlencoded", b"text=x&" * 2_300),
    "only separators": ("application/x-www-form-urlencoded", b"&" * 16_000),
    "charset that is none": ("application/x-www-form-urlencoded; charset=x-none", b"text=%ff"),
    "charset UTF-16": ("application/x-www-form-urlencoded; charset=utf-16", "text=x".encode("utf-16")),
    "broken escapes": ("application/x-www-form-urlencoded", b"text=%&round=%f&op=%zz&n=%ff"),
    "raw bytes": ("application/x-www-form-urlencoded", bytes(range(256))),
    "XML": ("text/xml", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"),
    "exactly the limit": ("application/x-www-form-urlencoded", b"text=" + b"x" * (16 * 1024 - 5)),
    "one byte more": ("application/x-www-form-urlencoded", b"text=" + b"x" * (16 * 1024 - 4)),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_strange_body_is_refused_by_every_form(target: Target, name: str) -> None:
    kind, body = BODIES[name]
    headers = {"Content-Type": kind} if kind else {}
    for method, route in target.routes:
        if method == "POST" and "/account/" not in route:
            path = route.replace("<code>", target.code).replace("<token>", "x").replace("<summary_id>", "x")
            answer = target.people[0].post(path, content=body, headers=headers)
            assert answer.status_code < 500, f"{route}: {answer.status_code}"
    assert target.stands()


def test_thousands_of_generated_texts(target: Target) -> None:
    """Nothing that Hypothesis can think of is answered with a 5xx, nor does it reach a bystander."""
    sent = 0

    @settings(
        max_examples=GENERATED // 4,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(
        texts=st.lists(
            st.one_of(
                st.text(max_size=60),
                st.sampled_from(list(NAMED.values())),
                st.text("<>&\"'{}%\0\ud800", max_size=9),
            ),
            min_size=4,
            max_size=4,
        ),
        fields=st.lists(st.sampled_from(FIELDS), min_size=4, max_size=4),
        routes=st.lists(st.sampled_from(target.routes), min_size=4, max_size=4),
    )
    def attack(texts: list[str], fields: list[str], routes: list[tuple[str, str]]) -> None:
        nonlocal sent
        for text, field, (method, route) in zip(texts, fields, routes, strict=True):
            sent += 1
            answer = target.ask(target.people[0], method, route, target.form(**{field: text}))
            assert answer.status_code < 500

    attack()
    assert sent >= GENERATED // 4 * 4
    assert target.stands()


def test_a_broken_route_would_be_noticed(target: Target, monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "members.guess", fail)
    assert target.ask(target.people[0], "POST", "/r/<code>/guess", target.form()).status_code == 500
    monkeypatch.undo()
    target.therapist.does("stop")
    assert not target.stands()

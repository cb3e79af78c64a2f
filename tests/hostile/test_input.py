"""Hostile texts on every form: never a 5xx, never a change for anybody else, never a crash (B1).

`PERHAPS_PAYLOADS` raises how many are generated (5,000 by default).
"""

import random
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from urllib.parse import urlencode

import pytest
from flask import Flask

from facilitator.services import Services
from tests.actors import NewClient
from tests.hostile.bystander import MOST_GROWTH_KB, memory
from tests.hostile.generated import GENERATED, TEXT, generated
from tests.hostile.payloads import FRAMES, SCRIPTS, TEXTS
from tests.hostile.target import PEOPLE, QUERIES, Target, read_by_the_program
from tests.web.world import quick

pytestmark = pytest.mark.timeout(600)

NAMED = {**TEXTS, **SCRIPTS}
# Where somebody is let in; elsewhere most texts would stop at the door.
NEAR = {"member": "/r/", "stranger": ("/join", "/sign-in", "/j/", "/screen/"), "therapist": "/therapist/"}


@pytest.fixture
def target(app: Flask, here: Services, new_client: NewClient, monkeypatch: pytest.MonkeyPatch) -> Target:
    quick(app, monkeypatch)
    return Target(app, here, new_client)


def test_the_catalogue_is_as_long_as_it_claims_to_be() -> None:
    assert len(NAMED) + len(FRAMES) >= 150
    assert len({*NAMED.values()}) == len(NAMED)
    assert len({*FRAMES.values()}) == len(FRAMES)


def test_every_field_that_the_program_reads_is_attacked(target: Target) -> None:
    assert read_by_the_program() - {*target.fields, *QUERIES} == set()


def test_every_named_text_in_every_field_of_a_members_forms(target: Target) -> None:
    forms = {"guess": ("text", "option", "sure", "round", "op", "n"), "pass": ("round", "op", "n")}
    wrong = []
    for name, text in NAMED.items():
        for route, fields in (forms | {"withdraw": forms["pass"]}).items():
            for field in fields:
                answer = target.ask("member", "POST", f"/r/<code>/{route}", **{field: text})
                if answer.status_code >= 500:
                    wrong.append(f"{name} in {field} of {route}: {answer.status_code}")
    assert wrong == []
    assert target.stands()


def test_every_field_of_every_route_with_texts_in_turn(target: Target) -> None:
    """Most by whoever is let in there, the rest by everybody in turn."""
    dice, wrong = random.Random(4), []
    people, texts = cycle(PEOPLE), cycle(dice.sample([*NAMED.items()], len(NAMED)))
    for method, route in target.routes("stranger"):
        for field in target.fields if method == "POST" else QUERIES:
            who, (name, text) = next(people), next(texts)
            at_home = [one for one in PEOPLE if one != "stranger" and route.startswith(NEAR[one])]
            who = at_home[0] if at_home and dice.random() < 0.8 else who
            if (method, route) not in target.routes(who):
                who = "stranger"
            answer = target.ask(who, method, route, **{field: text})
            if answer.status_code >= 500:
                wrong.append(f"{name} in {field} of {method} {route}: {answer.status_code}")
    assert wrong == []
    assert target.stands()


def test_the_hostile_therapist_is_let_in_to_what_they_attack(target: Target) -> None:
    """A text that stops at the door tests nothing but the door."""
    commands = [one for verb, one in target.routes("therapist") if verb == "POST" and "/<code>/" in one]
    commands = [one for one in commands if one.startswith("/therapist/")]
    said = Counter(target.ask("therapist", "POST", route).status_code for route in commands)
    assert not {401, 403, 404} & {*said}
    assert said[200] + said[303] > 10, said
    assert (
        target.ask("therapist", "POST", "/therapist/rooms/<code>/name-cluster", name="x").status_code == 303
    )
    assert target.stands()


def test_every_named_text_as_a_code_a_token_and_a_query(target: Target) -> None:
    wrong = []
    for name, text in NAMED.items():
        part = urlencode({"": text[:900]}, errors="surrogatepass")[1:].replace("+", "%20")
        for path in (f"/r/{part}/", f"/J/{part}", f"/screen/{part}/", f"/reset/{part}", f"/set-up/{part}"):
            answer = target.people["member"].get(path)
            if answer.status_code >= 500:
                wrong.append(f"{name} at {path}: {answer.status_code}")
        for path in (f"/r/{target.code}/snapshot?have={part}", f"/r/{target.code}/quiet?told={part}"):
            if target.people["member"].get(path).status_code >= 500:
                wrong.append(f"{name} at {path}")
    assert wrong == []
    assert target.stands()


def test_every_named_text_as_a_cookie_and_a_header(target: Target) -> None:
    stranger, wrong = target.people["stranger"], []
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
    for name, text in list(NAMED.items())[::4]:
        for fields in ({"email": text, "password": "x"}, {"email": "ada@clinic.example", "password": text}):
            answer = target.ask("stranger", "POST", "/sign-in", **fields)
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


def test_every_strange_body_is_refused_by_every_form(target: Target) -> None:
    wrong = []
    for name, (kind, body) in BODIES.items():
        headers = {"Content-Type": kind} if kind else {}
        for method, route in target.routes("member"):
            if method == "POST":
                status = (
                    target.people["member"]
                    .post(target.path(route), content=body, headers=headers)
                    .status_code
                )
                wrong += [f"{name} at {route}: {status}"] if status >= 500 else []
    assert wrong == []
    assert target.stands()


def attack(target: Target, texts: list[str]) -> Counter[str]:
    """Send each text as somebody, in some field of some route, and count how they were answered."""
    dice, said = random.Random(5), Counter[str]()
    for text in texts:
        who = dice.choice(PEOPLE)
        near = [one for one in target.routes(who) if one[1].startswith(NEAR[who])]
        method, route = dice.choice(near if dice.random() < 0.6 else target.routes(who))
        field = dice.choice(target.fields if method == "POST" else QUERIES)
        answer = target.ask(who, method, route, **{field: text})
        assert answer.status_code < 500, f"{text[:80]!r} in {field} of {method} {route} as {who}"
        said[f"{who} {answer.status_code}"] += 1
    return said


def test_thousands_of_generated_texts(target: Target, say: Callable[[str], None]) -> None:
    """None is answered with a 5xx, none reaches a bystander, and they leave nothing in memory."""
    texts = generated(TEXT, GENERATED)
    assert len(texts) >= GENERATED
    warming_up = len(texts) // 3
    said = attack(target, texts[:warming_up])
    warm = memory()
    said += attack(target, texts[warming_up:])
    grown = memory() - warm
    say(f"{len(texts)} texts: {grown / 1024:+.1f} MB; {dict(sorted(said.items()))}")
    assert grown < MOST_GROWTH_KB
    assert target.people["therapist"].get("/therapist/").status_code == 200
    assert said["therapist 200"] + said["therapist 303"] > len(texts) / 20
    assert target.stands()


def test_a_broken_route_would_be_noticed(target: Target, monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "members.guess", fail)
    assert target.ask("member", "POST", "/r/<code>/guess").status_code == 500
    monkeypatch.undo()
    target.therapist.does("stop")
    assert not target.stands()

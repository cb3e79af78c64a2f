"""Trying join codes, and coming in where one may not: how slow it gets; a right code still works (J1, J2)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from typing import Any

import httpx
import pytest
from flask import Flask

from facilitator.core.codes import LENGTH, SIGNS
from facilitator.core.errors import NoRoom, SlowDown
from facilitator.services import Services
from facilitator.storage import tables
from facilitator.web.turnstile import FREE, MOST_WAITING, PACE_S, WINDOW_S, Turnstile, neighbourhood
from tests.actors import Browser, Member, NewClient, Refused, Therapist
from tests.server import Server
from tests.web.world import quick

pytestmark = pytest.mark.timeout(600)

HOURS_S = 2 * 3600


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


def fail(turnstile: Turnstile, what: object, who: bytes = b"address") -> None:
    with pytest.raises(NoRoom), turnstile.trying(who, str(what).encode()):
        raise NoRoom


def test_two_hours_of_trying_codes_find_nothing() -> None:
    clock, tries = Clock(), 0
    turnstile = Turnstile(clock=clock, sleep=clock.sleep)
    while clock.now < HOURS_S:
        fail(turnstile, tries)
        tries += 1
        clock.now += 0.001
    assert tries <= FREE + HOURS_S / PACE_S + 1
    # With ten rooms open at once, and the attacker lucky enough to try no code twice.
    chance = 10 * tries / len(SIGNS) ** LENGTH
    assert chance < 2e-6


def test_a_thousand_addresses_together_are_still_hopeless() -> None:
    tries = 1_000 * (FREE + HOURS_S / PACE_S)
    assert 10 * tries / len(SIGNS) ** LENGTH < 0.002


def test_after_twenty_wrong_ones_a_second_passes_between_any_two() -> None:
    clock = Clock()
    turnstile = Turnstile(clock=clock, sleep=clock.sleep)
    when = []
    for n in range(FREE + 30):
        fail(turnstile, n)
        when.append(clock.now)
    assert when[FREE - 1] == 0
    late = when[FREE:]
    assert all(b - a >= PACE_S for a, b in pairwise(late))


def test_a_right_code_works_later_and_takes_its_turn() -> None:
    clock = Clock()
    turnstile = Turnstile(clock=clock, sleep=clock.sleep)
    for n in range(FREE + 5):
        fail(turnstile, n)
    with turnstile.trying(b"address", b"right"):
        pass
    assert clock.now == pytest.approx(5 * PACE_S)
    clock.now += WINDOW_S + 1
    before = clock.now
    fail(turnstile, "again")
    assert clock.now == before


def test_the_same_wrong_code_counts_once_and_a_right_one_not_at_all() -> None:
    clock = Clock()
    turnstile = Turnstile(clock=clock, sleep=clock.sleep)
    for _ in range(500):
        fail(turnstile, "a phone that waits at a locked door")
        with turnstile.trying(b"address", b"right"):
            pass
    assert clock.now == 0


def test_tries_at_the_same_moment_are_no_way_round() -> None:
    turnstile, served, waiting = Turnstile(sleep=lambda _: hold.wait(20)), count(), threading.Event()
    hold = threading.Event()
    looked: list[int] = []

    def attempt(n: int) -> None:
        try:
            with turnstile.trying(b"address", str(n).encode()):
                looked.append(next(served))
                waiting.wait(20)  # as long as a database takes, or longer
                raise NoRoom
        except (NoRoom, SlowDown):
            pass

    with ThreadPoolExecutor(100) as pool:
        for n in range(100):
            pool.submit(attempt, n)
        until = time.monotonic() + 10
        while len(looked) < FREE and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.3)
        at_once = len(looked)
        hold.set()
        waiting.set()
    assert at_once == FREE
    assert len(looked) <= FREE + MOST_WAITING + 1


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_whoever_has_a_whole_network_is_one_visitor(one: str, other: str, same: bool) -> None:
    assert (neighbourhood(one) == neighbourhood(other)) is same
    assert neighbourhood(None) == neighbourhood("") == b""


def test_addresses_are_forgotten() -> None:
    clock = Clock()
    turnstile = Turnstile(clock=clock, sleep=clock.sleep)
    for n in range(1_000):
        fail(turnstile, n, str(n).encode())
    clock.now += WINDOW_S + 1
    fail(turnstile, "x")
    assert len(turnstile._visitors) == 1


@pytest.mark.parametrize("how", ["GET", "POST"])
def test_every_way_to_try_a_code_is_counted(therapist: Therapist, app: Flask, how: str) -> None:
    slept: list[float] = []
    app.extensions["join_turnstile"] = Turnstile(sleep=slept.append)
    stranger = therapist.stranger()
    signs = SIGNS.replace("B", "")
    paths = ("/r/{}/", "/J/{}", "/j/{}") if how == "GET" else ("/r/{}/join", "/join")
    codes = [f"BBBBBB{a}{b}" for a in signs[:6] for b in signs]
    for n, code in zip(range(FREE + len(paths)), codes, strict=False):
        assert len(slept) == max(0, n - FREE)
        path = paths[n % len(paths)]
        answer = stranger.http.request(how, path.format(code), data={"code": code} if how == "POST" else None)
        assert answer.status_code == 404
    assert len(slept) == len(paths)
    Member(stranger, therapist.code).join()
    assert stranger.http.get(f"/r/{therapist.code}/").status_code == 200


def test_a_real_server_serves_one_try_a_second_then_and_a_right_one_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = Server(tmp_path_factory.mktemp("codes")).start()
    try:
        therapist = server.therapist().open_room()
        stranger = therapist.stranger().http
        for n in range(FREE):
            assert stranger.get(f"/r/BBBBBB{SIGNS[n]}C/").status_code == 404
        begun = time.monotonic()
        with ThreadPoolExecutor(6) as pool:
            paths = [f"/r/CCCCCC{SIGNS[n]}C/" for n in range(6)]
            answers = list(pool.map(lambda path: httpx.get(server.url + path, trust_env=False), paths))
        assert [one.status_code for one in answers] == [404] * 6
        assert time.monotonic() - begun >= 5 * PACE_S - 0.1
        assert Member(Browser(server.client()), therapist.code).join().snapshot()
        with ThreadPoolExecutor(40) as pool:
            paths = [f"/r/DDDDD{SIGNS[n % 20]}{SIGNS[n // 20]}C/" for n in range(40)]
            answers = list(
                pool.map(lambda path: httpx.get(server.url + path, trust_env=False, timeout=60), paths)
            )
        refused = [one for one in answers if one.status_code == 429]
        assert len(refused) >= 40 - MOST_WAITING - 5
        assert {one.headers["retry-after"] for one in refused} == {"20"}
    finally:
        server.stop()


def test_of_a_thousand_tries_none_enters_a_locked_room(
    app: Flask,
    therapist: Therapist,
    other_therapist: Therapist,
    here: Services,
    new_client: NewClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(app, monkeypatch)
    inside = therapist.member()
    elsewhere = other_therapist.member()
    gone = therapist.member()
    gone.leave()
    with here.database.read() as tx:
        seats = len(tx.execute(tables.seat.select()).all())
    therapist.does("lock")
    code = therapist.code
    ways: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"/r/{code}/join", {}),
        ("POST", f"/r/{code}/join", {"listen": "yes"}),
        ("POST", f"/r/{code}/join", {"move": "yes"}),
        ("POST", "/join", {"code": code}),
        ("GET", f"/r/{code}/", {}),
        ("GET", f"/J/{code}", {}),
        ("GET", f"/j/{code.lower()}", {}),
        ("GET", f"/r/{code}/snapshot", {}),
        ("POST", f"/r/{code}/guess", {"round": "x", "op": "0" * 32, "n": 1, "text": "let me in"}),
        ("POST", f"/r/{code.lower()}/join", {"move": "yes", "listen": "yes"}),
    ]
    entered = 0
    for n in range(1_000):
        method, path, fields = ways[n % len(ways)]
        browser = elsewhere.browser.http if n % 3 == 2 else new_client()
        if n % 3 == 1:
            browser.cookies.set("door", f"forged {n}")
            browser.cookies.set("seat", f"forged {n}")
        sent = {"data": fields} if method == "POST" else {}
        answer = browser.request(method, path, headers={"Origin": "http://localhost:8000"}, **sent)  # type: ignore[arg-type]
        entered += answer.status_code != 404
    assert entered == 0
    with here.database.read() as tx:
        assert len(tx.execute(tables.seat.select()).all()) == seats
    assert inside.snapshot()
    with pytest.raises(Refused, match="no_room"):
        Member(gone.browser, code).join()


def test_who_comes_while_the_door_is_being_locked_is_either_in_before_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = Server(tmp_path_factory.mktemp("door")).start()
    try:
        therapist = server.therapist().open_room()
        locked, late, early = threading.Event(), [], []

        def knock() -> None:
            while True:
                after = locked.is_set()
                with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as phone:
                    answer = phone.post(f"/r/{therapist.code}/join", headers={"Origin": server.url})
                if after:
                    late.append(answer.status_code)
                    return
                early.append(answer.status_code)

        knockers = [threading.Thread(target=knock) for _ in range(8)]
        for one in knockers:
            one.start()
        while 303 not in early:
            time.sleep(0.01)
        therapist.does("lock")
        locked.set()
        for one in knockers:
            one.join()
        assert late
        assert set(late) <= {404, 429}
    finally:
        server.stop()

"""Two processes behind nginx are one program: whatever is done at one is seen at the other."""

import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.actors import Therapist, html_of
from tests.backing import HERE, Postgres
from tests.faults.together import at_once, guesses_in, make_text
from tests.server import ROOT, Server
from tests.several.company import Several

pytestmark = pytest.mark.alone

TOLD_S = 2.0


def test_the_whole_story_is_told_across_both_processes(several: Several, therapist: Therapist) -> None:
    members = [several.member_at(therapist.member(), n % 2) for n in range(6)]
    consoles = [several.therapist_at(therapist, n) for n in range(2)]
    token = therapist.screen().path.strip("/").rpartition("/")[2]
    with ExitStack() as sockets:
        pages = []
        for process in range(2):
            page = several.page(members[process].browser, process)
            sockets.callback(page.leave)
            page.watch("/member", code=therapist.code)
            wall = several.page(therapist.browser, process)
            sockets.callback(wall.leave)
            wall.watch("/screen", token=token)
            pages += [page, wall]

        def told(phase: str) -> list[dict[str, Any]]:
            heard = []
            for page in pages:
                while (snapshot := page.hear_snapshot(TOLD_S))["phase"] != phase:
                    pass
                heard.append(snapshot)
            return heard

        consoles[0].does("start", vignette="waving")
        told("reading")
        consoles[1].does("open")
        told("guessing")
        texts = [make_text() for _ in members]
        for member, text in zip(members, texts, strict=True):
            assert member.submit(text)["text"] == text
        moved = several.member_at(members[0], 1)
        texts[0] = make_text()
        moved.submit(texts[0])
        assert texts[0] in html_of(members[0].snapshot())
        consoles[0].does("close")
        told("closed")
        consoles[1].reveals()
        for snapshot in told("revealed"):
            assert sorted(guesses_in(snapshot)) == sorted(texts)
        consoles[0].does("end")
        told("ended")


def test_two_sendings_of_one_seat_at_both_processes_leave_the_later_one(
    several: Several, therapist: Therapist
) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    round_id = member.snapshot()["round"]
    tabs = [several.member_at(member, n % 2) for n in range(6)]
    for turn in range(8):
        texts = [make_text() for _ in tabs]
        numbers = [turn * len(tabs) + n + 1 for n in range(len(tabs))]
        sends = zip(tabs, texts, numbers, strict=True)
        at_once(
            [lambda one=one, text=text, n=n: one.submit(text, round=round_id, n=n) for one, text, n in sends]
        )
        assert texts[-1] in html_of(member.snapshot())
    therapist.does("close")
    therapist.reveals()
    assert guesses_in(member.snapshot()) == [texts[-1]]


def test_a_room_that_is_held_stops_no_other_one(several: Several, therapist: Therapist) -> None:
    """Under eventlet, one thread serves every phone: it must go on while it waits for PostgreSQL."""
    other = Therapist(therapist.browser, therapist.new_client).open_room()
    held, free = (several.member_at(one.member(), 0) for one in (therapist, other))
    for one in (therapist, other):
        one.starts_guessing()
    answered: list[float] = []

    def send() -> None:
        held.submit("It takes a while")
        answered.append(time.monotonic())

    with several.postgres.holding(
        several.database, f"SELECT 1 FROM room WHERE code = '{therapist.code}' FOR UPDATE"
    ):
        waiting = threading.Thread(target=send)
        waiting.start()
        time.sleep(0.3)
        for _ in range(10):
            started = time.monotonic()
            free.submit("It takes no time")
            assert time.monotonic() - started < 1.5
        let_go = time.monotonic()
        assert not answered
    waiting.join()
    assert answered[0] > let_go
    assert held.sees("It takes a while")


def test_a_phone_at_both_processes_is_one_person(several: Several, therapist: Therapist) -> None:
    member = therapist.member()
    pages = [several.page(member.browser, process) for process in range(2)]
    for page in pages:
        page.watch("/member", code=therapist.code)
    here = "presence JOIN seat ON hash = seat_hash JOIN room ON room.id = room_id"
    mine = f"{here} WHERE code = '{therapist.code}'"
    several.wait_for(f"SELECT count(DISTINCT process) FROM {mine}", 2, within_s=20)
    therapist.starts_guessing()
    assert (
        several.scalar(
            f"SELECT people FROM round JOIN room ON room.id = room_id WHERE code = '{therapist.code}'"
        )
        == 1
    )
    member.submit(make_text())
    for page in pages:
        page.leave()


def test_only_one_of_two_tickers_tells_that_the_word_moved(several: Several, therapist: Therapist) -> None:
    members = [therapist.member() for _ in range(3)]
    therapist.starts_guessing()
    consoles = [several.page(therapist.browser, process) for process in range(2)]
    for one in consoles:
        one.watch("/therapist", code=therapist.code)
    for one in consoles:
        while not one.hears_nothing(1.5):
            pass  # Those who joined are shown first.
    before = therapist.snapshot()["version"][1]
    for member in members:
        member.submit(make_text())
    heard = [one.hear_snapshot(12)["version"] for one in consoles]
    assert heard[0] == heard[1]
    assert heard[0][1] == before + 1
    for one in consoles:
        assert one.hears_nothing(4)
        one.leave()


def test_redis_never_holds_what_is_not_shown(several: Several, therapist: Therapist) -> None:
    members = [therapist.member() for _ in range(4)]
    secret = [make_text() for _ in members]
    with several.redis.overhear() as heard:
        therapist.starts_guessing()
        for one, text in zip(members, secret, strict=True):
            one.submit(text)
        pages = [several.page(one.browser, n % 2) for n, one in enumerate(members)]
        for page, text in zip(pages, secret, strict=True):
            assert text in html_of(page.watch("/member", code=therapist.code))
        console = several.page(therapist.browser, 0)
        console.watch("/therapist", code=therapist.code)
        therapist.does("close")
        therapist.does("look-first")
        assert console.ask(look=True)["version"]
        therapist.does("stop")
        therapist.does("resume")
        therapist.does("lock")
        for page in [*pages, console]:
            page.leave()
    told = "\n".join(heard)
    assert told.count('\\"closed\\"') >= 3, "nothing was overheard"
    for one in [*secret, *(f"{one.seat}" for one in members), 'skip_sid\\": \\"']:
        assert one not in told
    with several.redis.overhear() as heard:
        therapist.does("unlock")
        therapist.reveals()
    assert all(text in "\n".join(heard) for text in secret), "it would not have been found"


def test_a_database_without_redis_is_for_one_process(several: Several, tmp_path: Path) -> None:
    lonely = {name: value for name, value in several.settings.items() if name != "FACILITATOR_REDIS_URL"}
    start = _start(Server(tmp_path, **lonely))
    assert (start.returncode, start.stdout, start.stderr.count("\n")) == (2, "", 1)
    assert start.stderr.startswith("Another server uses this database: set FACILITATOR_REDIS_URL")


def test_a_database_that_is_away_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    start = _start(Server(tmp_path, FACILITATOR_DATABASE_URL=f"postgresql://perhaps@{HERE}:1/perhaps"))
    assert (start.returncode, start.stdout, start.stderr.count("\n")) == (2, "", 1)
    assert start.stderr.startswith("The database cannot be used: ")


def test_a_driver_that_stops_every_phone_is_refused(
    postgres: Postgres, empty_rooms: str, tmp_path: Path
) -> None:
    """With the wait callback taken out, psycopg2 waits in C as psycopg 3 does; threads would not mind."""
    script = (
        "import facilitator.__main__ as program, sys\n"
        "program._wait_patiently = lambda: __import__('psycopg2').extensions.set_wait_callback(None)\n"
        "sys.exit(program.main())"
    )
    database = postgres.new_database(empty_rooms)
    server = Server(tmp_path, FACILITATOR_DATABASE_URL=database, FACILITATOR_ASYNC_MODE="eventlet")
    start = _start(server, "-c", script)
    assert (start.returncode, start.stdout, start.stderr.count("\n")) == (2, "", 1)
    assert start.stderr.startswith("Waiting for PostgreSQL would stop every phone: ")


def test_figures_are_not_for_those_who_come_in_through_nginx(several: Several) -> None:
    assert httpx.get(f"{several.url}/metrics", trust_env=False).status_code == 404
    assert httpx.get(f"http://{HERE}:{several.servers[0].port}/metrics", trust_env=False).status_code == 200


def test_the_shipped_file_serves_tls(several: Several, tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    key, certificate = tmp_path / "certs" / "privkey.pem", tmp_path / "certs" / "fullchain.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=rooms.example.org", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    (tmp_path / "nginx.conf").write_text(conf.replace("pid /run/nginx.pid", "pid nginx.pid"))
    test = ["nginx", "-t", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"]
    assert subprocess.run(test, capture_output=True).returncode == 0
    assert conf.count("access_log off") == 1
    assert conf.count("error_log stderr crit") == 2


def _start(server: Server, *command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, *(command or ("-m", "facilitator"))]
    return subprocess.run(arguments, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=40)

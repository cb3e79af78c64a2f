"""Nothing that the process prints holds what people wrote, whatever fails."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask

from tests.server import ROOT, Server
from tests.sockets.raw import Phone

CANARY = "Canary7f3a"
CHORES = {"tick", "sweep", "presence", "purge", "metrics"}


class Failing:
    """The program in which everything fails."""

    def __init__(self, folder: Path, *, mode: str, layout: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("failing.py"))],
            cwd=ROOT,
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "default",
                "FACILITATOR_ASYNC_MODE": mode,
                "FACILITATOR_LOG_FORMAT": layout,
                "FACILITATOR_DATA_DIR": str(folder / "data"),
                "FACILITATOR_KEY_FILE": str(folder / "instance.key"),
                "FACILITATOR_BASE_URL": "http://localhost",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        self.port = 0
        self.before = []
        for line in self.process.stdout:  # A chore may speak first.
            if line.strip().isdigit():
                self.port = int(line)
                break
            self.before.append(line)

    def browser(self) -> httpx.Client:
        """A browser at an address that is easy to find again."""
        transport = httpx.HTTPTransport(local_address="127.0.0.9")
        return httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{self.port}")

    def stop(self) -> str:
        """Stop it, and return all it ever said."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout
        # `communicate` would leave out what was read together with the port and is still in the buffer.
        with self.process.stdout as rest:
            said = rest.read()
        self.process.wait(15)
        return "".join(self.before) + said


@pytest.fixture(params=[("eventlet", "json"), ("threading", "json"), ("eventlet", "plain")], ids="-".join)
def failing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Failing, str]]:
    mode, layout = request.param
    process = Failing(tmp_path, mode=mode, layout=layout)
    yield process, layout
    if process.process.poll() is None:
        process.stop()


def paths_of(app: Flask) -> list[tuple[str, str]]:
    """Every route with each of its methods, its gaps filled with the canary."""
    return [
        (method, re.sub(r"<[^>]+>", CANARY, rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def break_every_route(process: Failing, app: Flask) -> int:
    paths = paths_of(app)
    with process.browser() as browser:
        for method, path in paths:
            fields = {"text": CANARY, "email": CANARY, "code": CANARY} if method == "POST" else None
            headers = {"Sec-Fetch-Site": "same-origin", "Host": "localhost", "Cookie": f"seat={CANARY}"}
            answer = browser.request(method, path, data=fields, headers=headers)
            assert answer.status_code == 500, (method, path)
            assert CANARY not in answer.text
        for stage in ("after", "teardown"):
            try:
                browser.get("/", headers={"Host": "localhost", "X-Break": stage})
            except httpx.TransportError:
                continue  # The server may hang up on this.
        said = browser.get("/say-everything", headers={"Host": "localhost"})
        assert said.json() == {"said": True}
    return len(paths)


def break_every_socket(process: Failing) -> list[str]:
    """Let each handler of each namespace fail; return the ids that the server used."""
    sids = []
    for namespace in ("/member", "/therapist", "/screen"):
        refused = Phone(process.port)
        sids += re.findall(r'"sid":"([^"]+)"', refused.hear() or "")
        refused.send(f'40{namespace},{{"code":"break"}}')
        time.sleep(0.3)
        refused.leave()
        phone = Phone(process.port)
        sids += re.findall(r'"sid":"([^"]+)"', phone.hear() or "")
        phone.send(f'40{namespace},{{"code":"{CANARY}"}}')
        sids += re.findall(r'"sid":"([^"]+)"', phone.hear() or "")
        phone.send(f'42{namespace},7["sync",{{"have":"{CANARY}"}}]')
        time.sleep(0.3)
        phone.leave()
    return sids


def test_whatever_fails_the_process_says_its_type_and_place_and_nothing_else(
    failing: tuple[Failing, str], app: Flask
) -> None:
    process, layout = failing
    routes = break_every_route(process, app)
    sids = break_every_socket(process)
    time.sleep(1)
    said = process.stop()
    assert len(sids) == 9
    for secret in (CANARY, "127.0.0.9", *sids):
        assert secret not in said, next(line for line in said.splitlines() if secret in line)
    # It heard every failure, so it is not silence that keeps the secrets.
    assert len(re.findall(r"Broken at \S*failing\.py:\d+", said)) >= routes + 6
    assert {name for name in CHORES if f"The chore {name} failed: Broken" in said} == CHORES
    if layout == "json":
        lines = [json.loads(line) for line in said.splitlines()]
        assert {tuple(line) for line in lines} == {("time", "level", "logger", "what")}
        assert {"redis", "root", "sqlalchemy", "facilitator"} <= {line["logger"] for line in lines}


def test_the_place_of_a_failure_is_enough_to_find_it(tmp_path: Path) -> None:
    process = Failing(tmp_path, mode="threading", layout="plain")
    with process.browser() as browser:
        browser.get("/", headers={"Host": "localhost"})
    found = re.findall(r"Broken at \S*failing\.py:(\d+)", process.stop())
    lines = Path(__file__).with_name("failing.py").read_text().splitlines()
    assert found and all("raise Broken(" in lines[int(one) - 1] for one in found)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    settings = {"FACILITATOR_LOG_FORMAT": "json", "FACILITATOR_ASYNC_MODE": "eventlet"}
    running = Server(tmp_path, **settings).start()
    yield running
    running.stop()


def test_the_server_itself_logs_as_it_was_told(server: Server) -> None:
    with sqlite3.connect(server.folder / "data" / "perhaps.db") as thief:
        thief.execute("ALTER TABLE tick RENAME TO tock")
    until = time.monotonic() + 20
    while "failed" not in server.log.read_text() and time.monotonic() < until:
        time.sleep(0.2)
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert {line["what"] for line in lines} >= {"The chore tick failed: OperationalError"}
    assert "tock" not in server.log.read_text()


def test_the_server_leaves_no_core_dump(server: Server) -> None:
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)

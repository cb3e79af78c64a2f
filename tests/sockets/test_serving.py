"""The server itself: how much it holds, how it starts and how it stops."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from facilitator.config import Config
from tests.sockets.servers import ROOT, Server


@contextlib.contextmanager
def _open_files(most: int) -> Iterator[None]:
    """Allow this process, and those it starts meanwhile, so many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.alone
def test_more_than_1024_connections_are_served_whatever_the_soft_limit_of_files() -> None:
    with _open_files(512):
        server = Server("eventlet")
    try:
        with _open_files(4_096):
            phones = [server.phone().enter(code="HQ7K3MPX") for _ in range(1_200)]
            assert all(phone.sync(have="1.0") for phone in phones)
            server.forget_phones()
    finally:
        server.stop()


def test_a_failure_in_the_background_prints_no_words(fresh_server: Server) -> None:
    fresh_server.ask("/stray")
    time.sleep(0.3)
    _, errors = fresh_server.stop()
    assert "afraid" not in errors
    assert errors.count("\n") <= 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_told_server_ends_promptly_with_phones_connected(fresh_server: Server, number: int) -> None:
    fresh_server.phone().enter(code="HQ7K3MPX")
    fresh_server.phone()
    started = time.monotonic()
    assert fresh_server.stop(number) == (0, "")
    assert time.monotonic() - started < 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", fresh_server.port))


@pytest.mark.parametrize("fresh_server", ["eventlet"], indirect=True)
def test_a_request_under_way_is_answered_before_the_end(fresh_server: Server) -> None:
    answers: list[str] = []
    slow = threading.Thread(target=lambda: answers.append(str(fresh_server.ask("/slow"))))
    slow.start()
    while not fresh_server.heard():
        time.sleep(0.02)
    assert fresh_server.stop() == (0, "")
    slow.join()
    assert answers == ["{'slow': True}"]


def test_nothing_is_logged_and_no_traceback_is_sent(fresh_server: Server) -> None:
    answer = httpx.get(f"http://127.0.0.1:{fresh_server.port}/broken", trust_env=False)
    assert answer.status_code == 500
    assert "afraid" not in answer.text
    assert fresh_server.stop() == (0, "")


def _start(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    paths = {"FACILITATOR_DATA_DIR": str(folder / "data"), "FACILITATOR_KEY_FILE": str(folder / "key")}
    return subprocess.run(
        [sys.executable, "-m", "facilitator"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "FACILITATOR_HOST": "127.0.0.1"} | paths | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=20,
    )


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_port_in_use_stops_the_start_with_one_sentence(tmp_path: Path, mode: str) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = str(taken.getsockname()[1])
        start = _start(tmp_path, FACILITATOR_PORT=port, FACILITATOR_ASYNC_MODE=mode)
    assert (start.returncode, start.stdout) == (2, "")
    assert start.stderr.count("\n") == 1
    assert start.stderr.startswith(f"Port {port} is already in use: ")


def test_an_address_of_another_machine_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    start = _start(tmp_path, FACILITATOR_HOST="192.0.2.1", FACILITATOR_PORT="8765")
    assert (start.returncode, start.stdout, start.stderr.count("\n")) == (2, "", 1)
    assert start.stderr.startswith("Cannot listen on 192.0.2.1 port 8765: ")


@pytest.mark.parametrize("typed", ["", " ", "eventlet", "Eventlet", " threading "])
def test_what_is_patched_for_is_what_the_settings_say(typed: str, tmp_path: Path) -> None:
    environ = {"FACILITATOR_ASYNC_MODE": typed, "FACILITATOR_DATA_DIR": str(tmp_path / "data")}
    environ["FACILITATOR_KEY_FILE"] = str(tmp_path / "key")
    script = "import facilitator.__main__ as program; print(program.EVENTLET)"
    command = [sys.executable, "-c", script]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True)
    assert answer.stdout == f"{Config.from_env(environ).async_mode == 'eventlet'}\n"


def test_a_bad_setting_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    start = _start(tmp_path, FACILITATOR_PORT="eight thousand")
    assert (start.returncode, start.stdout, start.stderr.count("\n")) == (2, "", 1)
    assert "FACILITATOR_PORT" in start.stderr

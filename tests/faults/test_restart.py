"""What must survive a kill -9 beside the guesses: one's own words, the keys, the very first start."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.actors import Member, Refused, Therapist, html_of, new_op
from tests.faults.together import guesses_in, make_text
from tests.server import ROOT, Server

SEED = 7


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path).start()
    yield running
    running.stop()


def test_a_phone_finds_its_own_words_after_a_kill(killed: Server) -> None:
    therapist = killed.therapist().open_room()
    member, other = therapist.member(), therapist.member()
    therapist.starts_guessing()
    text, op = make_text(), new_op()
    member.submit(text, op=op, n=1)
    killed.kill()
    killed.start()
    assert text in html_of(member.snapshot())
    assert text not in html_of(other.snapshot())
    assert member.submit(text, op=op, n=1)["text"] == text
    member.withdraw(n=2)
    killed.kill()
    killed.start()
    assert text not in html_of(member.snapshot())
    assert member.submit(text, op=op, n=1)["text"] == ""


@pytest.mark.parametrize("command", ["last-call", "close", "lock"])
def test_a_command_whose_answer_was_lost_in_a_kill_has_one_effect(killed: Server, command: str) -> None:
    therapist = killed.therapist().open_room()
    therapist.starts_guessing()
    version, op = therapist.snapshot()["version"][0], new_op()
    therapist.does(command, version=version, op=op)
    killed.kill()
    killed.start()
    assert therapist.does(command, version=version, op=op)["snapshot"]["version"][0] == version + 1
    with pytest.raises(Refused, match="stale"):
        therapist.does(command, version=version, op=new_op())


@pytest.mark.alone
def test_a_kill_while_a_room_ends_harms_no_other_room(killed: Server) -> None:
    """Ending rotates the key-encryption key, and every other room's keys with it."""
    dice = Random(SEED)
    account = killed.therapist()
    stays = Therapist(account.browser, account.new_client).open_room()
    member = stays.member()
    stays.starts_guessing()
    texts = []
    for turn in range(6):
        text = make_text()
        member.submit(text)
        texts.append(text)
        leaves = Therapist(account.browser, account.new_client).open_room()
        leaves.starts_guessing()
        leaves.member().submit(make_text())
        version, op = leaves.snapshot()["version"][0], new_op()
        killing = threading.Timer(dice.uniform(0, 0.06), killed.kill)
        killing.start()
        with contextlib.suppress(httpx.TransportError):
            leaves.does("end", version=version, op=op)
        killing.join()
        killed.start()
        assert leaves.does("end", version=version, op=op)["snapshot"] is None, turn
        assert text in html_of(member.snapshot())
    stays.does("close")
    stays.reveals()
    assert guesses_in(member.snapshot()) == [texts[-1]]


@pytest.mark.alone
def test_a_kill_during_the_first_start_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    dice = Random(SEED)
    started = time.monotonic()
    Server(tmp_path / "once").start().stop()
    whole_s = time.monotonic() - started
    for turn in range(6):
        server = Server(tmp_path / str(turn))
        server.begin()
        time.sleep(dice.uniform(0.2, 1.0) * whole_s)
        server.kill()
        server.start()
        assert httpx.get(server.url, trust_env=False).status_code == 200
        assert server.first_link
        server.stop()


def test_a_second_server_on_the_same_data_folder_refuses_to_start(killed: Server) -> None:
    other = Server(killed.folder, **killed.settings)
    start = subprocess.run(
        [sys.executable, "-m", "facilitator"],
        cwd=ROOT,
        env=other.env,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (start.returncode, start.stdout, start.stderr.count("\n")) == (2, "", 1)
    assert start.stderr.startswith("Another server ")
    assert httpx.get(killed.url, trust_env=False).status_code == 200


def test_a_killed_server_leaves_no_lock_behind(killed: Server) -> None:
    killed.kill()
    other = Server(killed.folder, **killed.settings).start()
    assert httpx.get(other.url, trust_env=False).status_code == 200
    other.stop()


def test_the_command_line_works_beside_the_server(killed: Server) -> None:
    assert isinstance(killed.therapist().open_room().member(), Member)

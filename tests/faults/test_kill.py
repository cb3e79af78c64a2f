"""kill -9 at random moments and at every named point: nothing acknowledged is lost or doubled, and every page
is soon right again (R1, R3)."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.faults.company import Company, a_company
from tests.faults.nursery import Fragile
from tests.faults.points import CLOSE, REVEAL, ROTATION, SUBMIT

pytestmark = pytest.mark.alone

SEED = 2026
PHONES = 20
KILLS_A_ROUND = 10
RIGHT_AGAIN_S = 10.0


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Fragile]:
    """A server to be killed, with a therapist of its own."""
    running = Fragile(tmp_path)
    running.start()
    yield running
    running.stop()


def kill_after(server: Fragile, pause_s: float) -> None:
    time.sleep(pause_s)
    server.kill()
    server.start()


def kill_around(server: Fragile, company: Company, command: str, **fields: str) -> None:
    """Kill the server shortly before, while or after it does what the console asked for."""
    killing = threading.Thread(target=kill_after, args=(server, company.dice.uniform(0, 0.04)))
    killing.start()
    company.console.press(command, **fields)
    killing.join()
    company.heal(heard_from=server.born_at)


def play_round(server: Fragile, company: Company) -> None:
    with company.guessing() as round_id:
        for _ in range(KILLS_A_ROUND - 2):
            kill_after(server, company.dice.uniform(0.0, 0.8))
        company.heal(heard_from=server.born_at)
        time.sleep(0.5)
        kill_around(server, company, "close")
    kill_around(server, company, "reveal", anyway="yes")
    company.settle(round_id)


@pytest.mark.timeout(3_600)
def test_nothing_acknowledged_is_lost_however_often_the_server_is_killed(
    killed: Fragile, kills: int, say: Callable[[str], None]
) -> None:
    with a_company(killed.therapist().open_room(), seed=SEED, phones=PHONES) as company:
        for turn in range(kills // KILLS_A_ROUND):
            if turn:
                company.console.press("start", vignette="waving")
            play_round(killed, company)
        say(f"{kills} kills under {PHONES} phones, seed {SEED}: {company.said}")
    company.assert_fair()
    assert all(one.standing > 5 for one in company.verdicts)
    assert not [page.history.mishaps for page in company.pages if page.history.mishaps]
    assert max(company.recoveries) < RIGHT_AGAIN_S


def test_nothing_acknowledged_is_lost_when_the_server_is_restarted_while_phones_send(
    killed: Fragile, say: Callable[[str], None]
) -> None:
    """SIGTERM, as an update does it: what is on its way may be answered or not, but never half."""
    with a_company(killed.therapist().open_room(), seed=SEED, phones=PHONES) as company:
        with company.guessing() as round_id:
            for _ in range(6):
                time.sleep(company.dice.uniform(0.1, 0.8))
                killed.end()
                killed.start()
            company.heal(heard_from=killed.born_at)
        company.settle(round_id)
        say(f"6 restarts under {PHONES} phones, seed {SEED}: {company.said}")
    company.assert_fair()
    assert all(one.standing > 5 for one in company.verdicts)


def die_while(server: Fragile, company: Company, point: str, command: str, **fields: str) -> None:
    """Let the server die at a point of what the console asks for, and see every page come back."""
    server.crash_at(point)
    rising = threading.Thread(target=rise, args=(server,))
    rising.start()
    company.console.press(command, **fields)
    rising.join()
    company.heal(heard_from=server.born_at)


def rise(server: Fragile) -> None:
    server.wait()
    server.start()


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_at_any_named_point(killed: Fragile, say: Callable[[str], None]) -> None:
    """In each round it dies in a sending, in the change of keys at the start, in a closing and a reveal."""
    rounds = list(zip(ROTATION, cycle(SUBMIT), cycle(CLOSE), cycle(REVEAL), strict=False))
    with a_company(killed.therapist().open_room(), seed=SEED, phones=8) as company:
        for turn, (rotation, submit, close, reveal) in enumerate(rounds):
            if turn:
                company.console.press("start", vignette="waving")
            with company.guessing() as round_id:
                killed.crash_at(submit)
                killed.wait()
                killed.crash_at(rotation)
                killed.begin()
                killed.wait()
                killed.start()
                company.heal(heard_from=killed.born_at)
                time.sleep(0.5)
                die_while(killed, company, close, "close")
            die_while(killed, company, reveal, "reveal", anyway="yes")
            company.settle(round_id)
        say(f"{4 * len(rounds)} kills at named points: {company.said}")
    company.assert_fair()
    assert all(one.standing > 2 for one in company.verdicts)
    assert not [page.history.mishaps for page in company.pages if page.history.mishaps]
    assert max(company.recoveries) < RIGHT_AGAIN_S

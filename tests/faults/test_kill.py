"""kill -9 at random moments: nothing acknowledged is lost or doubled, and every page is soon right again."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.company import Company, a_company
from tests.faults.nursery import Fragile

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
    company.heal()


def play_round(server: Fragile, company: Company) -> None:
    with company.guessing() as round_id:
        for _ in range(KILLS_A_ROUND - 2):
            kill_after(server, company.dice.uniform(0.0, 0.8))
        company.heal()
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

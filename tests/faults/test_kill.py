"""kill -9 at random moments: nothing acknowledged is lost or doubled, and every page is soon right again."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from tests.actors import Therapist
from tests.faults.history import Verdict, judge
from tests.faults.phone import Console, Phone, Wall, Watcher
from tests.faults.together import guesses_in, make_text
from tests.server import Server

pytestmark = pytest.mark.alone

SEED = 2026
PHONES = 20
ROUNDS = 5
RIGHT_AGAIN_S = 10.0


class Company:
    """Everyone in a room: twenty phones, a console and a screen, and a server that is killed under them."""

    def __init__(self, server: Server, therapist: Therapist, dice: Random, rooms: ExitStack) -> None:
        self.server = server
        self.dice = dice
        self.phones = [Phone(therapist.member(), Random(dice.random())) for _ in range(PHONES)]
        self.console = Console(therapist, Random(dice.random()))
        self.wall = Wall(therapist.screen(), Random(dice.random()))
        self.recoveries: list[float] = []
        self.verdicts: list[Verdict] = []
        for page in self.pages:
            rooms.enter_context(page)
        self.all_right_since(time.monotonic() - 60)

    @property
    def pages(self) -> list[Watcher]:
        return [*self.phones, self.console, self.wall]

    def kill_after(self, pause_s: float) -> None:
        """Kill the server, start it again, and wait until every page has heard it and is right."""
        time.sleep(pause_s)
        self.server.kill()
        restarted = time.monotonic()
        self.server.start()
        self.recoveries.append(self.all_right_since(restarted))

    def kill_around(self, command: str, **fields: str) -> None:
        """Kill the server shortly before, while or after it does what the console asked for."""
        killing = threading.Thread(target=self.kill_after, args=(self.dice.uniform(0, 0.04),))
        killing.start()
        self.console.press(command, **fields)
        killing.join()
        self.all_right_since(time.monotonic() - 60)

    def all_right_since(self, since: float) -> float:
        """Wait until every page has heard the server after `since` and shows what it has; return how long."""
        until = time.monotonic() + 3 * RIGHT_AGAIN_S
        while time.monotonic() < until:
            newest = max(page.version for page in self.pages)
            heard = [page.history.right_from(since, newest) for page in self.pages]
            if all(one is not None for one in heard):
                return max(one for one in heard if one is not None)
            time.sleep(0.05)
        raise AssertionError("not every page came back")

    def play_round(self) -> None:
        """Guess, close and reveal, with a kill at four moments."""
        self.console.press("open")
        round_id = str(self.console.shown["round"])
        closing = threading.Event()
        with ThreadPoolExecutor(PHONES) as hands:
            parts = [hands.submit(_take_part, phone, round_id, closing) for phone in self.phones]
            for _ in range(2):
                self.kill_after(self.dice.uniform(0.2, 2.5))
            time.sleep(self.dice.uniform(0, 0.5))
            self.kill_around("close")
            closing.set()
        for part in parts:
            part.result()
        self.kill_around("reveal", anyway="yes")
        pile = guesses_in(self.console.shown)
        self.verdicts.append(judge([phone.history for phone in self.phones], round_id, pile))
        for page in self.pages:
            assert page.shown["phase"] == "revealed"
            assert sorted(guesses_in(page.shown)) == sorted(pile)


def _take_part(phone: Phone, round_id: str, closing: threading.Event) -> None:
    """Guess, think again and again, and now and then pass or take it back."""
    while not closing.wait(phone.dice.uniform(0.05, 1.5)):
        verb = phone.dice.choices(("guess", "pass", "withdraw"), (8, 1, 1))[0]
        phone.send(verb, make_text() if verb == "guess" else "", round_id=round_id)


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Server]:
    """A server to be killed, with a therapist of its own."""
    running = Server(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n    {line}")

    return say


@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_under_twenty_kills(killed: Server, say: Callable[[str], None]) -> None:
    dice = Random(SEED)
    with ExitStack() as rooms:
        company = Company(killed, killed.therapist().open_room(), dice, rooms)
        company.console.press("start", vignette="waving")
        for turn in range(ROUNDS):
            if turn:
                company.console.press("start", vignette="waving")
            company.play_round()
        verdicts, histories = company.verdicts, [page.history for page in company.pages]
        say(f"{len(company.recoveries)} kills under {PHONES} phones, seed {SEED}")
        say(
            f"{sum(one.acknowledged for one in verdicts)} acknowledged, "
            f"{sum(one.unanswered for one in histories)} tries unanswered, "
            f"{sum(one.standing for one in verdicts)} guesses standing, "
            f"{sum(len(one.lost) for one in verdicts)} lost, "
            f"{sum(len(one.doubled) for one in verdicts)} doubled"
        )
        say(
            f"every page right again after {max(company.recoveries):.1f} s at worst, "
            f"{sorted(company.recoveries)[len(company.recoveries) // 2]:.1f} s in the middle"
        )
    assert all(one.is_fair for one in verdicts), verdicts
    assert all(one.standing > 5 for one in verdicts)
    assert not [one.refusals or one.mishaps for one in histories if one.refusals or one.mishaps]
    assert max(company.recoveries) < RIGHT_AGAIN_S

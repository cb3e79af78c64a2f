"""Everyone in a room in bad times: phones, a console and a screen, and what they were told."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from random import Random

from tests.actors import Therapist
from tests.faults.history import Verdict, judge
from tests.faults.phone import Console, Phone, Wall, Watcher
from tests.faults.together import guesses_in, make_text

RIGHT_AGAIN_S = 12.0  # R3: every page, after the world has healed
MOSTLY_S = 3.0  # R3: nineteen of twenty pages


class Company:
    """Phones, a console and a screen of one room, each in a thread of its own; `quiet` phones only watch."""

    def __init__(self, therapist: Therapist, dice: Random, *, phones: int, quiet: int = 0) -> None:
        self.dice = dice
        self.phones = [Phone(therapist.member(), Random(dice.random())) for _ in range(phones)]
        self.quiet = [Phone(therapist.member(), Random(dice.random())) for _ in range(quiet)]
        self.console = Console(therapist, Random(dice.random()))
        self.wall = Wall(therapist.screen(), Random(dice.random()))
        self.verdicts: list[Verdict] = []
        self.recoveries: list[float] = []

    @property
    def pages(self) -> list[Watcher]:
        return [*self.phones, *self.quiet, self.console, self.wall]

    def begin(self) -> None:
        """Start a story, once everyone has seen the room."""
        self.right_since(time.monotonic() - 60)
        self.console.press("start", vignette="waving")

    def right_since(self, since: float, *, healed_at: float | None = None) -> float:
        """Wait until every page has heard the server after `since` and shows the newest version.

        Returns how many seconds the slowest one took; with `healed_at`, keeps what each took from then on.
        """
        until = time.monotonic() + 3 * RIGHT_AGAIN_S
        while time.monotonic() < until:
            newest = max(page.version for page in self.pages)
            heard = [page.history.right_from(since, newest) for page in self.pages]
            if all(one is not None for one in heard):
                found = [one for one in heard if one is not None]
                if healed_at is not None:
                    self.recoveries += [max(0.0, since + one - healed_at) for one in found]
                return max(found)
            time.sleep(0.05)
        raise AssertionError("not every page came back")

    def heal(self, *, heard_from: float | None = None) -> None:
        """Count from now how long each page takes to be right again.

        What it was told since `heard_from` is told already: by a server that came back before now.
        """
        now = time.monotonic()
        self.right_since(now if heard_from is None else heard_from, healed_at=now)

    def move_on(self, command: str, *, healing: bool = True, answered_s: float = 20.0) -> float:
        """Press something that every page is to show, and return how many seconds the slowest one took.

        The press itself must be answered within `answered_s`.
        """
        since = time.monotonic()
        self.console.press(command)
        assert time.monotonic() - since < answered_s, "an answer was delayed"
        return self.right_since(since, healed_at=since if healing else None)

    @contextmanager
    def guessing(self) -> Iterator[str]:
        """Open a round in which everyone sends again and again, until the end of the block."""
        self.console.press("open")
        round_id = str(self.console.shown["round"])
        over = threading.Event()
        with ThreadPoolExecutor(len(self.phones)) as hands:
            parts = [hands.submit(_take_part, phone, round_id, over) for phone in self.phones]
            try:
                yield round_id
            finally:
                over.set()
            for part in parts:
                part.result()

    def settle(self, round_id: str) -> Verdict:
        """Close if nobody has, reveal, and hold what every page shows against what the phones were told."""
        if self.console.shown["phase"] == "guessing":
            self.console.press("close")
        if self.console.shown["phase"] == "closed":
            self.console.press("reveal", anyway="yes")
        self.right_since(time.monotonic() - 60)
        pile = sorted(guesses_in(self.console.shown))
        verdict = judge([phone.history for phone in self.phones], round_id, pile)
        self.verdicts.append(verdict)
        for page in self.pages:
            assert page.shown["phase"] == "revealed"
            assert sorted(guesses_in(page.shown)) == pile
        return verdict

    @property
    def said(self) -> str:
        """What came of it, for people to read."""
        verdicts, histories = self.verdicts, [page.history for page in self.pages]
        return (
            f"{sum(one.acknowledged for one in verdicts)} acknowledged, "
            f"{sum(one.unanswered for one in histories)} tries unanswered, "
            f"{sum(len(one.mishaps) for one in histories)} answered with 5xx, "
            f"{sum(one.standing for one in verdicts)} standing, "
            f"{sum(len(one.lost) for one in verdicts)} lost, "
            f"{sum(len(one.doubled) for one in verdicts)} doubled; {self.right_again}"
        )

    @property
    def right_again(self) -> str:
        if not self.recoveries:
            return "nothing to heal"
        return f"right again: p95 {nearly_all(self.recoveries):.1f} s, max {max(self.recoveries):.1f} s"

    def assert_fair(self) -> None:
        """Nothing acknowledged was lost or doubled, and every page was right again in time."""
        assert self.verdicts
        assert all(one.is_fair for one in self.verdicts), self.verdicts
        assert not any(page.history.refusals for page in self.pages)
        assert max(self.recoveries, default=0.0) <= RIGHT_AGAIN_S
        assert not self.recoveries or nearly_all(self.recoveries) <= MOSTLY_S


@contextmanager
def a_company(therapist: Therapist, *, seed: int, phones: int, quiet: int = 0) -> Iterator[Company]:
    """Let people in, and send them home at the end."""
    company = Company(therapist, Random(seed), phones=phones, quiet=quiet)
    with ExitStack() as doors:
        for page in company.pages:
            doors.enter_context(page)
        company.begin()
        yield company


def nearly_all(times: list[float]) -> float:
    """The 95th percentile of some seconds."""
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


def _take_part(phone: Phone, round_id: str, over: threading.Event) -> None:
    """Guess, think again and again, and now and then pass or take it back."""
    while not over.wait(phone.dice.uniform(0.05, 1.2)):
        verb = phone.dice.choices(("guess", "pass", "withdraw"), (8, 1, 1))[0]
        phone.send(verb, make_text() if verb == "guess" else "", round_id=round_id)

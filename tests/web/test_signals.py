"""Two quiet signals: someone would like to slow down, someone would like a word. Nobody is told who."""

import pytest

from facilitator.services import Services
from facilitator.storage import tables
from facilitator.storage.pulses import SIGNAL_SHOWN_S
from tests.actors import Therapist

SIGNALS = {
    "slow-down": "Someone would like to slow down. No name is shown.",
    "word": "Someone would like a word. No name is shown.",
}

every_signal = pytest.mark.parametrize("signal, sentence", SIGNALS.items(), ids=list(SIGNALS))


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, here: Services) -> None:
        self.now = here.live.clock()
        here.live.clock = lambda: self.now
        self._here = here

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self._here.upkeep.tick()


def column(here: Services, name: str) -> float | None:
    with here.database.read() as tx:
        found: float | None = tx.execute(tables.tick.select()).one()._mapping[name]
    return found


@every_signal
def test_a_signal_shows_a_little_later_and_for_five_minutes(
    therapist: Therapist, here: Services, signal: str, sentence: str
) -> None:
    clock, member = Clock(here), therapist.member()
    member.browser.post(f"/r/{member.code}/{signal}")
    clock.passes(0.9)
    assert not therapist.sees(sentence)
    clock.passes(3.2)
    assert therapist.sees(sentence)
    clock.passes(SIGNAL_SHOWN_S)
    assert not therapist.sees(sentence)


@every_signal
def test_taps_merge_and_nothing_tells_how_many_or_whose(
    therapist: Therapist, here: Services, signal: str, sentence: str
) -> None:
    clock = Clock(here)
    one, other = therapist.member(), therapist.member()
    one.browser.post(f"/r/{one.code}/{signal}")
    clock.passes(5)
    once = therapist.snapshot()
    for member in (one, other, other):
        member.browser.post(f"/r/{member.code}/{signal}")
        clock.passes(5)
    again = therapist.snapshot()
    assert again == once
    assert sentence in str(again)


@every_signal
def test_a_signal_is_sent_by_a_form_alone_and_only_from_a_seat(
    therapist: Therapist, here: Services, signal: str, sentence: str
) -> None:
    member = therapist.member()
    since = {"slow-down": "slow_from", "word": "word_from"}[signal]
    assert member.browser.http.get(f"/r/{member.code}/{signal}").status_code == 405
    for told in ("", "?told=word", "?told=slow-down"):
        quiet = member.browser.page(f"/r/{member.code}/quiet{told}")
        # After a signal that would no longer be true.
        assert ("Nothing is sent from here." in quiet) is not bool(told)
    assert therapist.stranger().submit_form(f"/r/{member.code}/{signal}").status_code == 404
    assert column(here, since) is None
    answer = member.browser.submit_form(f"/r/{member.code}/{signal}")
    assert answer.headers["Location"] == f"/r/{member.code}/quiet?told={signal}"
    assert column(here, since) is not None


def test_the_two_signals_do_not_touch_each_other(therapist: Therapist, here: Services) -> None:
    clock, member = Clock(here), therapist.member()
    member.browser.post(f"/r/{member.code}/word")
    clock.passes(5)
    assert therapist.sees(SIGNALS["word"])
    assert not therapist.sees(SIGNALS["slow-down"])


@every_signal
def test_nobody_but_the_console_hears_of_a_signal(
    therapist: Therapist, here: Services, signal: str, sentence: str
) -> None:
    clock, member, other = Clock(here), therapist.member(), therapist.member()
    screen = therapist.screen()
    before = (other.snapshot(), screen.snapshot()["regions"])
    member.browser.post(f"/r/{member.code}/{signal}")
    clock.passes(5)
    assert therapist.sees(sentence)
    assert (other.snapshot(), screen.snapshot()["regions"]) == before

"""A process dies, or Redis is far, cut off or gone, while phones send: it costs seconds, and no guess."""

import time
from collections.abc import Callable

import pytest

from facilitator.presence import LAPSE_S
from tests.actors import Member, Therapist
from tests.faults.company import RIGHT_AGAIN_S, a_company
from tests.faults.proxy import FAIR, Proxy, Weather
from tests.several.company import Several

pytestmark = pytest.mark.alone

SEED = 2026
TOLD_S = 2.0
ANSWER_S = 2.5
STALE_S = RIGHT_AGAIN_S  # a page asks every 11.5 s at the latest, and hears within a moment


def test_a_process_killed_while_phones_send_costs_no_guess_and_leaves_no_ghost(
    several: Several, therapist: Therapist, say: Callable[[str], None]
) -> None:
    with a_company(therapist, seed=SEED, phones=8) as company:
        ghost = Member(several.at(therapist.stranger(), 0), therapist.code).join()
        page = several.page(ghost.browser, 0)
        page.watch("/member", code=therapist.code)
        with company.guessing() as round_id:
            for victim, command in ((0, "stop"), (1, "resume")):
                time.sleep(1)
                several.servers[victim].kill()
                if victim == 0:
                    page.leave()
                    died = time.monotonic()
                company.move_on(command)
                several.servers[victim].start()
            time.sleep(1)
        company.settle(round_id)
        say(f"two processes, each killed once: {company.said}")
        awake = _awake(therapist.code)
        assert several.scalar(awake) == 9 or time.monotonic() > died + LAPSE_S
        several.wait_for(awake, 8, within_s=LAPSE_S)
    company.assert_fair()
    assert all(one.standing > 2 for one in company.verdicts)


WEATHERS = {
    "0.5 s there and back": Weather(latency_s=0.25),
    "30 % resets": Weather(resets=0.3),
    "a few bytes at a time": Weather(slicing=True),
    "half-open": Weather(swallows=True),
    "nobody there": Weather(down=True),
}


@pytest.mark.parametrize("name", WEATHERS)
def test_no_weather_before_redis_costs_a_guess(
    several: Several, line: Proxy, therapist: Therapist, name: str, say: Callable[[str], None]
) -> None:
    with a_company(therapist, seed=SEED, phones=4, quiet=4) as company:
        with company.guessing() as round_id:
            time.sleep(1)
            line.turn(WEATHERS[name])
            try:
                stale_s = company.move_on("stop", healing=False, answered_s=ANSWER_S)
            finally:
                line.turn(FAIR)
            company.move_on("resume", answered_s=ANSWER_S)
        company.settle(round_id)
        say(f"Redis, {name}: at most {stale_s:.1f} s stale; {company.said}")
    company.assert_fair()
    assert stale_s <= STALE_S
    assert not [page.history.mishaps for page in company.pages if page.history.mishaps]


def test_redis_gone_costs_seconds_and_no_guess(
    several: Several, therapist: Therapist, outage_s: float, say: Callable[[str], None]
) -> None:
    stale_s = 0.0
    with a_company(therapist, seed=SEED, phones=4, quiet=4) as company:
        with company.guessing() as round_id:
            several.redis.stop()
            gone = time.monotonic()
            try:
                while time.monotonic() - gone < outage_s:
                    for command in ("stop", "resume"):
                        took_s = company.move_on(command, healing=False, answered_s=ANSWER_S)
                        stale_s = max(stale_s, took_s)
            finally:
                several.redis.start()
            company.move_on("last-call", answered_s=ANSWER_S)
        company.settle(round_id)
        say(f"Redis gone for {outage_s:.0f} s: at most {stale_s:.1f} s stale; {company.said}")
    company.assert_fair()
    assert stale_s <= STALE_S


def test_pages_are_told_anew_as_soon_as_redis_is_back(several: Several, therapist: Therapist) -> None:
    member = therapist.member()
    pages = [several.page(member.browser, process) for process in range(2)]
    for page in pages:
        page.watch("/member", code=therapist.code)
        page.ask()  # Past whatever else is said on connecting.
    several.redis.stop()
    try:
        several.therapist_at(therapist, 0).does("start", vignette="waving")
        assert pages[0].hear_snapshot(TOLD_S)["phase"] == "reading"
        assert pages[1].hears_nothing(1.5)
    finally:
        several.redis.start()
    assert pages[1].hear_snapshot(5)["phase"] == "reading"
    for page in pages:
        page.leave()


def test_a_process_that_was_just_started_tells_the_pages_of_the_other(
    several: Several, therapist: Therapist
) -> None:
    member = therapist.member()
    several.servers[0].kill()
    several.servers[0].start()
    page = several.page(member.browser, 1)
    page.watch("/member", code=therapist.code)
    page.ask()  # Past whatever else is said on connecting.
    # No page has come to this process yet: after an update all are at the other one.
    several.therapist_at(therapist, 0).does("start", vignette="waving")
    assert page.hear_snapshot(TOLD_S)["phase"] == "reading"
    page.leave()


def _awake(code: str) -> str:
    return (
        "SELECT count(DISTINCT seat.hash) FROM presence JOIN seat ON hash = seat_hash "
        f"JOIN room ON room.id = room_id WHERE code = '{code}' AND presence.until > extract(epoch FROM now())"
    )

"""Trying join codes at two processes is trying them at one."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, product

import pytest
import redis

from facilitator.core.codes import SIGNS
from facilitator.web.tally import PAUSE_S
from facilitator.web.turnstile import FREE, PACE_S
from tests.actors import Browser, Member, Therapist, new_op
from tests.backing import HERE
from tests.faults.proxy import FAIR, Proxy, Weather
from tests.several.company import Several

CODES = (f"/r/DDDD{''.join(signs)}/" for signs in product(SIGNS, repeat=4))


@pytest.fixture(autouse=True)
def stranger(several: Several) -> Iterator[Browser]:
    """Somebody whose address has tried nothing yet, as everybody's here is the same."""
    with redis.Redis(HERE, several.redis.port) as client:
        client.flushdb()
        yield Browser(several.client())
        client.flushdb()


def test_after_twenty_wrong_codes_one_a_second_is_looked_at_by_both_processes_together(
    several: Several, stranger: Browser, therapist: Therapist
) -> None:
    near = [several.at(stranger, process).http for process in range(2)]
    forged = ({"X-Forwarded-For": f"192.0.2.{n}", "Forwarded": f"for={new_op()}"} for n in count())
    for n in range(FREE):
        started = time.monotonic()
        answer = stranger.http.get(next(CODES), headers=next(forged))
        assert answer.status_code == 404, n
        assert time.monotonic() - started < PACE_S
    started = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        tries = [(near[n % 2], next(CODES)) for n in range(6)]
        answers = list(pool.map(lambda one: one[0].get(one[1]).status_code, tries))
    assert answers == [404] * len(tries)
    assert time.monotonic() - started >= (len(tries) - 1) * PACE_S - 0.1
    assert Member(Browser(several.client()), therapist.code).join().snapshot()


def test_without_redis_each_process_counts_by_itself(
    several: Several, line: Proxy, stranger: Browser, therapist: Therapist
) -> None:
    line.turn(Weather(swallows=True))
    try:
        near = several.at(stranger, 0).http
        for _ in range(FREE):
            assert near.get(next(CODES)).status_code == 404
        started = time.monotonic()
        for _ in range(3):
            assert near.get(next(CODES)).status_code == 404
        assert time.monotonic() - started >= 2 * PACE_S - 0.1
    finally:
        line.turn(FAIR)
        time.sleep(PAUSE_S)


def test_what_is_counted_names_nobody_and_goes_away_by_itself(several: Several, stranger: Browser) -> None:
    path = next(CODES)
    assert stranger.http.get(path).status_code == 404
    with redis.Redis(HERE, several.redis.port) as client:
        (key,) = client.keys("*")
        (tried,) = client.zrange(key, 0, -1)
        assert key.startswith(b"perhaps:join:") and len(tried) == 32
        assert b"127.0.0.1" not in key and path.split("/")[2].encode() not in tried
        assert 0 < client.ttl(key) <= 300

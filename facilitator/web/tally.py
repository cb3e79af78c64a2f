"""Counting wrong tries for all processes together, in the memory of Redis and for minutes only."""

import logging
import time
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from facilitator.core.errors import SlowDown

ANSWER_S = 1.0  # Somebody waits at a door meanwhile.
PAUSE_S = 5.0  # for which Redis is not asked again after it did not answer

# Redis runs it at one stroke and by its own clock, so that all processes mean the same queue.
_ENTER = """
local free, pace, most, window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local wait = false
if redis.call('ZCARD', KEYS[1]) >= free then
    wait = math.max(0, tonumber(redis.call('GET', KEYS[2]) or '0') - now)
    if wait > most * pace then return 'too many' end
    redis.call('SET', KEYS[2], string.format('%.6f', now + wait + pace), 'EX', math.ceil(wait + pace) + 1)
end
redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1])
redis.call('EXPIRE', KEYS[1], window)
return wait and tostring(wait)
"""

_log = logging.getLogger(__name__)


class Away(Exception):
    """Redis cannot be asked now."""


class SharedTally:
    """Who tried what, as HMACs that go away by themselves."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_S,
            socket_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._client = client
        self._script = client.register_script(_ENTER)
        self._away_until = 0.0

    def enter(
        self,
        name: str,
        who: bytes,
        what: bytes,
        *,
        free: int,
        pace_s: float,
        most_waiting: int,
        window_s: float,
    ) -> float | None:
        """Count a try, and return how many seconds it has to wait, or None if it goes on at once.

        Raises `SlowDown` when too many wait already, and `Away`.
        """
        keys = [_key(name, who, "tries"), _key(name, who, "turn")]
        arguments: list[bytes | float] = [what, free, pace_s, most_waiting, int(window_s)]
        found = self._ask(lambda: self._script(keys=keys, args=arguments))
        if found == b"too many":
            raise SlowDown()
        return None if found is None else float(found)

    def forgive(self, name: str, who: bytes, what: bytes) -> None:
        """Take back a try that was right. Raises `Away`."""
        self._ask(lambda: self._client.zrem(_key(name, who, "tries"), what))

    def _ask(self, question: Any) -> Any:
        if time.monotonic() < self._away_until:
            raise Away
        try:
            return question()
        except (redis.RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE_S
            _log.error("Redis does not count tries: %s", type(error).__name__)
            raise Away from None


def _key(name: str, who: bytes, part: str) -> str:
    return f"perhaps:{name}:{who.hex()}:{part}"

"""Telling the pages of other processes, through Redis; a Redis that is away delays and loses nothing here."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from socketio.pubsub_manager import PubSubManager

CHANNEL = "perhaps"
ANSWER_S = 2.0  # Redis is near, or it is away.
QUIET_S = 5.0  # after which a silent Redis is asked whether it is there
RETRY_S = 0.5
MOST_WAITING = 1_000  # messages; a page pulls what it was not told within twelve seconds

_log = logging.getLogger(__name__)


def begin(server: Any) -> None:
    """Begin to tell and hear at once: Socket.IO would wait for the first page of this process.

    After an update all pages are at the other processes, and what is done at this one is to reach them.
    """
    if not server.manager_initialized:
        server.manager_initialized = True
        server.manager.initialize()


class Messenger(PubSubManager):
    """Socket.IO's message queue over Redis.

    The library's own waits for Redis inside the request whose change is to be told, for ever if Redis is
    half open; and it listens again only after up to a minute. This one sends from the background and, when it
    hears again, calls `on_return`: what was told meanwhile is lost, so pages are to be told anew.
    """

    name = "redis"

    def __init__(self, url: str) -> None:
        super().__init__(channel=CHANNEL)
        self.on_return: Callable[[], object] = lambda: None
        self._url = url
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._something = Event()

    def initialize(self) -> None:
        super().initialize()
        self.server.start_background_task(self._send)

    def _publish(self, data: dict[str, Any]) -> None:
        self._waiting.append(self.json.dumps(data))
        self._something.set()

    def _send(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            with self._connection() as connection:
                while self._waiting:
                    try:
                        connection.publish(CHANNEL, self._waiting[0])
                    except (redis.RedisError, OSError) as error:
                        _log.error("Redis does not take messages: %s", type(error).__name__)
                        # The others are deaf as well, and told anew when they hear again.
                        self._waiting.clear()
                    else:
                        self._waiting.popleft()

    def _listen(self) -> Iterator[bytes]:
        was_away = False
        while True:
            try:
                yield from self._hear(was_away=was_away)
            except (redis.RedisError, OSError) as error:
                if not was_away:
                    _log.error("Redis is not heard: %s", type(error).__name__)
            was_away = True
            time.sleep(RETRY_S)

    def _hear(self, *, was_away: bool) -> Iterator[bytes]:
        with self._connection() as connection, connection.pubsub() as line:
            line.subscribe(CHANNEL)
            asked = False
            while True:
                message = line.get_message(timeout=QUIET_S)
                if message is None and asked:
                    raise redis.ConnectionError
                asked = message is None
                if message is None:
                    line.ping()
                elif message["type"] == "message":
                    yield message["data"]
                elif message["type"] == "subscribe" and was_away:
                    self.on_return()

    def _connection(self) -> redis.Redis:
        return redis.Redis.from_url(
            self._url,
            socket_connect_timeout=ANSWER_S,
            socket_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )

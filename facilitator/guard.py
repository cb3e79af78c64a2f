"""What a hostile frame may not do (privacy.md §3), and the Socket.IO settings that go with it."""

import logging
import re
import secrets
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from flask import Flask
from flask_socketio import SocketIO

from facilitator.messenger import Messenger
from facilitator.meter import LONGEST_MESSAGE, MeteredSocket, metered

_Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

_PONG = "3"
_CONNECT = re.compile(r"40(/therapist|/member|/screen),(\{.*\})", re.DOTALL)
_EVENT = re.compile(r"42(/therapist|/member|/screen),[0-9]{0,9}(\[.*\])", re.DOTALL)
_EVENTS = ("sync",)
_DISMISSALS = ("41/", "44/")  # what a page is told that was sent away or refused
_MOST_VALUES = 4
_LONGEST_VALUE = 64  # characters, of a key or a value


def make_socketio(
    app: Flask,
    *,
    origins: Sequence[str],
    async_mode: str,
    messenger: Messenger | None = None,
    headers: Mapping[str, str] | None = None,
) -> SocketIO:
    """Build the guarded Socket.IO server of `app`; its refusals carry `headers`."""
    if not origins:
        raise ValueError("An empty list of origins would switch the origin check off.")
    log = _quiet_log()
    socketio = SocketIO(
        app,
        async_mode=async_mode,
        **({"client_manager": messenger} if messenger else {}),
        cors_allowed_origins=list(origins),
        transports=["websocket"],
        ping_interval=15,
        ping_timeout=10,
        max_http_buffer_size=LONGEST_MESSAGE,
        async_handlers=False,
        manage_session=False,
        json=StrictJson,
        logger=log,
        engineio_logger=log,
    )
    _guard(socketio.server.eio, [*(headers or {}).items()])
    return socketio


class StrictJson:
    """JSON for the wire: fast, and it reads no NaN, no Infinity, no lone surrogate and no deep nesting."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: object) -> Any:
        return orjson.loads(text)


class TypeAndPlace(logging.Filter):
    """Lets an exception's type and place through and nothing else: the texts hold sids and origins."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.exc_info or not record.exc_info[0]:
            return False
        kind, _, trace = record.exc_info
        place = traceback.extract_tb(trace)[-1]
        record.msg, record.args = f"{kind.__name__} at {place.filename}:{place.lineno}", ()
        record.exc_info = record.exc_text = None
        return True


class GuardedWebSocket:
    """A WebSocket that ends at the first message that a page of ours would not send.

    A page connects to one namespace, once, and from then on sends `sync` and answers pings.
    """

    def __init__(self, ws: Any, sock: MeteredSocket) -> None:
        self._ws = ws
        self._namespace: str | None = None
        self.socket = sock  # The engine sets its timeout on this.

    def wait(self) -> str | None:
        message = self._ws.wait()
        return message if isinstance(message, str) and self._allows(message) else None

    def send(self, message: str) -> None:
        self._ws.send(message)
        if message.startswith(_DISMISSALS):
            self.socket.hang_up()

    def close(self) -> None:
        self._ws.close()
        self.socket.hang_up()

    def _allows(self, message: str) -> bool:
        """Tell whether a page would send this; what is not even JSON raises, which ends it as well."""
        if not self._namespace:
            connect = _CONNECT.fullmatch(message)
            self._namespace = connect and connect[1]
            return bool(connect and _is_small(StrictJson.loads(connect[2])))
        if message == _PONG:
            return True
        event = _EVENT.fullmatch(message)
        return bool(event and event[1] == self._namespace and _is_known(StrictJson.loads(event[2])))


def _is_known(event: object) -> bool:
    return isinstance(event, list) and len(event) == 2 and event[0] in _EVENTS and _is_small(event[1])


def _is_small(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and len(payload) <= _MOST_VALUES
        and all(_is_short(key) and _is_short(value) for key, value in payload.items())
    )


def _is_short(value: object) -> bool:
    return (
        value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= _LONGEST_VALUE)
    )


def _guard(engine: Any, headers: list[tuple[str, str]]) -> None:
    # The library's own ids end in a counter that tells each page how many others came since its last visit.
    engine.generate_id = lambda: secrets.token_urlsafe(16)
    engine.handle_request = _handshakes_only(engine.handle_request, headers)
    engine._async = {**engine._async, "websocket": _guarded(engine._async["websocket"])}


def _handshakes_only(handle: _Wsgi, headers: list[tuple[str, str]]) -> _Wsgi:
    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, own: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*own, *headers], *more)

        if not _is_handshake(environ):
            start("400 Bad Request", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        # Compressed, a message of 16 KiB would be one of 16 MiB, and a connection takes 93 KiB more.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return handle(environ, start)

    return serve


def _is_handshake(environ: dict[str, Any]) -> bool:
    """Refuse what the libraries half understand: an older protocol without limits, polling in disguise."""
    connection = environ.get("HTTP_CONNECTION", "").lower().replace(" ", "").split(",")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "upgrade" in connection
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
        and bool(environ.get("HTTP_SEC_WEBSOCKET_KEY"))
        and bool(environ.get("HTTP_HOST"))
    )


def _guarded(websocket: Any) -> Any:
    """Wrap an async mode's WebSocket class so that both its sides are guarded: bytes and messages."""

    def make(handler: Callable[[Any], object], server: Any) -> _Wsgi:
        def serve(environ: dict[str, Any], start_response: Any) -> Any:
            sock = metered(environ)
            return websocket(lambda ws: handler(GuardedWebSocket(ws, sock)), server)(environ, start_response)

        return serve

    return make


def _quiet_log() -> logging.Logger:
    log = logging.getLogger(f"{__name__}.engine")
    log.setLevel(logging.ERROR)
    if not log.filters:
        log.addFilter(TypeAndPlace())
    return log

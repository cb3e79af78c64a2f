"""The watching side: three namespaces that authorise, send the first snapshot, and answer sync."""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_socketio import Namespace, SocketIO, emit, join_room

from facilitator import access
from facilitator.core.errors import NoRoom, RoomError
from facilitator.core.room import RoomId
from facilitator.publish import Publisher
from facilitator.services import Services, services
from facilitator.snapshots import Snapshot
from facilitator.storage import rooms, seats, sign_ins
from facilitator.storage.database import OUT_OF_REACH

NAMESPACES = ("/member", "/therapist", "/screen")

_log = logging.getLogger(__name__)

Draw = Callable[[bool], Snapshot]  # told whether a console looks at closed guesses


@dataclass(frozen=True, slots=True)
class Watcher:
    """An open socket and what its right to watch rests on: a seat, a sign-in, or a screen's token.

    `key` is what its page said on connect, kept to check the right again on every sync.
    """

    namespace: str
    room_id: str
    key: str
    seat: bytes = b""
    sign_in: str = ""


class Watching(Namespace):
    """What the three roles share; each says who may watch, and draws what they may see."""

    def __init__(self, namespace: str, watchers: dict[str, Watcher]) -> None:
        super().__init__(namespace)
        self._watchers = watchers

    def on_connect(self, auth: object = None) -> bool | None:
        """Let a page in that has the right to watch, and send it the room unless it has it."""
        sid: str = request.sid  # type: ignore[attr-defined]
        try:
            watcher, draw = self.let_in(_key(auth))
            # Swept once it is told; and told before it is drawn, or it would miss what changes meanwhile.
            self._watchers[sid] = watcher
            join_room(watcher.room_id)
            snapshot = draw(False)
        except Exception as error:
            self._watchers.pop(sid, None)
            if not isinstance(error, (RoomError, *OUT_OF_REACH)):
                _log.error("A page could not connect: %s", type(error).__name__)
            return False
        if watcher.seat:
            services().presence.enter(watcher.seat)
        # A page that was just drawn has it already.
        if not isinstance(auth, dict) or auth.get("have") != snapshot.have:
            # It holds this phone's own words, which go to nobody else, nor through the message queue.
            emit("snapshot", snapshot.as_json(), ignore_queue=True)
        return None

    def on_sync(self, asked: object = None) -> dict[str, Any]:
        """Answer with the room as it is, or that the page has it already."""
        sid: str = request.sid  # type: ignore[attr-defined]
        have = asked.get("have") if isinstance(asked, dict) else None
        look = isinstance(asked, dict) and asked.get("look") is True
        try:
            watcher = self._watchers.get(sid)
            _, draw = self.let_in(watcher.key if watcher else "")
            snapshot = draw(look)
        except RoomError as refusal:
            self._hang_up(sid)
            return {"error": {"code": refusal.code, "message": refusal.sentence}}
        return {"same": True} if have == snapshot.have and not look else snapshot.as_json()

    def on_disconnect(self, *_reason: object) -> None:
        """Forget a page that went away."""
        sid: str = request.sid  # type: ignore[attr-defined]
        watcher = self._watchers.pop(sid, None)
        if watcher and watcher.seat:
            services().presence.leave(watcher.seat)

    def let_in(self, key: str) -> tuple[Watcher, Draw]:
        """Check the right to watch, and return what draws the room as it then is. Both raise `RoomError`."""
        raise NotImplementedError

    def _hang_up(self, sid: str) -> None:
        # The answer goes out first; the page then asks over HTTP and is told why.
        socketio: SocketIO = current_app.extensions["socketio"]
        namespace = self.namespace
        socketio.start_background_task(hang_up, socketio, sid, namespace)


class MemberWatching(Watching):
    """Members' phones."""

    def let_in(self, key: str) -> tuple[Watcher, Draw]:
        here, member = services(), access.member_in(key)

        def draw(_: bool) -> Snapshot:
            room = here.live.load(member.room.id).room
            return here.snapshots.member(room, here.members.own(member.seat, room))

        return Watcher(self.namespace, member.room.id, key, seat=member.seat.hash), draw


class TherapistWatching(Watching):
    """Consoles."""

    def let_in(self, key: str) -> tuple[Watcher, Draw]:
        here, console = services(), access.therapist_of(key)

        def draw(look: bool) -> Snapshot:
            return here.snapshots.therapist(here.live.load(console.room.id), look=look)

        return Watcher(self.namespace, console.room.id, key, sign_in=access.sign_in_token()), draw


class ScreenWatching(Watching):
    """Shared screens."""

    def let_in(self, key: str) -> tuple[Watcher, Draw]:
        here, record = services(), access.screen_for(key)

        def draw(_: bool) -> Snapshot:
            return here.snapshots.screen(here.live.load(record.id))

        return Watcher(self.namespace, record.id, key), draw


def register(app: Flask, socketio: SocketIO) -> dict[str, Watcher]:
    """Add the namespaces to an app, and return who watches, by the ids of their sockets."""
    watchers: dict[str, Watcher] = {}
    app.extensions["watchers"] = watchers
    for kind, name in zip((MemberWatching, TherapistWatching, ScreenWatching), NAMESPACES, strict=True):
        socketio.on_namespace(kind(name, watchers))
    return watchers


def tell_again(here: Services, publisher: Publisher, watchers: dict[str, Watcher]) -> None:
    """Tell this process's pages how their rooms are now, after it heard nothing of the others for a while."""
    for room_id in {one.room_id for one in list(watchers.values())}:
        with contextlib.suppress(NoRoom):  # An ended room's sockets are closed by `sweep`.
            publisher.change(here.live.load(RoomId(room_id)))


def sweep(here: Services, socketio: SocketIO, watchers: dict[str, Watcher]) -> None:
    """Close the sockets of pages that lost their right to watch; due every second."""
    open_now = list(watchers.items())
    if not open_now:
        return
    with here.database.read() as tx:
        ended = rooms.ended(tx, {one.room_id for _, one in open_now})
        empty = seats.gone(tx, [one.seat for _, one in open_now if one.seat])
        tokens = [one.sign_in for _, one in open_now if one.sign_in]
        out = sign_ins.ended(tx, tokens, now=time.time())
    for sid, one in open_now:
        if one.room_id in ended or one.seat in empty or one.sign_in in out:
            hang_up(socketio, sid, one.namespace)


def hang_up(socketio: SocketIO, sid: str, namespace: str) -> None:
    """Close one page's socket."""
    socketio.server.disconnect(sid, namespace=namespace)


def _key(auth: object) -> str:
    found = (auth.get("code") or auth.get("token")) if isinstance(auth, dict) else None
    return found if isinstance(found, str) else ""

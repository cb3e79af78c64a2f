"""The watching side: three namespaces that authorise, send the first snapshot, and answer sync."""

import contextlib
import time
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
from facilitator.storage import rooms, seats, therapists
from facilitator.storage.database import OUT_OF_REACH
from facilitator.storage.rooms import RoomRecord

NAMESPACES = ("/member", "/therapist", "/screen")


@dataclass(frozen=True, slots=True)
class Watcher:
    """An open socket and what its right to watch rests on: a seat, a sign-in, or a screen's token."""

    namespace: str
    room_id: str
    seat: bytes = b""
    sign_in: str = ""


class Watching(Namespace):
    """What the three roles share; each says who may watch, and draws what they may see."""

    def __init__(self, namespace: str, watchers: dict[str, Watcher]) -> None:
        super().__init__(namespace)
        self._watchers = watchers
        # What a page said on connect, kept to check its right again on every sync.
        self._auth: dict[str, str] = {}

    def on_connect(self, auth: object = None) -> bool | None:
        """Let a page in that has the right to watch, and send it the room as it is."""
        key = _key(auth)
        try:
            watcher, snapshot = self.look(key, look=False)
        except (RoomError, *OUT_OF_REACH):
            return False
        sid: str = request.sid  # type: ignore[attr-defined]
        self._auth[sid] = key
        self._watchers[sid] = watcher
        join_room(watcher.room_id)
        if watcher.seat:
            services().presence.enter(watcher.seat)
        # It holds this phone's own words, which go nowhere else: not through the message queue either.
        emit("snapshot", snapshot.as_json(), ignore_queue=True)
        return None

    def on_sync(self, asked: object = None) -> dict[str, Any]:
        """Answer with the room as it is, or that the page has it already."""
        sid: str = request.sid  # type: ignore[attr-defined]
        have = asked.get("have") if isinstance(asked, dict) else None
        look = isinstance(asked, dict) and asked.get("look") is True
        try:
            _, snapshot = self.look(self._auth.get(sid, ""), look=look)
        except RoomError as refusal:
            self._hang_up(sid)
            return {"error": {"code": refusal.code, "message": refusal.sentence}}
        return {"same": True} if have == snapshot.have and not look else snapshot.as_json()

    def on_disconnect(self, *_reason: object) -> None:
        """Forget a page that went away."""
        sid: str = request.sid  # type: ignore[attr-defined]
        self._auth.pop(sid, None)
        watcher = self._watchers.pop(sid, None)
        if watcher and watcher.seat:
            services().presence.leave(watcher.seat)

    def look(self, key: str, *, look: bool) -> tuple[Watcher, Snapshot]:
        """Check the right to watch and draw what may be seen. Raises `RoomError`."""
        raise NotImplementedError

    def _hang_up(self, sid: str) -> None:
        # The answer goes out first; the page then asks over HTTP and is told why.
        socketio: SocketIO = current_app.extensions["socketio"]
        namespace = self.namespace
        socketio.start_background_task(hang_up, socketio, sid, namespace)


class MemberWatching(Watching):
    """Members' phones."""

    def look(self, key: str, *, look: bool) -> tuple[Watcher, Snapshot]:
        here, member = services(), access.member_in(key)
        room = here.live.load(member.room.id).room
        snapshot = here.snapshots.member(room, here.members.own(member.seat, room))
        return Watcher(self.namespace, member.room.id, seat=member.seat.hash), snapshot


class TherapistWatching(Watching):
    """Consoles."""

    def look(self, key: str, *, look: bool) -> tuple[Watcher, Snapshot]:
        here, console = services(), access.therapist_of(key)
        snapshot = here.snapshots.therapist(here.live.load(console.room.id), look=look)
        return Watcher(self.namespace, console.room.id, sign_in=access.sign_in_token()), snapshot


class ScreenWatching(Watching):
    """Shared screens."""

    def look(self, key: str, *, look: bool) -> tuple[Watcher, Snapshot]:
        here = services()
        record: RoomRecord = access.screen_for(key)
        return Watcher(self.namespace, record.id), here.snapshots.screen(here.live.load(record.id))


def register(app: Flask, socketio: SocketIO) -> dict[str, Watcher]:
    """Add the namespaces to an app, and return who watches, by the ids of their sockets."""
    watchers: dict[str, Watcher] = {}
    app.extensions["watchers"] = watchers
    for kind, name in zip((MemberWatching, TherapistWatching, ScreenWatching), NAMESPACES, strict=True):
        socketio.on_namespace(kind(name, watchers))
    return watchers


def tell_again(here: Services, socketio: SocketIO, watchers: dict[str, Watcher]) -> None:
    """Tell this process's pages how their rooms are now, after it heard nothing of the others for a while."""
    for room_id in {one.room_id for one in list(watchers.values())}:
        with contextlib.suppress(NoRoom):  # An ended room's sockets are closed by `sweep`.
            Publisher(socketio, here.snapshots, ignore_queue=True).change(here.live.load(RoomId(room_id)))


def sweep(here: Services, socketio: SocketIO, watchers: dict[str, Watcher]) -> None:
    """Close the sockets of pages that lost their right to watch; due every second."""
    open_now = list(watchers.items())
    if not open_now:
        return
    with here.database.read() as tx:
        ended = rooms.ended(tx, {one.room_id for _, one in open_now})
        empty = seats.gone(tx, [one.seat for _, one in open_now if one.seat])
        sign_ins = [one.sign_in for _, one in open_now if one.sign_in]
        out = therapists.signed_out(tx, sign_ins, now=time.time())
    for sid, one in open_now:
        if one.room_id in ended or one.seat in empty or one.sign_in in out:
            hang_up(socketio, sid, one.namespace)


def hang_up(socketio: SocketIO, sid: str, namespace: str) -> None:
    """Close one page's socket."""
    socketio.server.disconnect(sid, namespace=namespace)


def _key(auth: object) -> str:
    found = (auth.get("code") or auth.get("token")) if isinstance(auth, dict) else None
    return found if isinstance(found, str) else ""

"""Telling pages: each role's snapshot is drawn once and sent once."""

from flask_socketio import SocketIO

from facilitator.metrics import Metrics
from facilitator.snapshots import Snapshot, Snapshots
from facilitator.storage.rooms import LiveRoom


class Publisher:
    """Sends snapshots to the pages of a room, with `ignore_queue` only to those of this process."""

    def __init__(
        self, socketio: SocketIO, snapshots: Snapshots, metrics: Metrics, *, ignore_queue: bool = False
    ) -> None:
        self._socketio = socketio
        self._metrics = metrics
        self._snapshots = snapshots
        self._ignore_queue = ignore_queue

    def change(self, now: LiveRoom) -> None:
        """Tell every page of a room that a command changed it."""
        self._emit("/member", now, self._snapshots.member(now.room))
        # A console takes ten times as long to draw as a phone: what members wait for goes out first.
        self._socketio.sleep(0)
        self.pulse(now, word_moved=True)

    def pulse(self, now: LiveRoom, word_moved: bool) -> None:
        """Tell the console that the pulse moved, and the screen only if the word of progress did.

        Told of every pulse, a screen would show whoever reads along what is for the console alone.
        """
        wall = self._snapshots.screen(now)
        if word_moved:
            self._emit("/screen", now, wall)
        self._emit("/therapist", now, self._snapshots.therapist(now, wall=wall))

    def _emit(self, namespace: str, now: LiveRoom, snapshot: Snapshot) -> None:
        self._metrics.published(namespace)
        where = {"namespace": namespace, "to": now.room.id, "ignore_queue": self._ignore_queue}
        self._socketio.emit("snapshot", snapshot.as_json(), **where)

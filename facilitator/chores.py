"""What the server does by itself, again and again, from start to end."""

import logging
from collections.abc import Callable

from flask import Flask
from flask_socketio import SocketIO

from facilitator import messenger, presence, sockets
from facilitator.metrics import BEAT_S, Metrics
from facilitator.services import Services

TICK_S = 1.0
SWEEP_S = 1.0
PURGE_S = 60.0
RENEW_S = 10.0

_log = logging.getLogger(__name__)


def start(app: Flask) -> None:
    """Begin all chores of an app in the background."""
    here: Services = app.extensions["perhaps"]
    socketio: SocketIO = app.extensions["socketio"]
    watchers = app.extensions["watchers"]
    metrics: Metrics = app.extensions["metrics"]
    messenger.begin(socketio.server)
    for name, pause_s, chore in (
        ("tick", TICK_S, here.upkeep.tick),
        ("practice", TICK_S, here.practice.tick),
        ("sweep", SWEEP_S, lambda: sockets.sweep(here, socketio, watchers)),
        ("presence", presence.REFRESH_S, here.presence.refresh),
        ("renew_keys", RENEW_S, here.live.renewal.renew),
        ("purge", PURGE_S, lambda: here.upkeep.purge()),
        ("metrics", BEAT_S, lambda: metrics.beat([one.namespace for one in list(watchers.values())])),
    ):
        socketio.start_background_task(_repeat, app, socketio, name, pause_s, chore)


def _repeat(app: Flask, socketio: SocketIO, name: str, pause_s: float, chore: Callable[[], object]) -> None:
    metrics: Metrics = app.extensions["metrics"]
    while True:
        try:
            with app.app_context():
                chore()
        except Exception as error:
            # One bad turn must not end the chore; the log learns the type and nothing else.
            _log.error("The chore %s failed: %s", name, type(error).__name__)
            metrics.chore_failed(name)
        socketio.sleep(pause_s)

"""What the server does by itself, again and again, from start to end."""

import logging
from collections.abc import Callable

from flask import Flask
from flask_socketio import SocketIO

from facilitator import presence, sockets
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
    for pause_s, chore in (
        (TICK_S, here.upkeep.tick),
        (TICK_S, here.practice.tick),
        (SWEEP_S, lambda: sockets.sweep(here, socketio, watchers)),
        (presence.REFRESH_S, here.presence.refresh),
        (RENEW_S, here.upkeep.renew_keys),
        (PURGE_S, lambda: here.upkeep.purge()),
    ):
        socketio.start_background_task(_repeat, app, socketio, pause_s, chore)


def _repeat(app: Flask, socketio: SocketIO, pause_s: float, chore: Callable[[], object]) -> None:
    while True:
        try:
            with app.app_context():
                chore()
        except Exception as error:
            # One bad turn must not end the chore; the log learns the type and nothing else.
            _log.error("A chore failed: %s", type(error).__name__)
        socketio.sleep(pause_s)

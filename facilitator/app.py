"""Putting the program together: settings, database, sockets, the live service, pages."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

from facilitator import cli, doctor, guard, sockets
from facilitator.commands import Commands
from facilitator.config import Config
from facilitator.live import Live
from facilitator.members import Members
from facilitator.messenger import Messenger
from facilitator.metrics import Metrics
from facilitator.practice import Practice
from facilitator.presence import Presence
from facilitator.pretend import load_pool
from facilitator.publish import Publisher
from facilitator.services import Services
from facilitator.snapshots import TEMPLATES, Snapshots
from facilitator.storage import migrate, therapists
from facilitator.storage.database import Database
from facilitator.storage.keys import KeyFile, Keys
from facilitator.storage.rotation import finish_rotation
from facilitator.storage.vignettes import load_shipped
from facilitator.upkeep import Upkeep
from facilitator.web import (
    account,
    accounts,
    assets,
    compression,
    errors,
    headers,
    home,
    members,
    operations,
    resets,
    rooms,
    screens,
)
from facilitator.web.answer import with_ops
from facilitator.web.tally import SharedTally
from facilitator.web.turnstile import Turnstile

MOST_BYTES = 16 * 1024


def create_app(config: Config | None = None) -> Flask:
    """Build the app. Raises `ConfigError` for a setting that will not do.

    Without `config` it is built for the command line, which says so in one sentence instead.
    """
    if config is None:
        with cli.one_sentence():
            # A command serves nobody, and eventlet would greet its operator with a warning.
            return create_app(replace(Config.from_env(), async_mode="threading"))
    app = Flask("facilitator", static_folder=None, template_folder=str(TEMPLATES))
    # No SECRET_KEY: nothing is kept in Flask's own session, and without a key no request looks for it.
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        TRUSTED_HOSTS=list(config.hosts),
    )
    messenger = Messenger(config.redis_url) if config.redis_url else None
    socketio = guard.make_socketio(
        app,
        origins=config.origins,
        async_mode=config.async_mode,
        messenger=messenger,
        headers=headers.answer(https=config.https),
    )
    app.extensions["metrics"] = metrics = Metrics()
    app.extensions["perhaps"] = here = _services(config, socketio, metrics)
    tally = SharedTally(config.redis_url) if config.redis_url else None
    _add_turnstiles(app, tally, metrics)
    _add_pages(app, config)
    watchers = sockets.register(app, socketio)
    if messenger:
        own_pages = Publisher(socketio, here.snapshots, metrics, ignore_queue=True)
        messenger.on_return = lambda: sockets.tell_again(here, own_pages, watchers)
    operations.register(app, config, metrics)
    cli.register(app)
    doctor.register(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    finish_rotation(here.database, here.keys)
    return app


def first_link(app: Flask) -> str | None:
    """Return the one-time link for the first therapist's account, or None once there is one."""
    here: Services = app.extensions["perhaps"]
    with here.database.write() as tx:
        if therapists.anyone(tx):
            return None
        token = therapists.invite(tx)
    return f"{here.config.base_url}/set-up/{token}"


def _services(config: Config, socketio: SocketIO, metrics: Metrics) -> Services:
    database = Database(config.database_url)
    migrate.upgrade(database)
    keys = Keys(KeyFile(config.key_file), config.hmac_secret)
    library = load_shipped()
    snapshots = Snapshots(library, config.base_url)
    publisher = Publisher(socketio, snapshots, metrics)
    presence = Presence(database, process=token_hex(8), clock=time.time)
    live = Live(
        database,
        keys,
        library,
        presence,
        publish=publisher.change,
        clock=time.time,
        year=lambda: datetime.now(UTC).year,
    )
    upkeep = Upkeep(live, publish=publisher.pulse)
    commands, members = Commands(live), Members(live)
    practice = Practice(members, presence, load_pool())
    return Services(
        config, database, keys, library, presence, live, commands, members, upkeep, practice, snapshots
    )


def _add_turnstiles(app: Flask, tally: SharedTally | None, metrics: Metrics) -> None:
    def turnstile(name: str, **rule: Any) -> Turnstile:
        return Turnstile(name=name, shared=tally, held_up=lambda: metrics.held_up(name), **rule)

    app.extensions["join_turnstile"] = turnstile("join")
    app.extensions["sign_in_turnstile"] = turnstile("sign-in")
    # By account and not by address: who asks for a code has the password already, and a code is short.
    app.extensions["code_turnstile"] = turnstile("code", free=5, pace_s=15.0, most_waiting=1)


def _add_pages(app: Flask, config: Config) -> None:
    for pages in (accounts, account, resets, home, members, rooms, screens, operations):
        app.register_blueprint(pages.bp)
    errors.register(app)
    headers.register(app, config)
    compression.register(app)
    built, name = assets.build(Path(config.data_dir))
    app.wsgi_app = assets.serve(app.wsgi_app, built, name, https=config.https)  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = lambda path: f"/static/{name}/{path}"
    app.jinja_env.globals["crisis_text"] = config.crisis_text
    app.jinja_env.filters["with_ops"] = with_ops
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

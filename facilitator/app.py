"""Putting the program together: settings, database, sockets, the live service, pages."""

import time
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

from facilitator import cli, guard, sockets
from facilitator.config import Config
from facilitator.live import Live, finish_rotation
from facilitator.members import Members
from facilitator.presence import Presence
from facilitator.publish import Publisher
from facilitator.services import Services
from facilitator.snapshots import TEMPLATES, Snapshots
from facilitator.storage import migrate, therapists
from facilitator.storage.database import Database
from facilitator.storage.keys import KeyFile, Keys
from facilitator.storage.vignettes import load_shipped
from facilitator.upkeep import Upkeep
from facilitator.web import account, accounts, assets, errors, headers, members, resets, rooms, screens
from facilitator.web.answer import with_ops
from facilitator.web.turnstile import Turnstile

MOST_BYTES = 16 * 1024


def create_app(config: Config | None = None) -> Flask:
    """Build the app. Raises `ConfigError` for a setting that will not do."""
    config = config or Config.from_env()
    app = Flask("facilitator", static_folder=None, template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        TRUSTED_HOSTS=list(config.hosts),
    )
    socketio = guard.make_socketio(
        app, origins=config.origins, async_mode=config.async_mode, redis_url=config.redis_url
    )
    app.extensions["perhaps"] = here = _services(config, socketio)
    app.extensions["join_turnstile"] = Turnstile()
    app.extensions["sign_in_turnstile"] = Turnstile()
    # By account and not by address: who asks for a code has the password already, and a code is short.
    app.extensions["code_turnstile"] = Turnstile(free=5, pace_s=15.0, most_waiting=1)
    _add_pages(app, config)
    sockets.register(app, socketio)
    cli.register(app)
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


def _services(config: Config, socketio: SocketIO) -> Services:
    database = Database(config.database_url)
    migrate.upgrade(database)
    keys = Keys(KeyFile(config.key_file), config.hmac_secret)
    library = load_shipped()
    snapshots = Snapshots(library, config.base_url)
    publisher = Publisher(socketio, snapshots)
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
    return Services(config, database, keys, library, presence, live, Members(live), upkeep, snapshots)


def _add_pages(app: Flask, config: Config) -> None:
    for pages in (accounts, account, resets, members, rooms, screens):
        app.register_blueprint(pages.bp)
    errors.register(app)
    headers.register(app, config)
    built, name = assets.build(Path(config.data_dir))
    app.wsgi_app = assets.serve(app.wsgi_app, built, name, https=config.https)  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = lambda path: f"/static/{name}/{path}"
    app.jinja_env.filters["with_ops"] = with_ops
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

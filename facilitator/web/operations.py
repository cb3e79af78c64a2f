"""What machines ask: is the process alive, can it serve, how is it doing. Nothing here is about a room."""

import hmac
import ipaddress
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from facilitator.config import Config
from facilitator.metrics import Metrics
from facilitator.services import services
from facilitator.storage import migrate
from facilitator.storage.private import Unsafe
from facilitator.web.answer import is_members_page

bp = Blueprint("operations", __name__)

PATHS = ("/healthz", "/readyz", "/metrics")
SUBMITS = frozenset({"members.guess", "members.pass_", "members.withdraw"})
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


@bp.get("/healthz")
def healthz() -> Response:
    """Say that the process is alive; asks nothing else."""
    return _plain("alive", 200)


@bp.get("/readyz")
def readyz() -> Response:
    """Say whether this process can serve a room now, and if not, why."""
    sentence = why_not()
    return _plain(sentence or "ready", 503 if sentence else 200)


@bp.get("/metrics")
def metrics() -> Response:
    """Show the figures of this process as of the last beat, to this machine or against the token."""
    if not (_from_this_machine() or _has_token()):
        return _plain("Figures are shown to this machine, or to whoever sends the token.", 403)
    counted: Metrics = current_app.extensions["metrics"]
    response = make_response(counted.shown)
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response


def why_not() -> str:
    """Return why no room can be served now, in one sentence, or an empty string."""
    here = services()
    try:
        here.keys.check()
    except Unsafe:
        return "The key file cannot be read, or others may open it."
    try:
        with here.database.read() as tx:
            at = migrate.current(tx)
    except SQLAlchemyError:
        return "The database does not answer."
    return "" if at == migrate.newest() else "The database is not at the version of this program."


def register(app: Flask, config: Config, metrics: Metrics) -> None:
    """Count answers, and let probes ask by any name of the machine."""

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def count(response: Response) -> Response:
        if is_members_page():
            took = time.monotonic() - g.began if request.endpoint in SUBMITS and "began" in g else None
            metrics.answered_member(response.status_code, took)
        else:
            rule = request.url_rule.rule if request.url_rule else "none"
            metrics.answered(rule, response.status_code)
        return response

    app.wsgi_app = _by_any_name(app.wsgi_app, urlsplit(config.base_url).netloc)  # type: ignore[method-assign]


def _by_any_name(wsgi_app: Callable[..., Any], host: str) -> Callable[..., Any]:
    """Let a probe ask `127.0.0.1:8000/healthz`, though pages are only for the public name."""

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("PATH_INFO") in PATHS:
            environ["HTTP_HOST"] = host
        return wsgi_app(environ, start_response)

    return serve


def _from_this_machine() -> bool:
    # With a proxy that we were not told of, everybody would seem to sit at this machine.
    if not services().config.trusted_proxies and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token() -> bool:
    token = services().config.metrics_token
    sent = request.headers.get("Authorization", "")
    return token is not None and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())


def _plain(text: str, status: int) -> Response:
    response = make_response(f"{text}\n", status)
    response.mimetype = "text/plain"
    return response

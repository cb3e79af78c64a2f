"""What every answer says to the browser, and which questions are not from our own pages (privacy.md §3)."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import SecurityError

from facilitator.config import Config
from facilitator.core.errors import CrossSite

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DOCUMENTS = frozenset({"text/html", "image/svg+xml"})

_PERMISSIONS = ", ".join(
    [
        *(
            f"{name}=()"
            for name in (
                "accelerometer",
                "camera",
                "display-capture",
                "geolocation",
                "gyroscope",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "usb",
            )
        ),
        "screen-wake-lock=(self)",
        "fullscreen=(self)",
        "clipboard-write=(self)",
    ]
)

HSTS = "max-age=31536000"

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
# What is read by a script or leads on elsewhere may do nothing at all, should a browser show it.
NOTHING = "default-src 'none'; frame-ancestors 'none'"


def answer(*, https: bool) -> dict[str, str]:
    """Return what is on every answer, and on one that is no page exactly this."""
    found = FIXED | {"Content-Security-Policy": NOTHING, "Cache-Control": "no-store"}
    return found | {"Strict-Transport-Security": HSTS} if https else found


def register(app: Flask, config: Config) -> None:
    """Check where unsafe requests come from, and put the headers on every answer."""
    on_each = answer(https=config.https)

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method not in _SAFE and not same_origin():
            raise CrossSite()

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(on_each)
        if _is_document(response):
            response.headers["Content-Security-Policy"] = policy(_host(config), https=config.https)
            response.headers["Permissions-Policy"] = _PERMISSIONS
        return response


def same_origin() -> bool:
    """Say whether a request comes from a page of this site: by Sec-Fetch-Site, else by Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def _is_document(response: Response) -> bool:
    return response.mimetype in _DOCUMENTS and response.location is None


def _host(config: Config) -> str:
    try:
        return request.host
    except SecurityError:
        # A request to a host that is not ours is refused, and that answer needs its headers too.
        return urlsplit(config.base_url).netloc


def policy(host: str, *, https: bool) -> str:
    """Return the content security policy for pages of `host` (with its port)."""
    socket = f"{'wss' if https else 'ws'}://{host}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )

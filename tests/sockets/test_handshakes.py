"""Who is refused before there is a socket is answered as carefully as everybody else."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes

import httpx
import pytest
from flask import Flask

from facilitator.app import create_app
from facilitator.config import Config
from facilitator.server import LATER_S, Places
from tests.sockets import raw

# Written out once more, and not imported: what the program says is held against what the design says.
ANSWER = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
SITES = {"http://localhost:8000": ANSWER}
SITES["https://rooms.example.org"] = ANSWER | {"strict-transport-security": "max-age=31536000"}


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(config: Config, site: str) -> Iterator[Flask]:
    app = create_app(replace(config, base_url=site, trusted_proxies=int(site.startswith("https:"))))
    yield app
    app.extensions["perhaps"].database.dispose()


HANDSHAKE = {name: value for name, value in raw.HANDSHAKE.items() if name not in ("Host", "Origin")}
REFUSED = {
    "a page": ("GET", "/socket.io/", {}),
    "polling": ("GET", "/socket.io/?EIO=4&transport=polling", {}),
    "a post": ("POST", raw.PATH, HANDSHAKE),
    "another method": ("DELETE", raw.PATH, HANDSHAKE),
    "an older protocol": ("GET", "/socket.io/?EIO=3&transport=websocket", HANDSHAKE),
    "another transport": ("GET", "/socket.io/?EIO=4&transport=x", HANDSHAKE),
    "a socket that is not there": ("GET", f"{raw.PATH}&sid=x", HANDSHAKE),
    "another site": ("GET", raw.PATH, HANDSHAKE | {"Origin": "https://elsewhere.example"}),
    "half a handshake": ("GET", raw.PATH, HANDSHAKE | {"Sec-WebSocket-Version": "8"}),
}


def test_every_refusal_of_a_socket_has_exactly_its_headers(app: Flask, site: str) -> None:
    http = httpx.Client(transport=httpx.WSGITransport(app=app), base_url=site)
    http.headers.update({"Origin": site, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    for name, (method, path, headers) in REFUSED.items():
        answer = http.request(method, path, headers=headers)
        found = dict(answer.headers)
        assert answer.status_code in (400, 405), name
        assert found.pop("content-type") in ("text/plain", "application/json"), name
        assert found.pop("content-length", "0").isdigit(), name
        # The engine's own, for our own origin alone.
        assert found.pop("access-control-allow-origin", site) == site, name
        assert found.pop("access-control-allow-credentials", "true") == "true", name
        assert found == SITES[site], name


class Unheard:
    """A connection that must not be served."""

    def __init__(self, line: socket.socket) -> None:
        self.connection, self.client_address = line, ("192.0.2.1", 5_000)

    def handle(self) -> None:
        raise AssertionError("there was no place")


def test_whoever_finds_no_place_is_told_so_with_exactly_these_headers(site: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        Places(0, None, https=site.startswith("https:")).counted(Unheard)(ours).handle()
        ours.close()
        heard = b"".join(iter(lambda: theirs.recv(65_536), b""))
    status, rest = heard.split(b"\r\n", 1)
    assert status == b"HTTP/1.1 503 Service Unavailable"
    said = message_from_bytes(rest)
    found = {name.lower(): value for name, value in said.items()}
    text = str(said.get_payload())
    assert (found.pop("content-length"), found.pop("content-type")) == (
        str(len(text)),
        "text/plain; charset=utf-8",
    )
    assert (found.pop("retry-after"), found.pop("connection")) == (str(LATER_S), "close")
    assert found == SITES[site]

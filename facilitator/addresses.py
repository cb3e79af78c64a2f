"""Addresses as settings give them: read, written as browsers write them, and found where none is given."""

import ipaddress
import re
import socket
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_SQLITE = ("sqlite", "sqlite+pysqlite")
# psycopg 3 would stop every green thread while it waits.
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg2")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_EXAMPLE = "as in http://192.168.1.20:8000 or https://rooms.example.org"


class BadAddress(Exception):
    """An address will not do; the text says how to mend it, and never repeats it: it may hold a password."""


def host(typed: str) -> str:
    """Read the address to listen on. Raises `BadAddress`."""
    if found := _host_name(typed):
        return found
    raise BadAddress("must be an address of this machine without a port, as in 0.0.0.0 or 127.0.0.1.")


def base_url(typed: str) -> str:
    """Read the address that phones open, as browsers write it. Raises `BadAddress`."""
    parts = _split(typed)
    if parts is None:
        raise BadAddress("must hold an IPv6 address in brackets, as in http://[fd00::20]:8000.")
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadAddress(f"must begin with http:// or https://, {_EXAMPLE}.")
    if "@" in parts.netloc:
        raise BadAddress(f"must not hold a name or password: leave out what is before the @, {_EXAMPLE}.")
    if parts.path not in ("", "/") or "?" in typed or "#" in typed:
        raise BadAddress(f"must end after the host and port: leave out what follows, {_EXAMPLE}.")
    name = _host_name(parts.hostname or "")
    # urlsplit drops some control characters in silence.
    if name in (None, "0.0.0.0", "::") or not typed.isprintable():
        raise BadAddress(f"must name a host that phones can open, {_EXAMPLE}.")
    if not (port := _port_in(parts)):
        raise BadAddress(f"must have a port from 1 to 65535 or none, {_EXAMPLE}.")
    return origin(parts.scheme, name, port)


def database_url(typed: str) -> str:
    """Read the address of a database, and name its driver. Raises `BadAddress`."""
    try:
        url = make_url(typed)
    except (ArgumentError, ValueError):
        url = URL.create("")
    if (
        url.drivername in _SQLITE
        and url.database not in (None, "", ":memory:")
        and not (url.query or url.host)
    ):
        return url.render_as_string()
    if url.drivername in _POSTGRESQL and url.database:
        return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    raise BadAddress(
        "must name a SQLite file or a PostgreSQL database, "
        "as in sqlite:////srv/perhaps/perhaps.db or postgresql://perhaps:PASSWORD@localhost/perhaps."
    )


def redis_url(typed: str) -> str:
    """Read the address of a Redis server. Raises `BadAddress`."""
    try:
        parts = urlsplit(typed)
        fits = (parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0) or (
            parts.scheme == "unix" and parts.path
        )
    except ValueError:
        fits = False
    if not fits:
        raise BadAddress("must be the address of a Redis server, as in redis://localhost:6379/0.")
    return typed


def sqlite_in(folder: Path) -> str:
    """Name the database file of a data folder."""
    return URL.create("sqlite", database=str(folder / "perhaps.db")).render_as_string()


def reached_at(host: str) -> str:
    """Say where phones reach a program that listens on `host`: on all addresses, at the one in the LAN."""
    if host == "0.0.0.0":
        return _lan_address(socket.AF_INET, "192.0.2.1") or "127.0.0.1"
    if host == "::":
        return _lan_address(socket.AF_INET6, "2001:db8::1") or "::1"
    return host


def origin(scheme: str, host: str, port: int) -> str:
    """Write an origin as browsers do."""
    shown = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{bracketed(host)}{shown}"


def bracketed(host: str) -> str:
    """Write a host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _host_name(typed: str) -> str | None:
    try:
        return str(ipaddress.ip_address(typed)) if "%" not in typed else None
    except ValueError:
        labels = typed.lower().split(".")
        # All browsers read a name that ends in a number as an IPv4 address.
        fits = len(typed) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
        return typed.lower() if fits else None


def _split(typed: str) -> SplitResult | None:
    try:
        parts = urlsplit(typed)
    except ValueError:
        return None
    bare = parts.netloc.count(":") > 1 and not {"[", "@"} & set(parts.netloc)
    return None if bare else parts


def _port_in(parts: SplitResult) -> int | None:
    try:
        return _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        return None


def _lan_address(family: socket.AddressFamily, somewhere: str) -> str | None:
    # Connecting a UDP socket only picks a route and sends nothing; nobody has these example addresses.
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((somewhere, 9))
            return _host_name(probe.getsockname()[0])
    except OSError:
        return None

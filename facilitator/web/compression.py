"""Fewer bytes for phones: what members are answered is compressed, and why that is safe (ADR 6)."""

import gzip

import brotli
from flask import Flask, Response, request

from facilitator.web.answer import is_members_page

# Shorter answers fit one packet as they are.
WORTH_BYTES = 600
BROTLI_QUALITY = 5
GZIP_LEVEL = 6

_TYPES = frozenset({"text/html", "application/json"})


def register(app: Flask) -> None:
    """Compress the answers to members, the first of whose visits may be over bad Wi-Fi."""

    @app.after_request
    def compress(response: Response) -> Response:
        if not is_members_page() or response.mimetype not in _TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code == 303:
            response.set_data(b"")  # Browsers go on by the header and read no more.
        body = response.get_data()
        if len(body) >= WORTH_BYTES and (encoding := _accepted()):
            response.set_data(_compress(body, encoding))
            response.content_encoding = encoding
        return response


def _accepted() -> str | None:
    # Browsers name brotli on encrypted connections only.
    return next((one for one in ("br", "gzip") if request.accept_encodings[one]), None)


def _compress(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        smaller: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
        return smaller
    return gzip.compress(body, GZIP_LEVEL, mtime=0)

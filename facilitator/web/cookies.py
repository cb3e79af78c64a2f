"""The cookies that hold a seat, a place at the door or a sign-in: kept and expired in one way."""

from flask import Response

from facilitator import access
from facilitator.services import services


def keep(response: Response, name: str, token: str) -> Response:
    """Keep a token in a cookie that no script and no other site can read."""
    config = services().config
    response.set_cookie(
        access.cookie_name(name, config),
        token,
        max_age=access.COOKIE_S[name],
        httponly=True,
        samesite="Lax",
        secure=config.https,
    )
    return response


def forget(response: Response, name: str) -> Response:
    """Expire a cookie by its name."""
    config = services().config
    response.delete_cookie(
        access.cookie_name(name, config), httponly=True, samesite="Lax", secure=config.https
    )
    return response

"""The shared screen: read-only, no sign-in, named by its token alone."""

import io
from typing import Any

import segno
from flask import Blueprint, Response, make_response, render_template, request

from facilitator import access
from facilitator.core.views import ScreenView
from facilitator.services import services
from facilitator.web.answer import snapshot_answer

bp = Blueprint("screens", __name__, url_prefix="/screen")


@bp.get("/<token>/")
def screen(token: str) -> str:
    """The page for the wall."""
    record, here = access.screen_for(token), services()
    drawn = here.snapshots.screen(here.live.load(record.id))
    view = drawn.view
    assert isinstance(view, ScreenView)
    links = here.snapshots.links(record.code, base=f"/screen/{token}/")
    own = request.args.get("theme")
    theme = own if own in ("dark", "light") else "dark" if view.screen.dark else "light"
    return render_template("screen/screen.html", snapshot=drawn, links=links, token=token, theme=theme)


@bp.get("/<token>/card")
def card(token: str) -> str:
    """The join card, to be printed and handed around."""
    record, here = access.screen_for(token), services()
    drawn = here.snapshots.screen(here.live.load(record.id))
    links = here.snapshots.links(record.code, base=f"/screen/{token}/")
    return render_template("screen/card.html", view=drawn.view, links=links)


@bp.get("/<token>/snapshot")
def snapshot(token: str) -> Response:
    """The room as the screen may see it."""
    record, here = access.screen_for(token), services()
    return snapshot_answer(here.snapshots.screen(here.live.load(record.id)))


@bp.get("/<token>/join.svg")
def qr(token: str) -> Response:
    """The square that phones point their camera at; dark on white in either theme."""
    record = access.screen_for(token)
    picture = io.BytesIO()
    join = services().snapshots.links(record.code, base="").join
    how: dict[str, Any] = {"xmldecl": False, "omitsize": True, "svgclass": None, "lineclass": None}
    segno.make_qr(join, error="m").save(picture, kind="svg", border=4, dark="#15241e", light="#fff", **how)
    response = make_response(picture.getvalue())
    response.mimetype = "image/svg+xml"
    return response

"""A page that opens its socket while the room changes is told of the change like everybody else."""

from typing import Any

import pytest
from flask import Flask

from facilitator.live import Live
from facilitator.services import Services
from facilitator.storage.rooms import LiveRoom
from tests.actors import Therapist
from tests.web.test_matrix import open_socket


@pytest.mark.parametrize("role", ["member", "therapist", "screen"])
def test_a_change_while_a_page_connects_is_not_missed(
    app: Flask, here: Services, therapist: Therapist, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    therapist.open_room()
    browser = {
        "member": therapist.member().browser,
        "therapist": therapist.browser,
        "screen": therapist.screen().browser,
    }[role]
    auth = {"code": therapist.code} if role != "screen" else {"token": therapist.screen().path.split("/")[2]}
    load = here.live.load

    def load_too_early(*arguments: Any) -> LiveRoom:
        found = load(*arguments)
        monkeypatch.undo()
        therapist.does("start", vignette="waving")
        return found

    monkeypatch.setattr(Live, "load", lambda _, *arguments: load_too_early(*arguments))
    page = open_socket(app, f"/{role}", auth, browser)
    told = [one["args"][0]["phase"] for one in page.get_received(f"/{role}") if one["name"] == "snapshot"]
    assert set(told) == {"lobby", "reading"}


def test_a_page_whose_connecting_fails_is_told_nothing_more(
    app: Flask, here: Services, therapist: Therapist, monkeypatch: pytest.MonkeyPatch
) -> None:
    therapist.open_room()
    member = therapist.member()

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(here.snapshots, "member", fail)
    page = open_socket(app, "/member", {"code": therapist.code}, member.browser)
    monkeypatch.undo()
    assert not page.is_connected("/member")
    assert not app.extensions["watchers"]
    therapist.does("start", vignette="waving")
    assert not page.queue

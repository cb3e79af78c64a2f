"""What pages are told: snapshots of the promised shape, and no change is missed while a page connects."""

from typing import Any

import pytest
from flask import Flask

from facilitator.live import Live
from facilitator.services import Services
from facilitator.storage.rooms import LiveRoom
from tests.actors import Therapist
from tests.conftest import ORIGIN
from tests.web.test_matrix import open_socket

REGIONS = {
    "member": {"status", "story", "compose", "guesses"},
    "therapist": {"head", "plan", "stage", "signals", "room", "wall", "next"},
    "screen": {"stage", "foot"},
}


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


@pytest.mark.parametrize("role", ["member", "therapist", "screen"])
def test_a_snapshot_has_the_promised_shape_and_whoever_has_it_is_told_so(
    therapist: Therapist, role: str
) -> None:
    member, screen = therapist.member(), therapist.screen()
    browser, path = {
        "member": (member.browser, f"/r/{member.code}/"),
        "therapist": (therapist.browser, therapist.base),
        "screen": (screen.browser, screen.path),
    }[role]
    therapist.starts_guessing()
    snapshot = browser.get(f"{path}snapshot")
    assert set(snapshot) == {"version", "phase", "round", "regions"}
    assert set(snapshot["regions"]) == REGIONS[role]
    assert {frozenset(one) for one in snapshot["regions"].values()} == {frozenset({"key", "digest", "html"})}
    v, t = snapshot["version"]
    assert browser.get(f"{path}snapshot?have={v}.{t}") == {"same": True}
    assert browser.get(f"{path}snapshot?have=0.0") == snapshot


def test_a_new_room_says_where_it_is(therapist: Therapist) -> None:
    made = therapist.browser.post("/therapist/rooms", vignette="waving")
    assert set(made) == {"room"}
    assert set(made["room"]) == {"code", "join_url", "screen_url", "console_url"}
    code = made["room"]["code"]
    assert made["room"]["join_url"] == f"{ORIGIN}/J/{code}".upper()
    assert made["room"]["console_url"] == f"{ORIGIN}/therapist/rooms/{code}/"

"""Rooms that nobody ended: the server ends them, also one that it can no longer open."""

from pathlib import Path

import pytest
from flask import Flask

from facilitator.core.errors import NoRoom
from facilitator.services import Services
from facilitator.storage import rooms, tables
from facilitator.storage.keyfile import KeyFile
from facilitator.storage.keys import Keys
from tests.actors import Refused, Therapist
from tests.conftest import signed_in

HOUR_S = 3600


def purge(app: Flask) -> str:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["purge"]).output


def is_there(here: Services, code: str) -> bool:
    with here.database.read() as tx:
        try:
            rooms.find(tx, code=code)
        except NoRoom:
            return False
    return True


def test_a_room_that_nobody_ended_is_ended_after_twelve_hours(
    app: Flask, here: Services, therapist: Therapist
) -> None:
    now = here.live.clock()
    here.live.clock = lambda: now + 12 * HOUR_S - 60
    assert purge(app) == "Rooms ended: 0\n"
    assert is_there(here, therapist.code)
    here.live.clock = lambda: now + 12 * HOUR_S + 60
    assert purge(app) == "Rooms ended: 1\n"
    assert not is_there(here, therapist.code)


@pytest.fixture
def shut(here: Services, therapist: Therapist, tmp_path: Path) -> Therapist:
    """A therapist with a guess in a room whose key is no longer there."""
    member = therapist.member()
    therapist.starts_guessing()
    member.submit("Maybe nobody is there")
    therapist.does("close")
    therapist.reveals()
    therapist.does("second-look")
    lose_the_keys(here, tmp_path / "another.key")
    return therapist


def lose_the_keys(here: Services, path: Path) -> None:
    another = Keys(KeyFile.create_if_missing(path), here.config.hmac_secret)
    for part in (here, here.live, here.members, here.upkeep):
        object.__setattr__(part, "keys", another)


def test_a_room_whose_keys_are_lost_keeps_no_other_one_waiting(
    here: Services, shut: Therapist, caplog: pytest.LogCaptureFixture
) -> None:
    other = signed_in(here, shut.new_client, "eve@clinic.example").open_room()
    other.does("lock")
    other.stranger().submit_form("/join", code=other.code)
    now = here.live.clock()
    here.live.clock = lambda: now + 60
    here.upkeep.tick()
    here.upkeep.tick()
    assert other.sees("Someone is at the door")
    assert caplog.text.count("cannot be opened with the key file that is here") == 1


def test_a_room_whose_keys_are_lost_can_be_ended_and_is_purged(
    app: Flask, here: Services, shut: Therapist
) -> None:
    other = signed_in(here, shut.new_client, "eve@clinic.example").open_room()
    now = here.live.clock()
    here.live.clock = lambda: now + 12 * HOUR_S + 60
    assert purge(app) == "Rooms ended: 2\n"
    assert not is_there(here, shut.code) and not is_there(here, other.code)
    with here.database.read() as tx:
        assert not tx.execute(tables.guess.select()).all()
    with pytest.raises(Refused, match="ended"):
        shut.snapshot()

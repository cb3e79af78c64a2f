"""The process dies at a named point, and what was acknowledged before and after is whole."""

import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from facilitator.live import LONGEST_ROOM_S
from tests.actors import Member, Therapist, html_of, new_op
from tests.backing import wait_until
from tests.faults.nursery import Fragile
from tests.faults.points import CLOSE, END, ROTATION, SUBMIT
from tests.faults.together import guesses_in, make_text
from tests.server import Server

LOST = httpx.TransportError


@pytest.fixture(scope="module")
def account(fragile: Fragile) -> Therapist:
    return fragile.therapist()


@pytest.fixture
def member(therapist: Therapist) -> Member:
    """A member whose first guess is in, and another one's too."""
    member = therapist.member()
    therapist.starts_guessing()
    return member


def dies_at(fragile: Fragile, point: str, act: object) -> None:
    """See that the server dies there, unanswered, and start it again."""
    fragile.crash_at(point)
    # On PostgreSQL keys are replaced a little later, by the server itself.
    later = Server.new_database and point in ROTATION
    with suppress(LOST) if later else pytest.raises(LOST):
        act()  # type: ignore[operator]
    fragile.wait()
    fragile.start()


@pytest.mark.parametrize("point", SUBMIT)
def test_a_guess_whose_process_died_is_sent_again_and_is_there_once(
    fragile: Fragile, therapist: Therapist, member: Member, point: str
) -> None:
    round_id, text, op = member.snapshot()["round"], make_text(), new_op()
    dies_at(fragile, point, lambda: member.submit(text, op=op, n=1, round=round_id))
    assert (text in html_of(member.snapshot())) is ("after" in point)
    assert member.submit(text, op=op, n=1)["text"] == text
    therapist.does("close")
    therapist.reveals()
    assert guesses_in(member.snapshot()) == [text]


@pytest.mark.parametrize("point", CLOSE)
def test_a_closing_is_whole_or_has_not_been(
    fragile: Fragile, therapist: Therapist, member: Member, point: str
) -> None:
    others = [therapist.member() for _ in range(3)]
    texts = [make_text() for _ in range(4)]
    ops = [new_op() for _ in texts]
    for one, text, op in zip([member, *others], texts, ops, strict=True):
        one.submit(text, op=op, n=1)
    round_id = member.snapshot()["round"]
    version, pressed = therapist.snapshot()["version"][0], new_op()
    dies_at(fragile, point, lambda: therapist.does("close", version=version, op=pressed))
    is_closed = "after" in point or "told" in point
    assert (therapist.snapshot()["phase"] == "closed") is is_closed
    if not is_closed:
        assert all(
            text in html_of(one.snapshot()) for one, text in zip([member, *others], texts, strict=True)
        )
    now = therapist.does("close", version=version, op=pressed)["snapshot"]
    assert (now["phase"], now["version"][0]) == ("closed", version + 1)
    # A phone whose answer was lost asks again, and is told that it is in.
    assert member.submit(texts[0], op=ops[0], n=1, round=round_id)["text"] == texts[0]
    therapist.reveals()
    assert sorted(guesses_in(member.snapshot())) == sorted(texts)


@pytest.mark.parametrize("point", END + ROTATION)
def test_an_ending_is_whole_or_has_not_been_and_harms_no_other_room(
    fragile: Fragile, therapist: Therapist, member: Member, point: str
) -> None:
    """On SQLite the end of a room rotates the keys of all the others."""
    other = Therapist(therapist.browser, therapist.new_client).open_room()
    neighbour = other.member()
    other.starts_guessing()
    kept = make_text()
    neighbour.submit(kept)
    member.submit(make_text())
    version, op = therapist.snapshot()["version"][0], new_op()
    dies_at(fragile, point, lambda: therapist.does("end", version=version, op=op))
    assert kept in html_of(neighbour.snapshot())
    assert therapist.does("end", version=version, op=op)["snapshot"] is None
    gone = member.browser.http.get(f"/r/{member.code}/snapshot", headers={"Accept": "application/json"})
    assert gone.status_code == 410
    other.does("close")
    other.reveals()
    assert guesses_in(neighbour.snapshot()) == [kept]
    assert_one_key_stays(fragile)


def test_a_purge_goes_on_at_the_next_start_wherever_it_died(tmp_path: Path) -> None:
    """It ends the rooms that nobody ended; after half a day there are four, and one that is young."""
    server = Fragile(tmp_path)
    server.start()
    try:
        account = server.therapist()
        old = [Therapist(account.browser, account.new_client).open_room() for _ in range(4)]
        for one in old:
            one.starts_guessing()
            one.member().submit(make_text())
        with server.trouble("clock", str(LONGEST_ROOM_S + 60)):
            young = server.therapist("ben@clinic.example").open_room()
            neighbour, kept = young.member(), make_text()
            young.starts_guessing()
            neighbour.submit(kept)
            server.kill()
            for point in END:
                server.crash_at(point)
                server.begin()
                server.wait()
            server.start()
            passer_by = young.stranger().http
            pages = [f"/r/{one.code}/" for one in old]
            wait_until(lambda: all(passer_by.get(page).status_code == 404 for page in pages))
            assert kept in html_of(neighbour.snapshot())
            young.does("close")
            young.reveals()
            assert guesses_in(neighbour.snapshot()) == [kept]
    finally:
        server.stop()


def assert_one_key_stays(fragile: Fragile) -> None:
    """The closing is followed by a rotation, which may be under way."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        keys = (fragile.folder / "instance.key").read_text().split()
        if len(keys) == 1 and not list(fragile.folder.glob("instance.key.*")):
            return
        time.sleep(0.1)
    raise AssertionError(f"{len(keys)} keys, and {list(fragile.folder.glob('instance.key.*'))}")

"""A console's commands: right phase, right version, one effect, and only for its own therapist."""

import pytest

from facilitator.commands import BACK_S
from facilitator.services import Services
from facilitator.storage import tables
from facilitator.web.commands import COMMANDS
from tests.actors import Refused, Therapist, html_of, new_op

WRONG_IN_LOBBY = sorted(
    set(COMMANDS)
    - {
        "start",
        "finish",
        "stop",
        "resume",
        "lock",
        "unlock",
        "admit",
        "not-now",
        "remove",
        "use",
        "show",
        "count-exactly",
        "ask-sureness",
    }
)
FIELDS = {
    "prompt": "thinking",
    "guess": "0" * 32,
    "round": "",
    "seat": "0" * 32,
    "place": "0",
    "name": "Shy",
    "text": "Hi",
}


@pytest.mark.parametrize("command", WRONG_IN_LOBBY)
def test_a_command_in_the_wrong_phase_is_refused_with_the_room_as_it_is(
    therapist: Therapist, command: str
) -> None:
    with pytest.raises(Refused, match="wrong_phase") as refusal:
        therapist.does(command, **FIELDS)
    assert refusal.value.status == 409
    assert refusal.value.body["snapshot"]["phase"] == "lobby"


def test_a_stale_command_changes_nothing(therapist: Therapist) -> None:
    version = therapist.snapshot()["version"][0]
    therapist.does("start", vignette="waving", version=version)
    with pytest.raises(Refused, match="stale") as refusal:
        therapist.does("open", version=version)
    assert refusal.value.body["snapshot"]["phase"] == "reading"


def test_a_repeated_command_has_one_effect(therapist: Therapist) -> None:
    op, version = new_op(), therapist.snapshot()["version"][0]
    once = therapist.does("start", vignette="waving", version=version, op=op)["snapshot"]["version"]
    assert therapist.does("start", vignette="waving", version=version, op=op)["snapshot"]["version"] == once


@pytest.mark.parametrize("command", [*COMMANDS, "end"])
def test_nobody_commands_the_room_of_another_therapist(
    therapist: Therapist, other_therapist: Therapist, command: str
) -> None:
    path = f"{therapist.base}{command}"
    with pytest.raises(Refused, match="not_yours"):
        other_therapist.browser.post(path, version=1, vignette="waving", **FIELDS)
    with pytest.raises(Refused, match="signed_out"):
        therapist.member().browser.post(path, version=1, vignette="waving", **FIELDS)


def test_an_opening_is_taken_back_at_once_and_refused_later_as_it_is_after_a_guess(
    therapist: Therapist, here: Services
) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    assert therapist.does("back")["snapshot"]["phase"] == "reading"
    therapist.does("open")
    clock = here.live.clock
    here.live.clock = lambda: clock() + BACK_S + 1
    with pytest.raises(Refused, match="wrong_phase") as late:
        therapist.does("back")
    here.live.clock = clock
    member.submit("nobody waves back")
    with pytest.raises(Refused, match="wrong_phase") as guessed:
        therapist.does("back")
    assert late.value.body["error"] == guessed.value.body["error"]
    assert therapist.snapshot()["phase"] == "guessing"


def test_an_unknown_command_is_not_there(therapist: Therapist) -> None:
    with pytest.raises(Refused, match="404"):
        therapist.does("shout")


def test_few_guesses_are_revealed_only_when_asked_again(therapist: Therapist) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    member.submit("nobody waves back")
    therapist.does("close")
    with pytest.raises(Refused, match="too_few"):
        therapist.does("reveal")
    assert not member.sees("nobody waves back")
    therapist.does("reveal", anyway="yes")
    assert member.sees("nobody waves back")


def test_looking_first_unfolds_one_console_only(therapist: Therapist) -> None:
    member, screen = therapist.member(), therapist.screen()
    therapist.starts_guessing()
    member.submit("between us")
    therapist.does("close")
    assert "between us" in html_of(therapist.does("look-first")["snapshot"])
    assert not therapist.sees("between us")
    assert "between us" in html_of(therapist.snapshot(look="true"))
    assert not screen.sees("between us")


def test_ending_leaves_a_summary_and_nothing_that_was_written(therapist: Therapist, here: Services) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    member.submit("to be forgotten")
    therapist.does("close")
    summary = therapist.does("end")["summary_url"]
    assert "to be forgotten" not in therapist.browser.page(summary)
    with here.database.read() as tx:
        for table in (
            tables.room,
            tables.round,
            tables.guess,
            tables.envelope,
            tables.receipt,
            tables.data_key,
            tables.seat,
            tables.presence,
        ):
            assert tx.execute(table.select()).all() == []
    with pytest.raises(Refused, match="ended"):
        member.snapshot()
    assert member.seat is None  # the answer expired the cookie
    assert therapist.browser.http.get(therapist.base).headers["Location"] == summary


def test_a_second_tap_on_end_finds_the_summary(therapist: Therapist) -> None:
    first = therapist.does("end", version=1)
    assert therapist.does("end", version=1) == first

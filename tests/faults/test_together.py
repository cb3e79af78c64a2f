"""Twelve phones and two consoles that act in the same instant, and copies that come late."""

from functools import partial

import pytest

from tests.actors import Member, Refused, Therapist, new_op
from tests.faults.together import at_once, guesses_in, make_text

DOUBLED = 30


def all_shown(therapist: Therapist) -> list[str]:
    """Close, reveal everything, and list it as the members' phones show it."""
    therapist.does("close")
    therapist.reveals()
    shown = sorted(guesses_in(therapist.member().snapshot()))
    assert sorted(guesses_in(therapist.screen().snapshot())) == shown
    assert sorted(guesses_in(therapist.snapshot())) == shown
    return shown


@pytest.fixture
def member(therapist: Therapist) -> Member:
    therapist.starts_guessing()
    return therapist.member()


def test_twelve_guesses_sent_in_the_same_instant_are_all_in(therapist: Therapist) -> None:
    members = [therapist.member() for _ in range(12)]
    therapist.starts_guessing()
    round_id = therapist.snapshot()["round"]
    sent = [(f"  {make_text()} ", new_op()) for _ in members]
    acts = [
        partial(one.submit, text, op=op, round=round_id)
        for one, (text, op) in zip(members, sent, strict=True)
    ]
    answers = at_once(acts)
    assert not [one for one in answers if isinstance(one, Refused)]
    told = [(one["text"], one["op"]) for one in answers if not isinstance(one, Refused)]
    assert told == [(text.strip(), op) for text, op in sent]
    assert all_shown(therapist) == sorted(text for text, _ in told)


def test_the_same_sending_five_times_in_parallel_is_one_guess(therapist: Therapist, member: Member) -> None:
    text, op, round_id = make_text(), new_op(), member.snapshot()["round"]
    tabs = [Member(therapist.stranger(), member.code) for _ in range(5)]
    for tab in tabs:
        tab.browser.http.cookies.update(member.browser.http.cookies)
    answers = at_once([partial(tab.submit, text, op=op, n=1, round=round_id) for tab in tabs])
    assert [(one["text"], one["op"]) for one in answers if not isinstance(one, Refused)] == [(text, op)] * 5
    assert all_shown(therapist) == [text]


def test_two_tabs_that_send_in_the_same_instant_leave_one_guess(therapist: Therapist, member: Member) -> None:
    texts, round_id = [make_text(), make_text()], member.snapshot()["round"]
    tabs = [Member(therapist.stranger(), member.code) for _ in texts]
    for tab in tabs:
        tab.browser.http.cookies.update(member.browser.http.cookies)
    at_once([partial(tab.submit, text, n=1, round=round_id) for tab, text in zip(tabs, texts, strict=True)])
    (kept,) = all_shown(therapist)
    assert kept in texts


def test_a_late_copy_undoes_no_change(therapist: Therapist, member: Member) -> None:
    first, second, op = make_text(), make_text(), new_op()
    member.submit(first, op=op, n=1)
    changed = member.submit(second, n=2)
    late = member.submit(first, op=op, n=1)
    assert (late["text"], late["op"]) == (second, changed["op"])
    assert all_shown(therapist) == [second]


def test_a_late_copy_undoes_no_withdrawal(therapist: Therapist, member: Member) -> None:
    text, op = make_text(), new_op()
    member.submit(text, op=op, n=1)
    withdrawn = member.withdraw(n=2)
    late = member.submit(text, op=op, n=1)
    assert (late["text"], late["op"]) == ("", withdrawn["op"])
    other = make_text()
    therapist.member().submit(other)
    assert all_shown(therapist) == [other]


def test_a_late_copy_undoes_no_pass(therapist: Therapist, member: Member) -> None:
    text, op = make_text(), new_op()
    member.submit(text, op=op, n=1)
    member.pass_(n=2)
    member.submit(text, op=op, n=1)
    other = make_text()
    therapist.member().submit(other)
    assert all_shown(therapist) == [other]


def test_a_guess_after_closing_is_refused_and_shown_where_the_room_is(
    therapist: Therapist, member: Member
) -> None:
    round_id = member.snapshot()["round"]
    kept = make_text()
    member.submit(kept)
    other = therapist.member()
    therapist.does("close")
    with pytest.raises(Refused) as refusal:
        other.submit(make_text(), round=round_id)
    assert (refusal.value.status, refusal.value.code) == (409, "closed")
    assert refusal.value.body["snapshot"]["phase"] == "closed"
    assert refusal.value.body["snapshot"]["version"] == other.snapshot()["version"]
    therapist.reveals()
    assert guesses_in(member.snapshot()) == [kept]


@pytest.mark.parametrize("late", ["close", "reveal", "finish"])
def test_a_retry_after_closing_of_what_was_in_is_acknowledged(
    therapist: Therapist, member: Member, late: str
) -> None:
    text, op, round_id = make_text(), new_op(), member.snapshot()["round"]
    member.submit(text, op=op, n=1)
    for command in ("close", "reveal", "finish"):
        therapist.does(command, anyway="yes")
        if command == late:
            break
    again = member.submit(text, op=op, n=1, round=round_id)
    assert (again["op"], again["text"]) == (op, text)
    if late == "reveal":
        assert guesses_in(member.snapshot()) == [text]


def test_a_change_after_closing_is_refused_and_what_was_in_stays(
    therapist: Therapist, member: Member
) -> None:
    text, round_id = make_text(), member.snapshot()["round"]
    member.submit(text)
    therapist.does("close")
    with pytest.raises(Refused) as refusal:
        member.submit(make_text(), round=round_id)
    assert refusal.value.code == "closed"
    therapist.reveals()
    assert guesses_in(member.snapshot()) == [text]


def test_guesses_that_race_with_the_closing_are_in_or_refused_and_nothing_between(
    therapist: Therapist,
) -> None:
    members = [therapist.member() for _ in range(12)]
    therapist.starts_guessing()
    now = therapist.snapshot()
    texts = [make_text() for _ in members]
    sends = [partial(one.submit, text, round=now["round"]) for one, text in zip(members, texts, strict=True)]
    close = partial(therapist.does, "close", version=now["version"][0])
    *answers, closed = at_once([*sends, close])
    assert not isinstance(closed, Refused)
    refused = [one for one in answers if isinstance(one, Refused)]
    assert {(one.status, one.code) for one in refused} <= {(409, "closed")}
    acknowledged = sorted(one["text"] for one in answers if not isinstance(one, Refused))
    if acknowledged:
        therapist.reveals()
    assert sorted(guesses_in(therapist.snapshot())) == acknowledged


def test_two_consoles_that_press_in_the_same_instant_have_one_effect(
    therapist: Therapist, second_console: Therapist
) -> None:
    therapist.starts_guessing()
    version = therapist.snapshot()["version"][0]
    for turn in range(DOUBLED):
        command = "stop" if turn % 2 == 0 else "resume"
        answers = at_once(
            [
                partial(console.does, command, version=version, op=new_op())
                for console in (therapist, second_console)
            ]
        )
        (done,) = [one for one in answers if not isinstance(one, Refused)]
        (stale,) = [one for one in answers if isinstance(one, Refused)]
        assert (stale.status, stale.code) == (409, "stale")
        assert stale.body["snapshot"]["version"][0] == done["snapshot"]["version"][0] == version + 1
        assert stale.body["snapshot"]["phase"] == done["snapshot"]["phase"]
        version += 1


def test_a_round_is_closed_once_though_both_consoles_press(
    therapist: Therapist, second_console: Therapist, member: Member
) -> None:
    text = make_text()
    member.submit(text)
    version = therapist.snapshot()["version"][0]
    answers = at_once(
        [partial(one.does, "close", version=version, op=new_op()) for one in (therapist, second_console)]
    )
    assert [one.code for one in answers if isinstance(one, Refused)] == ["stale"]
    therapist.reveals()
    assert guesses_in(member.snapshot()) == [text]


@pytest.mark.parametrize("parallel", [True, False])
def test_a_repeated_command_is_answered_and_has_one_effect(
    therapist: Therapist, member: Member, parallel: bool
) -> None:
    texts = [make_text() for _ in range(3)]
    for one in texts:
        therapist.member().submit(one)
    for command in ("last-call", "close", "reveal", "second-look", "back", "stop", "resume", "lock"):
        version = therapist.snapshot()["version"][0]
        op = new_op()
        tabs = [Therapist(therapist.stranger(), therapist.new_client) for _ in range(3)]
        for tab in tabs:
            tab.browser.http.cookies.update(therapist.browser.http.cookies)
            tab.code = therapist.code
        acts = [partial(tab.does, command, version=version, op=op) for tab in tabs]
        answers = at_once(acts) if parallel else [act() for act in acts]
        after = [one["snapshot"]["version"][0] for one in answers if not isinstance(one, Refused)]
        assert after == [version + 1] * 3, command
    assert sorted(guesses_in(therapist.snapshot())) == sorted(texts)


def test_an_old_repeat_after_another_command_is_stale(therapist: Therapist) -> None:
    therapist.does("start", vignette="waving")
    version, op = therapist.snapshot()["version"][0], new_op()
    therapist.does("stop", version=version, op=op)
    therapist.does("resume")
    with pytest.raises(Refused) as refusal:
        therapist.does("stop", version=version, op=op)
    assert (refusal.value.code, refusal.value.body["snapshot"]["phase"]) == ("stale", "reading")


@pytest.mark.parametrize("_again", range(8))
def test_a_room_is_ended_once_though_both_consoles_press(
    therapist: Therapist, second_console: Therapist, _again: int
) -> None:
    version = therapist.snapshot()["version"][0]
    answers = at_once([partial(one.does, "end", version=version) for one in (therapist, second_console)])
    assert not [one for one in answers if isinstance(one, Refused)]
    assert len({one["summary_url"] for one in answers if not isinstance(one, Refused)}) == 1


def test_phones_that_join_in_the_same_instant_each_get_a_seat(therapist: Therapist) -> None:
    fresh = [Member(therapist.stranger(), therapist.code) for _ in range(12)]
    at_once([lambda one=one: {"joined": one.join()} for one in fresh])
    assert len({one.seat for one in fresh} - {None}) == 12

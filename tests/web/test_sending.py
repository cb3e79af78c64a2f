"""Sending a guess, passing, withdrawing: one envelope per seat, and an honest answer."""

import re

import pytest

from tests.actors import Member, Refused, Therapist, new_op


@pytest.fixture
def member(therapist: Therapist) -> Member:
    member = therapist.member()
    therapist.starts_guessing()
    return member


def revealed(therapist: Therapist) -> dict[str, object]:
    therapist.does("close")
    return therapist.reveals()


def test_a_guess_is_answered_with_its_op_and_its_cleaned_text(member: Member) -> None:
    op = new_op()
    answer = member.submit("  She’s   afraid ", op=op)
    assert (answer["op"], answer["text"]) == (op, "She's afraid")
    assert "She&#39;s afraid" in answer["snapshot"]["regions"]["compose"]["html"]


def test_a_late_copy_undoes_neither_a_change_nor_a_withdrawal(member: Member, therapist: Therapist) -> None:
    first = {"op": new_op(), "n": 1}
    member.submit("first", **first)
    member.submit("second", n=2)
    assert member.submit("first", **first)["text"] == "second"
    member.withdraw(n=3)
    assert member.submit("first", **first)["text"] == ""
    therapist.does("close")
    with pytest.raises(Refused, match="empty"):
        therapist.reveals()


def test_what_a_newer_sending_outdid_is_not_said_to_be_in_and_a_plain_page_keeps_the_words(
    member: Member,
) -> None:
    sending = {"round": member.snapshot()["round"], "op": new_op(), "n": 1}
    assert "notice" not in member.submit("first", **sending)
    member.submit("from the other page", n=5)
    assert "This did not count." in member.submit("first", **sending)["notice"]
    page = member.browser.submit_form(f"/r/{member.code}/guess", **sending, text="first")
    assert "This did not count." in page.text
    assert re.search(r'name="n" value="6"', page.text)
    assert re.search(r"<textarea[^>]*>first</textarea>", page.text)
    passed = member.browser.submit_form(f"/r/{member.code}/pass", **sending)
    assert "This did not count." in passed.text
    assert "from the other page" in passed.text


def test_the_same_op_five_times_is_one_guess(member: Member, therapist: Therapist) -> None:
    for _ in range(5):
        member.submit("only once", op="0" * 32, n=1)
    therapist.does("close")
    assert str(therapist.reveals()).count("only once") == str(therapist.snapshot()).count("only once")
    assert "1 guess" in str(member.snapshot()["regions"]["guesses"]["html"])


def test_a_guess_after_closing_is_kindly_refused_with_the_room_as_it_is(
    member: Member, therapist: Therapist
) -> None:
    round_id = member.snapshot()["round"]
    therapist.does("close")
    with pytest.raises(Refused, match="closed") as refusal:
        member.submit("too late", round=round_id)
    assert refusal.value.status == 409
    assert refusal.value.body["snapshot"]["phase"] == "closed"


@pytest.mark.parametrize("verb", ["withdraw", "pass_"])
def test_whoever_takes_a_guess_back_too_late_hears_that_it_stays_in(
    member: Member, therapist: Therapist, verb: str
) -> None:
    round_id = member.snapshot()["round"]
    member.submit("that stays")
    therapist.does("close")
    with pytest.raises(Refused, match="closed") as refusal:
        getattr(member, verb)(round=round_id)
    assert "stays in" in refusal.value.body["error"]["message"]


def test_whoever_changes_a_guess_too_late_hears_that_the_first_one_stays_in(
    member: Member, therapist: Therapist
) -> None:
    round_id = member.snapshot()["round"]
    member.submit("that stays", n=1)
    therapist.does("close")
    with pytest.raises(Refused, match="closed") as refusal:
        member.submit("the change", n=2, round=round_id)
    assert "that one stays in" in refusal.value.body["error"]["message"]


def test_a_retry_after_closing_of_a_guess_that_was_in_hears_so(member: Member, therapist: Therapist) -> None:
    round_id, op = member.snapshot()["round"], new_op()
    member.submit("in time", op=op, n=1)
    therapist.does("close")
    assert member.submit("in time", op=op, n=1, round=round_id)["op"] == op


@pytest.mark.parametrize(
    "text, code", [("", "empty"), (" \u200b ", "empty"), ("x" * 201, "too_long"), ("a\0b", "bad_form")]
)
def test_a_text_that_will_not_do_is_refused(member: Member, text: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        member.submit(text)


def test_without_a_script_the_words_that_were_typed_stay_in_the_box(member: Member) -> None:
    fields = {"round": member.snapshot()["round"], "op": new_op(), "n": 1, "text": "y" * 201}
    page = member.browser.submit_form(f"/r/{member.code}/guess", **fields)
    assert page.status_code == 422
    assert "y" * 201 in page.text
    assert "This is longer than 200 letters" in page.text


def test_a_pass_looks_like_a_guess_to_everybody_else(member: Member, therapist: Therapist) -> None:
    before = member.snapshot()["version"]
    assert "You are done for now" in str(member.pass_()["snapshot"])
    assert member.snapshot()["version"] == before
    assert therapist.snapshot()["version"][0] == before[0]


def test_a_phone_that_is_up_to_date_is_answered_with_its_own_regions_alone(
    member: Member, therapist: Therapist
) -> None:
    def send(have: str) -> set[str]:
        member.n += 1
        fields = {"round": now["round"], "op": new_op(), "n": member.n, "text": "She hopes", "have": have}
        return set(member.browser.post(f"/r/{member.code}/guess", **fields)["snapshot"]["regions"])

    now = member.snapshot()
    seen = ".".join(map(str, now["version"]))
    assert send(seen) == {"status", "compose"}
    therapist.does("last-call")
    assert send(seen) == set(now["regions"])


def test_whoever_has_sent_is_not_hurried_by_the_last_call(member: Member, therapist: Therapist) -> None:
    other = therapist.member()
    member.submit("She hopes")
    therapist.does("last-call")
    path = f"/r/{member.code}/"
    assert "Guessing is closing soon" in other.browser.page(path)
    assert "Guessing is closing soon" not in member.browser.page(path)


def test_a_stranger_cannot_send(therapist: Therapist, member: Member) -> None:
    stranger = Member(therapist.stranger(), therapist.code)
    with pytest.raises(Refused, match="no_room"):
        stranger.submit("hello", round=member.snapshot()["round"])

"""Guesses that choose among options, and how sure people are: from the phone to what is told of the room."""

import pytest
import sqlalchemy as sa

from facilitator.core.round import RoundId
from facilitator.services import Services
from facilitator.storage import envelopes, tables
from facilitator.storage.keys import SEALED_BYTES
from tests.actors import Member, Refused, Therapist, html_of, stage_of
from tests.web.drawn import Drawn

PLAYFUL, LONELY, GLAD, HOPEFUL = range(4)
CHOSEN = ((LONELY, HOPEFUL), (LONELY,), (LONELY, GLAD), (HOPEFUL,), (HOPEFUL, LONELY), (PLAYFUL,))


@pytest.fixture
def member(therapist: Therapist) -> Member:
    member = therapist.member()
    asks(therapist)
    return member


def asks(therapist: Therapist, *, sureness: str = "no") -> None:
    therapist.does("ask-sureness", asked=sureness)
    therapist.does("start", vignette="waving")
    therapist.does("ask", prompt="feelings")
    therapist.does("open")


def form(member: Member, action: str = "guess") -> dict[str, str]:
    page = Drawn(member.browser.page(f"/r/{member.code}/"))
    return next(one.fields for one in page.forms if one.action.endswith(action))


def test_what_is_chosen_is_answered_in_words_and_ticked_again_for_a_change(member: Member) -> None:
    answer = member.choose(HOPEFUL, LONELY)
    assert answer["text"] == "Lonely, Hopeful"
    drawn = Drawn(answer["snapshot"]["regions"]["compose"]["html"])
    ticked = [one["value"] for tag, one in drawn.tags if tag == "input" and "checked" in one]
    assert ticked == [str(LONELY), str(HOPEFUL)]


@pytest.mark.parametrize(
    "options, code", [((), "empty"), ((0, 1, 2), "too_many"), ((99,), "bad_form"), (("lonely",), "empty")]
)
def test_what_cannot_be_chosen_is_refused(member: Member, options: tuple[int, ...], code: str) -> None:
    with pytest.raises(Refused, match=code):
        member.choose(*options)


def test_without_a_script_what_was_ticked_stays_when_it_was_too_much(member: Member) -> None:
    fields = form(member) | {"option": ["0", "1", "3"]}
    response = member.browser.submit_form(f"/r/{member.code}/guess", **fields)
    assert response.status_code == 422
    assert "Please choose 2 at most." in response.text
    ticked = [one["value"] for tag, one in Drawn(response.text).tags if tag == "input" and "checked" in one]
    assert ticked == ["0", "1", "3"]


def test_words_meant_for_another_question_are_not_taken_for_a_choice(member: Member) -> None:
    with pytest.raises(Refused, match="wrong_phase"):
        member.submit("Maybe he waves at the street")


def test_six_guesses_are_told_as_counts_and_what_one_chose_without_a_number(therapist: Therapist) -> None:
    members = [therapist.member() for _ in CHOSEN]
    asks(therapist)
    for one, options in zip(members, CHOSEN, strict=True):
        one.choose(*options)
    therapist.does("close")
    for seen in (html_of(members[0].snapshot()), html_of(therapist.snapshot())):
        assert "Lonely</dt>" not in seen
    therapist.does("reveal")
    for seen in (
        html_of(members[0].snapshot()),
        stage_of(therapist.snapshot()),
        html_of(therapist.screen().snapshot()),
    ):
        assert [line.count("<i></i>") for line in seen.splitlines() if "</dt>" in line] == [4, 3]
        assert "Also in the room: " in seen
        assert "Playful" in seen and "Glad" in seen
    therapist.does("conceal")
    assert "Also in the room" not in html_of(members[0].snapshot()) + stage_of(therapist.snapshot())
    assert "Next: reveal" in html_of(therapist.snapshot())


@pytest.mark.parametrize("everybody", [True, False], ids=["as many", "one fewer"])
def test_a_second_look_stands_under_the_first_if_as_many_looked_again(
    therapist: Therapist, everybody: bool
) -> None:
    members = [therapist.member() for _ in CHOSEN]
    members += [therapist.member()]
    asks(therapist)
    for one, options in zip(members, (*CHOSEN, (LONELY,)), strict=True):
        one.choose(*options)
    therapist.does("close")
    therapist.does("reveal")
    therapist.does("second-look")
    for one in members[:-1]:
        one.choose(HOPEFUL)
    if everybody:
        members[-1].choose(HOPEFUL)
    else:
        members[-1].pass_()
    therapist.does("close")
    assert "<dd>" not in html_of(therapist.snapshot())
    therapist.does("reveal")
    for seen in (
        html_of(members[0].snapshot()),
        stage_of(therapist.snapshot()),
        html_of(therapist.screen().snapshot()),
    ):
        rows = [line.count("<i></i>") for line in seen.splitlines() if "<dd>" in line]
        assert rows == ([5, 0, 3, 7] if everybody else [])
        assert ("before and after the talk" in seen) is everybody
        assert ('<li dir="auto">Hopeful</li>' in seen) is not everybody


def test_a_choice_that_comes_too_late_without_a_script_is_shown_in_words(
    member: Member, therapist: Therapist
) -> None:
    fields = form(member) | {"option": ["1", "3"]}
    therapist.does("close")
    response = member.browser.submit_form(f"/r/{member.code}/guess", **fields)
    assert response.status_code == 409
    assert "Lonely, Hopeful</p>" in response.text


def test_a_form_for_the_question_before_is_no_guess_at_this_one(therapist: Therapist) -> None:
    member = therapist.member()
    therapist.starts_guessing("waving")
    old = member.snapshot()["round"]
    therapist.does("back")
    therapist.does("ask", prompt="laugh")
    therapist.does("open")
    with pytest.raises(Refused, match="closed"):
        member.submit("Meant for another question", round=old)


def test_a_few_guesses_are_told_in_words_alone_and_only_when_asked_for_again(
    member: Member, therapist: Therapist
) -> None:
    member.choose(GLAD)
    therapist.does("close")
    with pytest.raises(Refused, match="too_few"):
        therapist.does("reveal")
    therapist.reveals()
    html = html_of(member.snapshot())
    assert '<li dir="auto">Glad</li>' in html
    assert "<i></i>" not in html


def test_a_guess_said_aloud_names_its_options(member: Member, therapist: Therapist) -> None:
    with pytest.raises(Refused, match="not among the words to choose from"):
        therapist.does("add-guess", text="sleepy")
    therapist.does("add-guess", text="glad, hopeful")
    therapist.does("add-guess", text="Can’t tell from this")
    therapist.does("close")
    therapist.reveals()
    assert "Hopeful</li>" in html_of(member.snapshot())


def test_how_sure_people_are_is_told_apart_from_written_guesses_and_to_the_console_alone(
    therapist: Therapist,
) -> None:
    members = [therapist.member() for _ in range(4)]
    therapist.does("ask-sureness", asked="yes")
    therapist.starts_guessing()
    assert "How sure do you feel?" in html_of(members[0].snapshot())
    for step, one in enumerate(members):
        one.submit(f"A guess by {step}", sure=step % 2)
    therapist.does("close")
    assert "How sure people felt" not in html_of(therapist.snapshot())
    therapist.does("reveal")
    stage = stage_of(therapist.snapshot())
    assert all(f"{step}</li>" in stage for step in ("Just a hunch", "A bit sure"))
    assert "How sure people felt" not in html_of(members[0].snapshot())
    assert "How sure people felt" not in html_of(therapist.screen().snapshot())


def test_a_step_that_one_or_two_stand_at_is_said_in_words_and_does_not_look_like_nobodys(
    therapist: Therapist,
) -> None:
    members = [therapist.member() for _ in CHOSEN]
    asks(therapist, sureness="yes")
    for one, options, sure in zip(members, CHOSEN, (0, 0, 0, 1, 1, 2), strict=True):
        one.choose(*options, sure=sure)
    therapist.does("close")
    therapist.does("reveal")
    for seen in (
        html_of(members[0].snapshot()),
        stage_of(therapist.snapshot()),
        html_of(therapist.screen().snapshot()),
    ):
        felt = seen.partition("How sure people felt")[2].partition("</section>")[0]
        assert felt.count("<dt") == 1 and "<b>3</b>" in felt
        assert "Also in the room: A bit sure, Quite sure." in felt
        assert "Very sure" not in felt


def test_phones_do_not_ask_how_sure_people_are_unless_the_therapist_does(
    member: Member, here: Services
) -> None:
    assert "How sure" not in html_of(member.snapshot())
    round_id = RoundId(member.snapshot()["round"])
    member.choose(GLAD, sure=2)
    with here.live.database.read() as tx:
        kept = envelopes.own(tx, here.live.keys, round_id, member.seat or "")
    assert kept is not None
    assert (kept.options, kept.sure) == ((GLAD,), None)


def test_it_cannot_be_switched_while_guesses_come_in(member: Member, therapist: Therapist) -> None:
    with pytest.raises(Refused, match="wrong_phase"):
        therapist.does("ask-sureness", asked="yes")


def test_a_choice_leaves_no_row_of_its_own_and_a_sealed_count_of_fixed_size(
    member: Member, therapist: Therapist, here: Services
) -> None:
    member.choose(LONELY)
    with here.live.database.read() as tx:
        assert len(tx.scalar(sa.select(tables.envelope.c.sealed))) == SEALED_BYTES
    therapist.does("close")
    with here.live.database.read() as tx:
        assert tx.execute(sa.select(tables.envelope)).all() == []
        assert tx.execute(sa.select(tables.guess)).all() == []
        assert len(tx.scalar(sa.select(tables.round.c.spread))) == SEALED_BYTES

"""Prompts with options: what a guess may choose, and what is refused."""

import pytest

from facilitator.core.errors import BadForm, EmptyText, RoomError, TooMany, WrongPhase
from facilitator.core.guess import Envelope, Sent
from facilitator.core.options import fit, read_options
from tests.core.rooms import THINKING, TRAIN, WORDS

CHOOSE, WRITE = TRAIN.prompt(WORDS), TRAIN.prompt(THINKING)


def sending(sent: Sent = Sent.GUESS, text: str = "", *options: int, sure: int | None = None) -> Envelope:
    return Envelope("op", 1, sent, text, options, sure)


def test_what_is_chosen_is_kept_in_the_order_of_the_options_with_their_words() -> None:
    kept = fit(sending(Sent.GUESS, "", 2, 0, 2), CHOOSE, sureness=False)
    assert (kept.options, kept.text) == ((0, 2), "Hurt, Worried")


def test_words_sent_along_with_options_are_the_options_own() -> None:
    assert fit(sending(Sent.GUESS, "my name is Ann", 1), CHOOSE, sureness=False).text == "Angry"


def test_not_to_know_is_an_option_like_any() -> None:
    assert fit(sending(Sent.GUESS, "", 4), CHOOSE, sureness=False).text == "Can’t tell from this"


@pytest.mark.parametrize(
    "sent, prompt, refusal",
    [
        (sending(), CHOOSE, EmptyText),
        (sending(Sent.GUESS, "", 0, 1, 2), CHOOSE, TooMany),
        (sending(Sent.GUESS, "", 6), CHOOSE, BadForm),
        (sending(Sent.GUESS, "", -1), CHOOSE, BadForm),
        (sending(Sent.GUESS, "", 0, sure=4), CHOOSE, BadForm),
        (sending(Sent.GUESS, "Written for another question."), CHOOSE, WrongPhase),
        (sending(Sent.GUESS, "", 0), WRITE, WrongPhase),
        (sending(), WRITE, EmptyText),
    ],
)
def test_a_guess_that_does_not_fit_its_prompt_is_refused(
    sent: Envelope, prompt: object, refusal: type[RoomError]
) -> None:
    with pytest.raises(refusal):
        fit(sent, prompt, sureness=True)  # type: ignore[arg-type]


def test_too_many_says_how_many_there_may_be() -> None:
    with pytest.raises(TooMany, match="Please choose 2 at most"):
        fit(sending(Sent.GUESS, "", 0, 1, 2), CHOOSE, sureness=False)


def test_how_sure_somebody_is_is_kept_only_where_it_is_asked() -> None:
    assert fit(sending(Sent.GUESS, "Tired.", sure=3), WRITE, sureness=True).sure == 3
    assert fit(sending(Sent.GUESS, "Tired.", sure=3), WRITE, sureness=False).sure is None


@pytest.mark.parametrize("kind", [Sent.PASS, Sent.WITHDRAWN])
def test_a_pass_and_a_withdrawal_hold_nothing_else(kind: Sent) -> None:
    assert fit(sending(kind, "left over", 1, sure=2), CHOOSE, sureness=True) == sending(kind)


def test_options_said_aloud_are_read_by_their_words() -> None:
    assert read_options("worried,  HURT.", CHOOSE) == (2, 0)
    for quoted in ("Can’t tell from this", "can't tell from this"):
        assert read_options(quoted, CHOOSE) == (4,)
    with pytest.raises(BadForm, match="“sleepy” is not among the words to choose from: Hurt, Angry"):
        read_options("hurt, sleepy", CHOOSE)

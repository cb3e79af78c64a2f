"""What is told of choices: counts of the room above the floors of clinical.md §4.4, words below them."""

import pytest

from facilitator.core.errors import EmptyText, TooFew, WrongPhase
from facilitator.core.guess import Envelope, GuessId, Sent, texts_of
from facilitator.core.pulse import Pulse
from facilitator.core.room import (
    Room,
    ask,
    close,
    conceal,
    hold_back,
    look_back,
    open_guessing,
    reveal,
    second_look,
)
from facilitator.core.round import RoundId
from facilitator.core.spread import Counted, Spread, SpreadView, spread_of, tell
from facilitator.core.views import TherapistView, member_view, screen_view, therapist_view
from tests.core.rooms import (
    CHOOSING,
    CHOSEN,
    GUESSING,
    LIBRARY,
    SECOND,
    THINKING,
    TOLD,
    TRAIN,
    WORDS,
    pile,
)

CHOOSE, WRITE = TRAIN.prompt(WORDS), TRAIN.prompt(THINKING)


def chose(*options: int, sent: Sent = Sent.GUESS, sure: int | None = None) -> Envelope:
    return Envelope(f"{options}{sent}{sure}", 1, sent, "Hurt" if options else "", options, sure)


def console(room: Room) -> TherapistView:
    return therapist_view(room, LIBRARY, Pulse())


def test_closing_counts_choices_and_sureness_and_keeps_no_guess() -> None:
    envelopes = [
        chose(0, 1, sure=0),
        chose(0, sure=3),
        chose(0, sent=Sent.HAND),
        chose(4),
        chose(sent=Sent.PASS),
        chose(sent=Sent.WITHDRAWN),
    ]
    by_hand = (1, 0, 0, 0, 0, 0)
    counted = Spread(4, (3, 1, 0, 0, 1, 0), (1, 0, 0, 1), by_hand=1, options_by_hand=by_hand)
    assert spread_of(envelopes, CHOOSE) == counted
    assert texts_of(envelopes) == []


def test_written_guesses_have_a_spread_only_of_how_sure_people_were() -> None:
    written = Envelope("op", 1, Sent.GUESS, "Tired.")
    assert spread_of([written], WRITE) is None
    assert spread_of([Envelope("op", 1, Sent.GUESS, "Tired.", sure=2)], WRITE) == Spread(0, (), (0, 0, 1, 0))


def test_from_six_guesses_on_numbers_are_told_but_for_what_one_or_two_chose() -> None:
    view = tell(Spread(8, (5, 2, 4, 1, 0, 1), (3, 3, 2, 0)), CHOOSE, steady="a round")
    assert view.options == (Counted("Hurt", 5), Counted("Worried", 4))
    assert set(view.also) == {"Angry", "Lonely", "Something else"}
    assert [(one.text, one.count) for one in view.sureness] == [
        ("Just a hunch", 3),
        ("A bit sure", 3),
        ("Quite sure", None),
    ]


def test_guesses_that_the_therapist_added_do_not_make_a_room_large_enough_for_numbers() -> None:
    padded = tell(Spread(7, (5, 2, 0, 0, 0, 0), by_hand=2), CHOOSE, steady="a round")
    assert padded == SpreadView((Counted("Hurt"), Counted("Angry")))


def test_below_six_guesses_there_are_words_alone_in_the_order_of_the_options() -> None:
    view = tell(Spread(5, (0, 3, 1, 1, 0, 0), (0, 1, 0, 4)), CHOOSE, steady="a round")
    assert view == SpreadView(
        (Counted("Angry"), Counted("Worried"), Counted("Lonely")),
        sureness=(Counted("A bit sure"), Counted("Very sure")),
    )


@pytest.mark.parametrize("people", [1, 2, 3])
def test_how_sure_up_to_three_people_were_is_not_told(people: int) -> None:
    assert tell(Spread(8, (8, 0, 0, 0, 0, 0), (people, 0, 0, 0)), CHOOSE, steady="").sureness == ()


def test_the_order_of_what_one_or_two_chose_is_its_own_and_stays() -> None:
    spread = Spread(6, (1, 1, 1, 1, 1, 1))
    orders = [tell(spread, CHOOSE, steady=f"round {n}").also for n in range(30)]
    assert orders == [tell(spread, CHOOSE, steady=f"round {n}").also for n in range(30)]
    assert len({order[0] for order in orders}) > 3


def test_a_spread_is_revealed_and_concealed_as_a_whole() -> None:
    for view in (member_view(TOLD, LIBRARY), screen_view(TOLD, LIBRARY, Pulse()), console(TOLD)):
        assert view.round is not None
        assert view.round.spread == tell(Spread(8, (5, 2, 4, 1, 0, 1), (3, 3, 2, 0)), CHOOSE, steady=SECOND)
    for view in (member_view(conceal(TOLD), LIBRARY), console(conceal(TOLD))):
        assert view.round is not None
        assert view.round.spread is None
    assert reveal(conceal(TOLD)).round == TOLD.round
    assert reveal(TOLD) is TOLD


def test_before_the_reveal_nobody_is_told_more_than_how_many_guesses_there_are() -> None:
    assert console(CHOSEN).count == 8
    assert not console(CHOSEN).can & {"look-first", "hold-back", "put-back"}
    assert "reveal" in console(CHOSEN).can
    other = close(CHOOSING, (), Spread(8, (8, 0, 0, 0, 0, 0), (0, 0, 0, 8)))
    assert console(other) == console(CHOSEN)
    assert member_view(other, LIBRARY) == member_view(CHOSEN, LIBRARY)
    assert screen_view(other, LIBRARY, Pulse()) == screen_view(CHOSEN, LIBRARY, Pulse())


def test_few_choices_are_revealed_only_when_asked_again_and_none_not_at_all() -> None:
    few = close(CHOOSING, (), Spread(2, (2, 0, 0, 0, 0, 0)))
    with pytest.raises(TooFew, match="Only 2 guesses are in"):
        reveal(few)
    assert console(reveal(few, anyway=True)).round is not None
    nobody = close(CHOOSING, (), Spread(0, (0, 0, 0, 0, 0, 0)))
    with pytest.raises(EmptyText):
        reveal(nobody)
    assert "reveal" not in console(nobody).can


@pytest.mark.parametrize("act", [reveal, hold_back])
def test_there_is_no_single_guess_to_act_on(act: object) -> None:
    with pytest.raises(WrongPhase):
        act(CHOSEN, GuessId("g1"))  # type: ignore[operator]


def test_how_sure_people_were_is_told_to_the_console_alone_beside_written_guesses() -> None:
    closed = close(GUESSING, pile("Tired.", "Afraid.", "Glad.", "Sad."), Spread(0, (), (2, 1, 0, 1)))
    assert console(closed).round.spread is None  # type: ignore[union-attr]
    shown = reveal(closed)
    assert [one.text for one in console(shown).round.spread.sureness] == [  # type: ignore[union-attr]
        "Just a hunch",
        "A bit sure",
        "Very sure",
    ]
    for view in (member_view(shown, LIBRARY), screen_view(shown, LIBRARY, Pulse())):
        assert view.round.spread is None  # type: ignore[union-attr]


def test_a_second_look_begins_without_a_spread_and_the_first_can_be_looked_back_at() -> None:
    again = second_look(TOLD, RoundId("again"), people=8)
    assert again.round is not None
    assert again.round.spread is None
    back = member_view(look_back(close(again, ()), SECOND), LIBRARY)
    assert back.round is not None
    assert back.round.spread is not None


def looked_twice(before: Spread, now: Spread) -> SpreadView:
    first = reveal(close(CHOOSING, (), before))
    again = close(second_look(first, RoundId("again"), people=8), (), now)
    views = (member_view(reveal(again), LIBRARY), screen_view(reveal(again), LIBRARY, Pulse()))
    told = {view.round.spread for view in (*views, console(reveal(again))) if view.round}
    (view,) = told
    assert view is not None
    return view


def test_as_many_guesses_in_both_looks_stand_one_above_the_other() -> None:
    view = looked_twice(Spread(8, (5, 2, 4, 0, 0, 1)), Spread(8, (3, 5, 1, 0, 0, 1)))
    assert view.two_looks
    assert view.options == (Counted("Hurt", 3, 5), Counted("Angry", 5, None), Counted("Worried", None, 4))
    # "Also" would say that "few or none" chose Worried now were few; of Something else no row says anything.
    assert view.also == ("Something else",)


def test_few_and_none_look_the_same_beside_a_number_of_the_other_look() -> None:
    few, none = (Spread(8, (4, 4, one, 0, 0, 0)) for one in (2, 0))
    before = Spread(8, (0, 4, 4, 0, 0, 0))
    assert looked_twice(before, few) == looked_twice(before, none)
    assert looked_twice(before, few).also == ()


@pytest.mark.parametrize(
    "before, now",
    [
        (Spread(5, (5, 0, 0, 0, 0, 0)), Spread(5, (4, 1, 0, 0, 0, 0))),
        (Spread(7, (4, 3, 0, 0, 0, 0), by_hand=2), Spread(7, (4, 3, 0, 0, 0, 0), by_hand=2)),
    ],
    ids=["below six", "below six without the therapist's own"],
)
def test_after_a_look_in_words_a_second_one_is_told_as_if_it_were_the_first(
    before: Spread, now: Spread
) -> None:
    assert looked_twice(before, now) == looked_twice(Spread(3, (3, 0, 0, 0, 0, 0)), now)
    assert not looked_twice(before, now).two_looks


EIGHT, SEVEN = Spread(8, (4, 4, 0, 0, 0, 0)), Spread(7, (4, 3, 0, 0, 0, 0))
IN_WORDS = SpreadView((Counted("Hurt"), Counted("Angry")))


@pytest.mark.parametrize(
    "before, now",
    [(EIGHT, SEVEN), (SEVEN, EIGHT), (Spread(8, (5, 3, 0, 0, 0, 0), by_hand=1), EIGHT)],
    ids=["one fewer", "one more", "one by hand"],
)
def test_a_second_look_of_another_size_has_no_numbers_to_take_off(before: Spread, now: Spread) -> None:
    assert looked_twice(before, now) == IN_WORDS


def test_a_third_look_is_held_against_the_first_one_too() -> None:
    assert tell(SEVEN, CHOOSE, steady="third", looks=(SEVEN, EIGHT), beside=True) == IN_WORDS


def test_how_sure_people_are_has_numbers_only_where_as_many_said_so_before() -> None:
    seven, eight, five = (Spread(8, sureness=(4, one, 0, 0)) for one in (3, 4, 1))
    for looks, numbers in (([eight], (None, None)), ([seven], (4, 3)), ([five], (4, 3))):
        view = tell(seven, WRITE, steady="a round", looks=looks)
        assert tuple(one.count for one in view.sureness) == numbers


def test_the_same_prompt_asked_anew_is_held_against_what_was_told_before() -> None:
    first = reveal(close(CHOOSING, (), EIGHT))
    other = ask(first, TRAIN, THINKING, RoundId("other"))
    anew = open_guessing(ask(other, TRAIN, WORDS, RoundId("anew")), people=8)
    for now, told in ((SEVEN, IN_WORDS), (EIGHT, tell(EIGHT, CHOOSE, steady="anew"))):
        view = member_view(reveal(close(anew, (), now)), LIBRARY)
        assert view.round is not None
        assert view.round.spread == told


def test_what_the_therapist_adds_lifts_no_option_over_the_floor() -> None:
    hand = tuple(Envelope(f"hand {n}", 1, Sent.HAND, "Hurt", (0,)) for n in range(2))
    phones = (
        Envelope("op", 1, Sent.GUESS, "Hurt", (0,)),
        *(Envelope("op", 1, Sent.GUESS, "Angry", (1,)),) * 5,
    )
    spread = spread_of((*hand, *phones), CHOOSE)
    assert spread is not None
    view = tell(spread, CHOOSE, steady="a round")
    assert view == SpreadView((Counted("Angry", 5),), ("Hurt",))
    too_few = close(CHOOSING, (), spread_of((*hand, phones[0]), CHOOSE))
    with pytest.raises(TooFew, match="Only 1 guess is in from the phones"):
        reveal(too_few)


def test_a_written_guess_by_hand_makes_no_crowd() -> None:
    said = Envelope("hand", 1, Sent.HAND, "Tired")
    assert spread_of([said], WRITE) == Spread(0, (), by_hand=1)


def test_a_first_look_that_was_concealed_is_not_told_with_the_second() -> None:
    first = conceal(reveal(close(CHOOSING, (), Spread(8, (5, 3, 0, 0, 0, 0)))))
    again = close(second_look(first, RoundId("again"), people=8), (), Spread(8, (3, 5, 0, 0, 0, 0)))
    assert not member_view(reveal(again), LIBRARY).round.spread.two_looks  # type: ignore[union-attr]

"""The table of privacy.md §2: who may know what, by phase, and that nothing else is there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from facilitator.core.guess import Progress, Sent
from facilitator.core.options import SURENESS
from facilitator.core.pulse import Phone, Pulse
from facilitator.core.room import (
    Room,
    close,
    cluster,
    conceal,
    count_exactly,
    end,
    finish,
    hold_back,
    last_call,
    lock,
    look_back,
    look_first,
    name_cluster,
    next_stage,
    open_guessing,
    put_back,
    reveal,
    second_look,
    show,
    spotlight,
    start,
    stop,
)
from facilitator.core.round import Phase, RoundId
from facilitator.core.screen import Screen, Shows, Where
from facilitator.core.views import (
    MemberView,
    Own,
    ScreenView,
    TherapistView,
    member_view,
    screen_view,
    therapist_view,
)
from tests.core.leaves import leaves, numbers
from tests.core.rooms import (
    BETWEEN,
    CHAIR,
    CHECKOUT,
    CHOOSING,
    CHOSEN,
    CLOSED,
    ENDED,
    FEELING,
    FIRST,
    G1,
    G2,
    G3,
    G4,
    GUESSES,
    GUESSING,
    IN_PHASE,
    LATER,
    LIBRARY,
    LOBBY,
    PEOPLE,
    READING,
    REVEALED,
    SECOND,
    THINKING,
    TOLD,
    TRAIN,
    WORDS,
    pile,
)

PULSE = Pulse(
    tick=71,
    progress=Progress.EVERYONE,
    sent=9,
    opened=1_000.5,
    phones_out=900.25,
    slow_down=True,
    phones=(Phone("phone-a", awake=True), Phone("phone-b", awake=False)),
    word=True,
)
OWN = Own(Sent.GUESS, "My own guess, on my own phone.", n=17)

# One guess is shown and one held back; the other two could still be revealed.
ONE_SHOWN = reveal(hold_back(CLOSED, G2), G1)
LOOKED = look_first(hold_back(CLOSED, G2))
EXACT = count_exactly(GUESSING, exact=True)
# An earlier round is looked at while the present one is already closed.
LOOKING_BACK = look_back(
    look_first(close(second_look(ONE_SHOWN, SECOND, people=PEOPLE), pile("New one.", "New two."))), FIRST
)

# Whatever a view holds has one of these names, or it should not be there.
NAMES: dict[object, str] = {
    "HQ7K 3MPX": "code",
    FIRST: "round",
    SECOND: "round",
    "The Late Train": "story",
    "Noor waits.": "story",
    "The train comes.": "later stage",
    "Nobody gets off.": "later stage",
    "What might Noor think in The Late Train?": "prompt",
    "Which feelings might Noor have in The Late Train?": "prompt",
    "Choose up to two.": "options",
    **dict.fromkeys(
        ("Hurt", "Angry", "Worried", "Lonely", "Can’t tell from this", "Something else"), "options"
    ),
    **dict.fromkeys(SURENESS, "steps of sureness"),
    "Maybe Noor feels…": "starters",
    "Noor might think…": "starters",
    "Part of Noor…": "starters",
    GUESSES[0]: "shown guess",
    GUESSES[1]: "held-back guess",
    GUESSES[2]: "folded guesses",
    GUESSES[3]: "folded guesses",
    "New one.": "later guesses",
    "New two.": "later guesses",
    **dict.fromkeys((G1, G2, G3, G4), "ids of guesses"),
    OWN.text: "own guess",
    OWN.sent: "own guess",
    OWN.n: "own count",
    **dict.fromkeys((one.seat for one in PULSE.phones), "phones"),
    PULSE.tick: "tick",
    PULSE.progress: "progress",
    PULSE.sent: "how many are done",
    PULSE.opened: "since when guessing is open",
    PULSE.phones_out: "since when phones are out",
    **dict.fromkeys((1, 2), "how many rounds"),
    PEOPLE: "how many could guess",
    len(GUESSES): "how many guesses",
    8: "how many guesses",
}


def facts(view: object) -> set[str]:
    """Name everything that a view tells beside its phase and what is simply so or not so."""
    if isinstance(view, MemberView | ScreenView | TherapistView) and view.round and view.round.spread:
        # What a spread tells has its own test (test_spread).
        return {"spread"} | facts(replace(view, round=replace(view.round, spread=None)))
    nothing = ("", 0, Progress.COMING_IN, Shows.ROOM, Where.WALL)
    told = (one for one in leaves(view) if not isinstance(one, bool | Phase | None) and one not in nothing)
    return {NAMES.get(one, f"unknown: {one}") for one in told}


def member(room: Room) -> MemberView:
    return member_view(room, LIBRARY, OWN if room.phase is Phase.GUESSING else None)


def screen(room: Room) -> ScreenView:
    return screen_view(room, LIBRARY, PULSE)


def console(room: Room) -> TherapistView:
    return _without_offers(therapist_view(room, LIBRARY, PULSE))


def looking_console(room: Room) -> TherapistView:
    return _without_offers(therapist_view(room, LIBRARY, PULSE, look=True))


def _without_offers(view: TherapistView) -> TherapistView:
    """The console without what it could do next, which comes from the library and tells of no room."""
    return replace(view, can=frozenset(), vignettes=(), prompts=(), earlier=(), suggestion="")


STORY = {"code", "round", "story"}
ROUND = STORY | {"prompt"}
PHONES = {"code", "phones", "tick", "since when phones are out"}
OPEN = {"progress", "since when guessing is open", "how many rounds"}
ROUNDS = {"how many rounds"}
ALL_GUESSES = {"shown guess", "held-back guess", "folded guesses", "ids of guesses", "how many guesses"}

TABLE: list[tuple[Callable[[Room], object], Room, set[str]]] = [
    (member, LOBBY, {"code"}),
    (member, READING, STORY),
    (member, GUESSING, ROUND | {"starters", "own guess", "own count"}),
    (member, CLOSED, ROUND | {"starters"}),
    (member, LOOKED, ROUND | {"starters"}),
    (member, ONE_SHOWN, ROUND | {"starters", "shown guess"}),
    (member, LOOKING_BACK, ROUND | {"starters", "shown guess"}),
    (member, BETWEEN, {"code"}),
    (member, CHECKOUT, {"code"}),
    (member, ENDED, {"code"}),
    (member, CHOOSING, ROUND | {"options", "steps of sureness", "own guess", "own count"}),
    (member, CHOSEN, ROUND | {"options"}),
    (member, TOLD, ROUND | {"options", "spread"}),
    (screen, LOBBY, {"code"}),
    (screen, READING, STORY),
    (screen, GUESSING, ROUND | {"progress"}),
    (screen, CLOSED, ROUND),
    (screen, LOOKED, ROUND),
    (screen, ONE_SHOWN, ROUND | {"shown guess"}),
    (screen, LOOKING_BACK, ROUND | {"shown guess"}),
    (screen, BETWEEN, {"code"}),
    (screen, CHECKOUT, {"code"}),
    (screen, ENDED, set()),
    (screen, CHOOSING, ROUND | {"options", "progress"}),
    (screen, CHOSEN, ROUND | {"options"}),
    (screen, TOLD, ROUND | {"options", "spread"}),
    (console, LOBBY, PHONES),
    (console, READING, PHONES | ROUND),
    (console, GUESSING, PHONES | ROUND | OPEN),
    (console, EXACT, PHONES | ROUND | OPEN | {"how many are done"}),
    # The one id is of the guess that revealing one by one would show next; it says nothing of its words.
    (console, CLOSED, PHONES | ROUND | ROUNDS | {"how many guesses", "ids of guesses"}),
    (console, LOOKED, PHONES | ROUND | ROUNDS | {"how many guesses", "ids of guesses"}),
    (console, ONE_SHOWN, PHONES | ROUND | ROUNDS | ALL_GUESSES),
    (console, LOOKING_BACK, PHONES | ROUND | ROUNDS | ALL_GUESSES),
    (console, BETWEEN, PHONES | ROUNDS),
    (console, CHECKOUT, PHONES | ROUNDS),
    (console, ENDED, PHONES),
    (console, CHOOSING, PHONES | ROUND | OPEN | {"options"}),
    (console, CHOSEN, PHONES | ROUND | ROUNDS | {"options", "how many guesses"}),
    (console, TOLD, PHONES | ROUND | ROUNDS | {"options", "spread", "how many guesses"}),
    (looking_console, GUESSING, PHONES | ROUND | OPEN),
    (looking_console, CLOSED, PHONES | ROUND | ROUNDS | {"how many guesses", "ids of guesses"}),
    (looking_console, LOOKED, PHONES | ROUND | ROUNDS | ALL_GUESSES),
    (looking_console, LOOKING_BACK, PHONES | ROUND | ROUNDS | ALL_GUESSES),
]


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("view, room, told", TABLE)
def test_a_viewer_is_told_what_the_table_says_and_nothing_else(
    view: Callable[[Room], object], room: Room, told: set[str], stopped: bool
) -> None:
    if stopped and room.phase is not Phase.ENDED:
        room = stop(room)
    assert facts(view(room)) == told


def test_the_table_has_every_phase_for_every_viewer() -> None:
    for viewer in (member, screen, console):
        assert {room.phase for view, room, _ in TABLE if view is viewer} == set(Phase)


@pytest.mark.parametrize("room", [*IN_PHASE.values(), LOOKED, ONE_SHOWN, LOOKING_BACK])
def test_what_a_console_could_do_next_tells_no_guess_and_no_stage(room: Room) -> None:
    view = therapist_view(room, LIBRARY, PULSE, look=True)
    told = facts((view.can, view.vignettes, view.prompts, view.earlier))
    kinds = {name for name in told if not name.startswith("unknown")}
    assert kinds <= {"story", "prompt", "round"}
    assert not any(stage.in_language() in str(view.vignettes) for stage in TRAIN.stages)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_everyone_reads_the_stages_so_far_and_no_later_one(stage: int) -> None:
    room = REVEALED
    for number in range(stage):
        room = next_stage(room, TRAIN, RoundId(f"stage {number}"))
    open_so_far = tuple(one.in_language() for one in TRAIN.stages[: stage + 1])
    for view in (member(room), screen(room), console(room)):
        assert view.round is not None
        assert view.round.story.stages == open_so_far


@pytest.mark.parametrize("room", list(IN_PHASE.values()))
def test_a_broadcast_holds_nothing_of_one_phone(room: Room) -> None:
    assert member_view(room, LIBRARY).own == Own()


def test_what_a_phone_sent_belongs_to_the_present_round_and_not_to_an_earlier_one() -> None:
    assert member_view(CLOSED, LIBRARY, OWN).own == OWN
    assert member_view(LOOKING_BACK, LIBRARY, OWN).own == Own()


@pytest.mark.parametrize("room", list(IN_PHASE.values()))
def test_the_screen_has_no_number_but_the_page_that_the_therapist_turned_to(room: Room) -> None:
    assert numbers(screen(room)) == [0]
    if room.phase is not Phase.ENDED:
        assert numbers(screen(show(room, Screen(page=7)))) == [7]


@pytest.mark.parametrize("view", [member, screen])
@pytest.mark.parametrize("room", [CLOSED, reveal(CLOSED, G1), conceal(REVEALED, G2)])
def test_nobody_else_can_tell_that_a_folded_guess_was_held_back_or_put_back(
    view: Callable[[Room], object], room: Room
) -> None:
    held = hold_back(room, G2)
    assert view(held) == view(room)
    assert view(put_back(held, G2)) == view(room)


@pytest.mark.parametrize("view", [member, screen])
@pytest.mark.parametrize("guesses", [0, 1, 4, 12])
def test_nobody_else_can_tell_how_many_guesses_are_closed(
    view: Callable[[Room], object], guesses: int
) -> None:
    assert view(close(GUESSING, pile(*"abcdefghijkl"[:guesses]))) == view(CLOSED)


@pytest.mark.parametrize("view", [member, screen, console])
def test_nobody_else_can_tell_that_a_therapist_looked_first(view: Callable[[Room], object]) -> None:
    assert view(look_first(CLOSED)) == view(CLOSED)


@pytest.mark.parametrize("view", [member, screen, console, looking_console])
def test_how_many_people_could_guess_changes_nothing_for_anyone(view: Callable[[Room], object]) -> None:
    assert view(open_guessing(READING, people=1)) == view(open_guessing(READING, people=12))


def test_looking_unfolds_the_guesses_only_after_looking_first_and_only_until_they_are_revealed() -> None:
    asked_for = [therapist_view(room, LIBRARY, PULSE, look=True) for room in (CLOSED, LOOKED, ONE_SHOWN)]
    assert [view.looking for view in asked_for] == [False, True, False]
    assert [len(view.cards) for view in asked_for] == [0, 4, 4]


def test_cards_say_what_is_held_back_shown_and_spotlit() -> None:
    cards = therapist_view(spotlight(ONE_SHOWN, G1), LIBRARY, PULSE).cards
    assert [(one.held_back, one.shown, one.spotlit) for one in cards] == [
        (False, True, True),
        (True, False, False),
        (False, False, False),
        (False, False, False),
    ]


def test_everyone_sees_which_guess_is_in_the_spotlight() -> None:
    for view in (member(spotlight(REVEALED, G3)), screen(spotlight(REVEALED, G3))):
        assert view.round is not None
        assert [one.text for one in view.round.guesses if one.spotlit] == [GUESSES[2]]


def test_a_last_call_is_told_to_phones_and_console_until_guessing_is_closed() -> None:
    called = last_call(GUESSING)
    for view in (member, console):
        assert [view(room).last_call for room in (GUESSING, called, close(called, ()))] == [
            False,
            True,
            False,
        ]


def test_the_screen_shows_the_join_code_only_while_people_may_join() -> None:
    assert [screen(room).code for room in (LOBBY, lock(LOBBY), end(LOBBY))] == ["HQ7K 3MPX", "", ""]


def test_looking_back_shows_everyone_the_earlier_round_as_it_was_left() -> None:
    earlier, now = member(ONE_SHOWN), member(LOOKING_BACK)
    assert (now.round, now.phase, now.looking_back) == (earlier.round, Phase.REVEALED, True)
    assert screen(LOOKING_BACK).round == console(LOOKING_BACK).round == earlier.round


@pytest.mark.parametrize(
    "room", [*IN_PHASE.values(), LOOKED, ONE_SHOWN, LOOKING_BACK, stop(GUESSING), lock(LOBBY)]
)
def test_a_console_offers_only_what_the_room_allows(room: Room) -> None:
    can = therapist_view(room, LIBRARY, PULSE).can
    assert all(room.can(verb) for verb in can)
    assert ("resume" in can) == room.stopped
    assert ("stop" in can) == (not room.stopped and room.phase is not Phase.ENDED)
    assert ("lock" in can) == (not room.locked and room.phase is not Phase.ENDED)
    assert ("unlock" in can) == room.locked


def test_someone_is_at_the_door_only_while_it_is_locked() -> None:
    knocked = Pulse(at_the_door=True)
    told = [therapist_view(room, LIBRARY, knocked).pulse.at_the_door for room in (lock(LOBBY), LOBBY)]
    assert told == [True, False]


def test_a_console_offers_no_verb_without_something_to_act_on() -> None:
    def offered(room: Room) -> frozenset[str]:
        return therapist_view(room, LIBRARY, PULSE).can

    without_guesses = close(GUESSING, ())
    assert not offered(without_guesses) & {"reveal", "look-first", "hold-back", "put-back"}
    all_held = hold_back(close(GUESSING, pile("Only one.")), G1)
    assert "reveal" not in offered(all_held)
    assert "put-back" in offered(all_held)
    assert "next-stage" in offered(REVEALED)
    assert "next-stage" not in offered(next_stage(start(LOBBY, CHAIR, FIRST), CHAIR, SECOND))
    assert "look-back" not in offered(REVEALED)
    assert "look-back" in offered(next_stage(REVEALED, TRAIN, SECOND))


def test_a_console_marks_what_is_planned_then_what_runs_and_what_was_used() -> None:
    def choices(room: Room) -> list[tuple[str, str, bool]]:
        view = therapist_view(room, LIBRARY, PULSE, planned=CHAIR.id)
        return [(one.id, one.detail, one.current) for one in view.vignettes]

    assert choices(LOBBY) == [("train", "mixed", False), ("chair", "mixed", True)]
    assert choices(READING) == [("train", "used in this room", True), ("chair", "mixed", False)]
    assert choices(finish(READING)) == [("train", "used in this room", False), ("chair", "mixed", True)]


def test_a_console_offers_the_prompts_of_the_present_stage() -> None:
    def prompts(room: Room) -> list[tuple[str, bool]]:
        return [(one.id, one.current) for one in therapist_view(room, LIBRARY, PULSE).prompts]

    assert prompts(LOBBY) == []
    first, later = [(THINKING, True), (FEELING, False), (WORDS, False)], (LATER, False)
    assert prompts(READING) == first
    assert prompts(next_stage(READING, TRAIN, SECOND)) == [*first[:2], later, first[2]]


def test_a_console_names_the_earlier_rounds_by_their_prompt_and_part() -> None:
    (earlier,) = therapist_view(LOOKING_BACK, LIBRARY, PULSE).earlier
    assert earlier.id == FIRST
    assert (earlier.label, earlier.detail) == (
        "What might Noor think in The Late Train?",
        "The Late Train, part 1",
    )
    assert earlier.current


def test_a_console_is_told_an_exact_number_only_where_it_was_asked_for_and_while_people_guess() -> None:
    assert therapist_view(GUESSING, LIBRARY, PULSE).pulse.sent is None
    assert therapist_view(EXACT, LIBRARY, PULSE).pulse.sent == PULSE.sent
    assert therapist_view(close(EXACT, ()), LIBRARY, PULSE).pulse.sent is None


def test_everyone_sees_the_groups_with_what_is_shown_of_them_and_the_rest_last() -> None:
    grouped = name_cluster(cluster(cluster(REVEALED, G3, 0), G1, 1), 0, "Wanting rest")
    for view in (member(grouped), screen(grouped), console(grouped)):
        assert view.round is not None  # type: ignore[attr-defined]
        told = [(one.name, [it.text for it in one.guesses]) for one in view.round.groups]  # type: ignore[attr-defined]
        assert told == [
            ("Wanting rest", [GUESSES[2]]),
            ("2", [GUESSES[0]]),
            ("", [GUESSES[1], GUESSES[3]]),
        ]
    assert [one.place for one in therapist_view(grouped, LIBRARY, PULSE).cards] == [1, None, 0, None]


def test_a_concealed_guess_leaves_its_group_for_everyone_but_the_console() -> None:
    grouped = conceal(cluster(cluster(REVEALED, G3, 0), G1, 0), G1)
    round_ = screen(grouped).round
    assert round_ is not None
    assert [it.text for it in round_.groups[0].guesses] == [GUESSES[2]]
    assert therapist_view(grouped, LIBRARY, PULSE).cards[0].place == 0


def test_without_groups_nobody_is_told_of_any() -> None:
    for view in (member(REVEALED), screen(REVEALED)):
        assert view.round is not None
        assert view.round.groups == ()


def test_the_screen_is_told_how_the_therapist_set_it() -> None:
    wanted = Screen(Shows.BLANK, page=2, far=True, dark=True)
    assert screen(show(REVEALED, wanted)).screen == wanted


def test_a_new_round_begins_on_the_first_page_of_the_screen() -> None:
    turned = show(REVEALED, Screen(page=3, far=True))
    assert screen(second_look(turned, SECOND, people=3)).screen == Screen(far=True)


def test_something_to_say_is_offered_in_every_phase_and_stays_the_same_for_a_round() -> None:
    for phase, room in IN_PHASE.items():
        said = {therapist_view(room, LIBRARY, PULSE).suggestion for _ in range(3)}
        assert len(said) == 1
        assert (said == {""}) == (phase is Phase.ENDED)
    spoken = {
        therapist_view(second_look(REVEALED, RoundId(f"r{n}"), people=3), LIBRARY, PULSE).suggestion
        for n in range(40)
    }
    assert len(spoken) > 1

"""Two short vignettes, and a room in every phase, for the tests of the core."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count

from facilitator.core.codes import Code
from facilitator.core.guess import Guess, GuessId, shuffle_pile
from facilitator.core.room import (
    Room,
    RoomId,
    ask,
    ask_sureness,
    back,
    check_out,
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
    resume,
    reveal,
    round_for,
    second_look,
    show,
    spotlight,
    start,
    stop,
    touch,
    unlock,
)
from facilitator.core.round import Phase, RoundId
from facilitator.core.screen import Shows
from facilitator.core.spread import Spread
from facilitator.core.vignette import (
    NEITHER,
    Audience,
    Character,
    Kind,
    Pattern,
    Prompt,
    PromptId,
    Texts,
    Vignette,
    VignetteId,
)

THINKING, FEELING, LATER = PromptId("noor-thinking"), PromptId("noor-feeling"), PromptId("noor-need")
WORDS = PromptId("noor-words")
OPTIONS = ("Hurt", "Angry", "Worried", "Lonely")
GUESSES = ("She is afraid.", "He forgot the time.", "She wants to be left alone.", "Nothing at all.")
PEOPLE = 23


def _in_english(text: str) -> Texts:
    return Texts((("en", text),))


def _vignette(name: str, title: str, *stages: str) -> Vignette:
    prompts = (
        Prompt(THINKING, Kind.THINKING, "noor", _in_english(f"What might Noor think in {title}?")),
        Prompt(FEELING, Kind.FEELING, "noor", _in_english(f"What might Noor feel in {title}?")),
        Prompt(LATER, Kind.NEED, "noor", _in_english(f"What might Noor need in {title}?"), from_stage=1),
        Prompt(
            WORDS,
            Kind.FEELING,
            "noor",
            _in_english(f"Which feelings might Noor have in {title}?"),
            options=(*map(_in_english, OPTIONS), *NEITHER),
            most=2,
        ),
    )
    return Vignette(
        id=VignetteId(name),
        title=_in_english(title),
        audience=Audience.BOTH,
        pattern=Pattern.MIXED,
        arousal=2,
        theme="waiting",
        characters=(Character("noor", _in_english("Noor")),),
        stages=tuple(_in_english(stage) for stage in stages),
        prompts=prompts,
    )


TRAIN = _vignette("train", "The Late Train", "Noor waits.", "The train comes.", "Nobody gets off.")
CHAIR = _vignette("chair", "The Empty Chair", "A chair is empty.", "Someone sits down.")
LIBRARY = {TRAIN.id: TRAIN, CHAIR.id: CHAIR}
FIRST, SECOND = RoundId("first-round"), RoundId("second-round")


def pile(*texts: str) -> tuple[Guess, ...]:
    """Lay `texts` in a pile in the order given, under the ids g1, g2 and so on."""
    numbers = count(1)
    return shuffle_pile(texts, shuffle=lambda _: None, new_id=lambda: f"g{next(numbers)}")


G1, G2, G3, G4 = (GuessId(f"g{number}") for number in range(1, 5))

LOBBY = Room(RoomId("room-id"), Code("HQ7K3MPX"))
READING = start(LOBBY, TRAIN, FIRST)
GUESSING = open_guessing(READING, people=PEOPLE)
CLOSED = close(GUESSING, pile(*GUESSES))
REVEALED = reveal(CLOSED)
BETWEEN = finish(REVEALED)
CHECKOUT = check_out(BETWEEN)
ENDED = end(REVEALED)
# Eight people chose among options, and said how sure they are.
CHOOSING = open_guessing(ask(ask_sureness(READING, asked=True), TRAIN, WORDS, SECOND), people=PEOPLE)
CHOSEN = close(CHOOSING, (), Spread(8, (5, 2, 4, 1, 0, 1), (3, 3, 2, 0)))
TOLD = reveal(CHOSEN)
IN_PHASE = {
    room.phase: room for room in (LOBBY, READING, GUESSING, CLOSED, REVEALED, BETWEEN, CHECKOUT, ENDED)
}
assert set(IN_PHASE) == set(Phase)

DO: dict[str, Callable[[Room], Room]] = {
    "start": lambda room: start(room, CHAIR, SECOND),
    "ask": lambda room: ask(room, TRAIN, FEELING, SECOND),
    "open": partial(open_guessing, people=PEOPLE),
    "last-call": last_call,
    "close": lambda room: close(room, pile(*GUESSES)),
    "look-first": look_first,
    "hold-back": lambda room: hold_back(room, G1),
    "put-back": lambda room: put_back(room, G1),
    "reveal": reveal,
    "conceal": conceal,
    "spotlight": lambda room: spotlight(room, G1),
    "cluster": lambda room: cluster(room, G1, 0),
    "name-cluster": lambda room: name_cluster(cluster(room, G1, 0), 0, "Maybe shy"),
    "add-guess": lambda room: (round_for(room, "add-guess"), room)[1],
    "second-look": lambda room: second_look(room, SECOND, people=PEOPLE),
    "next-stage": lambda room: next_stage(room, TRAIN, SECOND),
    "look-back": look_back,
    "back": partial(back, under_way=False),
    "finish": finish,
    "check-out": check_out,
    "stop": stop,
    "resume": resume,
    "lock": lock,
    "unlock": unlock,
    "admit": lambda room: touch(room, "admit"),
    "not-now": lambda room: touch(room, "not-now"),
    "remove": lambda room: touch(room, "remove"),
    "use": lambda room: touch(room, "use"),
    "show": lambda room: show(room, replace(room.screen, shows=Shows.JOIN)),
    "count-exactly": lambda room: count_exactly(room, exact=not room.exact),
    "ask-sureness": lambda room: ask_sureness(room, asked=not room.asks_sureness),
    "end": end,
}
"""Every verb, with something to act on wherever it is allowed."""

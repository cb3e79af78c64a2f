"""Practice: six pretend members who behave like people, and nothing of whom is ever kept."""

import re
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from facilitator.core.errors import NoRoom
from facilitator.core.guess import LONGEST, clean
from facilitator.core.vignette import Kind
from facilitator.live import LONGEST_PRACTICE_S
from facilitator.practice import Practice
from facilitator.presence import Presence
from facilitator.pretend import (
    FIRST_GUESS_S,
    LAST_GUESS_S,
    PEOPLE,
    guess,
    load_pool,
    texts_about,
    think_again,
)
from facilitator.services import Services
from facilitator.storage import tables
from tests.actors import Therapist, html_of

POOL = load_pool()
every_kind = pytest.mark.parametrize("kind", Kind)
AWAKE = "6 people here"


class Clock:
    """A clock that a test moves on."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(here: Services) -> Clock:
    clock = Clock(here.live.clock())
    here.live.clock = clock
    here.presence._clock = clock
    return clock


@pytest.fixture
def lives(here: Services, clock: Clock) -> Callable[[float], None]:
    """Let so many seconds pass, a tick in each."""

    def live(seconds: float, *practices: Practice) -> None:
        for _ in range(round(seconds)):
            clock.now += 1
            for one in practices or (here.practice,):
                one.tick()
            here.upkeep.tick()

    return live


@pytest.fixture
def alone(therapist: Therapist, clock: Clock) -> Therapist:
    """A therapist in a practice room."""
    therapist.room = therapist.browser.post("/therapist/practice", vignette="waving")["room"]
    therapist.code = therapist.room["code"]
    return therapist


def rows(here: Services, table: str) -> int:
    with here.database.read() as tx:
        return len(tx.execute(tables.metadata.tables[table].select()).all())


def revealed(therapist: Therapist) -> list[str]:
    """Close and reveal, and return the guesses that everybody sees."""
    therapist.does("close")
    therapist.reveals()
    html = therapist.screen().snapshot()["regions"]["stage"]["html"]
    return re.findall(
        r'<p class="text"[^>]*>(.*?)</p>|<li class="note[^>]*>\s*(?:<[^>]+>)*([^<]+)', html
    ) and (sorted(text for text in all_texts(therapist) if text in html))


def all_texts(therapist: Therapist) -> list[str]:
    html = therapist.snapshot()["regions"]["stage"]["html"]
    return [one.strip() for one in re.findall(r'class="text"[^>]*>([^<]*)<', html)]


def test_six_people_come_in_one_after_another_within_about_ten_seconds(
    alone: Therapist, lives: Callable[..., None], here: Services
) -> None:
    seen = []
    for _ in range(11):
        lives(1)
        seen.append(rows(here, "seat"))
    assert seen == sorted(seen)
    assert seen[0] <= 1 and seen[-1] == 6
    assert len(set(seen)) >= 5
    assert alone.sees(AWAKE)


def test_they_wait_until_guessing_is_open_and_then_guess_some_seconds_apart(
    alone: Therapist, lives: Callable[..., None], here: Services
) -> None:
    lives(12)
    alone.does("start", vignette="waving")
    lives(30)
    assert rows(here, "envelope") == 0
    alone.does("open")
    lives(2)
    assert rows(here, "envelope") == 0
    lives(12)
    assert 1 <= rows(here, "envelope") <= 5
    lives(14)
    assert rows(here, "envelope") == 6
    assert alone.sees("Everyone is in")


def test_five_guess_differently_with_the_characters_name_and_one_passes(
    alone: Therapist, lives: Callable[..., None]
) -> None:
    lives(12)
    alone.starts_guessing("waving")
    lives(40)
    alone.does("close")
    alone.reveals()
    found = all_texts(alone)
    assert len(found) == len(set(found)) == 5
    assert set(found) <= {escaped(one) for one in texts_for("waving")}


def test_where_there_are_words_to_choose_from_all_six_choose_and_partly_alike(
    alone: Therapist, lives: Callable[..., None]
) -> None:
    lives(12)
    alone.does("start", vignette="waving")
    alone.does("ask", prompt="feelings")
    alone.does("open")
    lives(40)
    alone.does("close")
    alone.does("reveal")
    counts = [int(one) for one in re.findall(r"<b>(\d+)</b></dd>", html_of(alone.snapshot()))]
    assert counts and min(counts) >= 3
    assert alone.sees("Also in the room: ")


def test_in_a_second_look_some_think_again_and_others_keep_what_they_thought(
    alone: Therapist, lives: Callable[..., None]
) -> None:
    lives(12)
    alone.starts_guessing("waving")
    lives(40)
    alone.does("close")
    alone.reveals()
    first = set(all_texts(alone))
    alone.does("second-look")
    lives(30)
    alone.does("close")
    alone.reveals()
    again = set(all_texts(alone))
    assert first & again
    assert again - first


def test_one_of_them_would_like_to_slow_down_once(alone: Therapist, lives: Callable[..., None]) -> None:
    lives(12)
    alone.starts_guessing("waving")
    lives(10)
    assert not alone.sees("slow down. No name")
    lives(14)
    assert alone.sees("Someone would like to slow down")
    lives(300)
    assert not alone.sees("Someone would like to slow down")


def test_several_processes_make_no_guess_twice(
    alone: Therapist, lives: Callable[..., None], here: Services, clock: Clock
) -> None:
    other = Practice(here.members, Presence(here.database, process="other", clock=clock), POOL)
    lives(12, here.practice, other)
    assert rows(here, "seat") == 6
    alone.starts_guessing("waving")
    lives(40, here.practice, other)
    assert rows(here, "envelope") == 6
    alone.does("close")
    alone.reveals()
    assert len(all_texts(alone)) == len(set(all_texts(alone))) == 5


def test_after_a_restart_the_same_six_carry_on(
    alone: Therapist, lives: Callable[..., None], here: Services
) -> None:
    lives(12)
    alone.starts_guessing("waving")
    lives(14)
    before = rows(here, "envelope")
    assert before
    born_again = Practice(here.members, here.presence, POOL)
    lives(1, born_again)
    assert rows(here, "seat") == 6
    assert rows(here, "envelope") - before <= 1
    lives(30, born_again)
    assert rows(here, "envelope") == 6


def test_they_stand_still_while_the_room_is_stopped(
    alone: Therapist, lives: Callable[..., None], here: Services
) -> None:
    lives(12)
    alone.starts_guessing("waving")
    alone.does("stop")
    lives(30)
    assert rows(here, "envelope") == 0
    alone.does("resume")
    lives(1)
    assert rows(here, "envelope") == 1


def test_at_a_locked_door_they_knock_and_come_in_once_admitted(
    alone: Therapist, lives: Callable[..., None], here: Services
) -> None:
    alone.does("lock")
    lives(12)
    assert rows(here, "seat") == 0
    assert alone.sees("Someone is at the door")
    alone.does("admit")
    lives(2)
    assert rows(here, "seat") == 6


def test_a_pretend_phone_that_was_removed_stays_away(
    alone: Therapist, lives: Callable[..., None], here: Services
) -> None:
    lives(12)
    with here.database.read() as tx:
        ref = tx.execute(tables.seat.select()).first().ref
    alone.does("remove", seat=ref)
    alone.starts_guessing("waving")
    lives(40)
    assert rows(here, "envelope") == 5


def test_a_practice_room_ends_by_itself_after_an_hour_and_leaves_nothing(
    alone: Therapist, lives: Callable[..., None], here: Services, clock: Clock
) -> None:
    lives(12)
    alone.starts_guessing("waving")
    lives(30)
    clock.now += LONGEST_PRACTICE_S - 60
    here.upkeep.purge()
    assert alone.sees("Practice. No real people.")
    clock.now += 60
    assert here.upkeep.purge() == 1
    with pytest.raises(NoRoom):
        here.live.load(room_id(here))
    for table in ("seat", "envelope", "presence", "summary", "ended_room", "ended_seat"):
        assert rows(here, table) == 0, table


@pytest.mark.parametrize("where, region", [("wall", "head"), ("shared", "next"), ("phones", "head")])
def test_every_layout_of_the_console_says_that_it_is_practice(
    alone: Therapist, where: str, region: str
) -> None:
    alone.code = alone.browser.post("/therapist/practice", where=where)["room"]["code"]
    assert "Practice. No real people." in alone.snapshot()["regions"][region]["html"]


def test_ending_practice_leads_home_and_leaves_no_summary(alone: Therapist, here: Services) -> None:
    version = alone.snapshot()["version"][0]
    answer = alone.browser.submit_form(f"{alone.base}end", version=version)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/therapist/")
    assert rows(here, "summary") == 0


def test_whoever_ends_practice_twice_is_told_that_it_has_closed(alone: Therapist) -> None:
    version = alone.snapshot()["version"][0]
    alone.does("end")
    again = alone.browser.submit_form(f"{alone.base}end", version=version)
    assert again.status_code == 403
    assert "This room has closed, or it is not yours." in again.text


def test_a_therapist_has_one_practice_room_at_a_time(alone: Therapist, here: Services) -> None:
    alone.browser.post("/therapist/practice")
    with here.database.read() as tx:
        found = tx.execute(tables.room.select().where(tables.room.c.practice)).all()
    assert len(found) == 1
    assert found[0].code != alone.code


def test_nobody_pretends_in_a_real_room(
    therapist: Therapist, lives: Callable[..., None], here: Services
) -> None:
    lives(20)
    assert rows(here, "seat") == 0
    assert not therapist.sees("No real people")


def test_practice_changes_nothing_of_what_home_remembers(alone: Therapist) -> None:
    alone.browser.post("/therapist/practice", vignette="two-coffees", where="phones")
    assert 'value="waving" selected' in alone.browser.page("/therapist/")


@every_kind
def test_there_is_enough_to_guess_and_all_of_it_may_be_sent(kind: Kind) -> None:
    texts = [one.format(name="Noor") for one in POOL[kind]]
    assert len(texts) == len(set(texts)) >= 10
    for text in texts:
        assert clean(text)
        assert len(text) <= LONGEST - 40  # longer names fit too
    named = sum("{name}" in one for one in POOL[kind])
    assert named >= (0 if kind is Kind.WHY_ME else 3)


@every_kind
def test_a_pretend_guess_wonders_and_does_not_know(kind: Kind) -> None:
    wondering = re.compile(
        r"maybe|perhaps|might|may |could|i think|i guess|i would guess|\?|i noticed|not sure", re.I
    )
    assert all(wondering.search(one) or len(one) < 60 for one in POOL[kind])
    assert sum(bool(wondering.search(one)) for one in POOL[kind]) >= len(POOL[kind]) - 1
    assert not any(re.search(r"\b(he|she|his|her|him|should)\b", one, re.I) for one in POOL[kind])


def test_everyone_guesses_within_the_time_and_one_passes_whatever_the_dice() -> None:
    texts = [f"text {n}" for n in range(10)]
    second_thoughts = 0
    for seed in range(500):
        plan = guess(texts, Random(seed))
        firsts = [one for one in plan if one.n == 1]
        assert sorted(one.person for one in firsts) == list(PEOPLE)
        assert all(FIRST_GUESS_S <= one.at <= LAST_GUESS_S for one in firsts)
        assert Counter(one.text for one in firsts)[""] == 1
        assert len({one.text for one in plan}) == len(plan)
        second_thoughts += len(plan) - len(firsts)
    assert 150 < second_thoughts < 350


def test_after_the_talk_three_think_again_whatever_the_dice() -> None:
    texts = [f"text {n}" for n in range(10)]
    for seed in range(500):
        first = guess(texts, Random(seed))
        minds = {one.person: one.text for one in sorted(first, key=lambda one: one.n)}
        again = think_again(first, texts, Random(seed + 1))
        assert sum(minds[one.person] != one.text for one in again) == 3
        assert all(one.n == 1 for one in again)


def texts_for(vignette: str) -> list[str]:
    from facilitator.storage.vignettes import load_shipped

    story = load_shipped()[vignette]  # type: ignore[index]
    return texts_about(story, story.prompts[0], POOL)


def escaped(text: str) -> str:
    from markupsafe import escape

    return str(escape(text))


def room_id(here: Services) -> str:
    with here.database.read() as tx:
        return str(
            tx.scalar(tables.room.select().with_only_columns(tables.room.c.id).where(tables.room.c.practice))
        )

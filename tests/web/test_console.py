"""What a console sets beside the story: the screen, groups, exact numbers, a guess by hand, the door."""

import re

import pytest

from facilitator.services import Services
from facilitator.storage import tables
from tests.actors import Refused, Therapist, html_of, new_op

TEXTS = ("nobody waves back", "it is a game", "saying goodbye")
NAME = "Missing somebody dearly"


def talk(therapist: Therapist) -> dict[str, str]:
    """Lead the room to the talk and return the id of each guess by its text."""
    for text in TEXTS:
        member = therapist.member()
        if therapist.snapshot()["phase"] == "lobby":
            therapist.starts_guessing()
        member.submit(text)
    therapist.does("close")
    stage = therapist.reveals()["snapshot"]["regions"]["stage"]["html"]
    found = re.findall(r'id="card-(\w+)".*?<p class="text" dir="auto">(.*?)</p>', stage, re.DOTALL)
    return {text: guess for guess, text in found}


def test_the_screen_shows_the_join_code_nothing_or_the_room(therapist: Therapist) -> None:
    screen = therapist.screen()
    therapist.does("start", vignette="waving")
    therapist.does("show", shows="join")
    assert screen.sees("Welcome. Take a seat.")
    assert not screen.sees("bus stop")
    therapist.does("show", shows="blank")
    assert not screen.sees("Welcome")
    assert not screen.sees("bus stop")
    therapist.does("show", shows="room")
    assert screen.sees("bus stop")


@pytest.mark.parametrize("fields", [{"shows": "everything"}, {"page": "-1"}, {"page": "two"}])
def test_the_screen_is_set_to_nothing_that_it_cannot_show(
    therapist: Therapist, fields: dict[str, str]
) -> None:
    with pytest.raises(Refused, match="bad_form"):
        therapist.does("show", **fields)


def test_members_and_screen_see_groups_by_name_and_nobody_sees_a_dissolved_one(therapist: Therapist) -> None:
    ids, screen = talk(therapist), therapist.screen()
    therapist.does("cluster", guess=ids[TEXTS[0]], place=0)
    therapist.does("name-cluster", place=0, name=f"  {NAME} ")
    assert screen.sees(NAME)
    therapist.does("cluster", guess=ids[TEXTS[0]], place="")
    assert not screen.sees(NAME)
    therapist.does("cluster", guess=ids[TEXTS[0]], place=0)
    therapist.does("cluster")
    assert not screen.sees("Group 1")
    assert screen.sees(TEXTS[0])


def test_the_name_of_a_group_is_text_and_at_most_40_letters(therapist: Therapist) -> None:
    ids = talk(therapist)
    therapist.does("cluster", guess=ids[TEXTS[0]], place=0)
    with pytest.raises(Refused, match="too_long"):
        therapist.does("name-cluster", place=0, name="x" * 41)
    html = html_of(therapist.does("name-cluster", place=0, name="<b onclick=x>")["snapshot"])
    assert "<b onclick" not in html
    assert "&lt;b onclick=x&gt;" in html


def test_groups_and_their_names_are_sealed_at_rest_and_gone_at_the_end(
    therapist: Therapist, here: Services
) -> None:
    ids = talk(therapist)
    therapist.does("cluster", guess=ids[TEXTS[0]], place=0)
    therapist.does("name-cluster", place=0, name=NAME)
    assert NAME.encode() not in _database(here)
    with here.database.read() as tx:
        (sealed,) = tx.scalars(tables.round.select().with_only_columns(tables.round.c.clusters))
    assert NAME.encode() not in sealed
    assert ids[TEXTS[0]].encode() not in sealed
    assert therapist.sees(NAME)
    therapist.does("end")
    left = _database(here)
    assert sealed not in left
    assert NAME.encode() not in left
    with here.database.read() as tx:
        assert tx.execute(tables.round.select()).all() == []


def test_exact_numbers_reach_the_console_alone(therapist: Therapist, here: Services) -> None:
    members = [therapist.member() for _ in range(3)]
    therapist.does("count-exactly", exact="yes")
    therapist.starts_guessing()
    for member in members:
        member.submit("one of three")
    assert not therapist.sees("people are done")
    here.live.clock = lambda: 10.0**10
    here.upkeep.tick()
    assert therapist.sees("3 people are done")
    assert not therapist.screen().sees("done")
    assert not members[0].sees("people are done")
    therapist.does("count-exactly", exact="no")
    assert not therapist.sees("people are done")


def test_a_guess_by_hand_counts_once_and_nobody_can_tell_it_from_the_others(therapist: Therapist) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    before = therapist.snapshot()["version"]
    op = new_op()
    for _ in range(3):
        therapist.does("add-guess", text="  said   aloud ", op=op)
    assert therapist.snapshot()["version"] == before
    member.submit("sent by phone")
    therapist.does("close")
    snapshot = therapist.reveals()["snapshot"]
    assert html_of(snapshot).count('data-guess="') == 2
    assert member.sees("said aloud")


@pytest.mark.parametrize("text, code", [("", "empty"), ("x" * 201, "too_long"), ("\0", "bad_form")])
def test_a_guess_by_hand_follows_the_rules_of_all_guesses_and_stays_in_the_form(
    therapist: Therapist, text: str, code: str
) -> None:
    therapist.starts_guessing()
    with pytest.raises(Refused, match=code):
        therapist.does("add-guess", text=text)
    page = therapist.browser.submit_form(
        f"{therapist.base}add-guess", text=text, version=therapist.snapshot()["version"][0]
    )
    assert page.status_code in (400, 422)
    if text.startswith("x"):
        assert f">{text}</textarea>" in page.text


def test_a_guess_by_hand_for_another_round_is_stale(therapist: Therapist) -> None:
    therapist.starts_guessing()
    with pytest.raises(Refused, match="stale"):
        therapist.does("add-guess", text="too late", round="0" * 32)


def test_someone_who_was_put_off_waits_on_and_can_still_be_let_in(
    therapist: Therapist, here: Services
) -> None:
    therapist.does("lock")
    stranger = therapist.stranger()
    stranger.submit_form("/join", code=therapist.code)
    here.upkeep.tick()
    assert therapist.sees("Someone is at the door.")
    therapist.does("not-now")
    here.upkeep.tick()
    assert not therapist.sees("Someone is at the door.")
    stranger.submit_form("/join", code=therapist.code)
    here.upkeep.tick()
    assert not therapist.sees("Someone is at the door.")
    therapist.does("admit")
    answer = stranger.submit_form("/join", code=therapist.code)
    assert answer.headers["Location"].endswith(f"/r/{therapist.code}/")


@pytest.mark.parametrize("where", ["wall", "shared", "phones"])
def test_a_console_has_a_shared_screen_where_people_look_at_one(therapist: Therapist, where: str) -> None:
    therapist.open_room(where=where)
    page = therapist.browser.page(therapist.base)
    assert ("Use a shared screen after all" in page) == (where == "phones")
    assert ('class="shared-screen"' in page) == (where != "phones")
    assert ("data-slim" in page.partition("<body")[2].partition(">")[0]) == (where == "shared")


def test_a_therapist_can_use_a_shared_screen_after_all_and_phones_only_again(therapist: Therapist) -> None:
    therapist.open_room(where="phones")
    assert "shared screen show" not in html_of(therapist.snapshot())
    therapist.does("stop")
    assert "shared-screen" in html_of(therapist.does("use", where="wall")["snapshot"])
    therapist.does("resume")
    assert "Phones and the shared screen show the story." in html_of(therapist.snapshot())
    before = therapist.snapshot()["version"]
    assert therapist.does("use", where="wall")["snapshot"]["version"] == before
    assert "shared-screen" not in html_of(therapist.does("use", where="phones")["snapshot"])
    with pytest.raises(Refused, match="bad_form"):
        therapist.does("use", where="the ceiling")


def test_a_room_is_not_made_for_somewhere_else(therapist: Therapist) -> None:
    with pytest.raises(Refused, match="bad_form"):
        therapist.browser.post("/therapist/rooms", vignette="waving", where="the ceiling")


def test_a_question_that_nobody_answered_can_be_asked_again(therapist: Therapist) -> None:
    member = therapist.member()
    therapist.starts_guessing()
    member.pass_()
    asked = member.snapshot()["round"]
    plan = therapist.does("close")["snapshot"]["regions"]["plan"]["html"]
    found = re.search(r'name="prompt" value="([\w-]+)">\s*<button[^>]*><span>Ask this again', plan)
    assert found
    therapist.does("ask", prompt=found[1])
    assert "Ask this again" not in html_of(therapist.does("open")["snapshot"])
    assert member.snapshot()["round"] != asked
    member.submit("He waves at an old friend")
    assert "Ask this again" not in html_of(therapist.does("close")["snapshot"])


def test_a_console_remembers_its_colours_in_a_cookie(therapist: Therapist) -> None:
    assert "data-theme" not in therapist.browser.page(therapist.base).split(">", 2)[1]
    therapist.browser.http.cookies.set("colours", "dark")
    assert '<html lang="en" dir="ltr" data-theme="dark">' in therapist.browser.page(therapist.base).replace(
        "=dark>", '="dark">'
    )
    therapist.browser.http.cookies.set("colours", "dark onload=x")
    assert "onload" not in therapist.browser.page(therapist.base)


def _database(here: Services) -> bytes:
    """All bytes of the data folder's database and its journals."""
    folder = here.config.data_dir
    return b"".join(one.read_bytes() for one in sorted(folder.glob("*")) if one.is_file())

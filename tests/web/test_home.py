"""The first page and the therapist's own pages: what they offer, remember, and keep to themselves."""

import re
from dataclasses import replace

import httpx
import pytest

from facilitator.core.screen import Where
from facilitator.core.vignette import VignetteId
from facilitator.services import Services
from facilitator.storage import rooms
from facilitator.web.assets import STATIC
from tests.actors import PASSWORD, Refused, Therapist
from tests.conftest import ORIGIN
from tests.web.drawn import Drawn
from tests.web.test_templates import LISTS

LIGHTEST_PAGE = 30_000  # bytes, before compression


@pytest.fixture
def stranger(therapist: Therapist) -> httpx.Client:
    return therapist.new_client()


def chosen(page: str) -> tuple[str, str]:
    story = re.search(r'<option value="([\w-]+)" selected>', page)
    where = re.search(r'name="where" value="(\w+)" checked', page)
    assert story and where
    return story[1], where[1]


def test_the_join_box_comes_first_and_the_sign_in_below(stranger: httpx.Client) -> None:
    page = stranger.get("/").text
    assert page.index('action="/join"') < page.index('action="/sign-in"')
    assert Drawn(page).headings == ["Type your code"]


def test_the_first_page_is_light_and_asks_for_no_face_and_no_picture(stranger: httpx.Client) -> None:
    page = stranger.get("/").text
    asked = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert {one.rpartition("/")[2] for one in asked} == {"front.css", "plain.css", "code.js"}
    sent = len(page) + sum(len(stranger.get(one).content) for one in asked)
    assert sent <= LIGHTEST_PAGE
    assert "url(" not in "".join((STATIC / "css" / part).read_text() for part in LISTS["front.css"])


def test_a_code_opens_in_lower_case_with_spaces_and_dashes(
    therapist: Therapist, stranger: httpx.Client
) -> None:
    code = therapist.code.lower()
    for typed in (code, f"{code[:4]} {code[4:]}", f" {code[:4]}-{code[4:]} ", therapist.room["join_url"]):
        answer = therapist.stranger().submit_form("/join", code=typed)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/r/{therapist.code}/")


def test_a_sign_that_codes_never_have_is_named_and_what_was_typed_stays(therapist: Therapist) -> None:
    answer = therapist.stranger().submit_form("/join", code="hq7o 3mpx")
    assert "Codes never have O, I or L." in answer.text
    assert 'value="hq7o 3mpx"' in answer.text


def test_a_wrong_password_keeps_the_address_that_was_typed(therapist: Therapist) -> None:
    answer = therapist.stranger().submit_form("/sign-in", email="ada@clinic.example", password="wrong")
    assert answer.status_code == 401
    assert 'value="ada@clinic.example"' in answer.text
    assert "do not fit together" in answer.text
    assert "<details" in answer.text and " open>" in answer.text


def test_a_signed_in_therapist_finds_the_way_from_the_first_page(therapist: Therapist) -> None:
    page = therapist.browser.page("/")
    assert 'href="/therapist/"' in page
    assert 'action="/sign-in"' not in page


def test_a_newcomer_begins_with_the_first_story_and_the_big_screen(
    here: Services, therapist: Therapist, other_therapist: Therapist
) -> None:
    other_therapist.browser.post("/therapist/rooms")
    assert chosen(other_therapist.browser.page("/therapist/")) == (next(iter(here.library)), "wall")


def test_home_remembers_the_last_story_and_where_people_looked(
    therapist: Therapist, other_therapist: Therapist
) -> None:
    therapist.browser.post("/therapist/rooms", vignette="two-coffees", where="phones")
    assert chosen(therapist.browser.page("/therapist/")) == ("two-coffees", "phones")
    assert chosen(other_therapist.browser.page("/therapist/"))[1] == "wall"
    # On another computer it is the same: nothing of it is kept in the browser.
    elsewhere = therapist.new_client()
    elsewhere.headers["Origin"] = ORIGIN
    elsewhere.post("/sign-in", data={"email": therapist.email, "password": PASSWORD})
    assert chosen(elsewhere.get("/therapist/").text) == ("two-coffees", "phones")


@pytest.mark.parametrize("where", Where)
def test_a_room_knows_where_people_look(therapist: Therapist, here: Services, where: Where) -> None:
    made = therapist.browser.post("/therapist/rooms", vignette="waving", where=where)["room"]
    with here.database.read() as tx:
        assert rooms.find(tx, code=made["code"]).where == where


def test_another_place_to_look_or_an_unknown_story_is_refused(therapist: Therapist) -> None:
    for path in ("/therapist/rooms", "/therapist/practice"):
        with pytest.raises(Refused, match="bad_form"):
            therapist.browser.post(path, where="ceiling")
        with pytest.raises(Refused, match="bad_form"):
            therapist.browser.post(path, vignette="no-such-story")


def test_open_rooms_are_found_again_and_others_rooms_are_not_listed(
    therapist: Therapist, other_therapist: Therapist
) -> None:
    page = therapist.browser.page("/therapist/")
    assert f'href="/therapist/rooms/{therapist.code}/"' in page
    assert other_therapist.code not in page
    therapist.does("end")
    assert therapist.code not in therapist.browser.page("/therapist/")


def test_every_story_can_be_read_in_full_before_one_is_chosen(therapist: Therapist, here: Services) -> None:
    page = therapist.browser.page("/therapist/stories")
    plain = re.sub(r"&#39;", "'", page)
    for story in here.library.values():
        assert story.title.in_language() in plain
        assert all(stage.in_language() in plain for stage in story.stages)
        assert all(prompt.text.in_language() in plain for prompt in story.prompts)
    assert chosen(therapist.browser.page("/therapist/?story=the-drill"))[0] == "the-drill"
    assert chosen(therapist.browser.page("/therapist/?story=<script>"))[0] == "waving"


def test_a_past_room_says_what_was_asked_and_can_be_deleted_now(therapist: Therapist) -> None:
    member = therapist.member()
    therapist.starts_guessing("waving")
    member.submit("Maybe he is lonely")
    therapist.does("close")
    path = therapist.does("end")["summary_url"]
    assert path in therapist.browser.page("/therapist/summaries")
    page = therapist.browser.page(path)
    assert "What might be going on in Emil’s mind?" in page
    assert "lonely" not in page
    therapist.browser.post(f"{path}/delete")
    assert path not in therapist.browser.page("/therapist/summaries")
    with pytest.raises(Refused, match="no_room"):
        therapist.browser.post(f"{path}/delete")


def test_a_prompt_or_a_story_that_is_no_longer_there_breaks_no_page(
    therapist: Therapist, here: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    therapist.starts_guessing()
    story = here.library[VignetteId("waving")]
    path = therapist.does("end")["summary_url"]
    assert story.prompts[0].text.in_language() in therapist.browser.page(path)
    monkeypatch.setitem(here.library, story.id, replace(story, prompts=story.prompts[1:]))  # type: ignore[arg-type]
    for page in (path, "/therapist/summaries"):
        assert story.prompts[0].text.in_language() not in therapist.browser.page(page)
    therapist.open_room()
    monkeypatch.delitem(here.library, story.id)  # type: ignore[arg-type]
    assert "A story that is no longer here" in therapist.browser.page("/therapist/")


def test_a_summary_is_its_therapists_alone(therapist: Therapist, other_therapist: Therapist) -> None:
    path = therapist.does("end")["summary_url"]
    for act in (other_therapist.browser.get, lambda path: other_therapist.browser.post(f"{path}/delete")):
        with pytest.raises(Refused, match="not_yours"):
            act(path)
    assert path not in other_therapist.browser.page("/therapist/summaries")


@pytest.mark.parametrize("path", ["", "stories", "summaries", "summaries/0"])
def test_nobody_reads_these_pages_without_signing_in(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(f"/therapist/{path}")
    assert answer.status_code == 401
    assert "Sign in" in answer.text


@pytest.mark.parametrize("path", ["rooms", "practice", "summaries/0/delete"])
def test_nobody_acts_here_without_signing_in(therapist: Therapist, path: str) -> None:
    with pytest.raises(Refused, match="signed_out"):
        therapist.stranger().post(f"/therapist/{path}")

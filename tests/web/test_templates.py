"""What is true of every template, style sheet and module, and of every region in every phase."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from facilitator.core.guess import Guess
from facilitator.core.pulse import Phone, Pulse
from facilitator.core.views import Own
from tests.core.rooms import CLOSED, G1, GUESSING, REVEALED
from tests.web.drawn import OWN, PULSES, ROOMS, Drawn, console, member, screen

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((STATIC / "js").glob("*.js"))
LISTS: dict[str, list[str]] = json.loads((STATIC / "css" / "pages.json").read_text())

every_template = pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
every_room = pytest.mark.parametrize("name", ROOMS)


@every_template
def test_a_template_holds_no_style_no_script_and_no_other_host(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:", source)
    assert not re.search(r"<script\b[^>]*>\s*[^<\s]", source)
    assert not re.search(r"""["'(]\s*(https?:)?//""", source)


@every_template
def test_a_form_is_posted_and_a_live_one_names_its_sending(path: Path) -> None:
    for form in re.findall(r"<form\b[^>]*>.*?</form>", path.read_text(), re.DOTALL):
        assert 'method="post"' in form or 'method="dialog"' in form
        if "data-live" in form:
            assert "seen(" in form or "sending(" in form


@every_template
def test_a_page_says_room_and_never_session(path: Path) -> None:
    assert not re.search(r"\bsessions?\b", path.read_text(), re.IGNORECASE)


@every_template
def test_a_page_of_a_member_has_a_title_that_tells_nothing(path: Path) -> None:
    assert "block title" not in path.read_text() or path.name == "base.html"


def test_a_style_sheet_is_joined_from_files_that_exist_and_no_other_is_left_over() -> None:
    named = {part for parts in LISTS.values() for part in parts}
    there = {str(path.relative_to(STATIC / "css")) for path in (STATIC / "css").rglob("*.css")}
    assert named | {"plain.css"} == there


# A phone's first page is the one to type a code at, and its last may be an error.
PHONES = sorted({*LISTS["member.css"], *LISTS["front.css"], "plain.css"})


@pytest.mark.parametrize("part", PHONES)
def test_what_a_phone_loads_uses_neither_layers_nor_nesting(part: str) -> None:
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / part).read_text(), flags=re.DOTALL)
    assert "@layer" not in css
    assert "url(" not in css
    flat = re.sub(r"@(?:media|keyframes)[^{]*\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}", r"\1", css)
    assert not re.search(r"\{[^{}]*\{", flat)


@every_module
def test_a_module_stays_within_es2019_and_imports_what_is_there(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\?\.[A-Za-z_(\[]|\?\?|\|\|=|&&=|\bimport\(", source)
    for imported in re.findall(r"from '([^']+)'", source):
        assert (path.parent / imported).resolve().is_file()


def test_a_page_names_only_modules_that_are_there() -> None:
    for path in TEMPLATES:
        for names in re.findall(r"scripts\((.*?)\) \}\}", path.read_text()):
            for name in re.findall(r'"([\w/]+)"', names):
                assert (STATIC / "js" / f"{name.removeprefix('js/')}.js").is_file()


@every_room
@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_a_phone_draws_one_heading_and_whole_forms(name: str, own: Own) -> None:
    page = Drawn.of(member(ROOMS[name], own))
    # A stopped page hides all regions but the first, and keeps half-written words underneath.
    headings = Drawn(member(ROOMS[name], own).regions["status"].html).headings
    assert len(headings if name.startswith("stopped") else page.headings) == 1
    assert len(page.ids) == len(set(page.ids))
    for form in page.forms:
        assert form.method == "post"
        verb = form.action.removeprefix("/r/HQ7K3MPX/")
        assert verb in {"guess", "pass", "withdraw", "word"}
        if verb == "word":
            assert not form.fields  # Nothing goes along with a wish for a word.
            continue
        assert form.fields["op"] == ""
        assert form.fields["n"] == str(own.n + 1)
        assert form.fields["round"] == ROOMS[name].rounds[-1].id


@every_room
@pytest.mark.parametrize("pulse", PULSES.values(), ids=PULSES)
@pytest.mark.parametrize("look", [False, True], ids=["folded", "looking"])
def test_a_console_draws_one_heading_and_whole_forms(name: str, pulse: Pulse, look: bool) -> None:
    room = ROOMS[name]
    drawn = console(room, pulse, look=look)
    page = Drawn.of(drawn)
    # The shared screen's own heading is part of a picture here.
    assert len(page.headings) - len(Drawn(drawn.regions["wall"].html).headings) == 1
    assert len(page.ids) == len(set(page.ids))
    for form in page.forms:
        command = form.action.removeprefix("/therapist/rooms/HQ7K3MPX/")
        assert form.method == "post"
        assert form.fields["version"] == str(room.version)
        assert form.fields["op"] == ""
        assert room.can(command)
        if command != "look-back" and room.round and not room.looking_back:
            assert form.fields["round"] == room.round.id


@every_room
@pytest.mark.parametrize("pulse", PULSES.values(), ids=PULSES)
def test_a_screen_draws_one_heading_and_no_control(name: str, pulse: Pulse) -> None:
    page = Drawn.of(screen(ROOMS[name], pulse))
    assert len(page.headings) == 1
    assert not page.forms
    assert not {"a", "button", "input"} & {tag for tag, _ in page.tags}


@pytest.mark.parametrize("name", [name for name in ROOMS if name != "ended"])
def test_a_console_offers_one_next_step_and_at_most_one_beside_it(name: str) -> None:
    page = Drawn(console(ROOMS[name]).regions["next"].html)
    kinds = [attributes["class"] for tag, attributes in page.tags if tag == "button"]
    assert sum("primary" in kind for kind in kinds) == 1
    assert sum("secondary" in kind for kind in kinds) <= 1
    # Ending is never done by a single key.
    assert name == "checkout" or any("n" in one.get("aria-keyshortcuts", "").split() for _, one in page.tags)


def test_a_plan_whose_next_step_is_a_story_is_another_one_than_before_and_begins_open() -> None:
    """What somebody folded stays folded under its id, so the open list needs one of its own."""
    plans = {name: console(ROOMS[name]).regions["plan"].html for name in ("revealed", "between", "lobby")}
    lists = {
        name: re.search(r'<details class="fold" id="(stories[\w-]*)"( open)?>', html)
        for name, html in plans.items()
    }
    found = {name: one.groups() for name, one in lists.items() if one}
    assert found == {
        "revealed": ("stories", None),
        "between": ("stories-now", " open"),
        "lobby": ("stories-now", " open"),
    }


def test_where_nothing_came_a_console_suggests_no_words_about_what_will_be_seen() -> None:
    for name in ("nothing came", "all held back"):
        stage = console(ROOMS[name]).regions["stage"].html
        assert "Something you could" not in stage
    assert "Silence is fine." in console(ROOMS["nothing came"]).regions["stage"].html
    assert "Something you could" in console(ROOMS["closed"]).regions["stage"].html


def test_a_console_says_how_many_phones_are_asleep() -> None:
    said = {name: console(ROOMS["reading"], PULSES[name]).regions["room"].html for name in PULSES}
    assert "2 people here" in said["busy"]
    assert "1 phone is asleep" in said["busy"]
    assert "All phones awake" in said["everyone"]
    asleep = replace(PULSES["busy"], phones=(Phone("a", False), Phone("b", False)))
    assert "2 phones are asleep" in console(ROOMS["reading"], asleep).regions["room"].html


def test_the_square_is_drawn_on_the_stage_or_beside_it_and_not_on_both() -> None:
    for name, stage, room in (("lobby", 1, 0), ("reading", 0, 1), ("locked lobby", 0, 0)):
        drawn = console(ROOMS[name]).regions
        assert (drawn["stage"].html.count("join.svg"), drawn["room"].html.count("join.svg")) == (
            stage,
            room,
        ), name


def test_after_a_second_look_the_next_step_leads_onwards() -> None:
    html = console(ROOMS["second look, revealed"]).regions["next"].html
    assert "Next: the next stage" in html
    assert "Next: a second look" not in html
    assert "Next: a second look" in console(ROOMS["revealed"]).regions["next"].html


def test_what_is_to_be_done_in_the_lobby_is_not_said_to_be_done() -> None:
    stage = console(ROOMS["lobby"]).regions["stage"].html
    todo = re.findall(r"<li>(.*?)</li>", stage)
    assert [one.split()[0] for one in todo] == ["Put", "Open", "Say"]
    assert "<svg" not in stage.partition('class="checks"')[2].partition("</ul>")[0]


def test_the_page_after_sending_looks_the_same_for_a_guess_and_a_pass() -> None:
    guess, passed = (member(GUESSING, OWN[name]).regions["compose"].html for name in ("guess", "pass"))
    assert guess.replace("She is afraid.", "You passed this time.", 1).replace("She is afraid.", "") == passed


def test_the_words_of_a_guess_are_text_and_nothing_else() -> None:
    words = '<img src=x onerror=alert(1)> "&'
    now = REVEALED.rounds[-1]
    wicked = replace(REVEALED, rounds=(replace(now, guesses=(Guess(G1, words),), shown=(G1,), spotlight=G1),))
    own = Own(OWN["guess"].sent, words, 1)
    for snapshot in (member(wicked), member(GUESSING, own), screen(wicked), console(wicked)):
        page = Drawn.of(snapshot)
        assert not any("onerror" in attributes for _, attributes in page.tags)
        assert "&lt;img" in "".join(one.html for one in snapshot.regions.values())


def test_a_folded_console_holds_no_word_of_a_guess() -> None:
    html = "".join(one.html for one in console(CLOSED).regions.values())
    assert not any(guess.text in html for guess in CLOSED.rounds[-1].guesses)

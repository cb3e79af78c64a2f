"""What was chosen is whole on any wall, in letters to be read from afar, each dot beside its word (§2.6)."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.actors import Member, Therapist
from tests.e2e.tour import CHANGED, CHOICES
from tests.e2e.walls import SIZES, Wall
from tests.server import Server

LEAST_PX, LEAST_FAR_PX = 40, 72

# What a sheet says: each part's words, their size as it would be at 1080p, and whether it is cut.
PARTS = """(unit) => Array.from(document.querySelectorAll('.sheet')).flatMap((sheet) => {
  const outer = sheet.getBoundingClientRect();
  const parts = sheet.querySelectorAll('h2, dt, li, b, p, .look, .dots i');
  return Array.from(parts).filter((one) => one.checkVisibility() && (one.textContent || one.tagName === 'I'))
    .map((one) => {
      const {left, top, right, bottom} = one.getBoundingClientRect();
      const cut = left < outer.left || top < outer.top || right > outer.right || bottom > outer.bottom;
      const size = parseFloat(getComputedStyle(one).fontSize) / unit * 19.2;
      return {tag: one.tagName, text: one.textContent, cut, size};
    });
})"""
CUT = """Array.from(document.querySelectorAll('.sheet'),
  (one) => [one.scrollHeight - one.clientHeight, one.scrollWidth - one.clientWidth]).flat()"""


def parts(wall: Wall) -> list[dict[str, Any]]:
    """Return what can be read on the page that is shown, and see to it that it is whole."""
    found: list[dict[str, Any]] = wall.page.evaluate(PARTS, wall.unit)
    assert [one for one in found if one["cut"]] == []
    assert set(wall.page.evaluate(CUT)) <= {0}
    assert wall.outside() == []
    return found


def turn_through(wall: Wall, therapist: Therapist) -> list[dict[str, Any]]:
    found = []
    for page in range(max(1, wall.page.locator(".pages .dot").count())):
        therapist.does("show", page=page)
        wall.stands_at(therapist)
        found += parts(wall)
    return found


def begin(therapist: Therapist, people: int) -> list[Member]:
    members = [therapist.member() for _ in range(people)]
    therapist.does("ask-sureness", asked="yes")
    therapist.does("start", vignette="waving")
    therapist.does("ask", prompt="feelings")
    therapist.does("open")
    return members


def everyone_chooses(therapist: Therapist, members: list[Member]) -> None:
    """Two each: from twelve people, eight words with three dots are the most rows there can be."""
    for place, member in enumerate(members):
        first = place % 4 * 2
        member.choose(first, first + 1, sure=place % 4)
    therapist.does("close")
    therapist.does("reveal")


WORDS = [
    "Playful",
    "Lonely",
    "Glad",
    "Hopeful",
    "Embarrassed",
    "Tender",
    "Can’t tell from this",
    "Something else",
]


@pytest.mark.parametrize("size", SIZES)
def test_what_twelve_people_chose_is_whole_and_large_on_any_wall_near_and_far_after_one_look_and_two(
    browser: Browser, server: Server, therapist: Therapist, size: str
) -> None:
    members = begin(therapist, 12)
    wall = Wall(browser, server, therapist, size)
    for looks in (1, 2):
        everyone_chooses(therapist, members)
        wall.stands_at(therapist)
        for far, least in (("no", LEAST_PX), ("yes", LEAST_FAR_PX)):
            therapist.does("show", far=far, page=0)
            wall.stands_at(therapist)
            assert far == "yes" or wall.page.locator(".pages .dot").count() <= 1
            found = turn_through(wall, therapist)
            assert [one["text"] for one in found if one["text"] in WORDS] == WORDS
            assert sum(one["tag"] == "I" for one in found) == 24 * looks + 12
            assert min(one["size"] for one in found if one["text"]) >= least - 0.1
        therapist.does("show", far="no", page=0)
        if looks == 1:
            therapist.does("second-look")
    wall.leaves()


def test_one_crowded_step_of_sureness_is_a_heap_and_its_sheet_no_wider_than_it_needs(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    members = begin(therapist, 16)
    for place, member in enumerate(members):
        member.choose(1, 2 + place % 6, sure=0 if place == 0 else 1)
    therapist.does("close")
    therapist.does("reveal")
    wall = Wall(browser, server, therapist)
    found = parts(wall)
    assert sum(one["tag"] == "I" for one in found) >= 16 + 15
    chosen, sure = wall.page.locator(".sheet").all()
    wide, narrow = chosen.bounding_box(), sure.bounding_box()
    assert wide and narrow
    assert narrow["width"] < wide["width"] * 2 / 3
    wall.leaves()


def test_up_to_six_dots_stand_in_one_line(browser: Browser, server: Server, therapist: Therapist) -> None:
    """Five and one under them read like two numbers."""
    members = begin(therapist, 7)
    looks = ((*CHOICES, ((1, 3), 0)), (*CHANGED, ((3, 4), 0)))
    for number, look in enumerate(looks):
        if number:
            therapist.does("second-look")
        for place, (member, (options, _)) in enumerate(zip(members, look, strict=True)):
            member.choose(*options, sure=place % 4)
        therapist.does("close")
        therapist.does("reveal")
    wall = Wall(browser, server, therapist)
    lines = wall.page.evaluate(
        """() => Array.from(document.querySelectorAll('.looks .dots'),
          (dots) => new Set(Array.from(dots.children, (dot) => dot.offsetTop)).size).filter(Boolean)"""
    )
    assert lines == [1, 1, 1, 1]
    parts(wall)
    wall.leaves()


def test_a_dot_stands_on_the_middle_of_the_word_beside_it(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    members = begin(therapist, 12)
    everyone_chooses(therapist, members)
    wall = Wall(browser, server, therapist)
    off = wall.page.evaluate(
        """() => Array.from(document.querySelectorAll('.sheet:first-child .spread > *'), (row) => {
          const word = row.querySelector('dt');
          const foot = document.createElement('span');
          foot.style.cssText = 'display:inline-block;inline-size:0;block-size:1ex';
          word.prepend(foot); // stands on the line and is as tall as a small letter
          const letter = foot.getBoundingClientRect();
          foot.remove();
          const dot = row.querySelector('i').getBoundingClientRect();
          return Math.abs((dot.top + dot.bottom) / 2 - (letter.top + letter.bottom) / 2);
        })"""
    )
    assert len(off) == 8
    assert max(off) <= 3
    wall.leaves()


def test_where_all_was_concealed_again_the_wall_shows_the_question_and_the_ring(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    members = begin(therapist, 6)
    everyone_chooses(therapist, members)
    therapist.does("conceal")
    wall = Wall(browser, server, therapist)
    wall.sees("Which feelings might Emil have while waving?")
    ring = wall.page.locator(".scene .ring").bounding_box()
    assert ring
    assert ring["height"] > 10 * wall.unit
    wall.leaves()

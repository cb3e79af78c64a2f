"""The way in: the square that phones read from the wall and from paper (screens.md C-17)."""

import io
import re

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.actors import Therapist
from tests.e2e.people import Person
from tests.e2e.walls import GUESSES, Wall, reveal
from tests.server import Server

Room = tuple[Server, Therapist]
A5_PT = (419.5, 595.3)


@pytest.fixture(scope="module")
def room(house: Server, ada: Therapist) -> Room:
    ada.open_room("seen-at-noon")
    return house, ada


def read_square(picture: bytes, scale: int = 1) -> str:
    """Read the QR on a picture that was made so many times smaller."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    small = image.resize((image.width // scale, image.height // scale), Image.Resampling.LANCZOS)
    found = zxingcpp.read_barcodes(small)
    assert len(found) == 1
    return found[0].text


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["1080p", "720p", "4k", "projector"])
def test_the_square_on_the_wall_is_read_from_afar_and_opens_the_room(
    browser: Browser, room: Room, size: str, theme: str
) -> None:
    server, ada = room
    wall = Wall(browser, server, ada, size, query=f"?theme={theme}")
    scale = 16 if size == "4k" else 8
    url = read_square(wall.page.screenshot(), scale)
    assert url == f"{server.url}/J/{ada.code}".upper()
    answer = httpx.get(url, follow_redirects=True, trust_env=False)
    assert answer.status_code == 200
    assert f'action="/r/{ada.code}/join"' in answer.text
    wall.leaves()


def test_the_square_is_large_and_has_its_quiet_zone(browser: Browser, room: Room) -> None:
    server, ada = room
    wall = Wall(browser, server, ada)
    square = wall.page.locator(".qr").bounding_box()
    code = wall.page.locator(".way-in .code")
    assert square
    assert square["width"] == pytest.approx(46 * wall.unit, abs=1)
    assert square["height"] == square["width"]
    drawn = httpx.get(f"{server.url}{ada.screen().path}join.svg", trust_env=False).text
    # The way to the first dark square leaves four modules free all around.
    assert re.search(r'viewBox="0 0 (\d+) \1"><path fill="#fff" d="M0 0h\1v\1h-\1z"/>', drawn)
    assert '<path stroke="#15241e" d="M4 4.5h7' in drawn
    size = float(code.evaluate("one => getComputedStyle(one).fontSize").removesuffix("px"))
    assert size == pytest.approx(6.6 * wall.unit, abs=0.5)
    wall.leaves()


def test_the_therapist_puts_the_way_in_or_nothing_on_the_wall_at_any_time(
    browser: Browser, room: Room
) -> None:
    server, host = room
    ada = Therapist(host.browser, host.new_client)
    reveal(ada, GUESSES[:3])
    wall = Wall(browser, server, ada)
    wall.sees(GUESSES[0])
    ada.does("show", shows="join")
    wall.sees("Point your phone camera at the square.")
    wall.does_not_see(GUESSES[0])
    wall.waits_for("document.querySelector('.qr').complete")
    assert read_square(wall.page.screenshot(), 8).endswith(ada.code)
    ada.does("show", shows="blank")
    wall.does_not_see("Point your phone camera at the square.")
    assert wall.page.locator("#stage").inner_text().strip() in ("", "This screen rests.")
    assert not any(text in wall.page.content() for text in GUESSES[:3])
    ada.does("lock")
    ada.does("show", shows="join")
    wall.sees("The door is closed for now.")
    assert ada.code not in wall.page.content()
    ada.does("show", shows="room")
    wall.sees(GUESSES[0])
    wall.leaves()


def test_the_join_card_fits_on_one_sheet_of_a5_and_its_square_opens_the_room(
    browser: Browser, room: Room
) -> None:
    server, ada = room
    visitor = Person(browser, server, script=True, viewport={"width": 1280, "height": 1000})
    visitor.opens(f"{ada.screen().path}card")
    assert visitor.page.title() == "Room"
    for words in ("Welcome. Take a seat.", "No name and no account.", ada.code[:4], "Print this card"):
        visitor.sees(words)
    assert read_square(visitor.page.screenshot(full_page=True)).endswith(f"/J/{ada.code}")
    sheet = visitor.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert box
    assert [float(side) for side in box.groups()] == pytest.approx(A5_PT, abs=1)
    visitor.page.emulate_media(media="print")
    expect(visitor.page.get_by_role("button")).to_be_hidden()
    visitor.leaves()


@pytest.mark.parametrize("width, height", [(820, 1180), (1180, 820), (390, 844)])
def test_the_join_card_fills_a_screen_that_is_handed_around(
    browser: Browser, room: Room, width: int, height: int
) -> None:
    server, ada = room
    visitor = Person(browser, server, script=True, viewport={"width": width, "height": height})
    visitor.opens(f"{ada.screen().path}card")
    whole = visitor.page.get_by_role("button", name="Full screen")
    whole.click()
    expect(whole).not_to_be_visible()
    visitor.does_not_see("Print this card")
    square = visitor.page.locator(".qr").bounding_box()
    assert square
    assert square["width"] > 0.55 * width
    for part in (".qr", ".code", ".promise"):
        expect(visitor.page.locator(part)).to_be_in_viewport(ratio=1)
    assert read_square(visitor.page.screenshot()).endswith(f"/J/{ada.code}")
    visitor.leaves()


def test_the_button_prints_and_without_scripts_words_say_how(browser: Browser, room: Room) -> None:
    server, ada = room
    visitor = Person(browser, server, script=True)
    visitor.page.add_init_script("window.print = () => { window.printed = true; }")
    visitor.opens(f"{ada.screen().path}card")
    visitor.presses("Print this card")
    assert visitor.page.evaluate("window.printed")
    plain = Person(browser, server, script=False)
    plain.opens(f"{ada.screen().path}card")
    plain.sees("To print this card, use Print")
    expect(plain.page.get_by_role("button")).to_be_hidden()
    for person in (visitor, plain):
        person.leaves()


def test_a_locked_room_has_no_card_to_print(browser: Browser, room: Room) -> None:
    server, host = room
    ada = Therapist(host.browser, host.new_client).open_room()
    ada.does("lock")
    visitor = Person(browser, server, script=True)
    visitor.opens(f"{ada.screen().path}card")
    visitor.sees("This room is locked now.")
    assert ada.code not in visitor.page.content()
    visitor.leaves()

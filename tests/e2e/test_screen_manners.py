"""The shared screen's manners: full screen, theme, wake lock, motion, and silence."""

import pytest
from playwright.sync_api import Browser, expect

from tests.actors import Therapist
from tests.e2e.walls import GUESSES, Wall, collect, reveal
from tests.server import Server

Room = tuple[Server, Therapist]
LIGHT, DARK = "rgb(219, 229, 222)", "rgb(12, 20, 17)"
FULL = "Boolean(document.fullscreenElement)"
# Every animation from now on, and when it ends, in ms.
LISTEN = """() => { window.begun = [];
  document.addEventListener('animationstart', ({target, animationName: name}) => {
    const found = target.getAnimations().find((one) => one.animationName === name);
    begun.push([name, found ? found.effect.getComputedTiming().endTime : 0]);
  });
}"""
MOVING = """() => document.getAnimations().map((one) => [one.animationName || one.transitionProperty,
  one.effect.getComputedTiming().endTime])"""


@pytest.fixture(scope="module")
def room(house: Server, ada: Therapist) -> Room:
    """A room in which some guesses are revealed, on a light wall."""
    reveal(ada, GUESSES)
    return house, ada


def ground(wall: Wall) -> str:
    """The colour of the wall once it has faded to it."""
    wall.page.wait_for_timeout(300)
    body = wall.page.locator("body").evaluate("one => getComputedStyle(one).backgroundColor")
    inner = wall.page.locator(".wall").evaluate("one => getComputedStyle(one).backgroundColor")
    assert body == inner
    return str(body)


def test_f_fills_the_screen_and_empties_it_and_a_click_only_fills_it(browser: Browser, room: Room) -> None:
    wall = Wall(browser, *room)
    wall.page.keyboard.press("f")
    wall.waits_for(FULL)
    wall.page.keyboard.press("F")
    wall.waits_for(f"!{FULL}")
    wall.page.locator(".wall").click()
    wall.waits_for(FULL)
    wall.page.locator(".wall").click()
    wall.page.wait_for_timeout(200)
    assert wall.page.evaluate(FULL)
    wall.leaves()


def test_keys_can_be_switched_off_and_leave_shortcuts_alone(browser: Browser, room: Room) -> None:
    wall = Wall(browser, *room)
    wall.page.keyboard.press("Control+t")
    assert ground(wall) == LIGHT
    wall.leaves()
    wall = Wall(browser, *room, query="?keys=off")
    wall.page.keyboard.press("t")
    wall.page.keyboard.press("f")
    assert ground(wall) == LIGHT
    assert not wall.page.evaluate(FULL)
    wall.leaves()


def test_the_theme_is_the_rooms_until_this_screen_has_its_own(browser: Browser, room: Room) -> None:
    server, ada = room
    wall, other = Wall(browser, *room, color_scheme="dark"), Wall(browser, *room, query="?theme=dark")
    assert ground(wall) == LIGHT  # whatever the system likes
    assert ground(other) == DARK
    ada.does("show", dark="yes")
    wall.stands_at(ada)
    assert ground(wall) == DARK
    wall.page.keyboard.press("t")
    assert ground(wall) == LIGHT
    wall.page.reload()
    assert ground(wall) == LIGHT
    ada.does("show", dark="no")
    other.stands_at(ada)
    assert ground(other) == LIGHT
    for one in (wall, other):
        one.leaves()
    assert server.log.exists()


def test_the_wall_keeps_the_screen_awake_and_lives_where_it_cannot(browser: Browser, room: Room) -> None:
    faults: list[str] = []
    for refuses in ("Promise.resolve({released: false})", "Promise.reject(new Error('no'))"):
        wall = Wall(browser, *room)
        wall.page.on("pageerror", lambda error: faults.append(str(error)))
        wall.page.add_init_script(
            f"""window.asked = [];
            Object.defineProperty(navigator, 'wakeLock',
              {{value: {{request: (kind) => {{ asked.push(kind); return {refuses}; }}}}}});"""
        )
        wall.page.reload()
        wall.waits_for("asked.length")
        assert wall.page.evaluate("asked[0]") == "screen"
        wall.sees(GUESSES[0])
        wall.leaves()
    assert faults == []


def test_notes_unfold_one_after_the_other_once_and_not_again_when_they_come_back(
    browser: Browser, room: Room
) -> None:
    server, host = room
    ada = Therapist(host.browser, host.new_client)
    collect(ada, GUESSES)
    ada.does("close")
    wall = Wall(browser, server, ada, reduced_motion="no-preference")
    wall.page.evaluate(LISTEN)
    ada.reveals()
    unfolded = "begun.filter(([name]) => name === 'unfold')"
    wall.waits_for(f"{unfolded}.length === {len(GUESSES)}")
    ends = [end for _, end in wall.page.evaluate(unfolded)]
    assert len(set(ends)) == len(GUESSES)
    assert max(ends) <= 1_200
    ada.does("show", shows="blank")
    wall.page.wait_for_selector(".blank")
    ada.does("show", shows="room")
    wall.page.wait_for_selector(".board .note")
    wall.page.wait_for_timeout(300)
    assert len(wall.page.evaluate(unfolded)) == len(GUESSES)
    wall.leaves()


def test_a_new_scene_fades_in_from_the_walls_own_ground(browser: Browser, room: Room) -> None:
    server, host = room
    ada = Therapist(host.browser, host.new_client).open_room("seen-at-noon")
    wall = Wall(browser, server, ada, reduced_motion="no-preference")
    for command, scene in (("start", ".reading"), ("open", ".asking"), ("stop", ".stopped")):
        wall.page.evaluate(LISTEN)
        ada.does(command, vignette="seen-at-noon")
        wall.page.wait_for_selector(scene)
        wall.waits_for("begun.some(([name, end]) => name === 'appear' && end === 180)")
        assert ground(wall) == LIGHT
    wall.leaves()


def test_with_reduced_motion_nothing_moves_and_everything_is_there(browser: Browser, room: Room) -> None:
    server, host = room
    ada = Therapist(host.browser, host.new_client)
    collect(ada, GUESSES)
    wall = Wall(browser, server, ada)
    for command in ("close", "reveal", "stop"):
        ada.does(command)
        wall.stands_at(ada)
        assert wall.page.evaluate(MOVING) == []
        if command == "reveal":
            assert len(wall.notes()) == len(GUESSES)
    wall.leaves()


def test_with_forced_colours_notes_and_folded_notes_have_edges(browser: Browser, room: Room) -> None:
    server, host = room
    ada = Therapist(host.browser, host.new_client)
    collect(ada, GUESSES[:3])
    wall = Wall(browser, server, ada, forced_colors="active")
    edge = "one => parseFloat(getComputedStyle(one).borderTopWidth)"
    assert wall.page.locator(".folded").first.evaluate(edge) >= 1
    ada.does("close")
    ada.does("reveal")
    wall.page.wait_for_selector(".board .note")
    assert wall.page.locator(".note").first.evaluate(edge) >= 1
    assert wall.outside() == []
    assert wall.finds_faults() == []
    wall.leaves()


def test_without_scripts_the_wall_is_readable_as_it_stands(browser: Browser, room: Room) -> None:
    server, ada = room
    wall = Wall(browser, server, ada, script=False)
    for text in GUESSES:
        wall.sees(text)
    heading = wall.page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    items = wall.page.get_by_role("listitem")
    expect(items).to_have_count(len(GUESSES))
    sizes = items.evaluate_all("all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")
    assert min(sizes) >= 40
    expect(wall.page.locator(".hint")).to_be_hidden()
    wall.leaves()


def test_nothing_is_announced_and_nothing_can_be_pressed(browser: Browser, room: Room) -> None:
    wall = Wall(browser, *room)
    expect(wall.page.locator(".wall")).to_have_attribute("aria-live", "off")
    expect(wall.page.locator("a, button, input, [tabindex], [role=status], [role=alert]")).to_have_count(0)
    assert wall.page.title() == "Room"
    assert all(url.startswith((wall.server.url, "data:")) for url in wall.asked)
    wall.leaves()


def test_a_wall_that_hears_nothing_keeps_what_it_shows_and_says_so_after_ten_seconds(
    browser: Browser, new_server: Server
) -> None:
    ada = new_server.therapist().open_room("seen-at-noon")
    ada.does("start", vignette="seen-at-noon")
    wall = Wall(browser, new_server, ada)
    sign = wall.page.locator("#connection")
    new_server.kill()
    expect(sign).to_have_attribute("data-state", "connecting", timeout=10_000)
    assert sign.inner_text().strip() == ""
    wall.page.wait_for_timeout(5_000)
    assert sign.inner_text().strip() == ""
    expect(sign).to_have_text("This screen is not live right now", timeout=9_000)
    wall.sees("At noon Amara sends her boyfriend Joel a long message.")
    new_server.start()
    expect(sign).to_be_hidden(timeout=10_000)
    wall.leaves()


def test_when_the_room_ends_the_goodbye_stays_on_the_wall(browser: Browser, room: Room) -> None:
    server, _ = room
    ben = server.therapist("ben@clinic.example").open_room()
    wall = Wall(browser, server, ben)
    ben.does("end")
    wall.sees("Thank you for being here.")
    wall.page.wait_for_url("**/?theme=light")
    wall.sees("Thank you for being here.")
    wall.leaves()

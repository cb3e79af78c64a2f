"""What the tour's own room does not come to: other doors, other consoles, and walls full of words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.actors import Therapist
from tests.e2e.walls import long_guess

if TYPE_CHECKING:
    from tests.e2e.tour import Tour


@dataclass(frozen=True)
class State:
    """Where the tour stands: a name, and the pages that show something new there."""

    name: str
    pages: dict[str, Page]


def detours(tour: "Tour") -> Iterator[State]:
    """Go through what is beside the way, each in a room of its own."""
    yield from doors(tour)
    yield from consoles(tour)
    yield from walls(tour)


def doors(tour: "Tour") -> Iterator[State]:
    one, two = another(tour), another(tour)
    phone, console = tour.page(touch=True), tour.page(like=tour.ada.browser)
    tour.open(phone, "/no-such-page")
    yield State("error", {"phone": phone})
    tour.open(phone, f"/r/{one.code}/")
    phone.get_by_label("I would rather just listen today").check()
    join(phone)
    one.starts_guessing()
    phone.get_by_text("You said you just listen today.").wait_for()
    expect(phone.locator("#compose h1")).to_be_visible()
    yield State("listening", {"phone": phone})
    tour.open(phone, f"/r/{two.code}/")
    yield State("other-room", {"phone": phone})
    tour.open(phone, f"/r/{one.code}/")
    phone.locator("#leaving summary").click()
    yield State("leaving", {"phone": phone})
    phone.get_by_role("button", name="Leave the room").click()
    phone.get_by_text("You have left the room.").wait_for()
    yield State("left", {"phone": phone})
    one.does("close")
    tour.open(phone, f"/r/{one.code}/")
    join(phone)
    phone.get_by_text("You joined a bit late.").wait_for()
    tour.open(console, one.base)
    yield State("late", {"phone": phone, "console": console})
    seat = one.snapshot()["regions"]["room"]["html"].partition('name="seat" value="')[2].partition('"')[0]
    one.does("remove", seat=seat)
    phone.get_by_text("You are no longer in this room.").wait_for()
    yield State("removed", {"phone": phone})
    two.does("lock")
    tour.open(phone, "/")
    phone.get_by_label("Type your code").fill(two.code)
    join(phone)
    phone.get_by_text("We try again by ourselves.").wait_for()
    yield State("knocking", {"phone": phone})


def consoles(tour: "Tour") -> Iterator[State]:
    console = tour.page(like=tour.ada.browser)
    for where, name in (("phones", "phones-only"), ("shared", "one-screen")):
        room = another(tour, where=where)
        tour.open(console, room.base)
        yield State(name, {"console": console})
    fill(room, "Maybe he is shy", "He might laugh at himself")
    room.does("close")
    expect(console.locator('body[data-phase="closed"]')).to_be_attached()
    yield State("one-screen-closed", {"console": console})
    tour.open(console, f"{room.base}?all=yes")
    console.get_by_role("button", name="Reveal", exact=True).click()
    console.get_by_role("button", name="Reveal anyway").wait_for()
    yield State("too-few", {"console": console})
    code = tour.ada.browser.post("/therapist/practice")["room"]["code"]
    for name, path in (
        ("practice", f"/therapist/rooms/{code}/"),
        ("stories", "/therapist/stories"),
        ("account", "/therapist/account/"),
        ("two-factor", "/therapist/account/two-factor"),
        ("summaries", "/therapist/summaries"),
        ("used-link", urlsplit(tour.server.first_link).path),
        ("card", f"{urlsplit(room.room['screen_url']).path}card"),
    ):
        tour.open(console, path)
        yield State(name, {"console": console})


def walls(tour: "Tour") -> Iterator[State]:
    room, screen = another(tour), tour.page()
    fill(room, *(long_guess(place) for place in range(12)))
    room.does("close")
    room.reveals()
    tour.open(screen, urlsplit(room.room["screen_url"]).path)
    expect(screen.locator("#connection")).to_have_attribute("data-state", "connected")
    yield State("pages", {"screen": screen})
    version = room.does("show", far="yes")["snapshot"]["version"][0]
    expect(screen.locator(f'body[data-version^="{version}."]')).to_be_attached()
    yield State("far", {"screen": screen})
    screen.context.set_offline(True)
    screen.get_by_text("This screen is not live right now").wait_for()
    yield State("offline", {"screen": screen})


def another(tour: "Tour", **chosen: str) -> Therapist:
    return Therapist(tour.ada.browser, tour.ada.new_client).open_room("waving", **chosen)


def join(phone: Page) -> None:
    phone.get_by_role("button", name="Join", exact=True).first.click()
    phone.wait_for_load_state()


def fill(room: Therapist, *texts: str) -> None:
    members = [room.member() for _ in texts]
    room.starts_guessing()
    for member, text in zip(members, texts, strict=True):
        member.submit(text)

"""What the console does about people: the door, phones, a guess by hand, signals, time, and the way back."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.actors import html_of
from tests.e2e.consoles import GUESSES, Clinic, Console, fill, knocks, revealed
from tests.e2e.people import PATIENCE_MS, Member


def test_whoever_is_at_the_door_waits_or_is_let_in(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.presses("Lock the room")
    knocks(room)
    ada.sees("Someone is at the door.")
    ada.presses("Not now")
    ada.does_not_see("Someone is at the door.")
    other = knocks(room)
    ada.sees("Someone is at the door.")
    ada.presses("Let in")
    ada.does_not_see("Someone is at the door.")
    assert other.submit_form("/join", code=room.code).headers["Location"].endswith(f"/r/{room.code}/")
    ada.leaves()


def test_a_phone_is_removed_by_phone_and_told_so(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    member = Member(browser, clinic.server).joins(room.code)
    ada = Console(browser, clinic, room)
    ada.sees("1 person here")
    ada.page.locator("#phones summary").click()
    ada.sees("Nothing shows whose phone it is.")
    ada.presses("Remove")
    member.sees("You are no longer in this room.")
    ada.sees("0 people here")
    for person in (ada, member):
        person.leaves()


def test_a_guess_by_hand_joins_the_shuffle_and_keeps_its_words_until_it_is_in(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    room.starts_guessing()
    ada = Console(browser, clinic, room)
    ada.presses("Add a guess by hand")
    box = ada.page.locator("#hand-text")
    box.fill("x" * 201)
    ada.presses("Add it")
    error = ada.page.locator("#hand-error")
    expect(error).to_contain_text("longer than 200 letters")
    expect(box).to_have_value("x" * 201)
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("Said by someone without a phone")
    ada.page.route("**/add-guess", lambda route: route.abort())
    ada.presses("Add it")
    expect(error).to_contain_text("Not sent yet", timeout=PATIENCE_MS)
    # The first copy may have got through: the same words go under the same name.
    sent: list[str] = []
    ada.page.unroute("**/add-guess")
    ada.page.on("request", lambda one: sent.append(one.post_data or "") if "add-guess" in one.url else None)
    ada.presses("Add it")
    ada.sees("It lies with the others now.")
    expect(ada.page.locator("#by-hand")).not_to_be_visible()
    assert len(sent) == 1
    fields = dict(pair.split("=", 1) for pair in sent[0].split("&"))
    room.does("add-guess", text="Said by someone without a phone", op=fields["op"], round=fields["round"])
    snapshot = room.does("close")["snapshot"]
    assert "1 guess</b>" in snapshot["regions"]["stage"]["html"]
    ada.leaves()


def test_what_was_done_can_be_undone_for_a_while_and_only_until_somebody_else_acts(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    undo = ada.page.locator("#undo")
    ada.does("Start the story")
    expect(undo).to_contain_text("The story has begun.")
    ada.presses("Undo")
    ada.is_at("lobby")
    expect(undo).not_to_be_visible()
    ada.does("Start the story")
    ada.does("Open guessing")
    ada.presses("Undo")
    ada.is_at("reading")
    ada.does("Open guessing")
    room.member().submit("a guess that makes it too late")
    # That one came in is not to be told: the offer stays for its ten seconds, and the words give no reason.
    expect(undo).to_contain_text("Guessing is open.")
    ada.presses("Undo")
    ada.sees("Guessing is under way now, so it stays open.")
    assert room.snapshot()["phase"] == "guessing"
    ada.does("Lock the room")
    expect(undo).to_contain_text("The room is locked.")
    room.does("last-call")
    expect(undo).not_to_be_visible()
    ada.waits()
    ada.does("Close guessing")
    expect(undo).not_to_be_visible()
    ada.leaves()


def test_an_opening_is_not_to_be_undone_once_the_console_knows_of_a_guess(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    members = [room.member() for _ in range(3)]
    room.does("start", vignette="waving")
    ada = Console(browser, clinic, room)
    # The ten seconds of an offer do not pass here, so that it goes for no other reason.
    ada.page.evaluate(
        """() => { const real = setTimeout;
          window.setTimeout = (act, ms, ...rest) => real(act, ms === 10000 ? 600000 : ms, ...rest); }"""
    )
    undo = ada.page.locator("#undo")
    ada.does("Open guessing")
    expect(undo).to_be_visible()
    ada.types("a")
    ada.page.locator("#hand-text").fill("Said aloud")
    ada.presses("Add it")
    ada.sees("It lies with the others now.")
    expect(undo).not_to_be_visible()
    ada.waits()
    ada.does("Close guessing")
    ada.waits()
    ada.presses("Reveal")
    ada.presses("Reveal anyway")
    ada.waits()
    ada.does("Second look")
    expect(undo).to_contain_text("The second look is open.")
    for member in members:
        member.submit("again")
    ada.sees("Everyone is in.")
    expect(undo).not_to_be_visible()
    ada.leaves()


def test_what_was_held_back_while_looking_first_can_be_undone(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    fill(room)
    room.does("close")
    ada = Console(browser, clinic, room)
    ada.types("c")
    ada.presses("Unfold them here")
    card = ada.card(GUESSES[0])
    card.get_by_role("button", name="Hold back").click()
    expect(card).to_contain_text("Held back.")
    expect(ada.page.locator("#undo")).to_contain_text("Held back.")
    ada.page.wait_for_timeout(1_000)
    ada.types("u")
    expect(card.get_by_role("button", name="Hold back")).to_be_visible()
    ada.leaves()


def test_an_offer_to_undo_says_what_it_cannot_bring_back_as_it_was(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    revealed(room)
    ada = Console(browser, clinic, room)
    screen, undo = room.screen(), ada.page.locator("#undo")

    def on_top() -> str:
        html = html_of(screen.snapshot())
        return min(GUESSES, key=lambda one: html.find(one) % 1_000_000)

    lowest = max(GUESSES, key=lambda one: html_of(screen.snapshot()).find(one))
    card = ada.card(lowest)
    card.locator("summary").click()
    card.get_by_role("button", name="Conceal").click()
    expect(undo).to_contain_text("Undo shows it on top.")
    ada.presses("Undo")
    expect(undo).not_to_be_visible()
    expect(card).not_to_contain_text("Still folded")
    assert on_top() == lowest
    card.locator("summary").click()
    card.get_by_role("button", name="Hold back").click()
    expect(undo).to_contain_text("Undo leaves it folded.")
    ada.presses("Undo")
    expect(card).to_contain_text("Still folded")
    assert not screen.sees(lowest)
    ada.leaves()


def test_two_quick_presses_of_end_send_it_once(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    sent: list[str] = []
    ada.page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/end") else None)
    ada.page.locator("#end > summary").click()
    ada.page.locator("#end button").dblclick(no_wait_after=True)
    ada.sees("What was asked")
    assert len(sent) == 1
    ada.leaves()


@pytest.mark.parametrize(
    "name, path", [("Open a room", "/therapist/rooms"), ("Try it alone first", "/therapist/practice")]
)
def test_two_quick_presses_at_home_make_one_room(
    browser: Browser, clinic: Clinic, name: str, path: str
) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room())
    ada.opens("/therapist/")
    asked: list[Route] = []
    ada.page.route(f"**{path}", lambda route: asked.append(route))
    # Whoever came back by the browser's button may open another one.
    ada.page.evaluate(
        """() => { document.getElementById('opening').dataset.busy = 'yes';
          dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })); }"""
    )
    button = ada.page.get_by_role("button", name=name)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box

    def press() -> None:
        ada.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        ada.page.wait_for_timeout(300)

    press()
    press()
    assert len(asked) == 1
    asked[0].continue_()
    ada.page.wait_for_url("**/therapist/rooms/*/")
    ada.leaves()


def test_what_was_said_about_an_earlier_press_goes_with_the_next_one(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    room.starts_guessing()
    ada = Console(browser, clinic, room)
    ada.types("a")
    ada.page.locator("#hand-text").fill("Said aloud")
    ada.presses("Add it")
    ada.sees("It lies with the others now.")
    ada.does("Lock the room")
    # By itself it would stay for eight seconds.
    expect(ada.page.get_by_text("It lies with the others now.")).not_to_have_attribute(
        "data-shown", "", timeout=4_000
    )
    ada.leaves()


def test_the_offer_to_undo_goes_away_by_itself(browser: Browser, clinic: Clinic) -> None:
    ada = Console(browser, clinic, clinic.opens_a_room())
    ada.page.clock.install()
    ada.presses("Lock the room")
    undo = ada.page.locator("#undo")
    expect(undo).to_be_visible()
    ada.page.clock.fast_forward(10_500)
    expect(undo).not_to_be_visible()
    ada.leaves()


def test_time_counts_up_in_the_page_and_a_hint_comes_after_twenty_five_minutes(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    room.starts_guessing()
    ada = Console(browser, clinic, room)
    ada.page.clock.install()
    ada.page.clock.fast_forward(130_000)
    ada.sees("Open for 2 min")
    ada.sees("Phones have been out for 2 min")
    expect(ada.page.locator(".hint")).not_to_be_visible()
    ada.page.clock.fast_forward(23 * 60_000)
    ada.sees("You could put phones away now")
    ada.leaves()


def test_a_hint_comes_after_three_rounds_too(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    for number in range(3):
        fill(room, "one", "two", "three") if number == 0 else room.does("second-look")
        if number:
            room.member().submit(f"again {number}")
        room.does("close")
        room.reveals()
    ada = Console(browser, clinic, room)
    expect(ada.page.locator(".hint")).to_be_visible()
    ada.leaves()


def test_the_link_is_copied_also_where_there_is_no_clipboard(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    ada.page.evaluate("document.execCommand = (what) => (window.copied = what, true)")
    ada.presses("Copy link")
    ada.sees("The link is copied.")
    assert ada.page.evaluate("window.copied") == "copy"
    ada.has_focus_on(ada.page.get_by_role("button", name="Copy link"))
    ada.leaves()


def test_exact_numbers_are_shown_only_after_they_were_asked_for(browser: Browser, clinic: Clinic) -> None:
    room = clinic.opens_a_room()
    fill(room, "one", "two", "three")
    ada = Console(browser, clinic, room)
    ada.does_not_see("are done.")
    ada.page.locator("#phones summary").click()
    ada.page.get_by_role("switch", name="Show exact numbers").click()
    ada.sees("3 people are done.")
    ada.leaves()


def test_the_console_says_when_it_is_offline_and_that_a_press_was_not_sent(
    browser: Browser, clinic: Clinic
) -> None:
    room = clinic.opens_a_room()
    ada = Console(browser, clinic, room)
    ada.context.set_offline(True)
    ada.sees("Nothing changes on the phones.")
    ada.presses("Start the story")
    ada.sees("Not sent yet.")
    ada.context.set_offline(False)
    ada.sees("Back online.")
    ada.does("Start the story")
    ada.is_at("reading")
    ada.leaves()

"""What stays on the phone: find mine, how somebody leaves, half-written words; and what goes at the end."""

import time

from playwright.sync_api import Browser, Request, expect

from tests.actors import Therapist
from tests.e2e.people import Member
from tests.server import Server

GUESS = "Maybe he wants to be seen"


def sent_from(member: Member) -> list[str]:
    """Every request that this phone makes from now on, beside asking for the room as it is."""
    sent: list[str] = []

    def heard(request: Request) -> None:
        if not request.url.partition("?")[0].endswith("/snapshot"):
            sent.append(f"{request.method} {request.url}")

    member.page.on("request", heard)
    return sent


def test_a_phone_finds_its_own_guess_by_itself_and_only_when_asked(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    others = [therapist.member() for _ in range(3)]
    member, passer = (Member(browser, server).joins(therapist.code) for _ in range(2))
    therapist.starts_guessing()
    for n, other in enumerate(others):
        other.submit(f"Something else {n}")
    # The room cleans what is sent; the phone compares with what came back.
    member.guesses(f"  {GUESS.replace(' ', '  ')} ")
    passer.passes()
    therapist.does("close")
    therapist.reveals()
    member.sees("We talk now.")
    assert member.page.locator("[data-mine]").count() == 0
    sent = sent_from(member)
    find = member.page.get_by_role("button", name="Find mine")
    expect(find).to_have_attribute("aria-pressed", "false")
    find.click()
    expect(member.page.locator("[data-mine]")).to_have_count(1)
    expect(member.page.locator("[data-mine]")).to_contain_text(GUESS)
    expect(member.page.locator("[data-mine]")).to_contain_text("Only you can see this mark")
    therapist.does("conceal")
    member.sees("Yours is not on the screen right now.")
    find.click()
    member.does_not_see("Yours is not on the screen right now.")
    assert sent == []
    therapist.reveals()
    passer.page.get_by_role("button", name="Find mine").click()
    passer.sees("Yours is not on the screen right now.")


def test_how_somebody_leaves_is_told_to_nobody_but_a_wish_for_a_word(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.does("start", vignette="waving")
    therapist.does("finish")
    therapist.does("check-out")
    member.sees("How do you leave today?")
    sent, address = sent_from(member), member.page.url
    member.page.get_by_text("Settled", exact=True).tap()
    member.sees("Good to hear.")
    member.page.get_by_text("A bit stirred", exact=True).tap()
    member.sees("Take a slow breath")
    assert sent == []
    assert member.page.url == address, "not even the address remembers it"
    assert member.page.evaluate("sessionStorage.length + localStorage.length") == 0
    member.presses("I would like a word")
    member.sees("Please go to them when you can.")
    assert sent[0] == f"POST {server.url}/r/{therapist.code}/word"
    assert "Someone would like a word." in _console_hears(therapist)


def _console_hears(therapist: Therapist) -> str:
    for _ in range(40):
        if therapist.sees("Someone would like a word."):
            break
        time.sleep(0.25)
    return str(therapist.snapshot())


def test_opening_the_quiet_page_tells_nobody_and_coming_back_finds_the_words_again(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(GUESS)
    sent = sent_from(member)
    member.page.get_by_role("link", name="Slow down").click()
    member.sees("Feel your feet on the floor.")
    assert [one.partition(" ")[0] for one in sent if "/static/" not in one] == ["GET"]
    member.page.get_by_role("link", name="Come back").click()
    expect(member.box).to_have_value(GUESS)


def test_when_the_room_ends_nothing_of_it_stays_on_the_phone(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.guesses(GUESS)
    assert GUESS in member.page.evaluate("JSON.stringify(sessionStorage)")
    therapist.does("end")
    member.sees("This room has closed.")
    member.sees("If you are in danger")
    member.page.wait_for_function("sessionStorage.length === 0")
    member.opens(f"/r/{therapist.code}/")
    assert "seat" not in [one["name"] for one in member.context.cookies()]


def test_a_removed_phone_is_told_so_and_forgets(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.guesses(GUESS)
    html = therapist.snapshot()["regions"]["room"]["html"]
    ref = html.split('name="seat" value="')[1].partition('"')[0]
    therapist.does("remove", seat=ref)
    heading = member.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("You are no longer in this room.")
    expect(heading).to_be_focused()
    member.sees("Please talk to your therapist if you want to come back.")
    member.page.wait_for_function("sessionStorage.length === 0")

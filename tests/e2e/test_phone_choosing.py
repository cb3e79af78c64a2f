"""Words to choose from, on a phone: what was ticked outlives a reload, a dead network and a closing."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.actors import Therapist, html_of, stage_of
from tests.e2e.people import Member
from tests.server import Server


@pytest.fixture
def phone(browser: Browser, house: Server, therapist: Therapist) -> Member:
    phone = Member(browser, house).joins(therapist.code)
    therapist.does("start", vignette="waving")
    therapist.does("ask", prompt="feelings")
    therapist.does("open")
    phone.sees("Choose up to two.")
    return phone


def ticked(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "Array.from(document.querySelectorAll('[name=option]:checked'), (one) => one.parentNode.textContent)"
    )
    return found


def choose(phone: Member, *words: str) -> None:
    for word in words:
        phone.page.get_by_label(word, exact=True).tap()


def test_what_was_ticked_is_there_after_a_reload_and_goes_out_once_the_network_is_back(
    phone: Member, therapist: Therapist
) -> None:
    choose(phone, "Lonely", "Hopeful")
    phone.sees("Saved on this phone")
    phone.page.reload()
    assert ticked(phone.page) == ["Lonely", "Hopeful"]
    phone.context.set_offline(True)
    phone.presses("Send my guess")
    phone.sees("Your guess is safe on this phone.")
    # Whoever ticks on while it is being sent would think that it counts.
    choose(phone, "Glad")
    assert ticked(phone.page) == ["Lonely", "Hopeful"]
    phone.context.set_offline(False)
    phone.sees("You are done for now.")
    phone.page.get_by_text("Show what I sent").tap()
    phone.sees("Lonely, Hopeful")
    therapist.does("close")
    assert "Guesses are in." in stage_of(therapist.snapshot())


def test_a_change_begins_with_what_was_sent(phone: Member, therapist: Therapist) -> None:
    choose(phone, "Lonely", "Hopeful")
    phone.presses("Send my guess")
    phone.sees("You are done for now.")
    phone.page.get_by_text("Change my guess").tap()
    assert ticked(phone.page) == ["Lonely", "Hopeful"]
    choose(phone, "Lonely", "Tender")
    phone.presses("Send my guess")
    expect(phone.page.locator("#compose .own")).to_have_text("Hopeful, Tender")
    therapist.does("close")
    therapist.reveals()
    shown = html_of(therapist.snapshot())
    assert all(f"{word}</li>" in shown for word in ("Hopeful", "Tender"))
    assert "Lonely</li>" not in shown


def test_a_second_look_shows_the_own_first_choice_and_ticks_nothing(
    phone: Member, therapist: Therapist
) -> None:
    choose(phone, "Lonely", "Hopeful")
    phone.presses("Send my guess")
    phone.sees("You are done for now.")
    therapist.does("close")
    therapist.reveals()
    therapist.does("second-look")
    first = phone.page.locator("[data-first-guess]")
    for _ in range(2):
        phone.sees("Your first guess. Only you can see it.")
        expect(first).to_have_text("Lonely, Hopeful")
        assert ticked(phone.page) == []
        phone.page.reload()
    # Only the phone knows: what the server draws says nothing of a first time.
    drawn = phone.page.request.get(phone.page.url).text()
    assert "Choose again, the same or something else." in drawn
    assert "Lonely, Hopeful" not in drawn
    assert " checked" not in drawn


SURE = "Only if you like."


def sure(page: Page) -> str:
    found: str = page.evaluate("document.querySelector('[name=sure]:checked').parentNode.textContent")
    return found


@pytest.fixture(params=["feelings", "mind"])
def asked(browser: Browser, house: Server, therapist: Therapist, request: pytest.FixtureRequest) -> Member:
    """A phone that is asked how sure its guess is: beside words to choose from, or beside a box."""
    asked = Member(browser, house).joins(therapist.code)
    therapist.does("ask-sureness", asked="yes")
    therapist.does("start", vignette="waving")
    therapist.does("ask", prompt=request.param)
    therapist.does("open")
    asked.sees(SURE)
    return asked


def begin(phone: Member) -> None:
    if phone.box.is_visible():
        phone.box.fill("Maybe he wants to be seen")
    else:
        choose(phone, "Lonely")


def test_how_sure_somebody_is_outlives_a_reload_and_goes_with_the_guess(
    asked: Member, therapist: Therapist
) -> None:
    asked.page.get_by_text(SURE).tap()
    choose(asked, "Quite sure")
    asked.page.reload()
    expect(asked.page.get_by_label("Quite sure")).to_be_visible()
    assert sure(asked.page) == "Quite sure", "chosen before anything else was"
    begin(asked)
    choose(asked, "A bit sure")
    asked.page.reload()
    assert sure(asked.page) == "A bit sure"
    asked.context.set_offline(True)
    asked.presses("Send my guess")
    # Whoever changes it while it is being sent would think that it counts.
    choose(asked, "Very sure")
    assert sure(asked.page) == "A bit sure"
    asked.context.set_offline(False)
    asked.sees("You are done for now.")
    kept = asked.page.evaluate("Object.keys(sessionStorage).filter((one) => one.startsWith('d:'))")
    assert kept == [], "the draft is gone with its sureness"
    asked.page.get_by_text("Change my guess").tap()
    assert sure(asked.page) == "A bit sure"


def test_what_is_taken_back_to_how_it_was_leaves_no_draft(asked: Member) -> None:
    asked.page.get_by_text(SURE).tap()
    choose(asked, "Quite sure")
    asked.sees("Saved on this phone")
    choose(asked, "I would rather not say")
    asked.does_not_see("Saved on this phone")
    assert asked.page.evaluate("sessionStorage.length") == 0


def test_how_sure_somebody_is_goes_with_the_words_that_are_put_away(
    asked: Member, therapist: Therapist
) -> None:
    begin(asked)
    asked.page.get_by_text(SURE).tap()
    choose(asked, "Quite sure")
    therapist.does("close")
    asked.sees("Your words stay on this phone.")
    asked.presses("Put away")
    assert asked.page.evaluate("sessionStorage.length") == 0


def test_one_too_many_is_said_beside_the_words_and_nothing_is_unticked(phone: Member) -> None:
    choose(phone, "Playful", "Glad", "Tender")
    phone.presses("Send my guess")
    expect(phone.page.locator("#text-error")).to_have_text("Please choose 2 at most.")
    assert ticked(phone.page) == ["Playful", "Glad", "Tender"]
    choose(phone, "Glad")
    expect(phone.page.locator("#text-error")).to_be_empty()
    phone.presses("Send my guess")
    phone.sees("You are done for now.")


def test_nothing_ticked_is_nothing_sent(phone: Member) -> None:
    phone.presses("Send my guess")
    expect(phone.page.locator("#text-error")).to_have_text(
        "Nothing is chosen yet. Choose what fits, or pass this time."
    )


def test_what_was_ticked_too_late_stays_on_the_phone_in_words(phone: Member, therapist: Therapist) -> None:
    choose(phone, "Lonely", "Tender")
    therapist.does("close")
    phone.sees("Your words stay on this phone.")
    assert ticked(phone.page) == ["Lonely", "Tender"]
    phone.page.reload()
    expect(phone.page.locator("#kept-text")).to_have_text("Lonely, Tender")
    phone.presses("Put away")
    phone.sees("Take a breath.")


def test_without_a_script_a_choice_is_sent_and_seen(
    browser: Browser, house: Server, therapist: Therapist
) -> None:
    plain = Member(browser, house, script=False).joins(therapist.code)
    therapist.does("start", vignette="waving")
    therapist.does("ask", prompt="feelings")
    therapist.does("open")
    plain.sees("Choose up to two.")
    choose(plain, "Lonely")
    plain.presses("Send my guess")
    plain.sees("You are done for now.")
    plain.page.get_by_text("Show what I sent").tap()
    plain.sees("Lonely")

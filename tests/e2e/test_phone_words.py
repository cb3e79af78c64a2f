"""What somebody wrote: it is never said to be in when it is not, and never comes back once it was erased."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.actors import Therapist, stage_of
from tests.e2e.people import Member
from tests.server import Server

WORDS, OTHER = "Maybe he wants to be seen", "Part of him hopes that nobody saw"


def test_words_outdone_by_another_page_of_the_phone_are_not_said_to_be_in_and_can_be_sent_again(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(WORDS)
    elsewhere = member.context.new_page()
    elsewhere.goto(member.page.url)
    for text in ("A first thought", OTHER):
        if text == OTHER:
            elsewhere.get_by_text("Change my guess").click()
        elsewhere.locator("#text").fill(text)
        with elsewhere.expect_response("**/guess"):
            elsewhere.get_by_role("button", name="Send my guess").click()
        elsewhere.get_by_text("You are done for now.").wait_for()
    member.page.evaluate(
        """() => { window.said = []; const line = document.getElementById('said');
          new MutationObserver(() => said.push(line.textContent)).observe(line, { childList: true }); }"""
    )
    member.presses("Send my guess")
    member.sees("Another page on this phone has sent something newer.")
    member.sees("You are done for now.")
    expect(member.box).to_have_value(WORDS)
    expect(member.box).to_be_visible()
    member.page.wait_for_timeout(1_500)
    assert not any("is in" in one for one in member.page.evaluate("window.said"))
    member.presses("Send my guess")
    expect(member.page.locator("#said")).to_have_text("Your guess is in.")
    therapist.does("close")
    stage = stage_of(therapist.reveals()["snapshot"])
    assert WORDS in stage
    assert OTHER not in stage
    member.leaves()


def test_what_was_erased_does_not_come_back(browser: Browser, server: Server, therapist: Therapist) -> None:
    other = therapist.member()
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.writes(WORDS)
    member.sees("Saved on this phone")
    # Something comes while the last letter goes.
    member.box.evaluate(
        """(box) => { box.value = ''; box.dispatchEvent(new Event('input', { bubbles: true }));
          document.dispatchEvent(new CustomEvent('snapshot', { detail: {} })); }"""
    )
    expect(member.box).to_have_value("")
    therapist.does("last-call")
    member.sees("Guessing is closing soon.")
    expect(member.box).to_have_value("")
    wake(member.page)
    expect(member.box).to_have_value("")
    member.page.reload()
    expect(member.page.locator("#connection")).to_have_text("Connected")
    expect(member.box).to_have_value("")
    other.pass_()
    therapist.does("close")
    member.sees("Guessing is closed.")
    expect(member.page.locator("#kept")).to_be_hidden()
    member.page.reload()
    expect(member.page.locator("#connection")).to_have_text("Connected")
    expect(member.page.locator("#kept")).to_be_hidden()
    member.leaves()


def test_a_guess_that_was_taken_back_too_late_is_not_passed_over_in_silence(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    other = therapist.member()
    member = Member(browser, server).joins(therapist.code)
    therapist.starts_guessing()
    member.guesses(WORDS)
    member.page.get_by_text("Change my guess").tap()
    member.context.set_offline(True)
    member.presses("Take it back")
    member.sees("Sending…")
    other.pass_()
    therapist.does("close")
    with member.page.expect_response("**/withdraw") as refusal:
        member.context.set_offline(False)
    why = refusal.value.json()["error"]["message"]
    expect(member.page.locator("#said[data-shown]")).to_have_text(why)
    member.sees("Guessing is closed.")
    member.leaves()


@pytest.mark.parametrize("options", [False, True], ids=["written", "chosen"])
def test_a_change_that_was_changed_back_is_no_words_that_stay(
    browser: Browser, server: Server, therapist: Therapist, options: bool
) -> None:
    member = Member(browser, server).joins(therapist.code)
    therapist.does("start", vignette="waving")
    if options:
        therapist.does("ask", prompt="feelings")
    therapist.does("open")
    lonely, tender = (member.page.get_by_label(name) for name in ("Lonely", "Tender"))
    if options:
        for act in (tender.check, tender.uncheck):
            act()
            wake(member.page)
            expect(tender).to_be_checked(checked=act == tender.check)
        lonely.check()
        member.presses("Send my guess")
        member.sees("You are done for now.")
    else:
        member.guesses(WORDS)
    member.page.get_by_text("Change my guess").tap()
    if options:
        tender.check()
        member.sees("Saved on this phone")
        tender.uncheck()
    else:
        member.box.fill(OTHER)
        member.sees("Saved on this phone")
        member.box.fill(WORDS)
    wake(member.page)
    member.page.reload()
    expect(member.page.locator("#connection")).to_have_text("Connected")
    therapist.does("close")
    member.sees("Guessing is closed.")
    expect(member.page.locator("#kept")).to_be_hidden()
    member.leaves()


def wake(page: Page) -> None:
    """Wake the phone, and wait until what the room answers is on the page."""
    page.evaluate(
        """() => new Promise((heard) => {
          document.addEventListener('snapshot', () => setTimeout(heard, 50), { once: true });
          document.dispatchEvent(new Event('visibilitychange'));
          setTimeout(heard, 1000);
        })"""
    )

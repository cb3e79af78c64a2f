"""What somebody wrote: it is never said to be in when it is not, and never comes back once it was erased."""

from playwright.sync_api import Browser, expect

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

"""A phone without JavaScript, or too old for it: everything is a form, and Refresh shows the rest (C-19)."""

from playwright.sync_api import Browser, Route, expect

from tests.actors import Therapist
from tests.e2e.people import Member
from tests.server import Server

GUESS = "Maybe he wants to be seen"


def refresh(member: Member) -> None:
    member.page.get_by_role("link", name="Refresh").click()


def test_without_a_script_a_member_joins_guesses_passes_and_reads_by_refreshing(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    others = [therapist.member() for _ in range(2)]
    member = Member(browser, server, script=False)
    member.opens(f"/J/{therapist.code}")
    member.presses("Join")
    expect(member.page.get_by_role("heading", name="You are in. We start soon.")).to_be_visible()
    therapist.starts_guessing()
    refresh(member)
    assert not member.page.locator(".starters").is_visible(), "a button without a script does nothing"
    member.box.fill(GUESS)
    member.presses("Send my guess")
    expect(member.page.get_by_role("heading", name="You are done for now.")).to_be_visible()
    for other in others:
        other.submit("Something else")
    therapist.does("close")
    therapist.reveals()
    refresh(member)
    expect(member.page.locator("ol.notes li")).to_have_count(3)
    member.sees(GUESS)
    assert not member.page.get_by_role("button", name="Find mine").is_visible()
    therapist.does("second-look")
    refresh(member)
    member.presses("Keep it as it is")
    expect(member.page.get_by_role("heading", name="You are done for now.")).to_be_visible()
    member.page.get_by_text("Show what I sent").click()
    expect(member.page.get_by_text("You kept it as it is.")).to_be_visible()
    therapist.does("close")
    therapist.does("finish")
    therapist.does("check-out")
    refresh(member)
    member.page.get_by_text("Settled", exact=True).click()
    expect(member.page.get_by_text("Good to hear.")).to_be_visible()
    member.presses("I would like a word")
    expect(member.page.get_by_text("Please go to them when you can.")).to_be_visible()
    member.page.get_by_role("link", name="Come back").click()
    member.page.get_by_text("Leave", exact=True).click()
    member.presses("Leave the room")
    expect(member.page.get_by_role("heading", name="You have left the room.")).to_be_visible()


def test_a_browser_too_old_for_modules_says_so_and_still_sends(
    browser: Browser, server: Server, therapist: Therapist
) -> None:
    """Modules do not run there and `nomodule` does; the pages are rewritten to be read that way."""
    member = Member(browser, server)

    def as_old(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        body = answer.text().replace('type="module"', 'type="not-known"').replace("nomodule ", "")
        route.fulfill(response=answer, body=body)

    member.context.route(lambda url: url.endswith(f"/r/{therapist.code}/"), as_old)
    therapist.starts_guessing()
    member.opens(f"/J/{therapist.code}")
    member.presses("Join")
    member.opens(f"/r/{therapist.code}/")  # What is come to by a redirect is not rewritten.
    member.sees("This page needs a newer browser to update by itself.")
    member.writes(GUESS)
    member.presses("Send my guess")
    member.sees("You are done for now.")
    therapist.does("close")
    member.opens(f"/r/{therapist.code}/")
    member.sees("This page needs a newer browser to update by itself.")
    member.sees("Take a breath.")

"""A phone that just listens: it shows the question, asks for nothing, and one tap later can guess."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.actors import Therapist
from tests.e2e.people import Member
from tests.server import Server

GUESS = "Maybe he wants to be seen"
CLOSING = "Guessing is closing soon."


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_who_just_listens_is_asked_for_nothing_until_they_want_to(
    browser: Browser, house: Server, ada: Therapist, pictures: Path | None, script: bool
) -> None:
    therapist = ada.open_room()
    member = Member(browser, house, script=script)
    member.opens(f"/J/{therapist.code}")
    member.page.get_by_label("I would rather just listen today").check()
    member.presses("Join")
    member.sees("You are in. We start soon.")
    button = member.page.get_by_role("button", name="Guess after all")
    expect(button).to_be_hidden()
    therapist.starts_guessing()
    member.sees("You said you just listen today.")
    therapist.does("last-call")
    member.page.wait_for_timeout(500)
    if not script:
        member.page.reload()
    expect(member.page.locator("#compose h1")).to_be_visible()
    for asking in (member.box, member.page.get_by_role("button", name="Pass this time")):
        expect(asking).to_be_hidden()
    member.does_not_see(CLOSING)
    member.shows(pictures, f"listening {script}")
    button.click()
    member.sees(CLOSING)
    member.box.fill(GUESS)
    member.presses("Send my guess")
    member.sees("You are done for now.")
    member.does_not_see("You said you just listen today.")
    member.leaves()


def test_guess_after_all_loses_no_page_on_a_bad_network(
    browser: Browser, house: Server, therapist: Therapist
) -> None:
    member = Member(browser, house)
    member.opens(f"/J/{therapist.code}")
    member.page.get_by_label("I would rather just listen today").check()
    member.presses("Join")
    therapist.starts_guessing()
    expect(member.page.locator("#connection")).to_have_text("Connected")
    member.context.set_offline(True)
    member.presses("Guess after all")
    member.sees("Sending…")
    member.sees("No connection right now. You do not need to do anything.")
    expect(member.page.locator("#compose h1")).to_be_visible()
    expect(member.box).to_be_hidden()
    member.context.set_offline(False)
    member.writes(GUESS)
    member.does_not_see("You said you just listen today.")
    member.presses("Send my guess")
    member.sees("You are done for now.")

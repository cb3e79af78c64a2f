"""The whole story, as a therapist, three members and a shared screen live it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.people import Member, Therapist, Wall
from tests.server import Server


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_room_lives_from_its_opening_to_its_end(
    browser: Browser, new_server: Server, pictures: Path | None, *, script: bool
) -> None:
    ada = Therapist(browser, new_server, script=script)
    ada.sets_up()
    code = ada.opens_a_room()
    wall = Wall(browser, new_server, ada.screen_path(), script=script)
    wall.sees("Welcome. Take a seat.")
    phones = [Member(browser, new_server, script=script).joins(code) for _ in range(3)]
    one, two, three = phones
    everyone = {"console": ada, "phone": one, "wall": wall}

    def look(step: str) -> None:
        for who, person in everyone.items():
            person.shows(pictures, f"{step}-{who}")

    one.sees("You are in. We start soon.")
    look("1-lobby")

    ada.does("Start the story")
    for phone in phones:
        phone.sees("Your therapist is reading the story out loud.")
    look("2-reading")

    ada.does("Open guessing")
    one.guesses("Maybe he feels a bit foolish")
    two.guesses("Part of him hopes somebody saw")
    three.passes()
    wall.sees("Guesses are coming in.")
    look("3-guessing")

    ada.waits()
    ada.does("Close guessing")
    for phone in phones:
        phone.sees("Guessing is closed.")
    for person in (ada, one, two, three, wall):
        assert "foolish" not in person.page.content() or person is one
    look("4-closed")

    if script:
        ada.presses("Look first")
        ada.presses("Unfold them here")
    else:
        ada.does("Look first")
    ada.sees("Maybe he feels a bit foolish")
    look("5-look-first")
    ada.presses("Hold back", within=ada.card("foolish"))
    # With a script this console goes on looking; without one the answer folds the guesses again.
    ada.sees("Held back." if script else "2 guesses")
    look("6-held-back")

    # Two guesses are few: the console asks first, and the therapist reveals one by one anyway.
    ada.waits()
    ada.presses("Reveal one by one")
    ada.sees("People may tell who wrote them.")
    ada.presses("Reveal anyway")
    for person in (one, two, three, wall):
        person.sees("Part of him hopes somebody saw")
        assert "foolish" not in person.page.locator("main").inner_text() or person is one
    look("7-one-revealed")

    ada.presses("Put back", within=ada.card("foolish"))
    ada.presses("Reveal", within=ada.card("foolish"))
    for person in (two, three, wall):
        person.sees("Maybe he feels a bit foolish")
    ada.presses("Show on screen", within=ada.card("hopes"))
    two.sees("We are talking about this one")
    look("8-spotlight")

    ada.waits()
    ada.does("Second look")
    for phone in phones:
        phone.sees("After the talk, has your guess changed?")
    look("9-second-look")
    for n, phone in enumerate(phones):
        phone.guesses(f"Now I think again, way {n}")
    ada.waits()
    ada.does("Close guessing")
    ada.waits()
    ada.does("Reveal")
    for n in range(3):
        two.sees(f"Now I think again, way {n}")
    look("10-revealed")

    ada.waits()
    ada.does("Next stage")
    one.sees("A curtain")
    look("11-next-stage")

    ada.does("Stop for everyone")
    for person in (*phones, wall):
        person.sees("We take a short pause.")
    look("12-stopped")
    ada.does("Resume")
    one.does_not_see("We take a short pause.")

    ada.page.locator("#end summary").click()
    with ada.page.expect_navigation():
        ada.presses("End the room")
    ada.page.wait_for_url("**/therapist/summaries/*")
    for phone in phones:
        phone.sees("This room has closed.")
    look("13-ended")
    expect(ada.page.locator("body")).not_to_contain_text("foolish")

    for person in (ada, *phones, wall):
        assert all(url.startswith((new_server.url, "data:")) for url in person.asked)
        person.leaves()

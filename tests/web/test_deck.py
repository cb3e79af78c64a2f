"""What people read is what was agreed: each sentence of the copy deck stands on the page where it belongs.

The two that the deck words otherwise are settled here: the line about a locked room has no “now”, since no
sentence is longer than fourteen words, and after “Not now” nobody sees it; and a button that sends says so
shortly.
"""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from facilitator.config import CRISIS_TEXT
from facilitator.core import errors
from facilitator.core.room import Room
from tests.core.rooms import BETWEEN, CHECKOUT, CLOSED, ENDED, GUESSING, LOBBY, READING, REVEALED
from tests.web.drawn import OWN, ROOMS, member, screen

TEMPLATES = Path(__file__).parent.parent.parent / "templates"


def phone(room: Room, own: str = "nothing") -> str:
    return read(*(one.html for one in member(room, OWN[own]).regions.values()))


def wall(room: Room) -> str:
    return read(*(one.html for one in screen(room).regions.values()))


def page(name: str) -> str:
    return read((TEMPLATES / "member" / name).read_text())


def read(*html: str) -> str:
    """All that can be read of a page or heard from it: its texts, and what scripts may say."""
    whole = " ".join(html)
    held = re.findall(r'(?:data-[\w-]+|aria-label)="([^"]*)"', whole)
    visible = re.sub(r"<[^>]+>", " ", whole)
    return re.sub(r"\s+([.,])", r"\1", " ".join(unescape(" ".join([visible, *held])).split()))


ASKED_HOW_SURE = phone(replace(GUESSING, asks_sureness=True))
ROOM = page("room.html")
DECK = {
    "lobby": (
        phone(LOBBY),
        "You are in. We start soon. You can keep this page open. If your phone goes to sleep, "
        "just wake it up.",
    ),
    "read": (phone(READING), "Your therapist is reading the story out loud. You can read along here."),
    "field.label": (phone(GUESSING), "Your guess"),
    "draft.saved": (phone(GUESSING), "Saved on this phone"),
    "btn.send": (phone(GUESSING), "Send my guess"),
    "btn.pass": (phone(GUESSING), "Pass this time"),
    "btn.slow": (ROOM, "Slow down"),
    "safe": (
        phone(GUESSING),
        "There is no right answer. Your name is not on it. Guesses stay folded until your "
        "therapist reveals them.",
    ),
    "sending": (ROOM, "Sending…"),
    "sent": (
        phone(GUESSING, "guess"),
        "You are done for now. Guesses stay folded until your therapist reveals them all together.",
    ),
    "passed": (
        phone(GUESSING, "pass"),
        "You are done for now. Guesses stay folded until your therapist reveals them all together.",
    ),
    "sure": (ASKED_HOW_SURE, "How sure do you feel? Just a hunch A bit sure Quite sure Very sure"),
    "btn.change": (phone(GUESSING, "guess"), "Change my guess"),
    "closed": (phone(CLOSED), "Guessing is closed. Take a breath. They will be revealed soon."),
    "talk": (
        phone(REVEALED),
        "We talk now. You can put your phone down. What do you notice as you read these?",
    ),
    "list.count": (phone(REVEALED), "4 guesses, in mixed order"),
    "findmine": (phone(REVEALED), "Find mine"),
    "findmine.mark": (ROOM, "Only you can see this mark"),
    "again": (
        phone(ROOMS["second look"]),
        "After the talk, has your guess changed? You can keep it, change it, or write a new one.",
    ),
    "between": (phone(BETWEEN), "A short break between stories. Nothing to do right now."),
    "checkout": (
        phone(CHECKOUT),
        "That was the last story for today. How do you leave today? You can skip this.",
    ),
    "ended": (
        phone(ENDED),
        "This room has closed. Thank you for being here. Your guesses are not kept on this phone.",
    ),
    "offline.unsent": (
        ROOM,
        "No connection right now. Your guess is safe on this phone. We send it when you are back online.",
    ),
    "offline.sent": (
        ROOM,
        "No connection right now. Your guess got through. You do not need to do anything. We keep trying.",
    ),
    "online": (ROOM, "Back online."),
    "late": (
        ROOM,
        "You joined a bit late. That is fine. We are in the middle of a story. You can guess in "
        "the next part.",
    ),
    "badcode": (
        errors.NoRoom.sentence,
        "We cannot open a room with this code now. Check it: codes have eight signs, like HQ7K "
        "3MPX. If the room is locked, your therapist sees that someone is at the door. We try "
        "again by ourselves.",
    ),
    "ended, no seat": (
        errors.Ended.sentence,
        "This room has closed. Thank you for being here. Your guesses are not kept on this phone.",
    ),
    "removed": (
        errors.Removed.sentence,
        "You are no longer in this room. Please talk to your therapist if you want to come back.",
    ),
    "error": (
        ROOM,
        # The deck says "Try again." here. The phone does so by itself, and there is nothing to press.
        "Something went wrong on our side. It is not your fault. Your words are still on this "
        "phone. We try again by ourselves.",
    ),
    "tooLate": (
        errors.Closed.sentence,
        "Your guess came in after guessing was closed. Only you can see it. You can share it out "
        "loud if you like.",
    ),
    "slow.page": (
        re.sub("{%.*?%} ", "", page("quiet.html")),
        "This is a quiet page. Nothing is sent from here. Look around the room. Feel your feet on"
        " the floor. Come back when you like.",
    ),
    "slow.signal": (
        page("quiet.html"),
        "Let my therapist know They will see that someone would like to slow down. They will not "
        "see a name here.",
    ),
    "notHelpLine": (
        page("help.html"),
        "This is not a help line. Nobody reads it all the time. {{ crisis_text }}",
    ),
    "notHelpLine.crisis": (CRISIS_TEXT, "If you are in danger, "),
    "oldBrowser": (
        ROOM,
        "This page needs a newer browser to update by itself. You can still send your guess. Then"
        " tap Refresh.",
    ),
    "closing": (phone(ROOMS["last call"]), "Guessing is closing soon. You can still send this."),
    "oneByOne": (phone(ROOMS["one shown"]), "The guesses are revealed one by one. 1 so far."),
    "notFound": (ROOM, "Yours is not on the screen right now."),
    "starters": (phone(GUESSING), "Maybe Noor feels"),
    "join.title": (
        wall(LOBBY),
        "Welcome. Take a seat. Point your phone camera at the square. Or go to room.example:8000 "
        "and type HQ7K 3MPX No name and no account. You can leave at any time.",
    ),
    "wall.footer": (wall(READING), "We cannot know for sure. We can wonder together."),
}


@pytest.mark.parametrize("key", DECK)
def test_a_sentence_of_the_deck_stands_where_it_belongs(key: str) -> None:
    where, sentence = DECK[key]
    assert sentence in where


def test_a_phone_in_another_phase_does_not_say_it_too() -> None:
    """What says everything everywhere would prove nothing."""
    rooms = (LOBBY, READING, GUESSING, REVEALED, BETWEEN, CHECKOUT, ENDED)
    for key in ("lobby", "read", "safe", "sent", "talk", "between", "checkout", "ended"):
        saying = [room for room in rooms if DECK[key][1] in phone(room)]
        assert len(saying) == (key != "sent"), key

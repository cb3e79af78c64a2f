"""A room in every phase drawn for every role, and a reader that finds what matters in it."""

from dataclasses import dataclass, field, replace
from functools import reduce
from html.parser import HTMLParser

from facilitator.core.guess import Progress, Sent
from facilitator.core.pulse import Phone, Pulse
from facilitator.core.room import (
    Room,
    ask,
    close,
    cluster,
    conceal,
    count_exactly,
    hold_back,
    last_call,
    lock,
    look_back,
    look_first,
    name_cluster,
    reveal,
    second_look,
    show,
    spotlight,
    stop,
)
from facilitator.core.screen import Screen, Shows
from facilitator.core.views import Own
from facilitator.snapshots import Snapshot, Snapshots
from facilitator.storage.rooms import LiveRoom, RoomRecord
from tests.core.rooms import (
    CLOSED,
    FEELING,
    FIRST,
    G1,
    G2,
    G4,
    GUESSES,
    GUESSING,
    IN_PHASE,
    LIBRARY,
    LOBBY,
    PEOPLE,
    REVEALED,
    SECOND,
    TRAIN,
    pile,
)

SECOND_LOOK = second_look(REVEALED, SECOND, people=PEOPLE)
ROOMS: dict[str, Room] = {
    **{str(phase): room for phase, room in IN_PHASE.items()},
    "last call": last_call(GUESSING),
    "nothing came": replace(CLOSED, rounds=(replace(CLOSED.rounds[0], guesses=()),)),
    "all held back": reduce(hold_back, CLOSED.rounds[0].presentable, CLOSED),
    "looked at": look_first(CLOSED),
    "one held back": hold_back(REVEALED, G1),
    "one shown": reveal(CLOSED, G2),
    "all concealed": conceal(REVEALED),
    "spotlight": spotlight(REVEALED, G1),
    "put together": name_cluster(cluster(cluster(REVEALED, G1, 0), G2, 1), 0, "Afraid or <so>"),
    "in three groups": cluster(cluster(cluster(spotlight(REVEALED, G1), G1, 0), G2, 1), G4, 2),
    "exact numbers": count_exactly(GUESSING, exact=True),
    "join code on the screen": show(GUESSING, Screen(shows=Shows.JOIN, far=True)),
    "blank screen, second page": show(REVEALED, Screen(shows=Shows.BLANK, page=1, dark=True)),
    "second look": SECOND_LOOK,
    "second look, revealed": reveal(close(SECOND_LOOK, pile(*GUESSES))),
    "looking back": look_back(ask(REVEALED, TRAIN, FEELING, SECOND), FIRST),
    "locked": lock(GUESSING),
    "locked lobby": lock(LOBBY),
    "stopped": stop(GUESSING),
    "stopped in the lobby": stop(LOBBY),
}
OWN = {
    "nothing": Own(),
    "guess": Own(Sent.GUESS, "She is afraid.", 1),
    "pass": Own(Sent.PASS, "", 1),
    "withdrawn": Own(Sent.WITHDRAWN, "", 2),
}
PULSES = {
    "quiet": Pulse(),
    "busy": Pulse(
        tick=3,
        progress=Progress.MOST,
        opened=1_000.5,
        phones_out=900.25,
        slow_down=True,
        at_the_door=True,
        word=True,
        phones=(Phone("a", True), Phone("b", False)),
    ),
    "everyone": Pulse(tick=4, progress=Progress.EVERYONE, sent=1, phones=(Phone("a", True),)),
}

_snapshots = Snapshots(LIBRARY, "http://room.example:8000")


def member(room: Room, own: Own | None = None) -> Snapshot:
    return _snapshots.member(room, own)


def screen(room: Room, pulse: Pulse = PULSES["quiet"]) -> Snapshot:
    return _snapshots.screen(_live(room, pulse))


def console(room: Room, pulse: Pulse = PULSES["quiet"], *, look: bool = False) -> Snapshot:
    return _snapshots.therapist(_live(room, pulse), look=look)


def _live(room: Room, pulse: Pulse) -> LiveRoom:
    return LiveRoom(room, RoomRecord(room.id, room.code, "ada", "screen-token", TRAIN.id), pulse)


@dataclass
class Form:
    """A form as it was drawn: where and how it is sent, its fields, and what its button says."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class Drawn(HTMLParser):
    """What a page holds: its forms, its headings, its ids, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.headings: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._inside: list[str] = []
        self.feed(html)

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Drawn":
        return cls("".join(one.html for one in snapshot.regions.values()))

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        self._inside.append(tag)
        if tag == "form":
            self.forms.append(Form(attributes.get("method", ""), attributes.get("action", "")))
        if tag == "h1":
            self.headings.append("")
        if tag in ("input", "textarea") and "name" in attributes:
            self.forms[-1].fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "h1" in self._inside:
            self.headings[-1] += data.strip()
        if "button" in self._inside and "form" in self._inside:
            self.forms[-1].button += data.strip()

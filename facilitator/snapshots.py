"""Views drawn as named regions: the one renderer for first paint, answers to forms, and pushes."""

import functools
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from facilitator.core.room import Room
from facilitator.core.round import Phase
from facilitator.core.screen import Where
from facilitator.core.views import (
    Library,
    MemberView,
    Own,
    ScreenView,
    TherapistView,
    member_view,
    screen_view,
    therapist_view,
)
from facilitator.storage.rooms import LiveRoom, RoomRecord

REGIONS = {
    "member": ("status", "story", "compose", "guesses"),
    "therapist": ("head", "plan", "stage", "signals", "room", "wall", "next"),
    "screen": ("stage", "foot"),
}
# Where a member's page shows what is this phone's own.
OWN_REGIONS = frozenset({"status", "compose"})
SHARED = 256  # drawings for rooms that guess now, remembered
TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Region:
    """A drawn part of a page. A page morphs it when `digest` changed; `key` says what it belongs to."""

    key: str
    digest: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one role may see of a room, with the version it belongs to."""

    version: tuple[int, int]
    view: MemberView | ScreenView | TherapistView
    regions: dict[str, Region]

    @property
    def phase(self) -> str:
        """The phase that the page shows; a stopped room shows nothing else."""
        return "stopped" if self.view.stopped else str(self.view.phase)

    @property
    def round(self) -> str | None:
        """The id of the round that the page shows."""
        return self.view.round.id if self.view.round else None

    @property
    def have(self) -> str:
        """The version as pages write it."""
        return "{}.{}".format(*self.version)

    def as_json(self, *, have: str = "") -> dict[str, Any]:
        """Return the snapshot as it is sent; a page that has this version lacks only what is its own."""
        missing = OWN_REGIONS if have == self.have else self.regions
        return {
            "version": list(self.version),
            "phase": self.phase,
            "round": self.round,
            "regions": {
                name: {"key": one.key, "digest": one.digest, "html": str(one.html)}
                for name, one in self.regions.items()
                if name in missing
            },
        }


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses a page may name: where to join (for the QR), what to type, the screen, the own base."""

    join: str
    address: str
    screen: str
    base: str


class Snapshots:
    """Draws snapshots for the three roles; its templates know a view, and nothing of a request."""

    def __init__(self, library: Library, base_url: str) -> None:
        self._library = library
        self._base_url = base_url.rstrip("/")
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        # Jinja's others are not used, and each import would look for each of them.
        self._templates.globals = {"range": range}
        self._consoles: WeakKeyDictionary[LiveRoom, Snapshot] = WeakKeyDictionary()
        self._shared = functools.lru_cache(maxsize=SHARED)(self._regions)

    def member(self, room: Room, own: Own | None = None) -> Snapshot:
        """Draw a member's snapshot; without `own` it is the one that all members are sent."""
        view = member_view(room, self._library, own)
        links = self.links(room.code, base=f"/r/{room.code}/")
        guessing = view.phase is Phase.GUESSING
        # Twelve who send at once are drawn the same but for their own. Only then: no guess may be remembered.
        draw = self._shared if guessing else self._regions
        regions = draw("member", replace(view, own=Own(sent=view.own.sent)), links, room.version)
        if view.own != Own():
            # What this phone sent is drawn for it alone.
            regions = regions | {"compose": self._region("member", "compose", view, links, room.version)}
        return Snapshot((room.version, 0), view, regions)

    def screen(self, now: LiveRoom) -> Snapshot:
        """Draw the shared screen's snapshot."""
        view = screen_view(now.room, self._library, now.pulse)
        links = self.links(now.room.code, base=f"/screen/{now.record.screen_token}/")
        # The pulse's own count would tell of every guess, where exact numbers are shown on the console.
        version = (now.room.version, view.progress.place if view.progress else 0)
        return Snapshot(version, view, self._regions("screen", view, links, now.room.version))

    def therapist(self, now: LiveRoom, *, look: bool = False, wall: Snapshot | None = None) -> Snapshot:
        """Draw a console's snapshot; `look` unfolds closed guesses for the console that asked.

        `wall` is the shared screen's snapshot, which the console shows small, if it is drawn already.
        What was drawn to tell the consoles is drawn already for the one that acted.
        """
        if not look and (drawn := self._consoles.get(now)):
            return drawn
        view = therapist_view(
            now.room,
            self._library,
            now.pulse,
            planned=now.record.planned,
            where=Where(now.record.where),
            practice=now.record.practice,
            look=look,
        )
        links = self.therapist_links(now.record)
        version = (now.room.version, now.pulse.tick)
        small = {name: one.html for name, one in (wall or self.screen(now)).regions.items()}
        snapshot = Snapshot(version, view, self._regions("therapist", view, links, version[0], wall=small))
        if not look:
            self._consoles[now] = snapshot
        return snapshot

    def links(self, code: str, *, base: str, screen: str = "") -> Links:
        """Name the addresses of a room; `join` is upper-case, which makes a smaller QR."""
        host = self._base_url.split("://", 1)[1]
        return Links(f"{self._base_url}/J/{code}".upper(), host, screen, base)

    def therapist_links(self, record: RoomRecord) -> Links:
        """Name the addresses of a room for its console."""
        screen = f"{self._base_url}/screen/{record.screen_token}/"
        return self.links(record.code, base=f"/therapist/rooms/{record.code}/", screen=screen)

    def _regions(
        self,
        role: str,
        view: MemberView | ScreenView | TherapistView,
        links: Links,
        version: int,
        **more: dict[str, Markup],
    ) -> dict[str, Region]:
        return {name: self._region(role, name, view, links, version, **more) for name in REGIONS[role]}

    def _region(
        self,
        role: str,
        name: str,
        view: MemberView | ScreenView | TherapistView,
        links: Links,
        version: int,
        **more: dict[str, Markup],
    ) -> Region:
        template = self._templates.get_template(f"regions/{role}/{name}.html")
        html = template.render(view=view, links=links, version=version, **more).strip()
        moment = f"{view.round.id}.{view.phase}" if view.round else str(view.phase)
        digest = hashlib.sha256(html.encode()).hexdigest()[:16]
        return Region(moment if name == "compose" else name, digest, Markup(html))

"""All that leaves the server is recorded; no guess is in it too early or for the wrong eyes (W1, C-4)."""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import orjson
import pytest
from flask import Flask

from facilitator.core import round_view as round_views
from facilitator.core import views
from facilitator.core.room import Room
from facilitator.core.round import Phase, Round
from facilitator.services import Services
from facilitator.web.commands import COMMANDS
from tests.actors import Browser, Member, NewClient, Refused, Therapist
from tests.conftest import signed_in
from tests.privacy.opened import counted, shown, unfolded

HISTORIES = int(os.environ.get("PERHAPS_HISTORIES", "20"))
STEPS = 45
# Weighted so that rounds get far: a history of even dice would rarely reveal anything.
FORWARD = ["start", "open", "close", "reveal", "reveal", "second-look"] * 16
VERBS = [*COMMANDS, *FORWARD, *["add-guess", "cluster"] * 12]


@dataclass
class Viewer:
    """Somebody whose every body and frame is recorded; `own` is what they wrote themselves."""

    name: str
    heard: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    socket: Any = None

    def tap(self, browser: Browser) -> None:
        def record(response: httpx.Response) -> None:
            response.read()
            self.heard.append(response.text)

        browser.http.event_hooks = {"response": [record]}

    def watch(self, app: Flask, namespace: str, auth: dict[str, str], browser: Browser) -> None:
        jar = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar)
        self.socket = app.extensions["socketio"].test_client(
            app, namespace=namespace, auth=auth, headers={"Cookie": jar}
        )
        self.namespace = namespace

    def new(self) -> str:
        """Return what was said to this viewer since the last time."""
        frames = self.socket.get_received(self.namespace) if self.socket else []
        said = "\n".join([*self.heard, *(orjson.dumps(frame).decode() for frame in frames)])
        self.heard.clear()
        return said


class History:
    """One random room, with a wiretap at everybody."""

    def __init__(self, app: Flask, therapist: Therapist, seed: int) -> None:
        self.here: Services = app.extensions["perhaps"]
        self.dice = random.Random(seed)
        self.therapist = therapist
        self.canaries: dict[str, str] = {}  # Each with what it is: a guess, one added by hand, or a name.
        self.came_out: Counter[str] = Counter()
        self.next = ""
        self.viewers: list[Viewer] = []
        self.members: list[tuple[Member, Viewer]] = []
        for n in range(3):
            member, viewer = therapist.member(), Viewer(f"member {n}")
            viewer.watch(app, "/member", {"code": therapist.code}, member.browser)
            viewer.tap(member.browser)
            self.members.append((member, viewer))
        self.screen, self.wall = therapist.screen(), Viewer("screen")
        self.wall.tap(self.screen.browser)
        token = self.screen.path.split("/")[2]
        self.wall.watch(app, "/screen", {"token": token}, self.screen.browser)
        self.console, self.other = Viewer("console"), Viewer("other console")
        self.second = Therapist(Browser(therapist.new_client()), therapist.new_client).sign_in()
        self.second.code = therapist.code
        for who, viewer in ((therapist, self.console), (self.second, self.other)):
            viewer.watch(app, "/therapist", {"code": therapist.code}, who.browser)
            viewer.tap(who.browser)
        self.viewers = [*(viewer for _, viewer in self.members), self.wall, self.console, self.other]

    @property
    def room(self) -> Room:
        return self.here.live.load(self._room_id()).room

    def step(self) -> None:
        before = self.room
        looked = self.dice.choice([self._command, self._command, self._send, self._pages])()
        after = self.room
        for viewer in self.viewers:
            allowed = viewer.own | shown(before) | shown(after)
            if "console" in viewer.name:
                allowed |= unfolded(before) | unfolded(after)
            said = viewer.new()
            assert "What people chose" not in said or counted(before) or counted(after), viewer.name
            if looked and viewer is self.console:
                continue  # The answer to its own look-first, which is the one exception.
            heard = {canary for canary in self.canaries if canary in said}
            self.came_out.update(self.canaries[canary] for canary in heard - viewer.own)
            assert heard <= allowed, f"{viewer.name} heard {heard - allowed}"

    def _command(self) -> bool:
        room = self.room
        possible = [verb for verb in VERBS if room.can(verb)]
        verb = self.dice.choice(VERBS if self.dice.random() < 0.2 or not possible else possible)
        verb, self.next = self.next or verb, ""
        verb = "resume" if room.stopped and self.dice.random() < 0.7 else verb
        fields = {
            "vignette": "waving",
            "prompt": self.dice.choice(("laugh", "feelings")),
            "anyway": "yes",
            "seat": "none",
            "asked": "yes",
            "where": "phones",
            "exact": "yes",
            "shows": self.dice.choice(("room", "join")),
            "place": self.dice.choice((0, 0, 1)),
            "text": self._canary("added") if verb == "add-guess" else "",
            "name": self._canary("name") if verb == "name-cluster" else "",
        }
        # A refusal may repeat to the one who typed it what was wrong; the other console hears all the rest.
        self.console.own.update((fields["text"], fields["name"]))
        guesses = [one.id for one in room.round.guesses] if room.round else []
        if guesses and (verb in ("hold-back", "put-back", "cluster") or self.dice.random() < 0.5):
            fields["guess"] = self.dice.choice(guesses)
        if verb == "look-back" and room.earlier and self.dice.random() < 0.7:
            fields["round"] = self.dice.choice(room.earlier).id
        try:
            self.therapist.does(verb, version=room.version, **fields)
        except Refused:
            return False
        self.next = "name-cluster" if verb == "cluster" else ""
        return verb == "look-first"

    def _send(self) -> bool:
        member, viewer = self.dice.choice(self.members)
        canary = self._canary("guess")
        viewer.own.add(canary)
        for _, other in self.members:
            other.heard.extend(orjson.dumps(frame).decode() for frame in other.socket.get_received("/member"))
        try:
            verb = self.dice.choice(["guess", "guess", "guess", "pass", "withdraw"])
            room = self.room
            round_id = room.round.id if room.round else "none"
            if verb == "guess" and room.round and self.here.live.prompt(room.round).options:
                member.choose(*self.dice.sample(range(8), 2), round=round_id, sure=self.dice.randrange(4))
            else:
                member.send(verb, canary if verb == "guess" else None, round=round_id)
        except Refused:
            return False
        frames = [other.socket.get_received("/member") for _, other in self.members]
        assert frames == [[], [], []], "a submit made a frame for members"
        return False

    def _canary(self, kind: str) -> str:
        canary = f"canary{self.dice.getrandbits(64):016x}"
        self.canaries[canary] = kind
        return canary

    def _pages(self) -> bool:
        member, _ = self.dice.choice(self.members)
        for page in ("", "quiet", "quiet?told=word"):
            member.browser.page(f"/r/{member.code}/{page}")
        for signal in ("word", "slow-down"):
            member.browser.post(f"/r/{member.code}/{signal}")
        self.screen.browser.page(self.screen.path)
        self.therapist.browser.page(self.therapist.base)
        self.second.snapshot()
        self.here.upkeep.tick()
        return False

    def _room_id(self) -> Any:
        with self.here.database.read() as tx:
            return tx.exec_driver_sql("SELECT id FROM room").scalar_one()


def listen_in(app: Flask, therapist: Therapist, seeds: range) -> Counter[str]:
    """Live through random rooms; count the rounds that were revealed, and how often which texts came out."""
    found: Counter[str] = Counter()
    for seed in seeds:
        therapist.open_room()
        history = History(app, therapist, seed)
        for _ in range(STEPS):
            history.step()
        found["round"] += sum(one.phase is Phase.REVEALED for one in history.room.rounds)
        found += history.came_out
        summary = therapist.does("end")["summary_url"]
        for path in (summary, f"{summary}/export", "/therapist/summaries"):
            assert not [one for one in history.canaries if one in therapist.browser.page(path)], path
    return found


@pytest.mark.timeout(7_200)
def test_no_guess_is_heard_too_early_or_by_the_wrong_viewer(
    app: Flask, here: Services, new_client: NewClient, say: Callable[[str], None]
) -> None:
    found = listen_in(app, signed_in(here, new_client, "ada@clinic.example"), range(HISTORIES))
    say(f"{HISTORIES} rooms listened in to, where texts came out in time: {dict(found)}")
    # A wiretap that hears nothing proves nothing.
    assert found["round"] > HISTORIES / 2
    assert all(found[kind] for kind in ("guess", "added", "name"))


def test_the_wiretap_hears_a_view_that_shows_folded_guesses(
    app: Flask, here: Services, new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaky(round_: Round, rounds: tuple[Round, ...], *rest: Any) -> views.RoundView:
        open_ = replace(round_, shown=tuple(one.id for one in round_.guesses))
        return honest(open_, tuple(open_ if one is round_ else one for one in rounds), *rest)

    honest = round_views.round_view
    monkeypatch.setattr(round_views, "round_view", leaky)
    with pytest.raises(AssertionError, match=r"(member|screen).* heard"):
        listen_in(app, signed_in(here, new_client, "ada@clinic.example"), range(60))

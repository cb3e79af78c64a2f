"""Everybody at once: a room with all who may come to its pages, and the form of every route."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import argon2
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from facilitator.services import Services
from facilitator.storage import sign_ins, tables, therapists, two_factor
from facilitator.web.commands import COMMANDS
from facilitator.web.turnstile import Turnstile
from tests.actors import PASSWORD, Browser, Member, NewClient, Therapist, new_op
from tests.conftest import PASSWORD_HASH

ADA, BEN = "ada@clinic.example", "ben@clinic.example"

# In the order of the matrix. A co-therapist is for now a second browser of the same account.
ROLES = ("nobody", "elsewhere", "member", "removed", "other", "half", "co", "therapist")


def quick(app: Flask, patch: pytest.MonkeyPatch) -> None:
    """Let nobody wait: the turnstiles and the hashing have tests of their own."""
    patch.setattr(therapists, "_hasher", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    patch.setattr(therapists, "_decoy", PASSWORD_HASH)
    for name in ("join_turnstile", "sign_in_turnstile", "code_turnstile"):
        app.extensions[name] = Turnstile(free=1_000_000)


def cells(app: Flask) -> list[tuple[str, str]]:
    """List every method and route of an app; one that takes any command counts once for each."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            names = (
                [rule.rule.replace("<command>", one) for one in COMMANDS]
                if "command" in rule.arguments
                else [rule.rule]
            )
            found += [(method, name) for name in names]
    return found


@dataclass
class World:
    """A room where people are guessing, a browser for each role, and what the forms need."""

    here: Services
    browsers: dict[str, Browser]
    therapist: Therapist
    fills: dict[str, str]
    round: str

    def path(self, route: str) -> str:
        """Fill a route's gaps."""
        for name, value in self.fills.items():
            route = route.replace(f"<{name}>", quote(value))
        screen = self.fills["screen"]
        return route.replace("<token>", screen)

    def fields(self, method: str, route: str) -> dict[str, str]:
        """Fill a route's form, as far as it has one."""
        common = {"round": self.round, "op": new_op(), "n": "1", "text": "She is afraid", "email": BEN}
        common |= {"password": PASSWORD, "new": "four quiet windows", "vignette": "waving"}
        common |= {
            "prompt": "feeling",
            "guess": "0" * 32,
            "seat": "0" * 32,
            "anyway": "yes",
            "where": "phones",
        }
        common |= {"place": "0", "name": "Maybe shy", "exact": "yes", "asked": "yes", "shows": "join"}
        code = self.fills["recovery"] if route == "/sign-in/code" else self.fills["code"]
        with self.here.database.read() as tx:
            here = tables.room.c.code == self.fills["code"]
            version = str(tx.scalar(sa.select(tables.room.c.version).where(here)) or 1)
        if route.startswith(("/set-up/", "/reset/")):
            common["email"] = f"{new_op()}@clinic.example"
        if route.endswith("/look-back"):
            common["round"] = ""
        return common | {"version": version, "code": code}

    def state(self) -> dict[str, Any]:
        """Read all that is kept, but for who was seen when."""
        with self.here.database.read() as tx:
            return {
                table.name: sorted(map(repr, tx.execute(sa.select(table)).all()))
                for table in tables.metadata.sorted_tables
                if table.name not in ("presence", "sign_in", "tick")
            }


def accounts(here: Services) -> None:
    """Make the two therapists."""
    with here.database.write() as tx:
        for email in (ADA, BEN):
            therapists.add(tx, email, PASSWORD_HASH)


def build(here: Services, new_client: NewClient) -> World:
    """Open a room of Ada's and put everybody in their places."""
    ada, ben = (Therapist(Browser(new_client()), new_client, email=email).sign_in() for email in (ADA, BEN))
    co = Therapist(Browser(new_client()), new_client, email=ADA).sign_in()
    ada.open_room()
    ada.starts_guessing()
    elsewhere = Therapist(Browser(new_client()), new_client, email=BEN).sign_in().open_room().member()
    removed = ada.member()
    removed.browser.page(f"/r/{ada.code}/")  # Only phones that were here can be removed.
    with here.database.read() as tx:
        ref = tx.execute(
            sa.select(tables.seat.c.ref).where(tables.seat.c.hash == _hash(here, removed))
        ).scalar_one()
    ada.does("remove", seat=ref)
    half = Browser(new_client())
    with here.database.write() as tx:
        found = therapists.find(tx, ADA)
        assert found
        half.http.cookies.set(
            "sign-in", sign_ins.begin(tx, found.therapist, now=here.live.clock(), half=True)
        )
        recovery = two_factor.new_recovery_codes(tx, here.keys, found.therapist)[0]
        reset = therapists.make_reset_link(tx, found.therapist, now=here.live.clock())
        invitation = therapists.invite(tx)
        sign_in = tx.scalars(sa.select(tables.sign_in.c.ref)).first()
        past = new_op()
        tx.execute(
            tables.summary.insert().values(id=past, therapist_id=found.therapist.id, year=2026, asked=[])
        )
    member = ada.member()
    browsers = {
        "nobody": Browser(new_client()),
        "elsewhere": elsewhere.browser,
        "member": member.browser,
        "removed": removed.browser,
        "other": ben.browser,
        "half": half,
        "co": co.browser,
        "therapist": ada.browser,
    }
    fills = {"code": ada.code, "summary_id": past, "ref": str(sign_in), "recovery": recovery}
    fills |= {"screen": ada.screen().path.split("/")[2], "reset": reset, "invitation": invitation}
    return World(here, browsers, ada, fills, member.snapshot()["round"])


def call(world: World, role: str, method: str, route: str) -> int:
    """Ask a route as somebody, as their script does, and return the status."""
    route_filled = route
    for prefix, name in (("/set-up/", "invitation"), ("/reset/", "reset")):
        if route.startswith(prefix):
            route_filled = route.replace("<token>", world.fills[name])
    return (
        world.browsers[role]
        .http.request(
            method,
            world.path(route_filled),
            data=world.fields(method, route) if method == "POST" else None,
            headers={"Accept": "application/json"},
        )
        .status_code
    )


def _hash(here: Services, member: Member) -> bytes:
    return here.keys.seat_hash(str(member.seat))


Call = Callable[[World, str, str, str], int]
__all__ = ["ADA", "BEN", "ROLES", "Rule", "World", "accounts", "build", "call", "cells", "quick"]

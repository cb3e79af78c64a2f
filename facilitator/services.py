"""What create_app puts together, to be had from anywhere in a request."""

from dataclasses import dataclass

from flask import current_app

from facilitator.commands import Commands
from facilitator.config import Config
from facilitator.core.views import Library
from facilitator.live import Live
from facilitator.members import Members
from facilitator.practice import Practice
from facilitator.presence import Presence
from facilitator.snapshots import Snapshots
from facilitator.storage.database import Database
from facilitator.storage.keys import Keys
from facilitator.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Services:
    """One app's parts."""

    config: Config
    database: Database
    keys: Keys
    library: Library
    presence: Presence
    live: Live
    commands: Commands
    members: Members
    upkeep: Upkeep
    practice: Practice
    snapshots: Snapshots


def services() -> Services:
    """Return the parts of the app that serves this request."""
    found: Services = current_app.extensions["perhaps"]
    return found

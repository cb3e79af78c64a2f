"""Bringing the database to the newest form."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config

from facilitator.storage.database import Database, take_turns

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Apply every migration that is missing."""
    _run(database, lambda config: command.upgrade(config, "head"))


def revision(database: Database, message: str) -> None:
    """Write a new migration from what differs."""
    _run(database, lambda config: command.revision(config, message, autogenerate=True))


def _run(database: Database, task: Callable[[Config], object]) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as tx:
        # Two processes that start at once must not both make the tables.
        take_turns(tx, b"migrations")
        config.attributes["connection"] = tx
        task(config)

"""Bringing the database to the newest form."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from facilitator.storage.database import Database, Transaction, take_turns

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database, to: str = "head") -> None:
    """Apply every migration that is missing, up to the revision `to`."""
    _run(database, lambda config: command.upgrade(config, to))


def newest() -> str:
    """Return the newest revision that this program knows."""
    return _scripts().get_current_head() or ""


def known() -> frozenset[str]:
    """Return every revision that this program knows."""
    return frozenset(one.revision for one in _scripts().walk_revisions())


def current(tx: Transaction) -> str:
    """Return the revision that the database is at, or an empty string before the first."""
    return MigrationContext.configure(tx).get_current_revision() or ""


def revision(database: Database, message: str) -> None:
    """Write a new migration from what differs."""
    _run(database, lambda config: command.revision(config, message, autogenerate=True))


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _run(database: Database, task: Callable[[Config], object]) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as tx:
        # Two processes that start at once must not both make the tables.
        take_turns(tx, b"migrations")
        config.attributes["connection"] = tx
        task(config)

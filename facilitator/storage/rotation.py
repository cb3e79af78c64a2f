"""Changing the key-encryption key: all live data keys are wrapped anew and the old one is destroyed."""

from collections.abc import Callable

from facilitator.storage import data_keys
from facilitator.storage.database import Database
from facilitator.storage.keys import Keys


def rotate_keys(database: Database, keys: Keys) -> None:
    """Wrap all live data keys with a new key-encryption key and destroy the old one."""
    keys.rotate(lambda rewrap: _rewrap_all(database, rewrap))


def finish_rotation(database: Database, keys: Keys) -> None:
    """Complete a rotation that a crash cut off; does nothing if there was none."""
    keys.finish_rotation(lambda rewrap: _rewrap_all(database, rewrap))


def _rewrap_all(database: Database, rewrap: Callable[[bytes, str], bytes]) -> None:
    with database.write() as tx:
        data_keys.rewrap(tx, rewrap)

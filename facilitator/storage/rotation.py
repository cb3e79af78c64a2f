"""Changing the key-encryption key: all live data keys are wrapped anew and the old one is destroyed."""

from collections.abc import Callable

from facilitator.storage import data_keys
from facilitator.storage.database import Database
from facilitator.storage.keys import Keys


class Renewal:
    """The rotation that the server owes after a round was closed or a room ended; set `due` to owe it."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database = database
        self.keys = keys
        # What was there before the last start may have been closed without a rotation.
        self.due = True

    def renew(self) -> None:
        """Rotate the keys if it is due, so that no leftover can be opened. What fails stays due."""
        if self.due:
            self.due = False
            try:
                rotate_keys(self.database, self.keys)
            except Exception:
                self.due = True
                raise


def rotate_keys(database: Database, keys: Keys) -> None:
    """Wrap all live data keys with a new key-encryption key and destroy the old one."""
    keys.rotate(lambda rewrap: _rewrap_all(database, rewrap))


def finish_rotation(database: Database, keys: Keys) -> None:
    """Complete a rotation that a crash cut off; does nothing if there was none."""
    keys.finish_rotation(lambda rewrap: _rewrap_all(database, rewrap))


def _rewrap_all(database: Database, rewrap: Callable[[bytes, str], bytes]) -> None:
    with database.write() as tx:
        data_keys.rewrap(tx, rewrap)

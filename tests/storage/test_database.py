"""The database is set up as privacy.md asks, seen from inside."""

import pytest

from facilitator.storage.database import Database


@pytest.mark.parametrize(
    "pragma, kept",
    [
        ("journal_mode", "delete"),
        ("synchronous", 2),  # FULL
        ("secure_delete", 1),
        ("temp_store", 2),  # MEMORY
        ("trusted_schema", 0),
        ("foreign_keys", 1),
        ("busy_timeout", 5_000),
    ],
)
def test_sqlite_is_set_up_for_secrecy(tmp_path: object, pragma: str, kept: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/perhaps.db")
    with database.read() as tx:
        assert tx.exec_driver_sql(f"PRAGMA {pragma}").scalar() == kept
    database.dispose()

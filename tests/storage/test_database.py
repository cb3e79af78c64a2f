"""The database is set up as privacy.md asks, seen from inside."""

import pytest
import sqlalchemy as sa

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


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg2://nobody@127.0.0.1/nothing"])
def test_what_a_statement_was_given_is_in_no_error(url: str) -> None:
    """An error of the database is told with its statement; its values are what people wrote."""
    database = Database(url)
    assert database.engine.hide_parameters
    error = sa.exc.OperationalError("UPDATE", {"text": "She is afraid"}, Exception(), hide_parameters=True)
    assert "afraid" not in str(error)
    database.dispose()

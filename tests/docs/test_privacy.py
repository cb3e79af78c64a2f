"""docs/privacy.md lists everything that is kept, and nothing that is not."""

import re
from pathlib import Path

import sqlalchemy as sa

from facilitator import access
from facilitator.services import Services
from facilitator.storage import tables
from tests.actors import Therapist

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "privacy.md").read_text()


def section(title: str) -> str:
    """The part of the page under a heading."""
    return re.split(r"^##+ ", PAGE.split(f"### {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> dict[str, list[str]]:
    """The table under a heading: what stands in code in the first cell, and the other cells."""
    found = re.findall(r"^\| `([^`]+)` \|(.+)\|$", section(title), re.MULTILINE)
    assert len(found) == len({name for name, _ in found}), "a row is there twice"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def test_every_column_of_every_table_has_a_row(here: Services) -> None:
    found = sa.inspect(here.database.engine)
    columns = {
        f"{table}.{column['name']}"
        for table in found.get_table_names()
        for column in found.get_columns(table)
    }
    missing, gone = columns - rows("In the database").keys(), rows("In the database").keys() - columns
    assert not missing, (
        f"Add to the table “In the database” of docs/privacy.md a row each for {', '.join(sorted(missing))}: "
        "| `table.column` | what it holds, in plain words | how long it is kept |. "
        "If it could tell who wrote a guess, when or in which order, do not add the column at all."
    )
    assert not gone, f"Take the rows for {', '.join(sorted(gone))} out of docs/privacy.md: they are not kept."


def test_every_row_says_what_it_holds_and_how_long() -> None:
    for title, cells in (("In the database", 2), ("In files", 2), ("In browsers", 3)):
        for name, rest in rows(title).items():
            assert len(rest) == cells and all(rest), f"The row for {name} has an empty cell."


def test_every_file_that_a_room_leaves_has_a_row(here: Services, therapist: Therapist) -> None:
    therapist.starts_guessing()
    therapist.member().submit("Maybe")
    therapist.does("close")
    found = {path.name for path in (*here.config.data_dir.iterdir(), *here.config.key_file.parent.iterdir())}
    found -= {here.config.data_dir.name}
    missing = found - rows("In files").keys()
    assert not missing, f"Add to “In files” of docs/privacy.md what {missing} hold and how long."


def test_every_cookie_has_a_row() -> None:
    named = access.COOKIE_S.keys()
    assert rows("In browsers").keys() == named, (
        f"“In browsers” of docs/privacy.md must list the cookies {', '.join(sorted(named))}, and no others."
    )


def test_cookies_live_as_long_as_the_page_says() -> None:
    said = {name: cells[-1] for name, cells in rows("In browsers").items()}
    for name, seconds in access.COOKIE_S.items():
        days, hours = divmod(seconds // 3600, 24)
        words = f"{days} days" if days and not hours else f"{seconds // 3600} hours"
        assert words in said[name], f"docs/privacy.md: the cookie {name} is kept for {words}."


def test_what_browsers_keep_of_scripts_is_said() -> None:
    scripts = "\n".join(path.read_text() for path in (DOCS.parent / "static" / "js").rglob("*.js"))
    for store in ("sessionStorage", "localStorage", "indexedDB", "caches.open", "document.cookie"):
        assert (store in scripts) <= (store in section("In browsers")), (
            f"Scripts use {store}: say in “In browsers” of docs/privacy.md what they keep there."
        )


def test_a_column_without_a_row_is_noticed() -> None:
    """The test above can fail: without one of its rows it would."""
    assert "guess.sealed" in rows("In the database")
    assert "guess.author" not in rows("In the database")


def test_nothing_that_is_kept_sounds_like_an_author_or_a_moment() -> None:
    for name in ("envelope", "receipt", "guess"):
        columns = set(tables.metadata.tables[name].columns.keys())
        assert columns <= {"key", "mac", "id", "round_id", "sealed"}, (
            f"The table {name} got a column beside what it needs: see docs/adr/0002."
        )

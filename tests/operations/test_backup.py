"""A backup holds accounts, choices and summaries, and can bring no room back."""

import base64
import json
import os
import re
import shutil
import stat
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask

from facilitator.app import create_app
from facilitator.services import Services
from facilitator.storage import backup, migrate, tables
from facilitator.storage.backup import KEPT, LEFT_OUT, BackupError
from tests.actors import PASSWORD, Member, Therapist
from tests.conftest import ORIGIN, signed_in
from tests.operations.conftest import NewConfig

CANARY = "She is afraid of the 7f3a"
Installation = tuple[Services, Callable[[], httpx.Client]]


def install(app: Flask) -> Installation:
    here: Services = app.extensions["perhaps"]
    return here, lambda: httpx.Client(transport=httpx.WSGITransport(app=app), base_url=ORIGIN)


@pytest.fixture
def new(new_config: NewConfig) -> Iterator[Callable[[], Installation]]:
    """A new, empty installation each time."""
    made: list[Services] = []

    def make() -> Installation:
        here, client = install(create_app(new_config()))
        made.append(here)
        return here, client

    yield make
    for one in made:
        one.database.dispose()


def a_room_midway(here: Services, new_client: Callable[[], httpx.Client]) -> tuple[Therapist, list[Member]]:
    """A room with one revealed round, and another in which a guess is on its way."""
    therapist = signed_in(here, new_client, "ada@clinic.example").open_room()
    members = [therapist.member() for _ in range(3)]
    therapist.starts_guessing()
    for one in members:
        one.submit(f"{CANARY} {one.seat}")
    therapist.does("close")
    therapist.reveals()
    therapist.does("second-look")
    members[0].submit(CANARY)
    return therapist, members


def an_ended_room(here: Services, new_client: Callable[[], httpx.Client]) -> Therapist:
    therapist = signed_in(here, new_client, "ben@clinic.example").open_room()
    therapist.starts_guessing()
    therapist.does("end")
    return therapist


def write(here: Services, path: Path) -> Path:
    with here.database.read() as tx:
        backup.write(tx, path)
    return path


def spellings(secret: str | bytes) -> set[bytes]:
    raw = secret.encode() if isinstance(secret, str) else secret
    return {raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"=")}


def everything(here: Services, left_out: tuple[str, ...]) -> Iterator[tuple[str, str | bytes]]:
    """Every text and every binary value in these tables that is long enough to be told apart."""
    with here.database.read() as tx:
        for name in left_out:
            for row in tx.execute(sa.select(tables.metadata.tables[name])):
                for column, value in row._mapping.items():
                    if isinstance(value, str | bytes) and len(value) >= 8:
                        yield f"{name}.{column}", value


def test_every_table_is_either_copied_or_left_out() -> None:
    assert set(KEPT) | set(LEFT_OUT) == set(tables.metadata.tables), (
        "Say in facilitator/storage/backup.py whether a backup holds the new table."
    )
    assert not set(KEPT) & set(LEFT_OUT)


def test_a_backup_taken_mid_room_holds_no_guess_seat_code_or_key(
    new: Callable[[], Installation], tmp_path: Path
) -> None:
    here, client = new()
    an_ended_room(here, client)
    therapist, members = a_room_midway(here, client)
    copy = write(here, tmp_path / "copy").read_bytes()
    keys = [bytes.fromhex(line) for line in here.config.key_file.read_text().split()]
    secrets: list[tuple[str, str | bytes]] = [
        ("guess", CANARY),
        ("code", therapist.code),
        ("seat", members[0].seat or ""),
        ("sign-in", therapist.browser.http.cookies["sign-in"]),
        *(("key", one) for one in (*keys, here.config.hmac_secret)),
        *everything(here, LEFT_OUT),
    ]
    with here.database.read() as tx:
        own = set(tx.scalars(sa.select(tables.therapist.c.id))) | set(
            tx.scalars(sa.select(tables.summary.c.id))
        )
        known = {
            one
            for row in tx.execute(sa.select(tables.round.c.vignette, tables.round.c.prompt))
            for one in row
        }
    found = [
        name
        for name, secret in secrets
        if secret not in own | known and any(spelling in copy for spelling in spellings(secret))
    ]
    assert not found
    # The same search does find what the copy holds.
    assert any(one in copy for one in spellings("ada@clinic.example"))


def test_restoring_after_the_end_brings_no_room_back(new: Callable[[], Installation], tmp_path: Path) -> None:
    here, client = new()
    therapist, members = a_room_midway(here, client)
    copy = write(here, tmp_path / "copy")
    therapist.does("end")
    backup.restore(here.database, copy, replace=True)
    with here.database.read() as tx:
        for name in LEFT_OUT:
            assert not tx.scalar(sa.select(sa.func.count()).select_from(tables.metadata.tables[name])), name
    with httpx.Client(transport=members[0].browser.http._transport, base_url=ORIGIN) as phone:
        phone.cookies.update(members[0].browser.http.cookies)
        assert CANARY not in phone.get(f"/r/{therapist.code}/").text
    again = Therapist(therapist.stranger(), client).sign_in()
    assert again.browser.http.get(therapist.base).status_code == 403


def test_a_backup_restores_accounts_and_summaries_into_a_new_installation(
    new: Callable[[], Installation], tmp_path: Path
) -> None:
    here, client = new()
    an_ended_room(here, client)
    copy = write(here, tmp_path / "copy")
    there, new_client = new()
    rows = backup.restore(there.database, copy, replace=False)
    assert rows == 2
    for table in map(tables.metadata.tables.get, KEPT):
        assert table is not None
        with here.database.read() as one, there.database.read() as other:
            assert one.execute(sa.select(table)).all() == other.execute(sa.select(table)).all() != []
    with new_client() as browser:
        signing_in = {"email": "ben@clinic.example", "password": PASSWORD}
        assert browser.post("/sign-in", data=signing_in, headers={"Origin": ORIGIN}).status_code == 303
        assert "/therapist/summaries/" in browser.get("/therapist/summaries").text


def test_a_backup_goes_from_one_kind_of_database_to_the_other(
    app: Flask, new: Callable[[], Installation], tmp_path: Path
) -> None:
    here, client = install(app)
    an_ended_room(here, client)
    there, _ = new()
    assert backup.restore(there.database, write(here, tmp_path / "copy"), replace=False) == 2


def test_a_database_in_use_is_not_overwritten_unless_asked(
    new: Callable[[], Installation], tmp_path: Path
) -> None:
    here, client = new()
    an_ended_room(here, client)
    copy = write(here, tmp_path / "copy")
    signed_in(here, client, "cy@clinic.example")
    with pytest.raises(BackupError, match="add --replace"):
        backup.restore(here.database, copy, replace=False)
    backup.restore(here.database, copy, replace=True)
    with here.database.read() as tx:
        assert set(tx.scalars(sa.select(tables.therapist.c.email))) == {"ben@clinic.example"}


def test_nothing_is_restored_over_a_live_room(new: Callable[[], Installation], tmp_path: Path) -> None:
    here, client = new()
    _, members = a_room_midway(here, client)
    copy = write(here, tmp_path / "copy")
    with pytest.raises(BackupError, match="A room is live"):
        backup.restore(here.database, copy, replace=True)
    assert members[0].sees(CANARY)


@pytest.mark.parametrize(
    "spoil, sentence",
    [
        (lambda text: text[: len(text) // 2], "not a whole one"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "cut short or was changed"),
        (lambda text: text.replace("ben@", "eve@"), "cut short or was changed"),
        (lambda text: "", "not a backup of Perhaps"),
        (lambda text: "hello\n", "not a backup of Perhaps"),
        (lambda text: "[]\n[]\n", "this version of Perhaps can read"),
        (
            lambda text: text.replace("perhaps backup 1", "perhaps backup 2"),
            "this version of Perhaps can read",
        ),
    ],
    ids=["half", "no end", "changed", "empty", "a letter", "no head", "another format"],
)
def test_a_wrong_file_is_refused_and_changes_nothing(
    here: Services,
    new_client: Callable[[], httpx.Client],
    tmp_path: Path,
    spoil: Callable[[str], str],
    sentence: str,
) -> None:
    an_ended_room(here, new_client)
    copy = write(here, tmp_path / "copy")
    copy.write_text(spoil(copy.read_text()))
    with pytest.raises(BackupError, match=sentence):
        backup.restore(here.database, copy, replace=True)
    with here.database.read() as tx:
        assert tx.scalar(sa.select(tables.therapist.c.email)) == "ben@clinic.example"


def sealed(lines: list[dict[str, object]]) -> str:
    """Write lines as a whole backup, as someone would who changes one and knows how."""
    raw = [json.dumps(one).encode() for one in lines]
    end = {"end": len(raw) - 1, "sha256": backup._digest(raw)}
    return b"\n".join([*raw, json.dumps(end).encode()]).decode() + "\n"


@pytest.mark.parametrize(
    "lines, sentence",
    [
        ([{"what": backup.FORMAT, "revision": "9999"}], "made by a newer Perhaps"),
        (
            [
                {"what": backup.FORMAT, "revision": migrate.newest()},
                {"table": "room", "row": {"id": "r", "therapist_id": "t", "code": "c"}},
            ],
            "does not fit",
        ),
        (
            [
                {"what": backup.FORMAT, "revision": migrate.newest()},
                {"table": "therapist", "row": {"id": "t", "shoe_size": 43}},
            ],
            "does not fit",
        ),
    ],
)
def test_a_newer_or_forged_backup_is_refused(
    here: Services, tmp_path: Path, lines: list[dict[str, object]], sentence: str
) -> None:
    copy = tmp_path / "copy"
    copy.write_text(sealed(lines))
    with pytest.raises(BackupError, match=sentence):
        backup.restore(here.database, copy, replace=True)


def test_a_backup_of_an_older_version_is_brought_to_the_newest_form(
    here: Services, new_client: Callable[[], httpx.Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_ended_room(here, new_client)
    copy = write(here, tmp_path / "copy")
    later = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, later)
    change = f"""
        import sqlalchemy as sa
        from alembic import op

        revision, down_revision, branch_labels, depends_on = "later", "{migrate.newest()}", None, None


        def upgrade():
            op.execute("UPDATE summary SET year = year + 1000")
        """
    (later / "versions" / "later.py").write_text(textwrap.dedent(change))
    with here.database.read() as tx:
        year = tx.scalar(sa.select(tables.summary.c.year))
    monkeypatch.setattr(migrate, "MIGRATIONS", later)
    backup.restore(here.database, copy, replace=True)
    with here.database.read() as tx:
        assert tx.scalar(sa.select(tables.summary.c.year)) == (year or 0) + 1000


def test_only_its_owner_may_open_a_backup_and_no_older_one_is_overwritten(
    here: Services, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        copy = write(here, tmp_path / "copy")
    finally:
        os.umask(before)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with pytest.raises(BackupError, match="choose another name"):
        write(here, copy)


def test_the_rows_of_a_backup_tell_no_order(
    here: Services, new_client: Callable[[], httpx.Client], tmp_path: Path
) -> None:
    therapist = signed_in(here, new_client, "ada@clinic.example")
    for _ in range(8):
        therapist.open_room().does("end")
    ids = re.findall(r'"summary","row":{"id":"(\w+)"', write(here, tmp_path / "copy").read_text())
    assert ids == sorted(ids) and len(ids) == 8


def test_the_commands_say_what_they_did(app: Flask, here: Services, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    with app.app_context():
        made = run(args=["backup", str(tmp_path / "copy")])
        again = run(args=["backup", str(tmp_path / "copy")])
        back = run(args=["restore", str(tmp_path / "copy")])
    assert (made.exit_code, "left out" in made.output) == (0, True)
    assert (again.exit_code, again.output.count("\n")) == (1, 1)
    assert (back.exit_code, back.output) == (0, "Rows put back: 0. Everybody signs in again.\n")

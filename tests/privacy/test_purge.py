"""What is over is gone: no text anywhere after the end, and no key that would open an older copy."""

import base64
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from facilitator.config import Config, ConfigError
from facilitator.storage.database import Database
from facilitator.storage.keys import KeyFile, Keys
from tests.conftest import ORIGIN
from tests.privacy.campaign import DATABASES, a_campaign
from tests.privacy.canaries import MARK, canaries_in
from tests.privacy.ghosts import keys_of
from tests.privacy.haul import KEY_FILE, Haul
from tests.server import ROOT, Server

DISGUISES: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "hex": lambda text: text.encode().hex().encode(),
    "UTF-16": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps(text).encode(),
    **{f"base64 from {n}": lambda text, n=n: base64.b64encode(b"x" * n + text.encode()) for n in range(3)},
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_text_is_found_in_every_disguise(disguise: str) -> None:
    canary = f"{MARK}0123456789ab"
    file = b"something " + DISGUISES[disguise](f"{canary} she waits") + b" else"
    assert canaries_in({"file": file}, [canary]) == 1
    assert canaries_in({"file": file}, [f"{MARK}ba9876543210"]) == 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", DATABASES)
def test_after_the_end_no_text_is_left_and_no_backup_opens(database: str) -> None:
    """P1 and P2 at once: the backup is taken while people guess, the last look after the end."""
    with a_campaign(database, rooms=4) as campaign:
        before, *_, after = campaign.hauls(rounds=1)
        texts = [
            text[: len(MARK) + 12]
            for truth in campaign.crowd.truths
            for one in truth.rounds
            for text in one.written
        ]
        temporary = campaign.servers[0].folder.parent
        left = {str(path): path.read_bytes() for path in temporary.rglob("*") if path.is_file()}
        if database == "PostgreSQL":
            _rotate(campaign.servers[0])
            after = campaign.rob("rotated")
    # What MONITOR overheard was on its way to pages when everybody could read it, and is at rest nowhere.
    files = {name: data for name, data in after.files.items() if "monitor" not in name}
    assert texts
    assert canaries_in(files | left, texts) == 0
    assert after.rows["room"] == after.rows["guess"] == after.rows["envelope"] == after.rows["data_key"] == []
    # The backup opened with the keys of its day, and does not with today's.
    assert len(keys_of(before)) >= 2 * 4
    assert keys_of(Haul("backup", before.files | {KEY_FILE: after.files[KEY_FILE]}, before.rows)) == {}
    assert keys_of(after) == {}


def test_a_key_that_is_not_rotated_opens_the_backup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the claim above would find if ending left the key-encryption key as it is."""
    file = KeyFile.create_if_missing(tmp_path / "instance.key")
    made = Keys(file, b"x" * 32)
    owner = f"room:{'0' * 32}"
    wrapped = made.wrap(made.new_data_key(), owner=owner)
    files = {"data/backup": owner.encode() + wrapped, KEY_FILE: file.path.read_bytes()}
    assert set(keys_of(Haul("backup", files, {}))) == {owner}
    made.rotate(lambda _rewrap: None)
    assert keys_of(Haul("backup", files | {KEY_FILE: file.path.read_bytes()}, {})) == {}


def test_keys_rotate_by_themselves_after_closing(monkeypatch: pytest.MonkeyPatch, here: object) -> None:
    rotated = []
    monkeypatch.setattr("facilitator.storage.rotation.rotate_keys", lambda *_: rotated.append(1))
    renewal = here.live.renewal  # type: ignore[attr-defined]
    renewal.renew()  # What the start owes.
    renewal.renew()
    assert len(rotated) == 1
    renewal.due = True
    renewal.renew()
    assert len(rotated) == 2


def test_a_rotation_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch, here: object) -> None:
    def fails(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("facilitator.storage.rotation.rotate_keys", fails)
    with pytest.raises(OSError):
        here.live.renewal.renew()  # type: ignore[attr-defined]
    assert here.live.renewal.due  # type: ignore[attr-defined]


def test_the_files_are_closed_to_others_whatever_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        config = Config.from_env(_settings(tmp_path))
        database = Database(config.database_url)
        with database.write() as tx:
            tx.exec_driver_sql("CREATE TABLE something (x)")
            modes = {path.name: _mode(path) for path in config.data_dir.iterdir()}
        database.dispose()
    finally:
        os.umask(umask)
    assert modes == {
        "perhaps.db": 0o600,
        "perhaps.db-journal": 0o600,
        "hmac.secret": 0o600,
    }
    assert _mode(config.data_dir) == 0o700
    assert _mode(config.key_file) == 0o400


def test_a_database_that_others_may_read_is_closed_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "perhaps.db"
    file.touch(mode=0o644)
    file.chmod(0o644)
    Database(f"sqlite:///{file}").dispose()
    assert _mode(file) == 0o600


@pytest.mark.parametrize("name, mode", [("data", 0o755), ("instance.key", 0o444)])
def test_what_others_may_open_stops_the_start(name: str, mode: int, tmp_path: Path) -> None:
    Config.from_env(_settings(tmp_path))
    (tmp_path / name).chmod(mode)
    with pytest.raises(ConfigError, match="chmod"):
        Config.from_env(_settings(tmp_path))


def _settings(folder: Path) -> dict[str, str]:
    return {
        "FACILITATOR_DATA_DIR": str(folder / "data"),
        "FACILITATOR_KEY_FILE": str(folder / "instance.key"),
        "FACILITATOR_BASE_URL": ORIGIN,
    }


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _rotate(server: Server) -> None:
    command = [sys.executable, "-m", "flask", "--app", "facilitator.app", "keys", "rotate"]
    env = server.env | {"FACILITATOR_ASYNC_MODE": "threading"}
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)

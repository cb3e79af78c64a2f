"""The doctor finds each fault, says it in one plain sentence, and is content without any."""

import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from facilitator.checks import machine, stores
from facilitator.checks import settings as own
from facilitator.checks.finding import Grade
from facilitator.checks.stores import file_system_of
from facilitator.config import Config
from facilitator.doctor import examine
from facilitator.storage import migrate
from facilitator.storage.database import Database
from tests.backing import Postgres
from tests.server import ROOT

Settings = dict[str, str]


@pytest.fixture(autouse=True)
def a_good_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without swap and with a kept clock, whichever the tests run on."""
    nothing = tmp_path / "swaps"
    nothing.write_text("Filename Type Size Used Priority\n")
    monkeypatch.setattr(machine, "_SWAPS", nothing)
    monkeypatch.setattr(machine, "_ask", lambda *_: "yes")
    # Laid out once more for each test, they would take most of its time; the command below does it for real.
    for name in ("css/member.css", "js", "vendor"):
        (tmp_path / "static" / name).mkdir(parents=True)
    monkeypatch.setattr(own.assets, "build", lambda _: (tmp_path / "static", "hash"))
    monkeypatch.setattr(machine.resource, "getrlimit", limits(files=65_536, core=0))


@pytest.fixture
def installed(settings: Settings) -> Settings:
    """The settings of an installation that has been started once."""
    there = Database(Config.from_env(settings).database_url)
    migrate.upgrade(there)
    there.dispose()
    Path(Config.from_env(settings).database_url.split(":///")[1]).chmod(0o600)
    return settings


def limits(*, files: int, core: int) -> Callable[[int], tuple[int, int]]:
    return lambda which: (core, core) if which == resource.RLIMIT_CORE else (files, files)


def found(settings: Settings, *grades: Grade) -> list[str]:
    return [one.sentence for one in examine(settings) if one.grade in (grades or (Grade.WRONG, Grade.ADVICE))]


def has(settings: Settings, grade: Grade, words: str) -> bool:
    return any(re.search(words, one) for one in found(settings, grade))


def test_without_a_fault_only_standing_advice_is_given(installed: Settings) -> None:
    assert found(installed, Grade.WRONG) == []
    assert [one.split(":")[0] for one in found(installed, Grade.ADVICE)] == [
        "The key file is on the same disk as the data",
        "See that the proxy writes no access log and only critical errors",
    ]


def test_every_finding_is_a_sentence_and_every_fault_says_how_to_mend_it(settings: Settings) -> None:
    bad = settings | {"FACILITATOR_BASE_URL": "http://localhost", "FACILITATOR_HOST": "0.0.0.0"}
    bad.pop("FACILITATOR_CRISIS_TEXT")
    for one in examine(bad):
        assert one.sentence.endswith("."), one.sentence
        assert one.grade is Grade.GOOD or ":" in one.sentence, one.sentence


def test_a_setting_that_will_not_do_is_a_finding(settings: Settings) -> None:
    assert found(settings | {"FACILITATOR_PORT": "eighty"}) == [
        "FACILITATOR_PORT must be a whole number from 1 to 65535."
    ]


def test_an_open_key_file_is_found(installed: Settings) -> None:
    Path(installed["FACILITATOR_KEY_FILE"]).chmod(0o444)
    assert has(installed, Grade.WRONG, "Other users of this machine may open .*instance.key: close it with")


def test_a_key_file_in_the_data_folder_is_found(settings: Settings) -> None:
    inside = settings | {"FACILITATOR_KEY_FILE": settings["FACILITATOR_DATA_DIR"] + "/instance.key"}
    assert has(inside, Grade.WRONG, "must lie outside the data folder")


def test_an_open_database_file_is_found(installed: Settings) -> None:
    (Path(installed["FACILITATOR_DATA_DIR"]) / "perhaps.db").chmod(0o644)
    assert has(installed, Grade.ADVICE, r"keeps others from reading perhaps\.db")


def test_plain_http_is_found(installed: Settings) -> None:
    assert has(installed | {"FACILITATOR_BASE_URL": "http://localhost"}, Grade.WRONG, "without encryption")


def test_a_missing_address_is_found(installed: Settings) -> None:
    installed.pop("FACILITATOR_BASE_URL")
    assert has(installed, Grade.WRONG, "FACILITATOR_BASE_URL is not set")


def test_a_name_that_nobody_knows_is_found(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert has(installed, Grade.ADVICE, "finds no address for localhost")


def test_https_without_a_known_proxy_is_found(installed: Settings) -> None:
    assert has(installed | {"FACILITATOR_TRUSTED_PROXIES": "0"}, Grade.WRONG, "TRUSTED_PROXIES is 0")


def test_a_port_that_is_open_beside_the_proxy_is_found(installed: Settings) -> None:
    assert has(installed | {"FACILITATOR_HOST": "0.0.0.0"}, Grade.ADVICE, "listens on 0.0.0.0 though a proxy")


def test_a_missing_crisis_text_is_found(installed: Settings) -> None:
    installed.pop("FACILITATOR_CRISIS_TEXT")
    assert has(installed, Grade.WRONG, "FACILITATOR_CRISIS_TEXT is not set")


def test_static_files_that_are_not_complete_are_found(
    installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own.assets, "build", lambda _: (tmp_path / "nothing", "hash"))
    assert has(installed, Grade.WRONG, "static files lack css/member.css, js, vendor")


def test_a_clock_that_nothing_keeps_is_found(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_ask", lambda *_: "no")
    assert has(installed, Grade.ADVICE, "Nothing keeps this machine's clock right")


def test_a_clock_in_the_past_is_found(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "time", SimpleNamespace(time=lambda: 1_000_000.0))
    assert has(installed, Grade.WRONG, "The clock is behind the day")


@pytest.mark.parametrize(
    "free_mib, grade", [(100, Grade.WRONG), (500, Grade.ADVICE), (5_000, Grade.GOOD)], ids=str
)
def test_a_full_disk_is_found(
    installed: Settings, monkeypatch: pytest.MonkeyPatch, free_mib: int, grade: Grade
) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free_mib * 1024 * 1024))
    assert has(installed, grade, f"{free_mib} MiB are free")


def test_few_open_files_are_found(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.resource, "getrlimit", limits(files=1_024, core=0))
    assert has(installed, Grade.ADVICE, "may open only 1024 files")


def test_core_dumps_are_found(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.resource, "getrlimit", limits(files=65_536, core=-1))
    assert has(installed, Grade.ADVICE, "core dumps")


@pytest.mark.parametrize(
    "device, found_it", [("/dev/sda2", True), ("/swapfile", True), ("/dev/zram0", False)]
)
def test_swap_on_a_disk_is_found(installed: Settings, device: str, found_it: bool) -> None:
    machine._SWAPS.write_text(f"Filename Type Size Used Priority\n{device} partition 1 0 -2\n")
    assert has(installed, Grade.ADVICE, "swapped to disk") is found_it


def test_sqlite_on_a_network_file_system_is_found(
    installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(stores, "_MOUNTS", mounts)
    assert has(installed, Grade.WRONG, r"network file system \(nfs4\)")


def test_the_file_system_is_that_of_the_nearest_mount() -> None:
    mounts = ["a / ext4 rw", "b /srv nfs rw", "c /srv/local xfs rw"]
    assert [file_system_of(Path(one), mounts) for one in ("/srv/x", "/srv/local/x", "/srv2/x")] == [
        "nfs",
        "xfs",
        "ext4",
    ]


def test_an_empty_database_is_found(settings: Settings) -> None:
    assert has(settings, Grade.WRONG, "empty or of an older version: start the server")


def test_a_database_of_a_newer_version_is_found(installed: Settings) -> None:
    there = Database(Config.from_env(installed).database_url)
    with there.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    there.dispose()
    assert has(installed, Grade.WRONG, "newer version than the program: update")


def test_a_database_that_does_not_answer_is_found(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    gone = settings | {"FACILITATOR_DATABASE_URL": f"postgresql://perhaps:secret@127.0.0.1:{port}/perhaps"}
    assert has(gone, Grade.WRONG, "The database does not answer: start it")
    assert not any("secret" in one.sentence for one in examine(gone))


@pytest.mark.parametrize(
    "setting",
    [
        "log_statement = 'all'",
        "log_min_duration_statement = 0",
        "log_duration = on",
        "log_min_error_statement = error",
        "log_error_verbosity = default",
    ],
)
def test_a_postgresql_that_logs_what_is_written_is_found(
    settings: Settings, postgres: Postgres, setting: str
) -> None:
    url = postgres.new_database()
    postgres.sql("postgres", f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting}")
    loud = settings | {"FACILITATOR_DATABASE_URL": url}
    assert has(loud, Grade.WRONG, f"PostgreSQL has {setting.split()[0]} = ")


def test_a_quiet_postgresql_is_good(settings: Settings, postgres: Postgres) -> None:
    url = postgres.new_database()
    for setting in ("log_min_error_statement = panic", "log_error_verbosity = terse"):
        postgres.sql("postgres", f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting}")
    quiet = settings | {"FACILITATOR_DATABASE_URL": url}
    there = Database(Config.from_env(quiet).database_url)
    migrate.upgrade(there)
    there.dispose()
    assert found(quiet, Grade.WRONG) == []
    assert has(quiet, Grade.GOOD, "The database answers and is of this version")


@contextmanager
def a_redis(folder: Path, *options: str) -> Iterator[str]:
    path = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--dir", str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any("eady to accept" in line for line in process.stdout)
        try:
            yield f"unix://{path}"
        finally:
            process.terminate()


@pytest.mark.parametrize(
    "options, grade, words",
    [
        (("--save", "", "--appendonly", "no"), Grade.GOOD, "Redis answers"),
        (("--save", "60 1"), Grade.ADVICE, "Redis writes to disk"),
        (("--save", "", "--appendonly", "yes"), Grade.ADVICE, "Redis writes to disk"),
    ],
    ids=["quiet", "saves", "appends"],
)
def test_a_redis_that_writes_to_disk_is_found(
    settings: Settings, postgres: Postgres, tmp_path: Path, options: tuple[str, ...], grade: Grade, words: str
) -> None:
    with a_redis(tmp_path, *options) as url:
        several = settings | {
            "FACILITATOR_DATABASE_URL": postgres.new_database(),
            "FACILITATOR_REDIS_URL": url,
        }
        assert has(several, grade, words)


def test_a_redis_that_does_not_answer_is_found(
    settings: Settings, postgres: Postgres, tmp_path: Path
) -> None:
    gone = settings | {
        "FACILITATOR_DATABASE_URL": postgres.new_database(),
        "FACILITATOR_REDIS_URL": f"unix://{tmp_path}/nobody.sock",
    }
    assert has(gone, Grade.WRONG, "Redis does not answer: start it")


def test_a_check_that_fails_itself_is_a_finding(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("She is afraid")

    monkeypatch.setattr(machine.shutil, "disk_usage", fail)
    assert found(installed, Grade.WRONG) == ["The check “disk” failed itself: RuntimeError."]


@pytest.mark.parametrize("app", ["facilitator.doctor", "facilitator.app"])
def test_the_command_exits_with_one_when_something_is_wrong(installed: Settings, app: str) -> None:
    def run(settings: Settings) -> tuple[int, str]:
        command = [sys.executable, "-m", "flask", "--app", app, "doctor"]
        environ = os.environ | settings | {"FACILITATOR_ASYNC_MODE": "threading"}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert run(installed)[0] == 0
    code, said = run(installed | {"FACILITATOR_CRISIS_TEXT": ""})
    assert (code, said.count("WRONG")) == (1, 1)


@pytest.mark.parametrize(
    "app, settings_over, sentence",
    [
        ("facilitator.doctor", {"FACILITATOR_PORT": "eighty"}, "FACILITATOR_PORT must be"),
        ("facilitator.app", {"FACILITATOR_PORT": "eighty"}, "FACILITATOR_PORT must be"),
        (
            "facilitator.app",
            {"FACILITATOR_DATABASE_URL": "postgresql://127.0.0.1:1/x"},
            "flask --app facilitator.doctor",
        ),
        (
            "facilitator.doctor",
            {"FACILITATOR_DATABASE_URL": "postgresql://127.0.0.1:1/x"},
            "does not answer: start it",
        ),
    ],
    ids=range(4),
)
def test_what_cannot_start_is_told_in_a_sentence_and_not_in_code(
    settings: Settings, app: str, settings_over: Settings, sentence: str
) -> None:
    command = [sys.executable, "-m", "flask", "--app", app, "doctor"]
    environ = os.environ | settings | {"FACILITATOR_ASYNC_MODE": "threading"} | settings_over
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_doctor_is_a_command_of_the_program(app: Flask) -> None:
    assert "doctor" in app.cli.commands

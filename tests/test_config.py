import ipaddress
import os
import re
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from facilitator.config import Config, ConfigError

BAD_VALUES = [
    ("HOST", "http://10.0.0.1", "must be an address of this machine without a port"),
    ("HOST", "10.0.0.1:8000", "must be an address of this machine without a port"),
    ("HOST", "10.0.0.256", "must be an address of this machine without a port"),
    ("HOST", "fe80::1%eth0", "must be an address of this machine without a port"),
    ("PORT", "eighty", "must be a whole number from 1 to 65535"),
    ("PORT", "0", "must be a whole number from 1 to 65535"),
    ("PORT", "65536", "must be a whole number from 1 to 65535"),
    ("PORT", "-1", "must be a whole number from 1 to 65535"),
    ("PORT", "8_000", "must be a whole number from 1 to 65535"),
    ("PORT", "٨٠", "must be a whole number from 1 to 65535"),
    ("PORT", "9" * 5_000, "must be a whole number from 1 to 65535"),
    ("TRUSTED_PROXIES", "11", "must be a whole number from 0 to 10"),
    ("TRUSTED_PROXIES", "yes", "must be a whole number from 0 to 10"),
    ("ASYNC_MODE", "gevent", "must be one of eventlet, threading"),
    ("LOG_LEVEL", "loud", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    ("BASE_URL", "rooms.example.org", "must begin with http:// or https://"),
    ("BASE_URL", "ftp://rooms.example.org", "must begin with http:// or https://"),
    ("BASE_URL", "192.168.1.20:8000", "must begin with http:// or https://"),
    ("BASE_URL", "https://", "must name a host that phones can open"),
    ("BASE_URL", "https://:8000", "must name a host that phones can open"),
    ("BASE_URL", "http://0.0.0.0:8000", "must name a host that phones can open"),
    ("BASE_URL", "http://[::]:8000", "must name a host that phones can open"),
    ("BASE_URL", "http://192.168.1.256", "must name a host that phones can open"),
    ("BASE_URL", "https://prâxis.example", "must name a host that phones can open"),
    ("BASE_URL", "https://a b.example", "must name a host that phones can open"),
    ("BASE_URL", "https://a\n.example", "must name a host that phones can open"),
    ("BASE_URL", "https://*.example", "must name a host that phones can open"),
    ("BASE_URL", "http://[fe80::1%25eth0]:8000", "must name a host that phones can open"),
    ("BASE_URL", "http://[fd00::20", "must hold an IPv6 address in brackets"),
    ("BASE_URL", "http://[nonsense]", "must hold an IPv6 address in brackets"),
    ("BASE_URL", "http://fd00::20:8000", "must hold an IPv6 address in brackets"),
    ("BASE_URL", "https://rooms.example.org/perhaps", "leave out what follows"),
    ("BASE_URL", "https://rooms.example.org//", "leave out what follows"),
    ("BASE_URL", "https://rooms.example.org?a=b", "leave out what follows"),
    ("BASE_URL", "https://rooms.example.org/?", "leave out what follows"),
    ("BASE_URL", "https://rooms.example.org/#top", "leave out what follows"),
    ("BASE_URL", "https://ada:hush-hush@rooms.example.org", "leave out what is before the @"),
    ("BASE_URL", "https://@rooms.example.org", "leave out what is before the @"),
    ("BASE_URL", "https://rooms.example.org:99999", "must have a port from 1 to 65535 or none"),
    ("BASE_URL", "https://rooms.example.org:0", "must have a port from 1 to 65535 or none"),
    ("BASE_URL", "https://rooms.example.org:x", "must have a port from 1 to 65535 or none"),
    ("DATABASE_URL", "perhaps.db", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "sqlite://", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "sqlite:///:memory:", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "sqlite:///a.db?mode=ro", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "sqlite://host/a.db", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "mysql://a:hush-hush@db/perhaps", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "postgresql://db", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "postgresql://a:hush-hush@db:x/p", "must name a SQLite file or a PostgreSQL database"),
    ("DATABASE_URL", "postgresql+psycopg://db/perhaps", "must name a SQLite file or a PostgreSQL database"),
    ("REDIS_URL", "localhost:6379", "must be the address of a Redis server"),
    ("REDIS_URL", "http://a:hush-hush@localhost", "must be the address of a Redis server"),
    ("REDIS_URL", "redis://", "must be the address of a Redis server"),
    ("REDIS_URL", "redis://localhost:x", "must be the address of a Redis server"),
    ("REDIS_URL", "redis://localhost:6379/0", "or set FACILITATOR_DATABASE_URL to a PostgreSQL database"),
]

BASE_URLS = [
    ("http://192.168.1.20:8000", "http://192.168.1.20:8000", "192.168.1.20"),
    ("https://Rooms.Example.org/", "https://rooms.example.org", "rooms.example.org"),
    ("HTTPS://rooms.example.org:443", "https://rooms.example.org", "rooms.example.org"),
    ("http://rooms.example.org:80/", "http://rooms.example.org", "rooms.example.org"),
    ("http://rooms.example.org:", "http://rooms.example.org", "rooms.example.org"),
    ("http://[FD00:0:0::20]:8000", "http://[fd00::20]:8000", "[fd00::20]"),
    ("https://xn--prxis-7qa.example", "https://xn--prxis-7qa.example", "xn--prxis-7qa.example"),
]

DATABASES = [
    ("postgres://ada:p%40ss@db/perhaps", "postgresql+psycopg2://ada:p%40ss@db/perhaps"),
    ("postgresql://db:5433/perhaps", "postgresql+psycopg2://db:5433/perhaps"),
    ("postgresql+psycopg2://db/perhaps", "postgresql+psycopg2://db/perhaps"),
    ("postgresql:///perhaps", "postgresql+psycopg2:///perhaps"),
    ("postgresql://db/perhaps?sslmode=require", "postgresql+psycopg2://db/perhaps?sslmode=require"),
    ("sqlite:////srv/perhaps/a.db", "sqlite:////srv/perhaps/a.db"),
]


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths belong to the folder where the program is started."""
    monkeypatch.chdir(tmp_path)


def read(**settings: str) -> Config:
    return Config.from_env({f"FACILITATOR_{name}": value for name, value in settings.items()})


def refusal(**settings: str) -> str:
    with pytest.raises(ConfigError) as refused:
        read(**settings)
    return str(refused.value)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name,value,part", BAD_VALUES)
def test_a_bad_value_is_answered_with_one_sentence_and_makes_nothing(
    name: str, value: str, part: str, tmp_path: Path
) -> None:
    sentence = refusal(**{name: value})
    assert sentence.startswith(f"FACILITATOR_{name} ")
    assert part in sentence
    assert sentence.endswith(".")
    assert len(re.findall(r"[.!?](?:\s|$)", sentence)) == 1
    assert "hush" not in sentence
    assert not list(tmp_path.iterdir())


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    config = read()
    assert (config.host, config.port, config.trusted_proxies) == ("0.0.0.0", 8000, 0)
    assert (config.async_mode, config.log_level, config.redis_url) == ("eventlet", "INFO", None)
    assert config.data_dir == tmp_path / "instance"
    assert config.key_file == tmp_path / "instance.key"
    assert config.database_url == f"sqlite:///{tmp_path}/instance/perhaps.db"
    shown = re.fullmatch(r"http://(.+):8000", config.base_url)
    assert shown
    assert ipaddress.IPv4Address(shown[1])


def test_an_empty_setting_counts_as_not_set(tmp_path: Path) -> None:
    names = (
        "HOST",
        "PORT",
        "DATA_DIR",
        "KEY_FILE",
        "DATABASE_URL",
        "REDIS_URL",
        "BASE_URL",
        "TRUSTED_PROXIES",
    )
    assert read(**dict.fromkeys(names, " ")) == read()


def test_words_may_be_written_in_any_case() -> None:
    config = read(ASYNC_MODE="Threading", LOG_LEVEL="warning")
    assert (config.async_mode, config.log_level) == ("threading", "WARNING")


@pytest.mark.parametrize("typed,base_url,host", BASE_URLS)
def test_a_base_url_is_kept_as_browsers_write_origins(typed: str, base_url: str, host: str) -> None:
    config = read(BASE_URL=typed)
    assert config.base_url == base_url
    assert config.https == base_url.startswith("https")
    assert config.origins == (base_url, "http://localhost:8000", "http://127.0.0.1:8000")
    assert config.hosts == (host, "localhost", "127.0.0.1")


def test_behind_a_proxy_only_the_base_url_counts() -> None:
    config = read(BASE_URL="https://rooms.example.org", TRUSTED_PROXIES="1")
    assert config.origins == ("https://rooms.example.org",)
    assert config.hosts == ("rooms.example.org",)


@pytest.mark.parametrize(
    "host,port,base_url",
    [
        ("127.0.0.1", "8000", "http://127.0.0.1:8000"),
        ("::1", "8001", "http://[::1]:8001"),
        ("tablet.local", "80", "http://tablet.local"),
    ],
)
def test_the_base_url_follows_an_address_that_was_chosen(host: str, port: str, base_url: str) -> None:
    config = read(HOST=host, PORT=port)
    assert config.base_url == base_url
    assert len(config.origins) == len(set(config.origins))


def test_on_port_80_origins_have_no_port() -> None:
    config = read(PORT="80", HOST="localhost")
    assert config.origins == ("http://localhost", "http://127.0.0.1")


@pytest.mark.parametrize("typed,database_url", DATABASES)
def test_a_database_url_names_the_driver_that_yields(typed: str, database_url: str) -> None:
    assert read(DATABASE_URL=typed).database_url == database_url


@pytest.mark.parametrize(
    "redis_url", ["redis://localhost", "rediss://:hush@cache:6380/1", "unix:///run/redis/redis.sock"]
)
def test_redis_goes_with_postgresql(redis_url: str) -> None:
    assert read(REDIS_URL=redis_url, DATABASE_URL="postgresql:///perhaps").redis_url == redis_url


def test_a_printed_config_holds_no_secret() -> None:
    config = read(DATABASE_URL="postgresql://a:hush-hush@db/perhaps", REDIS_URL="redis://:hush-hush@cache")
    printed = repr(config)
    assert "hush" not in printed
    assert repr(config.hmac_secret) not in printed


def test_the_first_start_makes_what_is_missing_and_the_second_keeps_it(tmp_path: Path) -> None:
    first = read(DATA_DIR="a/data", KEY_FILE="b/the.key")
    data = tmp_path / "a/data"
    assert len(first.hmac_secret) == 32
    assert {one.name: mode(one) for one in data.iterdir()} == {"hmac.secret": 0o600}
    assert (mode(data), mode(tmp_path / "b/the.key")) == (0o700, 0o400)
    assert read(DATA_DIR="a/data", KEY_FILE="b/the.key") == first


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o277)
    try:
        read(DATA_DIR=str(tmp_path), KEY_FILE=str(outside := tmp_path.parent / f"{tmp_path.name}.key"))
    finally:
        os.umask(before)
    assert (mode(tmp_path / "hmac.secret"), mode(outside)) == (0o600, 0o400)


def test_starts_at_the_same_moment_agree_on_the_secret() -> None:
    together = threading.Barrier(8)

    def start(_: int) -> bytes:
        together.wait()
        return read().hmac_secret

    with ThreadPoolExecutor(8) as starts:
        assert len(set(starts.map(start, range(8)))) == 1


@pytest.mark.parametrize(
    "name,loose,command",
    [
        ("instance", 0o750, "chmod 700 "),
        ("instance", 0o705, "chmod 700 "),
        ("instance/hmac.secret", 0o640, "chmod 600 "),
        ("instance/hmac.secret", 0o604, "chmod 600 "),
        ("instance.key", 0o440, "chmod 400 "),
        ("instance.key", 0o404, "chmod 400 "),
        ("instance.key", 0o420, "chmod 400 "),
    ],
)
def test_what_others_may_open_stops_the_start(name: str, loose: int, command: str, tmp_path: Path) -> None:
    before = read()
    (tmp_path / name).chmod(loose)
    sentence = refusal()
    assert f"`{command}{tmp_path / name}`" in sentence
    (tmp_path / name).chmod(int(command.split()[1], 8))
    assert read() == before


def test_the_chmod_command_can_be_pasted_whatever_the_path(tmp_path: Path) -> None:
    read(DATA_DIR="my data; rm x")
    (tmp_path / "my data; rm x").chmod(0o755)
    assert f"`chmod 700 '{tmp_path}/my data; rm x'`" in refusal(DATA_DIR="my data; rm x")


@pytest.mark.parametrize(
    "key_file", ["instance/instance.key", "instance/deep/er.key", "instance/../instance/k"]
)
def test_a_key_file_inside_the_data_folder_is_refused(key_file: str) -> None:
    assert refusal(KEY_FILE=key_file).startswith("FACILITATOR_KEY_FILE must lie outside the data folder")


def test_symlinks_do_not_hide_that_the_key_lies_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir(mode=0o700)
    (tmp_path / "other").symlink_to("instance")
    (tmp_path / "to.key").symlink_to("instance/real.key")
    (tmp_path / "instance/from.key").symlink_to(tmp_path / "real.key")
    for settings in (
        {"KEY_FILE": "other/instance.key"},
        {"KEY_FILE": "to.key"},
        {"KEY_FILE": "instance/from.key"},
        {"DATA_DIR": "other", "KEY_FILE": "instance/instance.key"},
    ):
        assert refusal(**settings).startswith("FACILITATOR_KEY_FILE must lie outside the data folder")


def test_a_key_file_beside_a_folder_of_like_name_is_fine(tmp_path: Path) -> None:
    assert read(DATA_DIR="instance", KEY_FILE="instance-key/k").key_file == tmp_path / "instance-key/k"


def test_a_lost_key_file_is_not_replaced_in_silence(tmp_path: Path) -> None:
    before = read()
    shutil.move("instance.key", "elsewhere.key")
    assert "put it back or set FACILITATOR_KEY_FILE" in refusal()
    assert not (tmp_path / "instance.key").exists()
    assert read(KEY_FILE="elsewhere.key").hmac_secret == before.hmac_secret
    (tmp_path / "instance/hmac.secret").unlink()
    assert read().hmac_secret != before.hmac_secret


@pytest.mark.parametrize("name", ["instance.key", "instance/hmac.secret"])
@pytest.mark.parametrize("content", [b"", b"secret", b"ab" * 31, b"ab" * 33, b"\xff\xfe" * 32])
def test_a_broken_secret_stops_the_start(name: str, content: bytes, tmp_path: Path) -> None:
    read()
    (tmp_path / name).chmod(0o600)
    (tmp_path / name).write_bytes(content)
    assert refusal() == (
        f"What {tmp_path / name} holds is not a secret of 64 hexadecimal digits: put its last good copy back."
    )


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for settings in ({"DATA_DIR": "file"}, {"DATA_DIR": "file/data"}, {"KEY_FILE": "file/instance.key"}):
        assert refusal(**settings).startswith(f"Perhaps cannot write into the folder {tmp_path / 'file'}")


def test_a_folder_in_place_of_the_key_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "instance.key").mkdir()
    assert refusal().startswith(f"Perhaps cannot read {tmp_path / 'instance.key'} (Is a directory)")

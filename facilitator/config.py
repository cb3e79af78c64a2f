"""Settings: read once from the environment, typed; secrets are made at the first start."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from urllib.parse import urlsplit

from facilitator import addresses
from facilitator.storage import private
from facilitator.storage.keyfile import KeyFile

PREFIX = "FACILITATOR_"
ASYNC_MODES = ("eventlet", "threading")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("plain", "json")
SHORTEST_TOKEN = 20
MOST_PROXIES = 10
LONGEST_CRISIS_TEXT = 300
CRISIS_TEXT = "If you are in danger, tell someone near you. Or call your local emergency number."
SECRET_MODE = 0o600


class ConfigError(Exception):
    """A setting will not do; the text is one sentence that says how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All the settings, checked; what is secret stays out of its printed form."""

    host: str
    port: int
    data_dir: Path
    key_file: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    base_url: str
    async_mode: str
    log_level: str
    log_format: str
    trusted_proxies: int
    crisis_text: str
    require_totp: bool
    hmac_secret: bytes = field(repr=False)
    metrics_token: str | None = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Read the FACILITATOR_ settings; an empty one counts as not set.

        Makes the data folder, the secrets in it and the key file where they are missing, but nothing if a
        value will not do. Raises `ConfigError`.
        """
        set_here = {
            name.removeprefix(PREFIX): value.strip()
            for name, value in environ.items()
            if name.startswith(PREFIX) and value.strip()
        }
        host = _address("HOST", set_here.get("HOST", "0.0.0.0"), addresses.host)
        port = _number("PORT", set_here.get("PORT", "8000"), 1, 65_535)
        data_dir = Path(set_here.get("DATA_DIR", "instance")).resolve()
        data_url = set_here.get("DATABASE_URL", addresses.sqlite_in(data_dir))
        database_url = _address("DATABASE_URL", data_url, addresses.database_url)
        redis_url = _redis_url(set_here["REDIS_URL"], database_url) if "REDIS_URL" in set_here else None
        phones_open = set_here.get("BASE_URL", addresses.origin("http", addresses.reached_at(host), port))
        base_url = _address("BASE_URL", phones_open, addresses.base_url)
        async_mode = _one_of("ASYNC_MODE", set_here.get("ASYNC_MODE", "eventlet").lower(), ASYNC_MODES)
        log_level = _one_of("LOG_LEVEL", set_here.get("LOG_LEVEL", "INFO").upper(), LOG_LEVELS)
        log_format = _one_of("LOG_FORMAT", set_here.get("LOG_FORMAT", "plain").lower(), LOG_FORMATS)
        metrics_token = _token("METRICS_TOKEN", set_here.get("METRICS_TOKEN"))
        trusted_proxies = _number("TRUSTED_PROXIES", set_here.get("TRUSTED_PROXIES", "0"), 0, MOST_PROXIES)
        crisis_text = _sentence("CRISIS_TEXT", set_here.get("CRISIS_TEXT", CRISIS_TEXT))
        require_totp = (
            _one_of("REQUIRE_TOTP", set_here.get("REQUIRE_TOTP", "no").lower(), ("yes", "no")) == "yes"
        )
        key_file = _outside(data_dir, Path(set_here.get("KEY_FILE", "instance.key")))
        hmac_secret = _hmac_secret(data_dir, key_file)
        return cls(
            host=host,
            port=port,
            data_dir=data_dir,
            key_file=key_file,
            database_url=database_url,
            redis_url=redis_url,
            base_url=base_url,
            async_mode=async_mode,
            log_level=log_level,
            log_format=log_format,
            trusted_proxies=trusted_proxies,
            crisis_text=crisis_text,
            require_totp=require_totp,
            hmac_secret=hmac_secret,
            metrics_token=metrics_token,
        )

    @property
    def https(self) -> bool:
        """Whether phones reach the program encrypted."""
        return self.base_url.startswith("https://")

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may talk to the program, as browsers write them; never empty."""
        return tuple(
            dict.fromkeys((self.base_url, *(addresses.origin("http", one, self.port) for one in self._local)))
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts it answers for, as in a Host header, without the port."""
        named = addresses.bracketed(urlsplit(self.base_url).hostname or "")
        return tuple(dict.fromkeys((named, *self._local)))

    @property
    def _local(self) -> tuple[str, ...]:
        # Behind a proxy nobody has business at the port itself.
        return () if self.trusted_proxies else ("localhost", "127.0.0.1")


def _number(name: str, typed: str, least: int, most: int) -> int:
    if typed.isascii() and typed.isdigit() and len(typed) <= len(str(most)) and least <= int(typed) <= most:
        return int(typed)
    raise ConfigError(f"{PREFIX}{name} must be a whole number from {least} to {most}.")


def _one_of(name: str, typed: str, words: tuple[str, ...]) -> str:
    if typed in words:
        return typed
    raise ConfigError(f"{PREFIX}{name} must be one of {', '.join(words)}.")


def _sentence(name: str, typed: str) -> str:
    if len(typed) <= LONGEST_CRISIS_TEXT and typed.isprintable():
        return typed
    raise ConfigError(
        f"{PREFIX}{name} must be one or two plain sentences on one line, "
        f"at most {LONGEST_CRISIS_TEXT} letters."
    )


def _token(name: str, typed: str | None) -> str | None:
    # The sentence never repeats the value.
    if typed is None or (len(typed) >= SHORTEST_TOKEN and typed.isascii() and not re.search(r"\s", typed)):
        return typed
    raise ConfigError(
        f"{PREFIX}{name} must be a random word of at least {SHORTEST_TOKEN} plain letters and digits, "
        "as `openssl rand -hex 32` makes one."
    )


def _address(name: str, typed: str, read: Callable[[str], str]) -> str:
    try:
        return read(typed)
    except addresses.BadAddress as problem:
        raise ConfigError(f"{PREFIX}{name} {problem}") from None


def _redis_url(typed: str, database_url: str) -> str:
    url = _address("REDIS_URL", typed, addresses.redis_url)
    if database_url.startswith("sqlite"):
        raise ConfigError(
            f"{PREFIX}REDIS_URL is for several processes, and SQLite serves only one: leave it out, "
            f"or set {PREFIX}DATABASE_URL to a PostgreSQL database."
        )
    return url


def _outside(data_dir: Path, key_file: Path) -> Path:
    # A symlink counts where it lies as well as where it leads: a backup may follow it.
    lies, leads = key_file.parent.resolve() / key_file.name, key_file.resolve()
    if lies.is_relative_to(data_dir) or leads.is_relative_to(data_dir):
        raise ConfigError(
            f"{PREFIX}KEY_FILE must lie outside the data folder {data_dir}, "
            "so that a copy of the data does not hold its key: move it and set the new path."
        )
    return leads


def _hmac_secret(data_dir: Path, key_file: Path) -> bytes:
    hmac = data_dir / "hmac.secret"
    try:
        private.make_folder(data_dir)
        private.refuse_open(data_dir, data_dir.stat().st_mode, mode=private.FOLDER_MODE)
        # Not only the first start writes here: a rotation puts a new key file in place of the old one.
        private.make_folder(key_file.parent)
        # The key is made before the secret, so a folder with a secret once had one.
        if hmac.exists() and not key_file.exists():
            raise ConfigError(
                f"The key file {key_file} is missing although {data_dir} is in use: put it back or set "
                f"{PREFIX}KEY_FILE to where it is, or delete {hmac} if all open rooms may be lost with it."
            )
        KeyFile.create_if_missing(key_file).load()
        private.create(hmac, token_bytes(private.SECRET_BYTES), mode=SECRET_MODE)
        return private.read(hmac, mode=SECRET_MODE)[0]
    except private.Unsafe as problem:
        raise ConfigError(str(problem)) from None

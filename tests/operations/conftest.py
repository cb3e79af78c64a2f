"""A new installation on each kind of database, for what must work on both."""

from collections.abc import Callable
from pathlib import Path

import pytest

from facilitator.config import Config
from tests.conftest import ORIGIN

NewConfig = Callable[[], Config]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The settings of an installation without fault, but for what a test changes."""
    return {
        "FACILITATOR_DATA_DIR": str(tmp_path / "data"),
        "FACILITATOR_KEY_FILE": str(tmp_path / "keys" / "instance.key"),
        "FACILITATOR_BASE_URL": "https://localhost",
        "FACILITATOR_TRUSTED_PROXIES": "1",
        "FACILITATOR_HOST": "127.0.0.1",
        "FACILITATOR_CRISIS_TEXT": "Call 112.",
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def new_config(request: pytest.FixtureRequest, tmp_path: Path) -> NewConfig:
    """Settings of a new installation each time, on either database."""
    made = iter(range(100))

    def make() -> Config:
        folder = tmp_path / f"installation-{next(made)}"
        environ = {
            "FACILITATOR_DATA_DIR": str(folder / "data"),
            "FACILITATOR_KEY_FILE": str(folder / "instance.key"),
            "FACILITATOR_BASE_URL": ORIGIN,
            "FACILITATOR_ASYNC_MODE": "threading",
        }
        if request.param == "postgresql":
            environ["FACILITATOR_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
        return Config.from_env(environ)

    return make

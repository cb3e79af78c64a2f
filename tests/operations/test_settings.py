"""The settings of operations: a bad one is refused in a sentence that does not repeat it."""

from pathlib import Path

import pytest

from facilitator.config import Config, ConfigError


def read(folder: Path, **settings: str) -> Config:
    own = {"DATA_DIR": str(folder / "data"), "KEY_FILE": str(folder / "instance.key")} | settings
    return Config.from_env({f"FACILITATOR_{name}": value for name, value in own.items()})


def test_logs_are_plain_and_figures_closed_unless_set(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.log_format, config.metrics_token) == ("plain", None)
    assert read(tmp_path, LOG_FORMAT="JSON").log_format == "json"


def test_an_unknown_log_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="LOG_FORMAT must be one of plain, json"):
        read(tmp_path, LOG_FORMAT="xml")


@pytest.mark.parametrize("token", ["short", "with spaces in between", "not-plain-letters-é-é"])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(ConfigError, match="METRICS_TOKEN must be a random word") as refusal:
        read(tmp_path, METRICS_TOKEN=token)
    assert token not in str(refusal.value)


def test_the_token_stays_out_of_what_is_printed(tmp_path: Path) -> None:
    token = "a1b2c3d4e5f6a7b8c9d0"
    assert token not in repr(read(tmp_path, METRICS_TOKEN=token))

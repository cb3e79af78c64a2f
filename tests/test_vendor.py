"""The libraries in static/vendor/ are what npm published."""

import hashlib
import json
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent / "static"
ENTRIES = json.loads((STATIC / "vendor" / "vendor.json").read_text())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_a_vendored_file_has_the_checksum_written_down_for_it(entry: dict[str, str]):
    source = (STATIC / "vendor" / entry["file"]).read_bytes()
    assert hashlib.sha256(source).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_a_vendored_file_comes_with_its_licence(entry: dict[str, str]):
    assert entry["licence"]
    assert (STATIC / "licenses" / f"{entry['name']}.txt").read_text().strip()


def test_nothing_is_vendored_without_being_written_down():
    files = {path.name for path in (STATIC / "vendor").iterdir()}
    assert files == {entry["file"] for entry in ENTRIES} | {"vendor.json"}

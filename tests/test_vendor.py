"""What was vendored is what was written down when it came from npm."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENTRIES = json.loads((ROOT / "static" / "vendor" / "vendor.json").read_text())
FOLDERS = ("static/vendor", "static/fonts", "templates/icons", "tests/e2e/vendor")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['name']} {entry['file']}")
def test_a_vendored_file_has_the_checksum_written_down_for_it(entry: dict[str, str]):
    assert hashlib.sha256((ROOT / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['name']} {entry['file']}")
def test_a_vendored_file_comes_with_its_licence(entry: dict[str, str]):
    assert entry["licence"]
    licence = entry["name"].lstrip("@").replace("/", "-")
    assert (ROOT / "static" / "licenses" / f"{licence}.txt").read_text().strip()


def test_nothing_is_vendored_without_being_written_down():
    files = {str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).iterdir()}
    assert files - {"static/vendor/vendor.json"} == {entry["file"] for entry in ENTRIES}


def test_a_phone_is_sent_nothing_of_socket_io_that_it_does_not_use():
    built = (ROOT / "static" / "vendor" / "socket.io.websocket.min.js").read_text()
    assert "WebSocket" in built
    transports = ("XMLHttpRequest", "WebTransport(", "polling-xhr")
    binary_messages_and_addresses = ("_placeholder", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ipv6uri", "FileReader")
    assert not [name for name in (*transports, *binary_messages_and_addresses) if name in built]

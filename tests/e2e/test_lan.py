"""The same story on an address of a network, which browsers trust less than 127.0.0.1."""

import os
import subprocess
import sys

import pytest

from tests.server import ROOT

ADDRESS = "10.77.0.1"
BRING_UP = f"ip link set lo up && ip address add {ADDRESS}/24 dev lo && exec"


@pytest.mark.timeout(300)
@pytest.mark.skipif("PERHAPS_TEST_HOST" in os.environ, reason="this is the run inside the network already")
def test_the_story_works_on_a_plain_http_address_that_is_not_loopback() -> None:
    """A network of its own holds the server and the browser; nothing leaves it."""
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    inner = f"{BRING_UP} {sys.executable} -m pytest -q -p no:cacheprovider tests/e2e/test_story.py"
    env = os.environ | {"PERHAPS_TEST_HOST": ADDRESS}
    done = subprocess.run([*apart, "sh", "-c", inner], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "2 passed" in done.stdout

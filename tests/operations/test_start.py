"""What a start says: the address for phones, or in one sentence why it cannot be."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import Server

ROOT = Path(__file__).parents[2]
BROKEN = """
import sys
from pathlib import Path
import {module} as program
from facilitator.storage import vignettes
vignettes.SHIPPED = Path({shelf!r})
sys.argv = {words!r}
sys.exit(program.main())
"""


@pytest.mark.parametrize(
    "url, warned", [("http://10.0.0.7:8000", True), ("https://rooms.example.org", False)]
)
def test_a_start_says_what_phones_open_and_where_nothing_is_encrypted(
    tmp_path: Path, url: str, warned: bool
) -> None:
    server = Server(tmp_path, FACILITATOR_BASE_URL=url).start()
    said = server.log.read_text()
    server.stop()
    assert f"Phones open {url}\n" in said
    assert ("practice only: not encrypted\n" in said) is warned
    assert f"{url}/set-up/" in said


@pytest.mark.parametrize(
    "module, words",
    [("facilitator.__main__", []), ("flask.cli", ["--app", "facilitator.app", "vignettes", "check"])],
)
def test_a_broken_story_is_told_in_a_sentence_and_not_in_code(
    tmp_path: Path, module: str, words: list[str]
) -> None:
    (tmp_path / "waving.yaml").write_text("id: waving\nid: waving\n")
    script = BROKEN.format(module=module, shelf=str(tmp_path), words=["perhaps", *words])
    env = Server(tmp_path).env | {"FACILITATOR_DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30
    )
    assert done.returncode
    assert "waving.yaml: Line 2 has “id” a second time." in done.stderr
    assert done.stderr.count("\n") == 1

"""Drive one whole sitting and keep a picture of each screen in each state, size and theme."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.chromium import a_chromium
from tests.e2e.looks import THEMES, wear
from tests.e2e.tour import Tour
from tests.server import Server
from tests.shots.sheet import sheet

SIZES = ((390, 844), (1280, 800), (1920, 1080))
# A phone on its side, a tablet, and a small projector.
BESIDES = {"phone": (844, 390), "console": (820, 1180), "screen": (1024, 768)}
WHO = ("phone", "console", "screen")
SETTLE_MS = 700  # until notes have unfolded


def main(folder: Path) -> None:
    taken = 0
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as data, a_chromium() as browser:
        server = Server(Path(data)).start()
        tour = Tour(browser, server)
        try:
            for number, state in enumerate(tour.states(), 1):
                for who, page in state.pages.items():
                    taken += shoot(page, folder / who, f"{number:02}-{state.name}")
        finally:
            tour.close()
            server.stop()
    sheets = [
        sheet(folder, who, size, theme) for who in WHO for size in (*SIZES, BESIDES[who]) for theme in THEMES
    ]
    print(f"{taken} pictures in {folder}/, and together on {len(sheets)} contact sheets")


def shoot(page: Page, folder: Path, name: str) -> int:
    before = page.viewport_size or {"width": 1280, "height": 800}
    folder.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(SETTLE_MS)
    page.emulate_media(reduced_motion="reduce")  # A colour on its way to another one is neither.
    sizes = (*SIZES, BESIDES[folder.name])
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            wear(page, theme)
            page.screenshot(path=folder / f"{name}-{width}x{height}-{theme}.png")
    wear(page, None)
    page.emulate_media(reduced_motion="no-preference")
    page.set_viewport_size(before)
    return len(sizes) * len(THEMES)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))

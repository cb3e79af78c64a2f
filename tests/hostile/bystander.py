"""Who must notice nothing of an attack, and what must not grow."""

import time
from pathlib import Path
from typing import ClassVar

from facilitator.meter import STEADY
from tests.actors import Therapist
from tests.server import Server
from tests.sockets.pages import Page, cookie_of

MOST_GROWTH_KB = 20 * 1024


class Bystander:
    """A member with an open page, who must notice nothing."""

    here: ClassVar[list["Bystander"]] = []

    def __init__(self, server: Server, room: Therapist) -> None:
        self.member = room.member()
        self.page = Page(server.port, cookie=cookie_of(self.member.browser.http))
        self.page.watch("/member", code=room.code)
        self.here.append(self)

    def notices_nothing(self) -> bool:
        time.sleep(1 / STEADY)  # Asking faster than a page may, the bystander would be cut off itself.
        return "regions" in self.page.ask(have="0.0") and "regions" in self.member.snapshot()


def memory(pid: int | str = "self") -> int:
    """Return a process's resident memory in KiB."""
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().split("\n") if one.startswith("VmRSS")]
    return int(line.split()[1])

"""Doing several things in the same instant, and reading what came of it."""

import html
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Barrier
from typing import Any

from tests.actors import Refused, html_of

_GUESS = re.compile(r"Maybe [0-9a-f]{12}")
Answer = dict[str, Any]


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer | Refused]:
    """Do all of these in the same instant; a refusal comes back as it is."""
    barrier = Barrier(len(acts))

    def do(act: Callable[[], Answer]) -> Answer | Refused:
        barrier.wait()
        try:
            return act()
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def make_text() -> str:
    """Make a guess that is like no other, so that a doubled one shows."""
    return f"Maybe {token_hex(6)}"


def guesses_in(snapshot: Answer) -> list[str]:
    """List the guesses that a page with this snapshot shows people, each as often as it shows it."""
    # Not what the console shows small, of the shared screen: there the same ones stand once more.
    regions = {name: one for name, one in snapshot["regions"].items() if name != "wall"}
    shown = re.sub(r"<[^>]*>", " ", html_of({"regions": regions}))  # Their attributes repeat some.
    return _GUESS.findall(html.unescape(shown))

"""The real program for the thief to steal from: brisk, so that nobody waits, or with one leak built in.

`python -m tests.privacy.program` is `python -m facilitator` with two more settings: PERHAPS_BRISK shortens
the pauses between its chores, PERHAPS_MUTANT names leaks of tests/privacy/mutants.py.
"""
# ruff: noqa: I001

import facilitator.__main__ as program  # first, because it patches what everything else imports

import os

from facilitator import chores, presence
from tests.privacy.grafts import BRISK_S
from tests.privacy.mutants import MUTANTS


def main() -> int:
    if os.environ.get("PERHAPS_BRISK"):
        chores.RENEW_S = presence.REFRESH_S = BRISK_S
    for name in os.environ.get("PERHAPS_MUTANT", "").split():
        MUTANTS[name].build_in()
    return program.main()


if __name__ == "__main__":
    code = main()
    os._exit(code)

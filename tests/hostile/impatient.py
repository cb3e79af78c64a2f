"""Perhaps as it ships, but for the time that it gives a slow client: `python -m tests.hostile.impatient`."""

import facilitator.__main__ as program  # First, because it patches.

# isort: split
import os
import sys

from facilitator import server

server.SLOWEST = 2

if __name__ == "__main__":
    code = program.main()
    sys.stdout.flush()
    os._exit(code)

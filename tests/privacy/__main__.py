"""`make attack`: the whole attack at full size, as tables in Markdown."""

import os
import sys
import time
from collections.abc import Collection

from tests.privacy import results
from tests.privacy.campaign import DATABASES
from tests.privacy.mutants import MUTANTS
from tests.privacy.results import Judged
from tests.privacy.score import CAUGHT, KNOWN
from tests.privacy.truth import PEOPLE

ROOMS = int(os.environ.get("PERHAPS_ROOMS", "200"))
MUTANT_ROOMS = int(os.environ.get("PERHAPS_MUTANT_ROOMS", "12"))
BRISK = bool(os.environ.get("PERHAPS_BRISK"))
LEAKY = "leaky"
FAMILIES = (
    "joins",
    "orders of guesses",
    "orders of seats",
    "guesses beside seats",
    "two rounds",
    "who answered",
    "sizes",
    "choices",
    "log",
    "Redis",
    "texts",
    "leftovers",
    KNOWN,
)


def main(parts: Collection[str]) -> int:
    """Print the tables; return 1 if the program leaks, or if a leaky one was not caught.

    `parts` may name databases, to attack the program as it is on these alone, or "leaky".
    """
    leaks = sum(honest(database) for database in DATABASES if not parts or database in parts)
    missed = leaky() if not parts or LEAKY in parts else 0
    say(f"\nz counts standard deviations after Bonferroni; {CAUGHT:.0f} or more is a leak.")
    say(f"Leaks found in the program as it is: {leaks}. Leaky programs not caught: {missed}.")
    return 1 if leaks or missed else 0


def honest(database: str) -> int:
    """Attack the program as it is on one database, and return how many tries beat chance."""
    begun = time.monotonic()
    say(f"\n## The program as it is on {database}: {ROOMS} rooms of {PEOPLE} people\n")
    say("| database | moment | attack | tries | strongest | z | verdict |\n|---|---|---|---|---|---|---|")
    leaks = 0
    for judged in results.honest(database, rooms=ROOMS, brisk=BRISK):
        leaks += len(judged.caught)
        tell(judged)
    note(f"{database}: {time.monotonic() - begun:.0f} s")
    return leaks


def leaky() -> int:
    """Attack every program that leaks, wherever it shows, and return how many were not caught."""
    say(f"\n## Programs that leak: {MUTANT_ROOMS} rooms of {PEOPLE} people\n")
    say("| leak | database | moment | caught by | z | tries that caught it |\n|---|---|---|---|---|---|")
    return sum(not tell_of(name, database) for name, one in MUTANTS.items() for database in one.databases)


def tell(judged: Judged) -> None:
    """Print a line for every family of attacks, with the try that came closest."""
    for family in FAMILIES:
        tries = [one for one in judged.tries if one.family == family]
        if best := judged.strongest(family):
            z = judged.z_of(best)
            verdict = "chance" if z < CAUGHT else KNOWN if family == KNOWN else "**leak**"
            told = f"{best.attack}: {best.told}"
            say(row(judged.database, judged.stage, family, len(tries), told, f"{z:.1f}", verdict))


def tell_of(name: str, database: str) -> bool:
    """Print which attack caught a leaky program, and return whether one did."""
    judged = results.leaky(name, database, rooms=MUTANT_ROOMS)[-1]
    words = MUTANTS[name].words
    if not judged.caught:
        say(row(words, database, "", "**not caught**", "", 0))
        return False
    best = judged.caught[0]
    z, hits = judged.z_of(best), len(judged.caught)
    say(row(words, database, judged.stage, f"{best.family}: {best.attack}, {best.told}", f"{z:.1f}", hits))
    return True


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def note(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A thief with everything at rest, keys included, links no guess to a seat, a phone or a moment (L1, L2).

The same attack must catch every one of the leaky programs, or it would be too blunt to prove anything.
"""

import os

import pytest

from tests.privacy import results
from tests.privacy.campaign import DATABASES, STAGES
from tests.privacy.mutants import MUTANTS

# `make attack` plays 200. With 24 rooms the attack still caught a leak by which half of the phones could be
# put in order (tau 0.49, seen with 12 rooms at 4.7 standard deviations), and it is over in seconds.
# Two processes, Redis and PostgreSQL take longer, so there it is 12.
ROOMS = {
    "SQLite": int(os.environ.get("PERHAPS_ROOMS", "24")),
    "PostgreSQL": int(os.environ.get("PERHAPS_ROOMS", "12")),
}
MUTANT_ROOMS = 12
# One of each way to leak, so that the suite stays quick; `make attack` plays every one of MUTANTS, on each
# database where it shows.
ON_SQLITE = (
    "author_column",
    "hashed_author",
    "author_under_a_key_in_the_database",
    "author_under_the_servers_key",
    "timestamps",
    "uuid7",
    "sid_counter",
    "unshuffled_pile",
    "rows_in_the_order_of_sending",
    "receipts_in_the_order_of_sending",
    "asleep_after_sending",
    "log_line_with_size",
    "no_padding",
    "careless_sqlite",
    "sets_in_the_order_of_sending",
    "hashed_options_beside_the_seat",
    "padding_without_options",
)
# Leaks that only PostgreSQL's own traces show, and some of those that both show.
ON_POSTGRES = (
    "no_rotation",
    "answered_flag",
    "counted_in_with_the_guess",
    "author_under_the_servers_key",
    "rows_in_the_order_of_sending",
    "asleep_after_sending",
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", DATABASES)
def test_a_thief_with_every_key_links_no_guess_to_anybody(database: str) -> None:
    judged = list(results.honest(database, rooms=ROOMS[database], brisk=True))
    assert [one.stage for one in judged] == list(STAGES)
    for stage in judged:
        assert len(stage.tries) > 50
        assert stage.caught == [], f"{database}, {stage.stage}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ON_SQLITE)
def test_the_attack_catches_a_program_that_leaves_traces(name: str) -> None:
    assert results.leaky(name, "SQLite", rooms=MUTANT_ROOMS)[-1].caught, MUTANTS[name].words


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ON_POSTGRES)
def test_the_attack_catches_a_program_whose_traces_postgresql_keeps(name: str) -> None:
    assert results.leaky(name, "PostgreSQL", rooms=MUTANT_ROOMS)[-1].caught, MUTANTS[name].words

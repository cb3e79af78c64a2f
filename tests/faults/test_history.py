"""The judge is judged first: it must find each kind of fault."""

import pytest

from tests.faults.history import ACKNOWLEDGED, History, Seen, Sending, Verdict, judge


def phone(*sendings: tuple[str, str, str]) -> History:
    """A phone's sendings: verb, text, and what it was told."""
    return History([Sending("r", f"op{n}", n, *one) for n, one in enumerate(sendings, 1)])


IN = ACKNOWLEDGED


@pytest.mark.parametrize(
    "sendings, pile",
    [
        ([("guess", "a", IN)], ["a"]),
        ([("guess", "a", IN), ("guess", "b", IN)], ["b"]),
        ([("guess", "a", IN), ("guess", "b", "closed")], ["a"]),
        ([("guess", "a", IN), ("guess", "b", "")], ["a"]),
        ([("guess", "a", IN), ("guess", "b", "")], ["b"]),
        ([("guess", "a", IN), ("pass", "", "")], []),
        ([("guess", "a", IN), ("withdraw", "", IN)], []),
        ([("guess", "a", "")], []),
        ([("guess", "a", "closed")], []),
    ],
)
def test_what_may_be_is_fair(sendings: list[tuple[str, str, str]], pile: list[str]) -> None:
    assert judge([phone(*sendings)], "r", pile).is_fair


@pytest.mark.parametrize(
    "sendings, pile, fault",
    [
        ([("guess", "a", IN)], [], "lost"),
        ([("guess", "a", IN), ("guess", "b", "")], [], "lost"),
        ([("guess", "a", IN)], ["a", "a"], "doubled"),
        ([("guess", "a", IN), ("guess", "b", "")], ["a", "b"], "doubled"),
        ([("guess", "a", IN), ("guess", "b", IN)], ["a"], "strange"),
        ([("guess", "a", IN), ("guess", "b", IN)], [], "lost"),
        ([("guess", "a", IN), ("withdraw", "", IN)], ["a"], "strange"),
        ([("guess", "a", IN), ("guess", "b", "closed")], [], "lost"),
        ([("guess", "a", IN), ("guess", "b", "closed")], ["b"], "strange"),
        ([("guess", "a", IN)], ["a", "x"], "strange"),
    ],
)
def test_what_may_not_be_is_found(sendings: list[tuple[str, str, str]], pile: list[str], fault: str) -> None:
    verdict: Verdict = judge([phone(*sendings)], "r", pile)
    assert getattr(verdict, fault)


def test_a_page_is_right_only_once_it_heard_the_server_again() -> None:
    history = History(seen=[Seen(1.0, 4, "guessing"), Seen(5.0, 3, "guessing"), Seen(7.0, 4, "guessing")])
    assert history.right_from(2.0, 4) == 5.0
    assert history.right_from(8.0, 4) is None

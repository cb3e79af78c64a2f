"""What Hypothesis thinks of: texts for forms, and what a page might say over its socket."""

import json
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.payloads import SCRIPTS, TEXTS

GENERATED = int(os.environ.get("PERHAPS_PAYLOADS", "5000"))
_TOGETHER = 20
_NAMESPACES = ("/member", "/therapist", "/screen")

TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from([*TEXTS.values(), *SCRIPTS.values()]),
    st.text("<>&\"'{}%\0\ud800", max_size=9),
)

_SHORT = st.one_of(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(-(2**53), 2**53))
_SYNC = st.dictionaries(
    st.one_of(st.sampled_from(["have", "look"]), st.text("hl_\u202e", max_size=9)), _SHORT
)
# Odd, and still what a page of ours may say: it is answered.
ODD = st.builds(
    lambda payload, look: json.dumps(["sync", dict([*payload.items()][:2]) | look]),
    _SYNC,
    st.sampled_from([{}, {"look": True}, {"look": None}, {"have": ""}, {"have": "0.0", "look": False}]),
)

_ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), _SHORT, TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=9), inner, max_size=6)
    ),
    max_leaves=9,
)
_EVENT = st.lists(
    st.one_of(st.sampled_from(["sync", "connect", "disconnect", "look-first", "guess"]), _ANY), max_size=4
)


def _message(kind: str, namespace: str, ack: str, event: Any, cut: int, more: str) -> str:
    whole = f"{kind}{namespace},{ack}{json.dumps(event)}"
    return whole[:cut] + more + whole[cut:]


# Anything at all, near enough to a message to be read far into it.
WILD = st.builds(
    _message,
    st.sampled_from(["42", "42", "42", "40", "41", "43", "44", "45", "451-", "46", "2", "0", "5", "49"]),
    st.sampled_from([*_NAMESPACES, *_NAMESPACES, "", "/", "/admin", "/member?x", "/member\0"]),
    st.sampled_from(["", "7", "7", "-1", "9" * 30, "٣"]),
    _EVENT,
    st.integers(0, 60),
    st.one_of(st.just(""), st.text(max_size=3)),
)


def generated(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    """Collect that many, and some more."""
    found: list[str] = []

    @settings(
        max_examples=-(-count // _TOGETHER),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(st.lists(strategy, min_size=_TOGETHER, max_size=_TOGETHER))
    def collect(some: list[str]) -> None:
        found.extend(some)

    collect()
    return found

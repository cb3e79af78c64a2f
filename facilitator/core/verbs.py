"""The verbs of a room, and in which phases each of them is allowed (architecture.md §5)."""

from facilitator.core.round import Phase

_ANY = frozenset(Phase) - {Phase.ENDED}
_TALK = frozenset({Phase.CLOSED, Phase.REVEALED})
_CALM = frozenset({Phase.READING, Phase.CLOSED, Phase.REVEALED})

WHEN: dict[str, frozenset[Phase]] = {
    "start": frozenset({Phase.LOBBY, Phase.BETWEEN, Phase.REVEALED}),
    "ask": _CALM,
    "open": frozenset({Phase.READING}),
    "last-call": frozenset({Phase.GUESSING}),
    "close": frozenset({Phase.GUESSING}),
    "look-first": _TALK,
    "hold-back": _TALK,
    "put-back": _TALK,
    "reveal": _TALK,
    "conceal": frozenset({Phase.REVEALED}),
    "spotlight": frozenset({Phase.REVEALED}),
    "cluster": frozenset({Phase.REVEALED}),
    "name-cluster": frozenset({Phase.REVEALED}),
    "add-guess": frozenset({Phase.GUESSING}),
    "ask-sureness": _ANY - {Phase.GUESSING},
    "second-look": frozenset({Phase.REVEALED}),
    "next-stage": _CALM,
    "look-back": _CALM,
    "back": frozenset({Phase.READING, Phase.GUESSING}),
    "finish": _CALM | {Phase.LOBBY, Phase.CHECKOUT},
    "check-out": frozenset({Phase.BETWEEN}),
    **dict.fromkeys(
        (
            "stop",
            "resume",
            "lock",
            "unlock",
            "admit",
            "not-now",
            "remove",
            "use",
            "show",
            "count-exactly",
            "end",
        ),
        _ANY,
    ),
}
"""In which phases each verb is allowed."""

WHILE_STOPPED = frozenset({"stop", "resume", "lock", "unlock", "use", "show", "end"})
"""What can be done while the room is stopped."""

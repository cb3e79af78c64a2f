"""The tables. Nothing beside a guess tells when, in which order or by whom it was written (privacy.md §1)."""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, String

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _room_id(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "room_id",
        String,
        ForeignKey("room.id"),
        primary_key=primary_key,
        nullable=False,
        index=not primary_key,
    )


def _round_id() -> Column[str]:
    return Column("round_id", String, ForeignKey("round.id"), nullable=False, index=True)


therapist = sa.Table(
    "therapist",
    metadata,
    Column("id", String, primary_key=True),
    Column("email", String, nullable=False, unique=True),
    Column("password_hash", String, nullable=False),
    Column("vignette", String),
    Column("where", String),
    Column("totp_step", Integer),
)
"""A therapist's account; `vignette` and `where` are what the last room was opened with.

`totp_step` is the last step of time whose code was used, none without two-factor; the secret of the codes
is wrapped by the key-encryption key, in `data_key`.
"""

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    Column("mac", LargeBinary, primary_key=True),
    Column("therapist_id", String, ForeignKey("therapist.id"), nullable=False, index=True),
)
"""The HMAC of a code that signs in once without the phone; using it deletes it."""

sign_in = sa.Table(
    "sign_in",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("ref", String, nullable=False, unique=True),
    Column("therapist_id", String, ForeignKey("therapist.id"), nullable=False, index=True),
    Column("device", String, nullable=False),
    Column("half", Boolean, nullable=False),
    Column("seen", Float, nullable=False),
    Column("until", Float, nullable=False),
)
"""A signed-in browser: the SHA-256 of its cookie, when it was last seen and when it ends (Unix seconds).

`half` is one whose password was right and whose second step is still to come.
"""

reset_link = sa.Table(
    "reset_link",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("therapist_id", String, ForeignKey("therapist.id"), nullable=False, unique=True),
    Column("until", Float, nullable=False),
)
"""The one-time link with which a therapist chooses a new password."""

invitation = sa.Table(
    "invitation",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
)
"""The one-time link with which the first therapist sets e-mail and password."""

room = sa.Table(
    "room",
    metadata,
    Column("id", String, primary_key=True),
    Column("therapist_id", String, ForeignKey("therapist.id"), nullable=False, index=True),
    Column("code", String, nullable=False, unique=True),
    Column("screen_token", String, nullable=False, unique=True),
    Column("planned", String, nullable=False),
    Column("where", String, nullable=False, server_default="wall"),
    Column("practice", Boolean, nullable=False, server_default=sa.false()),
    Column("until", Float, nullable=False),
    Column("version", Integer, nullable=False),
    Column("outside", String),
    Column("stopped", Boolean, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("looking_back", String),
    Column("last_op", String, nullable=False),
    Column("exact", Boolean, nullable=False, server_default=sa.false()),
    Column("sureness", Boolean, nullable=False, server_default=sa.false()),
    Column("screen", sa.JSON, nullable=False, server_default="{}"),
)
"""A live room; `planned` is the vignette it was made for, `until` when it is purged (Unix seconds).

In a `practice` room all members but the therapist's own phone are pretend.
"""

round = sa.Table(
    "round",
    metadata,
    Column("id", String, primary_key=True),
    _room_id(),
    Column("position", Integer, nullable=False),
    Column("vignette", String, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("prompt", String, nullable=False),
    Column("after", String),
    Column("phase", String, nullable=False),
    Column("second_look", Boolean, nullable=False),
    Column("last_call", Boolean, nullable=False),
    Column("looked", Boolean, nullable=False),
    Column("people", Integer, nullable=False),
    Column("held_back", sa.JSON, nullable=False),
    Column("shown", sa.JSON, nullable=False),
    Column("one_by_one", Boolean, nullable=False),
    Column("spotlight", String),
    Column("clusters", LargeBinary),
    Column("spread", LargeBinary),
    Column("spread_shown", Boolean, nullable=False, server_default=sa.false()),
)
"""A prompt asked once, in the order of `position`; `clusters` and `spread` tell of guesses and are sealed."""

envelope = sa.Table(
    "envelope",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    _round_id(),
    Column("sealed", LargeBinary, nullable=False),
)
"""A guess, pass or withdrawal before closing, under a key that only the phone's own token can make."""

receipt = sa.Table(
    "receipt",
    metadata,
    Column("mac", LargeBinary, primary_key=True),
    _round_id(),
)
"""What closing leaves of an envelope: proof that an `op` came in, tied to no guess."""

guess = sa.Table(
    "guess",
    metadata,
    Column("id", String, primary_key=True),
    _round_id(),
    Column("sealed", LargeBinary, nullable=False),
)
"""A guess after closing, sealed under the room's key; the order of its random id is the shuffled order."""

data_key = sa.Table(
    "data_key",
    metadata,
    Column("owner", String, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
"""A room's or a round's key, wrapped by the key-encryption key."""

seat = sa.Table(
    "seat",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("ref", String, nullable=False, unique=True),
    _room_id(),
    Column("listening", Boolean, nullable=False),
    Column("gone", String),
)
"""A member's place: the SHA-256 of its token, a meaningless reference, `left` or `removed`."""

presence = sa.Table(
    "presence",
    metadata,
    Column("seat_hash", LargeBinary, ForeignKey("seat.hash"), primary_key=True),
    Column("process", String, primary_key=True),
    Column("until", Float, nullable=False, index=True),
)
"""Until when a seat counts as connected to a process, in seconds since 1970, refreshed while it is."""

tick = sa.Table(
    "tick",
    metadata,
    _room_id(primary_key=True),
    Column("n", Integer, nullable=False),
    Column("due", Float, nullable=False, index=True),
    Column("progress", String, nullable=False),
    Column("slow_from", Float),
    Column("slow_down", Boolean, nullable=False),
    Column("sent", Integer),
    Column("opened", Float),
    Column("phones_out", Float),
    Column("at_the_door", Boolean, nullable=False),
    Column("phones", String, nullable=False),
    Column("word_from", Float),
    Column("word", Boolean, nullable=False),
)
"""A room's pulse as the console last saw it; raised by the ticker alone, never by a submit."""

knock = sa.Table(
    "knock",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    _room_id(),
    Column("admitted", Boolean, nullable=False),
    Column("put_off", Boolean, nullable=False, server_default=sa.false()),
)
"""A phone waiting at the door of a locked room."""

summary = sa.Table(
    "summary",
    metadata,
    Column("id", String, primary_key=True),
    Column("therapist_id", String, ForeignKey("therapist.id"), nullable=False, index=True),
    Column("year", Integer, nullable=False),
    Column("asked", sa.JSON, nullable=False),
)
"""What stays of a room: what was asked, the year, and nothing that anybody wrote."""

ended_room = sa.Table(
    "ended_room",
    metadata,
    Column("code_mac", LargeBinary, primary_key=True),
    Column("summary_id", String, ForeignKey("summary.id"), nullable=False, index=True),
    Column("until", Float, nullable=False),
)
"""For some hours, the HMAC of an ended room's code, so that a late console finds the summary."""

ended_seat = sa.Table(
    "ended_seat",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("code_mac", LargeBinary, ForeignKey("ended_room.code_mac"), nullable=False, index=True),
)
"""A seat of an ended room, so that a phone that wakes late is told so."""

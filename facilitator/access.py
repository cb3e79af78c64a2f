"""Who is asking: each function returns the right to something, or refuses."""

import time
from dataclasses import dataclass

from flask import g, request

from facilitator.config import Config
from facilitator.core.codes import Code, read_code
from facilitator.core.errors import Ended, NoRoom, NotYours, Removed, SignedOut
from facilitator.services import services
from facilitator.storage import endings, rooms, seats, sign_ins
from facilitator.storage.database import Transaction
from facilitator.storage.rooms import RoomRecord
from facilitator.storage.seats import Gone, Seat, SeatToken
from facilitator.storage.therapists import Therapist

NOT_OPEN = "This room has closed, or it is not yours."
SEAT, SIGN_IN, DOOR = "seat", "sign-in", "door"
COOKIE_S = {SEAT: 12 * 3600, DOOR: 12 * 3600, SIGN_IN: sign_ins.ABSOLUTE_S}


@dataclass(frozen=True, slots=True)
class Console:
    """A therapist at a room of theirs."""

    therapist: Therapist
    room: RoomRecord


@dataclass(frozen=True, slots=True)
class Member:
    """A member in a room."""

    seat: Seat
    room: RoomRecord


def therapist() -> Therapist:
    """Return who is signed in. Raises `SignedOut`."""
    with services().database.read() as tx:
        return _therapist(tx)


def half_signed_in() -> Therapist:
    """Return whose password was right and whose second step is still to come. Raises `SignedOut`."""
    with services().database.read() as tx:
        found = sign_ins.find(tx, sign_in_token(), now=time.time(), half=True)
    if found is None:
        raise SignedOut()
    return found


def therapist_of(code: str) -> Console:
    """Return the console of a room. Raises `SignedOut`, `NotYours`, `Ended`."""
    here = services()
    with here.database.read() as tx:
        who = _therapist(tx)
        try:
            record = _room(tx, code)
        except NoRoom:
            ended = endings.summary_of_code(tx, here.keys, _code(code))
            if ended and ended.therapist_id == who.id:
                g.summary_id = ended.id
                raise Ended("This room has closed.") from None
            # The same words as for another's room, or a therapist could try codes here without end.
            raise NotYours(NOT_OPEN) from None
    if record.therapist_id != who.id:
        raise NotYours(NOT_OPEN)
    g.asker = console = Console(who, record)
    return console


def member_in(code: str) -> Member:
    """Return the asker's seat in a room. Raises `Removed`, `Ended`, and `NoRoom` for everyone else."""
    here, token = services(), seat_token()
    if token is None:
        raise NoRoom()
    with here.database.read() as tx:
        found = seats.find_with_room(tx, here.keys, token)
        if found is None and endings.seat_ended(tx, here.keys, token, _code(code)):
            raise Ended()
    if found is None or found[1].code != _code(code) or found[0].gone is Gone.LEFT:
        raise NoRoom()
    member = Member(*found)
    if member.seat.gone is Gone.REMOVED:
        raise Removed()
    g.asker = member
    return member


def seat_elsewhere(record: RoomRecord) -> Seat | None:
    """Return the seat that this phone holds in another live room, if there is one."""
    here = services()
    token = seat_token()
    with here.database.read() as tx:
        seat = seats.find(tx, here.keys, token) if token else None
    return None if seat is None or seat.gone or seat.room_id == record.id else seat


def screen_for(token: str) -> RoomRecord:
    """Return the room whose shared screen this token opens. Raises `NoRoom`."""
    if "\0" in token:
        raise NoRoom()  # PostgreSQL cannot be asked for such a text; a socket brings what it likes.
    with services().database.read() as tx:
        return rooms.find(tx, screen_token=token)


def room_at(code: str) -> RoomRecord:
    """Return the room that a code names, whoever asks. Raises `NoRoom`."""
    with services().database.read() as tx:
        return _room(tx, code)


def seat_token() -> SeatToken | None:
    """Return the token of this phone's seat, if it has one."""
    found = request.cookies.get(cookie_name(SEAT, services().config))
    return SeatToken(found) if found else None


def door_token() -> SeatToken | None:
    """Return the token with which this phone waits at a door, if it does."""
    found = request.cookies.get(cookie_name(DOOR, services().config))
    return SeatToken(found) if found else None


def sign_in_token() -> str:
    """Return the token of this browser's sign-in, or an empty string."""
    return request.cookies.get(cookie_name(SIGN_IN, services().config), "")


def cookie_name(name: str, config: Config) -> str:
    """Return the name of a cookie, bound to this host where there is encryption."""
    return f"__Host-{name}" if config.https else name


def _therapist(tx: Transaction) -> Therapist:
    found = sign_ins.find(tx, sign_in_token(), now=time.time())
    if found is None or (services().config.require_totp and not found.two_factor):
        raise SignedOut()
    g.therapist = found
    return found


def _room(tx: Transaction, code: str) -> RoomRecord:
    return rooms.find(tx, code=_code(code))


def _code(code: str) -> Code:
    read = read_code(code)
    if read is None:
        raise NoRoom()
    return read

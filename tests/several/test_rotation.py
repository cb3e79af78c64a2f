"""Keys are replaced while others read: on PostgreSQL a reader goes on seeing the tables as they were."""

from pathlib import Path

import pytest

from facilitator.core.codes import Code
from facilitator.core.room import Room, RoomId
from facilitator.core.vignette import VignetteId
from facilitator.storage import data_keys, rooms, therapists
from facilitator.storage.database import Database
from facilitator.storage.keys import KeyFile, KeyGone, Keys
from facilitator.storage.rooms import RoomRecord
from facilitator.storage.rotation import rotate_keys


def test_who_began_to_read_before_a_rotation_can_still_open_the_room(
    database: Database, tmp_path: Path
) -> None:
    file = KeyFile.create_if_missing(tmp_path / "instance.key")
    keys, other_process = Keys(file, bytes(32)), Keys(file, bytes(32))
    room_id = RoomId("r" * 32)
    with database.write() as tx:
        owner = therapists.add(tx, "ada@clinic.example", "unused")
        record = RoomRecord(room_id, Code("HQ7K3MPX"), owner.id, "screen", VignetteId("waving"))
        rooms.add(tx, keys, Room(room_id, record.code), record, until=2e9)
    with database.read() as tx:
        rooms.load(tx, keys, room_id)
        rotate_keys(database, other_process)
        rotate_keys(database, keys)
        assert data_keys.find(tx, keys, f"room:{room_id}")
        with pytest.raises(KeyGone):
            data_keys.find(tx, keys, "room:another")

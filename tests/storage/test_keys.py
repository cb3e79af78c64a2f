import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_bytes

import pytest

from facilitator.storage import private
from facilitator.storage.keys import KeyFile, KeyGone, Keys, Tampered
from tests.storage.crashing import Shelf, crash_in_rotation

HMAC_SECRET = bytes(32)
ROOM = "room:0f"
PLACE = b"where it lies"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return KeyFile.create_if_missing(tmp_path / "instance.key").path


@pytest.fixture
def keys(path: Path) -> Keys:
    return open_keys(path)


@pytest.fixture
def shelf(tmp_path: Path, keys: Keys) -> Shelf:
    """Where the wrapped keys of three rooms lie."""
    shelf = Shelf(tmp_path / "shelf.json")
    shelf.write({owner: keys.wrap(token_bytes(32), owner=owner) for owner in (ROOM, "room:1f", "round:2f")})
    return shelf


def open_keys(path: Path) -> Keys:
    return Keys(KeyFile(path), HMAC_SECRET)


def unwrap_all(keys: Keys, shelf: Shelf) -> dict[str, bytes]:
    return {owner: keys.unwrap(wrapped, owner=owner) for owner, wrapped in shelf.read().items()}


@pytest.mark.parametrize("content", [b"", b"a", b"a" * 200, "ü".encode() * 200, b"\0\0", b"a" * 4_094])
def test_whatever_is_sealed_takes_4124_bytes_and_comes_back(keys: Keys, content: bytes) -> None:
    key = keys.new_data_key()
    sealed = keys.seal(key, content, place=PLACE)
    assert len(sealed) == 4_124
    assert keys.unseal(key, sealed, place=PLACE) == content


def test_4095_bytes_do_not_fit(keys: Keys) -> None:
    with pytest.raises(ValueError):
        keys.seal(keys.new_data_key(), b"a" * 4_095, place=PLACE)


def test_the_same_content_is_never_sealed_alike(keys: Keys) -> None:
    key = keys.new_data_key()
    assert keys.seal(key, b"She is afraid", place=PLACE) != keys.seal(key, b"She is afraid", place=PLACE)


@pytest.mark.parametrize("at", [0, 12, 2_000, 4_123])
def test_one_changed_bit_is_noticed(keys: Keys, at: int) -> None:
    key = keys.new_data_key()
    sealed = bytearray(keys.seal(key, b"She is afraid", place=PLACE))
    sealed[at] ^= 1
    with pytest.raises(Tampered):
        keys.unseal(key, bytes(sealed), place=PLACE)


@pytest.mark.parametrize("left", [0, 5, 12, 27, 4_123])
def test_a_sealed_content_cut_short_is_noticed(keys: Keys, left: int) -> None:
    key = keys.new_data_key()
    with pytest.raises(Tampered):
        keys.unseal(key, keys.seal(key, b"", place=PLACE)[:left], place=PLACE)


def test_sealed_content_opens_only_in_its_place_and_with_its_key(keys: Keys) -> None:
    key = keys.new_data_key()
    sealed = keys.seal(key, b"She is afraid", place=PLACE)
    with pytest.raises(Tampered):
        keys.unseal(key, sealed, place=b"elsewhere")
    with pytest.raises(Tampered):
        keys.unseal(keys.new_data_key(), sealed, place=PLACE)


def test_a_wrapped_key_comes_back_to_its_owner_alone(keys: Keys) -> None:
    data_key = keys.new_data_key()
    wrapped = keys.wrap(data_key, owner=ROOM)
    assert data_key not in wrapped
    assert keys.unwrap(wrapped, owner=ROOM) == data_key
    with pytest.raises(Tampered):
        keys.unwrap(wrapped, owner="room:1f")


def test_a_changed_wrapped_key_is_noticed(keys: Keys) -> None:
    wrapped = keys.wrap(keys.new_data_key(), owner=ROOM)
    with pytest.raises(Tampered):
        keys.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), owner=ROOM)


def test_a_key_that_no_longer_exists_is_gone(keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(KeyGone):
        keys.unwrap(b"", owner=ROOM)
    other = open_keys(KeyFile.create_if_missing(tmp_path / "other.key").path)
    with pytest.raises(KeyGone):
        keys.unwrap(other.wrap(other.new_data_key(), owner=ROOM), owner=ROOM)


def test_a_mac_needs_the_secret_and_keeps_its_parts_apart(keys: Keys, path: Path) -> None:
    assert len(keys.mac(b"round", b"token")) == 32
    assert keys.mac(b"round", b"token") == keys.mac(b"round", b"token")
    assert keys.mac(b"round", b"token") != Keys(KeyFile(path), bytes([1] * 32)).mac(b"round", b"token")
    splits = [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), (b"", b"abc"), ()]
    assert len({keys.mac(*parts) for parts in splits}) == len(splits)


def test_a_seat_is_known_by_the_sha256_of_its_token(keys: Keys) -> None:
    assert keys.seat_hash("abc").hex().startswith("ba7816bf8f01cfea")


def test_the_key_file_is_made_once_and_for_its_user_alone(path: Path) -> None:
    before = path.read_text()
    assert KeyFile.create_if_missing(path).load() == (bytes.fromhex(before),)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert list(path.parent.iterdir()) == [path]


def test_starts_at_the_same_moment_agree_on_the_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start(_: int) -> tuple[bytes, ...]:
        together.wait()
        return KeyFile.create_if_missing(tmp_path / "instance.key").load()

    with ThreadPoolExecutor(8) as starts:
        assert len(set(starts.map(start, range(8)))) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["instance.key"]


def test_a_running_server_refuses_a_key_file_that_was_opened_to_others(keys: Keys, path: Path) -> None:
    path.chmod(0o440)
    with pytest.raises(private.Unsafe, match="chmod 400"):
        keys.wrap(keys.new_data_key(), owner=ROOM)


def test_after_a_rotation_live_keys_open_and_older_copies_do_not(
    keys: Keys, path: Path, shelf: Shelf
) -> None:
    before, copies, old_file = unwrap_all(keys, shelf), shelf.read(), path.read_bytes()
    keys.rotate(shelf.rewrap_all)
    assert unwrap_all(keys, shelf) == unwrap_all(open_keys(path), shelf) == before
    assert old_file not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    for owner, copy in copies.items():
        for reader in (keys, open_keys(path)):
            with pytest.raises(KeyGone):
                reader.unwrap(copy, owner=owner)


def test_the_bytes_of_the_old_key_are_overwritten(keys: Keys, path: Path, shelf: Shelf) -> None:
    with path.open("rb") as old_file:
        old = old_file.read().strip()
        keys.rotate(shelf.rewrap_all)
        old_file.seek(0)
        assert set(old_file.read()) == {0}
    assert all(old not in one.read_bytes() for one in path.parent.iterdir())


def test_a_rotation_reaches_through_a_symlink(tmp_path: Path, path: Path, shelf: Shelf) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(path)
    old = path.read_bytes()
    open_keys(link).rotate(shelf.rewrap_all)
    assert link.is_symlink()
    assert path.read_bytes() != old


def test_another_process_follows_a_rotation(keys: Keys, path: Path, shelf: Shelf) -> None:
    other = open_keys(path)
    before = unwrap_all(other, shelf)
    keys.rotate(shelf.rewrap_all)
    assert open_keys(path).unwrap(other.wrap(bytes(32), owner=ROOM), owner=ROOM) == bytes(32)
    assert unwrap_all(other, shelf) == before


def test_a_key_wrapped_by_another_process_during_a_rotation_is_not_lost(
    keys: Keys, path: Path, shelf: Shelf
) -> None:
    other = open_keys(path)
    late: list[bytes] = []

    def rewrap_all(rewrap: object) -> None:
        late.append(other.wrap(bytes(32), owner="room:late"))

    keys.rotate(rewrap_all)
    assert keys.unwrap(late[0], owner="room:late") == bytes(32)


def test_rotations_take_turns(path: Path, keys: Keys, shelf: Shelf) -> None:
    before = unwrap_all(keys, shelf)
    with ThreadPoolExecutor(4) as processes:
        for done in [processes.submit(open_keys(path).rotate, shelf.rewrap_all) for _ in range(8)]:
            done.result()
    assert len(KeyFile(path).load()) == 1
    assert unwrap_all(keys, shelf) == before


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, read, fresh = KeyFile(path), private.read, token_bytes(32)

    def overtaken(*_: object, **__: object) -> None:
        monkeypatch.setattr(private, "read", read)
        file.replace([fresh])
        raise private.Unsafe("It holds what the old one was overwritten with.")

    monkeypatch.setattr(private, "read", overtaken)
    assert file.load() == (fresh,)


def test_a_key_that_nobody_can_open_does_not_keep_the_old_ones_alive(
    keys: Keys, path: Path, shelf: Shelf
) -> None:
    broken = {"room:gone": b"unknown", "room:swapped": shelf.read()[ROOM]}
    shelf.write(shelf.read() | broken)
    keys.rotate(shelf.rewrap_all)
    assert len(KeyFile(path).load()) == 1
    assert shelf.read().items() >= broken.items()
    assert len(keys.unwrap(shelf.read()[ROOM], owner=ROOM)) == 32


def test_a_rotation_whose_commit_failed_loses_nothing_and_is_finished_later(
    keys: Keys, path: Path, shelf: Shelf
) -> None:
    before, copies = unwrap_all(keys, shelf), shelf.read()

    def fail(rewrap: object) -> None:
        raise OSError("disk full")

    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            keys.rotate(fail)
    assert len(KeyFile(path).load()) == 3
    assert unwrap_all(keys, shelf) == unwrap_all(open_keys(path), shelf) == before
    keys.finish_rotation(shelf.rewrap_all)
    assert len(KeyFile(path).load()) == 1
    assert unwrap_all(keys, shelf) == before
    with pytest.raises(KeyGone):
        keys.unwrap(copies[ROOM], owner=ROOM)


def test_without_a_rotation_there_is_nothing_to_finish(keys: Keys, path: Path, shelf: Shelf) -> None:
    before = path.read_bytes(), shelf.read()
    keys.finish_rotation(shelf.rewrap_all)
    assert (path.read_bytes(), shelf.read()) == before


def test_a_crash_anywhere_in_a_rotation_loses_no_key_and_keeps_no_old_one(
    tmp_path: Path, keys: Keys, path: Path, shelf: Shelf
) -> None:
    before, copies, old = unwrap_all(keys, shelf), shelf.read(), path.read_text().strip()
    begun = finished = 0
    while crash_in_rotation(here := copy_of(tmp_path, path, shelf), before_step=begun + finished):
        key_file, there = KeyFile(here / path.name), Shelf(here / shelf.path.name)
        restarted = open_keys(key_file.path)
        assert unwrap_all(restarted, there) == before
        restarted.finish_rotation(there.rewrap_all)
        assert unwrap_all(restarted, there) == before
        assert {one.name for one in here.iterdir()} >= {path.name, shelf.path.name}
        assert not list(here.glob("*.new")) + list(here.glob("*.old"))
        assert len(key_file.load()) == 1
        assert stat.S_IMODE(key_file.path.stat().st_mode) == 0o400
        if old in key_file.path.read_text():
            assert not finished, "a rotation that began must not be undone"
            begun += 1
            continue
        finished += 1
        with pytest.raises(KeyGone):
            restarted.unwrap(copies[ROOM], owner=ROOM)
    assert begun >= 3
    assert finished >= 8


def copy_of(tmp_path: Path, path: Path, shelf: Shelf) -> Path:
    here = tmp_path / "crash"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    for one in (path, shelf.path):
        shutil.copy2(one, here)
    return here

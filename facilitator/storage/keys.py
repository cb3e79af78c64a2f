"""Keys: sealing what is kept, wrapping the keys for it, destroying them (privacy.md §1)."""

import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
CONTENT_BYTES = 4_096
_NONCE = 12
_PRINT = 8


class KeyGone(Exception):
    """The key was destroyed."""


class Tampered(Exception):
    """What was sealed is not what was read."""


class KeyFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys = [bytes.fromhex(line) for line in path.read_text().split()]

    def load(self) -> list[bytes]:
        self.keys = [bytes.fromhex(line) for line in self.path.read_text().split()]
        return self.keys

    def write(self, keys: list[bytes]) -> None:
        draft = self.path.with_suffix(".new")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o400)
        os.write(fd, "\n".join(k.hex() for k in keys).encode())
        os.fsync(fd)
        os.close(fd)
        os.rename(draft, self.path)
        self.keys = keys


class Keys:
    def __init__(self, file: KeyFile, hmac_secret: bytes) -> None:
        self.file = file
        self._secret = hmac_secret

    def new_data_key(self) -> bytes:
        return token_bytes(KEY_BYTES)

    def wrap(self, data_key: bytes, *, owner: str) -> bytes:
        kek = self.file.keys[0]
        nonce = token_bytes(_NONCE)
        return _print(kek) + nonce + AESGCM(kek).encrypt(nonce, data_key, owner.encode())

    def unwrap(self, wrapped: bytes, *, owner: str) -> bytes:
        for keks in (self.file.keys, self.file.load):
            for kek in keks() if callable(keks) else keks:
                if _print(kek) == wrapped[:_PRINT]:
                    return AESGCM(kek).decrypt(wrapped[_PRINT:20], wrapped[20:], owner.encode())
        raise KeyGone

    def seal(self, data_key: bytes, content: bytes, *, place: bytes) -> bytes:
        nonce = token_bytes(_NONCE)
        padded = (len(content).to_bytes(2, "big") + content).ljust(CONTENT_BYTES, b"\0")
        return nonce + AESGCM(data_key).encrypt(nonce, padded, place)

    def unseal(self, data_key: bytes, sealed: bytes, *, place: bytes) -> bytes:
        try:
            padded = AESGCM(data_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
        except InvalidTag:
            raise Tampered from None
        return padded[2 : 2 + int.from_bytes(padded[:2], "big")]

    def mac(self, *parts: bytes) -> bytes:
        digest = hmac.new(self._secret, digestmod="sha256")
        for part in parts:
            digest.update(len(part).to_bytes(4, "big") + part)
        return digest.digest()

    def seat_hash(self, token: str) -> bytes:
        return hashlib.sha256(token.encode()).digest()

    def rotate(self, rewrap: Callable[[Callable[[bytes, str], bytes]], None]) -> None:
        old = self.file.keys[0]
        self.file.write([token_bytes(KEY_BYTES), old])
        self.finish_rotation(rewrap)

    def finish_rotation(self, rewrap: Callable[[Callable[[bytes, str], bytes]], None]) -> None:
        if len(self.file.keys) > 1:
            rewrap(lambda wrapped, owner: self.wrap(self.unwrap(wrapped, owner=owner), owner=owner))
            self.file.write(self.file.keys[:1])


def _print(kek: bytes) -> bytes:
    return hashlib.sha256(kek).digest()[:_PRINT]

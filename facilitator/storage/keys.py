"""Keys: sealing what is kept, wrapping the keys for it, destroying them (privacy.md §1)."""

import hashlib
import hmac
import logging
from collections.abc import Callable
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facilitator.storage.keyfile import KeyFile
from facilitator.storage.private import SECRET_BYTES

__all__ = ["CONTENT_BYTES", "SEALED_BYTES", "KeyFile", "KeyGone", "Keys", "Tampered"]

CONTENT_BYTES = 4_096  # what everything is padded to, with 2 bytes for its length
_LENGTH_BYTES = 2
_NONCE_BYTES = 12
_TAG_BYTES = 16
SEALED_BYTES = _NONCE_BYTES + CONTENT_BYTES + _TAG_BYTES
_FINGERPRINT_BYTES = 8

Rewrap = Callable[[bytes, str], bytes]

log = logging.getLogger(__name__)


class KeyGone(Exception):
    """The key that would open this was destroyed."""


class Tampered(Exception):
    """What was read is not what was sealed, or was not sealed for this place."""


class Keys:
    """Seals contents with data keys, and wraps data keys with the key-encryption key of the key file."""

    def __init__(self, file: KeyFile, hmac_secret: bytes) -> None:
        self._file = file
        self._hmac_secret = hmac_secret
        self._load()

    def check(self) -> None:
        """Read the key file as it is now. Raises `private.Unsafe`."""
        self._file.load()

    def new_data_key(self) -> bytes:
        """Make a random data key (32 bytes)."""
        return token_bytes(SECRET_BYTES)

    def wrap(self, data_key: bytes, *, owner: str) -> bytes:
        """Encrypt a data key for `owner` under the newest key-encryption key.

        Returns its fingerprint (8 bytes), a nonce (12), the key (32) and a tag (16). To be called inside the
        transaction that writes the result, after its first lock, or a rotation may miss it.
        """
        # Another process may have begun a rotation, and destroys the key that this one remembers.
        self._load()
        return self._wrap(data_key, owner)

    def unwrap(self, wrapped: bytes, *, owner: str) -> bytes:
        """Decrypt the data key (32 bytes) of `owner`.

        Raises `KeyGone` if its key-encryption key was destroyed, `Tampered` if changed or another owner's.
        """
        fingerprint, sealed = wrapped[:_FINGERPRINT_BYTES], wrapped[_FINGERPRINT_BYTES:]
        if fingerprint not in self._keks:
            self._load()  # Another process may have rotated.
        if fingerprint not in self._keks:
            raise KeyGone()
        return _decrypt(self._keks[fingerprint], sealed, owner.encode())

    def seal(self, data_key: bytes, content: bytes, *, place: bytes) -> bytes:
        """Encrypt `content` (at most 4,094 bytes) for `place`, always into 4,124 bytes.

        Raises `ValueError` if it is longer.
        """
        if len(content) > CONTENT_BYTES - _LENGTH_BYTES:
            raise ValueError("The content does not fit.")
        length = len(content).to_bytes(_LENGTH_BYTES, "big")
        return _encrypt(data_key, (length + content).ljust(CONTENT_BYTES, b"\0"), place)

    def unseal(self, data_key: bytes, sealed: bytes, *, place: bytes) -> bytes:
        """Decrypt what was sealed for `place`. Raises `Tampered`."""
        padded = _decrypt(data_key, sealed, place)
        length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
        return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]

    def mac(self, *parts: bytes) -> bytes:
        """Return the HMAC-SHA-256 (32 bytes) of `parts`: nobody can make it without the secret."""
        # With its length before each, no two lists of parts give the same message.
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._hmac_secret, message, "sha256")

    def seat_hash(self, token: str) -> bytes:
        """Return the SHA-256 (32 bytes) of a seat's token, which has 128 random bits and so needs no salt."""
        return hashlib.sha256(token.encode()).digest()

    def rotate(self, rewrap_all: Callable[[Rewrap], None]) -> None:
        """Wrap all live data keys with a new key-encryption key and destroy the old one.

        `rewrap_all` is given a function from (wrapped key, owner) to the new wrapped key; it must write and
        commit the results before it returns. If it raises, old and new key stay until the next rotation or
        `finish_rotation`. Not to be called inside a transaction.
        """
        with self._file.taking_turns():
            self._file.replace([token_bytes(SECRET_BYTES), *self._file.load()])
            self._keep_newest(rewrap_all)

    def finish_rotation(self, rewrap_all: Callable[[Rewrap], None]) -> None:
        """Complete a rotation that a crash cut off, and do nothing if there was none; see `rotate`."""
        with self._file.taking_turns():
            self._file.destroy_leftovers()
            if len(self._file.load()) > 1:
                self._keep_newest(rewrap_all)

    def _load(self) -> None:
        self._keks = {_fingerprint(kek): kek for kek in self._file.load()}

    def _keep_newest(self, rewrap_all: Callable[[Rewrap], None]) -> None:
        self._load()
        rewrap_all(self._rewrap)
        self._file.replace(self._file.load()[:1])
        self._load()

    def _wrap(self, data_key: bytes, owner: str) -> bytes:
        fingerprint, newest = next(iter(self._keks.items()))
        return fingerprint + _encrypt(newest, data_key, owner.encode())

    def _rewrap(self, wrapped: bytes, owner: str) -> bytes:
        # Nobody else changes the key file while this one has the turn: it need not be read for each key.
        try:
            return self._wrap(self.unwrap(wrapped, owner=owner), owner)
        except (KeyGone, Tampered):
            # Nobody can open it any more; it must not keep the old key of all the others alive.
            log.warning("A wrapped key cannot be opened and stays as it is.")
            return wrapped


def _fingerprint(kek: bytes) -> bytes:
    return hashlib.sha256(kek).digest()[:_FINGERPRINT_BYTES]


def _encrypt(key: bytes, content: bytes, context: bytes) -> bytes:
    nonce = token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context)


def _decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    cipher = AESGCM(key)
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
        raise Tampered() from None

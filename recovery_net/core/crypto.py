"""Content encrypted at rest: AES-256-GCM, a key id in every value, the place it belongs to as associated data.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. The key id is the start of the
key's SHA-256, so that keys can be rotated and a value says which one it needs. Keys live in the data folder or
the environment (`CONTENT_KEYS`), never in the database or a backup of it.
"""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES, _NONCE_BYTES = 4, 12
_HEAD = len(_VERSION) + _ID_BYTES + _NONCE_BYTES


class Unreadable(Exception):
    """A value that was moved, altered, or sealed with a key that is not here."""


def key_id(key: bytes) -> bytes:
    """The four bytes by which a sealed value names its key."""
    return hashlib.sha256(b"recovery-net content key" + key).digest()[:_ID_BYTES]


class Keyring:
    """The content keys: the first one writes, all read."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError("content keys are 32 bytes each, and there is at least one")
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self.writing_id = key_id(keys[0])

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Encrypt for one place (table, column, row); readable nowhere else."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self.writing_id]
        return _VERSION + self.writing_id + nonce + cipher.encrypt(nonce, plain, place)

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """Decrypt, or raise `Unreadable`."""
        cipher = self._ciphers.get(sealed[1 : 1 + _ID_BYTES])
        if cipher is None or sealed[:1] != _VERSION:
            raise Unreadable("sealed with a key that is not in CONTENT_KEYS")
        try:
            return cipher.decrypt(sealed[1 + _ID_BYTES : _HEAD], sealed[_HEAD:], place)
        except InvalidTag as error:
            raise Unreadable("altered, or moved from another place") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether the value was written with the key that writes now."""
        return sealed[1 : 1 + _ID_BYTES] == self.writing_id


_keyring: Keyring | None = None


def use(keyring: Keyring) -> None:
    """Set the keyring of this process."""
    global _keyring  # noqa: PLW0603 - one process, one ring
    _keyring = keyring


def keyring() -> Keyring:
    """The keyring of this process."""
    if _keyring is None:
        raise RuntimeError("no content keys: create_app() sets them")
    return _keyring


def place(table: str, column: str, row: object) -> bytes:
    """The associated data of a value: where it lives."""
    return f"{table}\0{column}\0{row}".encode()

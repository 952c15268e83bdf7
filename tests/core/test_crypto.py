"""Content at rest: readable where it belongs, with its key, unaltered; nowhere else (security.md, 5–7)."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery_net.core.crypto import Keyring, Unreadable, place

OLD, NEW = os.urandom(32), os.urandom(32)
HERE = place("room_events", "payload_sealed", "a/1")


@given(st.binary(max_size=300))
def test_what_was_sealed_reads_back(plain: bytes) -> None:
    ring = Keyring([NEW])
    assert ring.unseal(ring.seal(plain, HERE), HERE) == plain


def test_the_same_words_never_look_the_same() -> None:
    ring = Keyring([NEW])
    assert ring.seal(b"I made it", HERE) != ring.seal(b"I made it", HERE)


@pytest.mark.parametrize(
    "there",
    [
        place("room_events", "payload_sealed", "a/2"),
        place("room_events", "other_sealed", "a/1"),
        place("memberships", "payload_sealed", "a/1"),
    ],
)
def test_a_value_moved_to_another_place_does_not_open(there: bytes) -> None:
    ring = Keyring([NEW])
    with pytest.raises(Unreadable):
        ring.unseal(ring.seal(b"moved", HERE), there)


@given(st.data())
def test_one_changed_byte_is_noticed(data: st.DataObject) -> None:
    ring = Keyring([NEW])
    sealed = bytearray(ring.seal(b"as it was said", HERE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unreadable):
        ring.unseal(bytes(sealed), HERE)


def test_old_keys_read_and_the_first_one_writes() -> None:
    sealed = Keyring([OLD]).seal(b"before the change", HERE)
    ring = Keyring([NEW, OLD])
    assert ring.unseal(sealed, HERE) == b"before the change"
    assert not ring.is_current(sealed)
    assert ring.is_current(ring.seal(b"after", HERE))
    with pytest.raises(Unreadable):
        Keyring([NEW]).unseal(sealed, HERE)


def test_short_keys_are_no_keys() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring([b"short"])

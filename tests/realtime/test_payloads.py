"""What comes in over a socket is an object with the named fields, or it is refused in words."""

import contextlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery_net.core.errors import Invalid
from recovery_net.realtime.payloads import parse
from recovery_net.rooms.sockets import JoinRoom, SendMessage

SEND = {"room": "evening", "cid": str(uuid.uuid4()), "body": "hi"}


def test_a_whole_payload_is_taken() -> None:
    assert parse(SEND, SendMessage).room == "evening"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "room",
        ["room"],
        7,
        {},
        SEND | {"cid": "not-a-uuid"},
        SEND | {"room": 7},
        SEND | {"more": "x" * 10_000},
        SEND | {"content_note": {"a": 1}},
        {"room": "evening"},
    ],
)
def test_anything_else_is_refused_without_echo(broken: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parse(broken, SendMessage)
    assert "xxxx" not in str(refused.value.params)


@pytest.mark.parametrize("after", [-1, "1", 1.5, 2**60, True])
def test_a_place_in_the_log_is_a_number_from_zero(after: Any) -> None:
    with pytest.raises(Invalid):
        parse({"room": "evening", "after": after}, JoinRoom)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_no_json_is_a_bug(data: Any) -> None:
    with contextlib.suppress(Invalid):
        parse(data, SendMessage)

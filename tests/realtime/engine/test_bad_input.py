"""Whatever a client sends: an error or the right close code, a line that really ends, nobody else the worse for it."""

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.realtime.engine.conftest import Chat, StartChat
from tests.realtime.engine.raw import BINARY, CLOSE, PING, PONG, TEXT, Line, frame

PATH = "/socket.io/?EIO=4&transport=websocket"


@pytest.fixture
def line(fast: Chat) -> Iterator[Line]:
    made = fast.member()
    yield made
    made.close()


@pytest.fixture
def bystander(fast: Chat) -> Iterator[Line]:
    """Somebody else, whose delivery must not suffer."""
    other = fast.member()
    yield other
    assert other.ask(1, "join", "calm") == [["calm"]]
    other.emit("", "say", "calm", "still here")
    assert json.loads(other.receive()[1][2:]) == ["heard", "still here"]
    other.close()


# --- the handshake ---


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/socket.io/?EIO=4&transport=polling", {}, 400),
        ("/socket.io/?EIO=4", {}, 400),
        ("/socket.io/?EIO=3&transport=websocket", {}, 400),
        ("/socket.io/?transport=websocket", {}, 400),
        (PATH + "&sid=x", {}, 400),
        (PATH, {"Origin": None}, 403),
        (PATH, {"Origin": "http://elsewhere.example"}, 403),
        (PATH, {"Origin": "null"}, 403),
        (PATH, {"Upgrade": None}, 426),
        (PATH, {"Upgrade": "h2c"}, 426),
        (PATH, {"Connection": "close"}, 426),
        (PATH, {"Sec-WebSocket-Version": None}, 426),
        (PATH, {"Sec-WebSocket-Version": "8"}, 426),
        (PATH, {"Sec-WebSocket-Key": None}, 400),
        (PATH, {"Sec-WebSocket-Key": "short"}, 400),
        (PATH, {"Sec-WebSocket-Key": "ü" * 24}, 400),
        (PATH, {"X-Much": "x" * 40_000}, 431),
    ],
)
def test_a_handshake_that_cannot_be_is_refused_over_http(
    fast: Chat, path: str, headers: dict[str, str | None], status: int
) -> None:
    line = Line(fast.port)
    head = line.request(path, **headers)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "text/plain" in head
    line.close()


def test_no_extension_is_agreed_to(fast: Chat) -> None:
    line = Line(fast.port)
    head = line.request(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
    assert head.startswith("HTTP/1.1 101 ")
    assert "sec-websocket-extensions" not in head.lower()
    line.close()


def test_of_the_headers_only_what_events_ask_for_is_kept(fast: Chat) -> None:
    line = fast.line(X_Mine="much", Accept_Language="pl").join()
    (names,) = line.ask(1, "kept")
    assert "HTTP_ACCEPT_LANGUAGE" in names
    assert not [name for name in names if name.startswith("HTTP_X_") or "SEC_WEBSOCKET" in name]
    line.close()


def test_who_never_joins_is_shown_out(fast: Chat) -> None:
    line = fast.line()
    assert line.closing()[0] == 1008
    assert line.is_ended()
    line.close()


def test_lines_that_never_join_are_bounded(fast: Chat) -> None:
    lines = [Line(fast.port) for _ in range(60)]
    heads = [line.request() for line in lines]
    assert {head.split()[1] for head in heads} == {"101", "503"}
    for line in lines:
        line.close()
    until_let_in(fast).close()


def until_let_in(fast: Chat) -> Line:
    while not (line := Line(fast.port)).request().startswith("HTTP/1.1 101"):
        line.close()
        time.sleep(0.05)
    return line


# --- frames ---


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b'42["echo"]', mask=None), 1002),
        (frame(TEXT, b'42["echo"]', head=0xC0), 1002),
        (frame(TEXT, b'42["echo"]', head=0x90), 1002),
        (frame(3, b"x"), 1002),
        (frame(11, b"x"), 1002),
        (frame(PING, b"x", head=0), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(0, b"x"), 1002),
        (frame(TEXT, b"4", head=0) + frame(TEXT, b"2"), 1002),
        (b"\x81\xfe\x00\x05" + b"\0" * 9, 1002),  # five bytes, said in the long way
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CLOSE, (1005).to_bytes(2)), 1002),
        (frame(CLOSE, (1000).to_bytes(2) + b"\xff"), 1007),
        (b"\x82\xff" + (100_000_000).to_bytes(8), 1009),
        (b"\x81\xff" + (2**63 - 1).to_bytes(8), 1009),
        (b"\x81\xff" + (2**63).to_bytes(8), 1002),
        (frame(TEXT, b"4" + b"x" * 3_000_000, head=0) + frame(0, b"x" * 3_000_000), 1009),
        (frame(TEXT, b'42["echo","\xff"]'), 1007),
        (frame(TEXT, b'42["echo",{]'), 1007),
        (frame(TEXT, b'42["echo",NaN]'), 1007),
        (frame(TEXT, b'42["echo",' + b"[" * 100_000), 1007),
        (frame(TEXT, b"42"), 1002),
        (frame(TEXT, b'42{"echo":1}'), 1002),
        (frame(TEXT, b"42[1]"), 1002),
        (frame(TEXT, b'42["disconnect","me"]'), 1002),
        (frame(TEXT, b'42["connect"]'), 1002),
        (frame(TEXT, b"42" + b"9" * 30 + b'["echo"]'), 1002),
        (frame(TEXT, b"44"), 1002),
        (frame(TEXT, b"47"), 1002),
        (frame(TEXT, b"4x"), 1002),
        (frame(TEXT, b"4"), 1002),
        (frame(TEXT, b"9"), 1002),
        (frame(TEXT, b""), 1002),
        (frame(TEXT, b"bAAAA"), 1002),
        (frame(TEXT, b"40[1]"), 1002),
        (frame(TEXT, b'43["no number"]'), 1002),
        (frame(TEXT, b"431{}"), 1002),
        (frame(BINARY, b"out of the blue"), 1002),
        (frame(TEXT, b'45["echo"]'), 1002),
        (frame(TEXT, b'4599999-["echo"]'), 1002),
        (frame(TEXT, b'451-["echo",{"_placeholder":true,"num":7}]') + frame(BINARY, b"x"), 1002),
        (frame(TEXT, b'451-["echo",{"_placeholder":true,"num":"x"}]') + frame(BINARY, b"x"), 1002),
        (frame(TEXT, b'451-["echo",{"_placeholder":true,"num":0}]') + frame(TEXT, b'42["echo"]'), 1002),
        (frame(TEXT, b'453-["echo"]') + frame(BINARY, b"x" * 1_500_000) * 3, 1009),
    ],
    ids=lambda value: value[:24].hex() if isinstance(value, bytes) else str(value),
)
def test_what_cannot_be_read_ends_the_line_with_the_right_code(
    fast: Chat, bystander: Line, line: Line, data: bytes, code: int
) -> None:
    line.send(data)
    assert line.closing()[0] == code
    line.send(frame(CLOSE, code.to_bytes(2)))
    assert line.is_ended()
    assert fast.farewell(line.sid) in {"transport error", "transport close"}
    assert fast.said() == ""


def test_the_line_ends_even_if_nobody_answers_the_goodbye(fast: Chat, line: Line) -> None:
    line.send(frame(3, b"x"))
    assert line.closing()[0] == 1002
    assert line.is_ended()


def test_a_goodbye_is_answered_and_the_line_ended(fast: Chat, line: Line) -> None:
    line.send(frame(CLOSE, (1000).to_bytes(2) + b"bye"))
    assert line.closing()[0] == 1000
    assert line.is_ended()
    assert fast.farewell(line.sid) == "transport close"


def test_events_before_a_goodbye_are_still_handled(fast: Chat, line: Line) -> None:
    line.send(frame(TEXT, b'42["slowly",0.321]') + frame(CLOSE, (1000).to_bytes(2)))
    fast.wait_for(1, "slowly", 0.321)
    assert fast.farewell(line.sid) == "transport close"


def test_a_ping_is_answered_with_its_own_words(line: Line) -> None:
    line.send(frame(PING, b"are you there"))
    assert line.receive() == (PONG, b"are you there")


def test_a_message_in_pieces_with_pings_between(line: Line) -> None:
    begin, middle, end = b'421["echo","', b"a" * 70_000, b'"]'
    line.send(frame(TEXT, begin, head=0) + frame(PING) + frame(0, middle, head=0) + frame(0, b"", head=0))
    line.send(frame(0, end))
    assert line.receive() == (PONG, b"")
    assert line.answer(1) == ["a" * 70_000]


def test_an_event_that_is_named_like_the_catch_all_is_answered_by_it(
    fast: Chat, bystander: Line, line: Line
) -> None:
    assert line.ask(1, "*") == [["unknown", "*"]]
    assert line.ask(2, "*", bystander.sid) == [["unknown", "*", bystander.sid]]
    assert fast.said() == ""


def test_a_message_that_is_never_whole_is_not_waited_for(start_chat: StartChat) -> None:
    line = start_chat("fast", ping_interval=0.25, ping_timeout=0.25).member()
    line.send(frame(TEXT, b"42" + b"x" * 5000)[:1000])
    assert line.closing()[0] == 1001
    line.close()


def test_attachments_that_never_come_are_not_waited_for_however_often_pings_are_answered(
    start_chat: StartChat,
) -> None:
    line = start_chat("fast", ping_interval=0.25, ping_timeout=20).member()
    line.send(frame(TEXT, b'452-["echo"]') + frame(BINARY, b"x" * 5000))
    while (got := line.receive())[0] != CLOSE:
        assert got == (TEXT, b"2")
        line.text("3")
    assert int.from_bytes(got[1][:2]) == 1008
    line.close()


def test_a_trickle_is_read(line: Line) -> None:
    for byte in frame(TEXT, b'421["echo",{"a":1}]'):
        line.send(bytes([byte]))
    assert line.answer(1) == [{"a": 1}]


def test_half_a_surrogate_pair_is_no_reason_to_go(line: Line) -> None:
    line.text('421["echo","\\ud800"]')
    assert line.receive()[1] == b'431["\\ud800"]'


def test_a_line_that_breaks_off_in_a_frame_is_let_go(fast: Chat, bystander: Line) -> None:
    line = fast.member()
    line.send(frame(TEXT, b"4" * 5000)[:1000])
    line.close()
    assert fast.farewell(line.sid) == "transport close"


# --- too much ---


def test_a_thousand_events_at_once_are_all_answered_in_order(fast: Chat, bystander: Line, line: Line) -> None:
    line.send(b"".join(frame(TEXT, f'42{number}["echo",{number}]'.encode()) for number in range(1000)))
    assert [line.answer(number) for number in range(1000)] == [[number] for number in range(1000)]


def test_slow_events_of_one_member_stay_in_order(line: Line) -> None:
    line.send(b"".join(frame(TEXT, f'42{number}["slow",{number}]'.encode()) for number in range(150)))
    said = [line.receive()[1] for _ in range(300)]
    expected = [(f'42["heard",{number}]', f"43{number}[{number}]") for number in range(150)]
    assert said == [words.encode() for pair in expected for words in pair]


@pytest.mark.parametrize(
    "flood",
    [frame(TEXT, b'42["echo",1]'), frame(TEXT, b"433[]"), frame(PING), frame(PONG), frame(TEXT, b"3")],
    ids=["events", "answers", "pings", "pongs", "heartbeats"],
)
def test_a_flood_is_ended(fast: Chat, bystander: Line, line: Line, flood: bytes) -> None:
    try:
        for _ in range(100):
            line.send(flood * 100)
    except OSError:
        pass  # it was ended while we still sent
    assert line.closing()[0] == 1008
    assert fast.farewell(line.sid) == "transport error"


def test_a_flood_of_bytes_is_ended(line: Line) -> None:
    large = frame(TEXT, b'42["nothing","' + b"x" * 3_000_000 + b'"]')
    try:
        for _ in range(20):
            line.send(large)
    except OSError:
        pass
    assert line.closing()[0] == 1008


def test_who_has_not_joined_may_say_little(fast: Chat) -> None:
    for data, code in ((frame(TEXT, b"40" + b" " * 70_000), 1009), (frame(PING) * 50, 1008)):
        line = fast.line()
        line.send(data)
        assert line.closing()[0] == code
        line.close()


def test_a_reader_that_stalls_is_let_go_and_nothing_piles_up(fast: Chat, bystander: Line, line: Line) -> None:
    before = fast.memory()
    for _ in range(100):
        line.emit("", "flood", 100_000, 3)
    assert fast.farewell(line.sid) == "transport error"
    assert fast.memory() - before < 64 * 1024 * 1024
    assert line.closing() == (1013, "you read too slowly")


def test_a_message_larger_than_the_buffer_reaches_who_reads(line: Line) -> None:
    line.emit("", "flood", 3_000_000, 1)
    assert len(line.receive()[1]) == 3_000_000 + len('42["heard",""]')


def test_ten_thousand_rooms_are_let_go_with_the_member(start_chat: StartChat) -> None:
    chat = start_chat("fast", frames_a_second=0)
    line = chat.member()
    for number in range(10_000):
        line.emit("", "enter", f"room {number}")
    line.ask(1, "echo")
    line.close()
    assert chat.farewell(line.sid) == "transport close"
    other = chat.member()
    assert other.ask(2, "join", "room 1") == [["room 1"]]
    other.close()


anything = st.one_of(
    st.binary(max_size=200),
    st.builds(
        frame,
        st.integers(0, 15),
        st.binary(max_size=80)
        | st.from_regex(
            rb"4[0-6](1-)?(/side,)?\d?(\[(\"(echo|join|say)\"(,[1\"a{}\[\]]+)*)?\])?", fullmatch=True
        ),
        head=st.sampled_from([0x80, 0x80, 0x80, 0, 0xC0]),
        mask=st.binary(min_size=4, max_size=4) | st.none(),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(anything, max_size=6).map(b"".join))
def test_any_bytes_after_joining_leave_the_server_well(fast: Chat, data: bytes) -> None:
    line = fast.member()
    line.send(data)
    line.close()
    assert fast.farewell(line.sid)
    assert fast.said() == ""

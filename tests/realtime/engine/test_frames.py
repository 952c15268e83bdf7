"""The frame reader against another implementation, in any pieces; and packets that make no sense."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.frame_protocol import Frame, FrameProtocol, Opcode, ParseFailed

from recovery_net.realtime.engine import frames, packets
from recovery_net.realtime.engine.frames import BadFrame, Reader
from tests.realtime.engine.raw import frame

LIMIT = 3000
Read = list[tuple[int, bytes]]

payloads = st.binary(max_size=400) | st.sampled_from([0, 125, 126, 127, 600, 2999, 3000]).map(bytes)
masks = st.binary(min_size=4, max_size=4)
good = st.builds(
    frame,
    st.sampled_from([0, 1, 2, 8, 9, 10]),
    payloads,
    head=st.sampled_from([0x80, 0x80, 0]),
    mask=masks,
)
odd = st.builds(
    frame, st.integers(0, 15), payloads, head=st.integers(0, 15).map(lambda n: n << 4), mask=masks
)
bare = st.builds(frame, st.sampled_from([1, 2, 9]), payloads, mask=st.none())
streams = st.lists(st.one_of(good, good, good, odd, bare, st.binary(max_size=20)), max_size=8).map(b"".join)


def ours(pieces: list[bytes]) -> tuple[Read, bool]:
    """Messages and control frames, and whether the line was refused."""
    reader, read = Reader(LIMIT), []
    try:
        for piece in pieces:
            reader.feed(piece)
            while (message := reader.take()) is not None:
                opcode, payload = message
                if opcode == frames.CLOSE:
                    frames.close_reply(payload)
                if opcode == frames.TEXT:
                    try:
                        payload.decode()
                    except UnicodeDecodeError:
                        return read, True
                read.append((opcode, payload))
                if opcode == frames.CLOSE:
                    return read, False
    except BadFrame:
        return read, True
    return read, False


def theirs(pieces: list[bytes]) -> tuple[Read, int]:
    """Messages and control frames, and the code of the refusal; 0: none."""
    protocol, read, parts = FrameProtocol(client=False, extensions=[]), [], b""
    try:
        for piece in pieces:
            protocol.receive_bytes(piece)
            for got in protocol.received_frames():
                if got.opcode is Opcode.CLOSE:
                    code, reason = got.payload
                    read.append((8, b"" if code == 1005 else int(code).to_bytes(2) + (reason or "").encode()))
                    return read, 0
                if got.opcode.iscontrol():
                    read.append((int(got.opcode), bytes(got.payload)))
                    continue
                parts += got.payload.encode() if isinstance(got.payload, str) else bytes(got.payload)
                if len(parts) > LIMIT:
                    return read, 1009
                if got.message_finished:
                    read.append((int(got.opcode), parts))
                    parts = b""
    except ParseFailed as error:
        return read, int(error.code)
    return read, 0


@settings(max_examples=400, deadline=None)
@given(streams, st.lists(st.integers(0, 4000), max_size=12))
def test_any_bytes_in_any_pieces_are_read_as_by_another_implementation(
    stream: bytes, cuts: list[int]
) -> None:
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    read, refused = ours(pieces)
    expected, failed = theirs(pieces)
    shortest = min(len(read), len(expected))
    assert read[:shortest] == expected[:shortest]
    # Ours may refuse a message at its header, the other when it has it: never the other way round, but for text
    # that is not UTF-8, which ours sees when it is whole.
    assert refused or failed in {0, 1007}
    assert refused or read == expected


@settings(max_examples=100, deadline=None)
@given(streams)
def test_a_trickle_is_read_like_a_gush(stream: bytes) -> None:
    assert ours([stream]) == ours([stream[at : at + 1] for at in range(len(stream))])


@settings(max_examples=300, deadline=None)
@given(st.one_of(good, odd, bare, st.binary(max_size=20)))
def test_the_short_way_reads_what_the_reader_reads_or_leaves_it_alone(piece: bytes) -> None:
    payload = frames.whole_text(piece, LIMIT)
    if payload is not None:
        reader = Reader(LIMIT)
        reader.feed(piece)
        assert reader.take() == (frames.TEXT, payload)
        assert reader.is_empty


@pytest.mark.parametrize("size", [1, 125, 126, LIMIT])
def test_the_short_way_is_taken(size: int) -> None:
    assert frames.whole_text(frame(1, b"x" * size), LIMIT) == b"x" * size
    assert frames.whole_text(frame(1, b"x" * size), size - 1) is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=70_000), masks)
def test_masks_come_off(payload: bytes, mask: bytes) -> None:
    bare = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload[:3000]))
    assert frames.unmask(payload, mask)[:3000] == bare
    assert frames.unmask(frames.unmask(payload, mask), mask) == payload


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1, 2]), st.binary(max_size=300) | st.sampled_from([125, 126, 65535, 65536]).map(bytes)
)
def test_what_we_send_is_read_by_another_implementation(opcode: int, payload: bytes) -> None:
    payload = payload.hex().encode() if opcode == 1 else payload
    protocol = FrameProtocol(client=True, extensions=[])
    protocol.receive_bytes(frames.frame(opcode, payload))
    got: list[Frame] = list(protocol.received_frames())
    whole = b"".join(part.payload.encode() if opcode == 1 else bytes(part.payload) for part in got)
    assert (whole, got[-1].message_finished) == (payload, True)


@pytest.mark.parametrize("size", [LIMIT + 1, 100_000_000, 2**62])
def test_a_frame_too_long_is_refused_at_its_header(size: int) -> None:
    reader = Reader(LIMIT)
    reader.feed(b"\x82\xff" + size.to_bytes(8) if size > 65535 else b"\x82\xfe" + size.to_bytes(2))
    with pytest.raises(BadFrame) as refused:
        reader.take()
    assert refused.value.code == 1009


def test_a_message_in_endless_pieces_is_refused_when_it_gets_too_long() -> None:
    reader = Reader(LIMIT)
    reader.feed(frame(1, b"x" * 1000, head=0))
    assert reader.take() is None
    reader.feed(frame(0, b"x" * 1000, head=0) * 2)
    assert reader.take() is None
    reader.feed(frame(0, b"x", head=0))
    with pytest.raises(BadFrame):
        reader.take()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=60).map(lambda rest: b"4" + rest)
    | st.from_regex(rb"4[0-6]\d{0,3}-?(/[a-z]*,)?\d*[\[\]{}\"a-z:,0-9]*", fullmatch=True)
)
def test_any_packet_is_understood_or_refused(message: bytes) -> None:
    try:
        packet = packets.decode(message)
    except BadFrame:
        return
    if packet.kind in {packets.EVENT, packets.BINARY_EVENT}:
        assert isinstance(packet.data[0], str)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["/", "/side"]), st.lists(json_values, max_size=4), st.none() | st.integers(0, 10**6))
def test_what_goes_out_comes_in(namespace: str, arguments: list[object], number: int | None) -> None:
    (message,) = packets.encode(packets.EVENT, namespace, ["said", *arguments], number)
    assert isinstance(message, str)
    got = packets.decode(message.encode())
    assert (got.kind, got.namespace, got.id) == (packets.EVENT, namespace, number)
    assert got.data == ["said", *arguments]


def refusal_of(message: bytes) -> int | None:
    try:
        packets.decode(message)
    except BadFrame as refused:
        return refused.code
    return None


@pytest.mark.parametrize(("depth", "code"), [(500, None), (5000, 1007), (200_000, 1007)])
def test_deep_nesting_is_read_or_refused(depth: int, code: int | None) -> None:
    assert refusal_of(b'42["said",' + b"[" * depth + b"]" * depth + b"]") == code

"""Socket.IO packets (protocol 5) inside Engine.IO messages (protocol 4): what stands in a frame.

orjson makes and reads them. What it does not take (numbers as keys, half a surrogate pair) goes through the standard
library, so that both engines accept the same; NaN is refused, because no browser can read it.
"""

import json
from typing import Any, NamedTuple

import orjson
from socketio import packet as stock

from recovery_net.realtime.engine.frames import BAD_DATA, PROTOCOL_ERROR, BadFrame

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)
OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = (
    b"0123456"  # Engine.IO's kinds, as they stand in a text message
)
ATTACHMENTS = 64  # the most that one packet may announce
_ID_DIGITS = 18
_RESERVED = frozenset({"connect", "disconnect", "connect_error", "newListener", "removeListener"})
# The library raises for these; so do we, and a feature never depends on which engine it runs.
_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


class Packet(NamedTuple):
    """One packet. `attachments` is how many binary messages follow."""

    kind: int
    namespace: str
    id: int | None
    data: Any
    attachments: int


_new: Any = tuple.__new__  # spares the checks of a named tuple's own constructor


def dumps(data: Any) -> bytes:
    """JSON as the library would write it."""
    try:
        return orjson.dumps(data, option=_PLAIN)
    except TypeError:
        return json.dumps(data, separators=(",", ":")).encode()


def encode(kind: int, namespace: str, data: Any, packet_id: int | None = None) -> list[bytes | str]:
    """The Engine.IO messages of an event or an answer: text as str, then its attachments."""
    text = encode_plain(kind, namespace, data, packet_id)
    if text is not None:
        return [text.decode()]
    made = stock.Packet(kind, data=data, namespace=namespace, id=packet_id).encode()
    return [
        "4" + part if isinstance(part, str) else bytes(part)
        for part in (made if isinstance(made, list) else [made])
    ]


def encode_plain(kind: int, namespace: str, data: Any, packet_id: int | None = None) -> bytes | None:
    """The one message of a packet without attachments; None when there may be some."""
    try:
        body = orjson.dumps(data, option=_PLAIN)
    except TypeError:
        return None
    head = b"4%d" % kind if namespace == "/" else b"4%d%s," % (kind, namespace.encode())
    return head + body if packet_id is None else head + b"%d" % packet_id + body


def decode(message: bytes) -> Packet:
    """Read an Engine.IO message that starts with `4`. `BadFrame` when it is none that a client may send."""
    if message[1:2] == b"2":  # most are: an event in the namespace `/`, with or without a number
        begin = message.find(b"[", 2, 2 + _ID_DIGITS)
        number = message[2:begin]
        if begin == 2 or (begin > 2 and number.isdigit()):
            data = loads(message[begin:])
            _check_event(data)
            short: Packet = _new(Packet, (EVENT, "/", int(number) if number else None, data, 0))
            return short
    return _decode(message)


def _decode(message: bytes) -> Packet:
    kind = message[1] - 48 if len(message) > 1 else -1
    if not CONNECT <= kind <= BINARY_ACK or kind == CONNECT_ERROR:
        raise BadFrame(PROTOCOL_ERROR, "no such packet")
    at, attachments, namespace = 2, 0, "/"
    if kind >= BINARY_EVENT:
        attachments, at = _attachments(message)
    if message[at : at + 1] == b"/":
        namespace, at = _namespace(message, at)
    start = at
    while message[at : at + 1].isdigit():
        at += 1
    if at - start > _ID_DIGITS:
        raise BadFrame(PROTOCOL_ERROR, "id too long")
    data = loads(message[at:]) if at < len(message) else None
    found = Packet(kind, namespace, int(message[start:at]) if at > start else None, data, attachments)
    _check(found)
    return found


def loads(text: bytes) -> Any:
    """JSON as the library would read it."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadFrame(BAD_DATA, "not JSON") from None


def _refuse(_name: str) -> None:
    raise ValueError


def _attachments(message: bytes) -> tuple[int, int]:
    dash = message.find(b"-", 2, 6)
    count = message[2:dash] if dash > 0 else b""
    if not count.isdigit():
        raise BadFrame(PROTOCOL_ERROR, "no number of attachments")
    if int(count) > ATTACHMENTS:
        raise BadFrame(PROTOCOL_ERROR, "too many attachments")
    return int(count), dash + 1


def _namespace(message: bytes, at: int) -> tuple[str, int]:
    comma = message.find(b",", at)
    end = len(message) if comma < 0 else comma
    try:
        name = message[at:end].decode()
    except UnicodeDecodeError:
        raise BadFrame(BAD_DATA, "not UTF-8") from None
    return name.partition("?")[0], end if comma < 0 else end + 1


def _check(found: Packet) -> None:
    data = found.data
    if found.kind in {EVENT, BINARY_EVENT}:
        _check_event(data)
    elif found.kind in {ACK, BINARY_ACK}:
        if not isinstance(data, list) or found.id is None:
            raise BadFrame(PROTOCOL_ERROR, "not an answer")
    elif found.kind == CONNECT and not isinstance(data, dict | None):
        raise BadFrame(PROTOCOL_ERROR, "not a connect")


def _check_event(data: Any) -> None:
    if not isinstance(data, list) or not data or not isinstance(data[0], str) or data[0] in _RESERVED:
        raise BadFrame(PROTOCOL_ERROR, "not an event")


def attach(found: Packet, attachments: list[bytes]) -> Packet:
    """Put the binary messages where the packet's placeholders stand."""
    try:
        data = stock.Packet.reconstruct_binary(found.data, attachments)
    except (LookupError, TypeError, RecursionError):
        raise BadFrame(PROTOCOL_ERROR, "no such attachment") from None
    return found._replace(data=data)

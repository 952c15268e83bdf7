"""WebSocket frames (RFC 6455): made for members, read from them. Knows neither sockets nor Socket.IO.

Extensions are never negotiated, so a reserved bit that is set is an error, and nothing is ever inflated.
"""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NORMAL, GOING_AWAY, PROTOCOL_ERROR, BAD_DATA, POLICY, TOO_BIG, BROKEN, TRY_LATER = (
    1000,
    1001,
    1002,
    1007,
    1008,
    1009,
    1011,
    1013,
)
_FIN, _RESERVED, _MASKED = 0x80, 0x70, 0x80
_KNOWN = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})  # what a close frame may say
_SHORT = 126  # from here on the length stands in two or eight bytes of its own
_TEXT_HEADS = tuple(bytes((_FIN | TEXT, size)) for size in range(_SHORT))
_LONG = 512  # bytes; from here on four strides are faster than one number
_XOR = tuple(bytes(byte ^ mask for byte in range(256)) for mask in range(256))

Message = tuple[int, bytes]  # opcode and what it carries


class BadFrame(Exception):
    """What the peer sent cannot be used: the code and the words to close with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole message in one frame, as a server sends it: not masked."""
    size = len(payload)
    if size < _SHORT:
        return bytes((_FIN | opcode, size)) + payload
    if size < 0x10000:
        return bytes((_FIN | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((_FIN | opcode, 127)) + size.to_bytes(8) + payload


def text(payload: bytes) -> bytes:
    """`frame(TEXT, payload)`, on the short way."""
    size = len(payload)
    return _TEXT_HEADS[size] + payload if size < _SHORT else frame(TEXT, payload)


def closing(code: int | None, reason: str = "") -> bytes:
    """A close frame; its reason has at most 123 bytes."""
    return frame(CLOSE, b"" if code is None else code.to_bytes(2) + reason.encode())


def unmask(payload: bytes | bytearray, mask: bytes | bytearray) -> bytes:
    """Take the client's mask off."""
    size = len(payload)
    if size >= _LONG:
        return _unmask_strided(payload, mask)
    whole = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(whole, "little")).to_bytes(size, "little")


def _unmask_strided(payload: bytes | bytearray, mask: bytes | bytearray) -> bytes:
    plain = bytearray(payload)
    for start, byte in enumerate(mask):
        plain[start::4] = plain[start::4].translate(_XOR[byte])
    return bytes(plain)


class Reader:
    """Takes bytes in any pieces and gives messages. Holds at most one message and what follows it in its piece."""

    __slots__ = ("_at", "_data", "_opcode", "_parts", "_size", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit  # bytes of one message, however many frames it comes in
        self._data: bytes | bytearray = b""
        self._at = 0
        self._opcode = 0  # of the message that has begun
        self._parts: list[bytes] | None = None
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept between two pieces."""
        return self._parts is None and not self._data

    def feed(self, piece: bytes) -> None:
        """More bytes from the line."""
        if not self._data:
            self._data = piece
            return
        if isinstance(self._data, bytes):
            self._data = bytearray(self._data)
        if self._at:
            del self._data[: self._at]
            self._at = 0
        self._data += piece  # grows in steps: a trickle does not copy it all for every byte

    def take(self) -> Message | None:
        """The next control frame or whole message; None until more has come. `BadFrame` ends the line."""
        while (found := self._frame()) is not None:
            opcode, payload, is_last = found
            if opcode >= CLOSE:
                return opcode, payload
            if is_last and self._parts is None:
                return opcode, payload
            if self._parts is None:
                self._parts, self._opcode, self._size = [], opcode, 0
            self._parts.append(payload)
            self._size += len(payload)
            if is_last:
                whole = b"".join(self._parts)
                self._parts = None
                return self._opcode, whole
        return None

    def _frame(self) -> tuple[int, bytes, int] | None:
        data, at = self._data, self._at
        have = len(data) - at
        if have < 2:
            return self._unfinished()  # type: ignore[func-returns-value]
        first, second = data[at], data[at + 1]
        opcode, size, start = first & 0x0F, second & 0x7F, at + 2
        self._check(first, second, opcode)
        if size >= _SHORT:
            wide = 2 if size == _SHORT else 8
            if have < 2 + wide:
                return self._unfinished()  # type: ignore[func-returns-value]
            size = _long_size(data[start : start + wide])
            start += wide
        self._check_size(opcode, size)
        end = start + 4 + size
        if end > at + have:
            return self._unfinished()  # type: ignore[func-returns-value]
        payload = unmask(data[start + 4 : end], data[start : start + 4])
        if end == len(data):
            self._data, self._at = b"", 0
        else:
            self._at = end
        return opcode, payload, first & _FIN

    def _unfinished(self) -> None:
        """Forget what was taken; the rest waits for more."""
        if self._at:
            self._data, self._at = self._data[self._at :], 0

    def _check(self, first: int, second: int, opcode: int) -> None:
        if first & _RESERVED or opcode not in _KNOWN:
            raise BadFrame(PROTOCOL_ERROR, "reserved bits or opcode")
        if not second & _MASKED:
            raise BadFrame(PROTOCOL_ERROR, "not masked")
        if opcode >= CLOSE:
            if not first & _FIN or second & 0x7F >= _SHORT:
                raise BadFrame(PROTOCOL_ERROR, "control frame in pieces")
        elif (opcode == CONTINUATION) != (self._parts is not None):
            raise BadFrame(PROTOCOL_ERROR, "message inside a message")

    def _check_size(self, opcode: int, size: int) -> None:
        before = self._size if opcode == CONTINUATION else 0
        if opcode < CLOSE and before + size > self.limit:
            raise BadFrame(TOO_BIG, "message too big")
        if opcode == CONTINUATION and self._parts is not None and len(self._parts) >= _PIECES:
            raise BadFrame(POLICY, "too many pieces")


_PIECES = 65536  # an endless message of empty frames


def _long_size(field: bytes | bytearray) -> int:
    size = int.from_bytes(field)
    if size < (_SHORT if len(field) == 2 else 0x10000):
        raise BadFrame(PROTOCOL_ERROR, "length not minimal")
    if size >> 63:
        raise BadFrame(PROTOCOL_ERROR, "length too long")
    return size


def whole_text(piece: bytes, limit: int) -> bytes | None:
    """What a piece carries that is exactly one text message in one masked frame of less than 64 KiB, as most are."""
    size = len(piece)
    if size < 6 or piece[0] != _FIN | TEXT:
        return None
    length, start = piece[1] - _MASKED, 6
    if length == _SHORT:
        length, start = piece[2] << 8 | piece[3], 8
        if length < _SHORT:
            return None
    if not 0 < length <= limit or size != start + length or (start == 6 and length >= _SHORT):
        return None
    return unmask(piece[start:], piece[start - 4 : start])


def close_reply(payload: bytes) -> int | None:
    """The code to answer a close frame with (None: without one). `BadFrame` when it is not one."""
    if not payload:
        return None
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or code not in _CODES:
        raise BadFrame(PROTOCOL_ERROR, "no such close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise BadFrame(BAD_DATA, "not UTF-8") from None
    return code

"""A WebSocket client that may do wrong whatever a client can do wrong."""

import json
import socket
from typing import Any

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, 1.3
MASK = b"\x12\x34\x56\x78"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def masked(payload: bytes, mask: bytes = MASK) -> bytes:
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def frame(opcode: int, payload: bytes = b"", *, head: int = 0x80, mask: bytes | None = MASK) -> bytes:
    """A client's frame. `head`: the other bits of the first byte; no `mask`: sent bare."""
    bit = 0 if mask is None else 0x80
    size = len(payload)
    length = (
        bytes([bit | size])
        if size < 126
        else bytes([bit | 126]) + size.to_bytes(2)
        if size < 65536
        else bytes([bit | 127]) + size.to_bytes(8)
    )
    return bytes([head | opcode]) + length + (payload if mask is None else mask + masked(payload, mask))


class Line:
    """A TCP connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._held = b""
        self.opening: dict[str, Any] = {}
        self.sid = ""

    def request(self, path: str = "/socket.io/?EIO=4&transport=websocket", **headers: str | None) -> str:
        """Send an upgrade with these headers instead of the right ones; gives the head of the answer."""
        named = {
            "Host": f"127.0.0.1:{self.port}",
            "Upgrade": "websocket",
            "Connection": "keep-alive, Upgrade",
            "Sec-WebSocket-Key": KEY,
            "Sec-WebSocket-Version": "13",
            "Origin": "http://here.example",
        }
        named |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
        lines = [f"{name}: {value}" for name, value in named.items() if value is not None]
        self.send("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._held:
            self._more()
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        return head.decode()

    def shake_hands(self, **headers: str | None) -> "Line":
        head = self.request(**headers)
        assert head.startswith("HTTP/1.1 101"), head
        opcode, payload = self.receive()
        assert (opcode, payload[:1]) == (TEXT, b"0")
        self.opening = json.loads(payload[1:])
        return self

    def join(self) -> "Line":
        self.text("40")
        answer = self.receive()[1]
        assert answer.startswith(b"40{"), answer
        self.sid = str(json.loads(answer[2:])["sid"])
        return self

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def text(self, words: str) -> None:
        self.send(frame(TEXT, words.encode()))

    def emit(self, number: int | str, *content: Any) -> None:
        """An event; with a number it wants an answer."""
        self.text(f"42{number}{json.dumps(content)}")

    def receive(self) -> tuple[int, bytes]:
        """The next frame; `EOFError` when the server has ended the line."""
        head = self._take(2)
        assert not head[1] & 0x80, "a server does not mask"
        assert not head[0] & 0x70, "nothing was negotiated"
        size = head[1] & 0x7F
        if size > 125:
            size = int.from_bytes(self._take(2 if size == 126 else 8))
        return head[0] & 0x0F, self._take(size)

    def ask(self, number: int, *content: Any) -> Any:
        """Send an event and wait for its answer."""
        self.emit(number, *content)
        return self.answer(number)

    def answer(self, number: int) -> Any:
        begin = f"43{number}[".encode()
        while not (payload := self.receive()[1]).startswith(begin):
            assert payload[:1] != b"\x03", payload
        return json.loads(payload[len(begin) - 1 :])

    def closing(self) -> tuple[int, str]:
        """Read on until the server says goodbye: its code and reason."""
        while (got := self.receive())[0] != CLOSE:
            pass
        return int.from_bytes(got[1][:2]), got[1][2:].decode()

    def is_ended(self) -> bool:
        """Whether the server ends the line, once everything it sent is read."""
        try:
            while True:
                self.receive()
        except EOFError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.sock.close()

    def _take(self, count: int) -> bytes:
        while len(self._held) < count:
            self._more()
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def _more(self) -> None:
        try:
            got = self.sock.recv(65536)
        except ConnectionResetError:
            got = b""
        if not got:
            raise EOFError
        self._held += got

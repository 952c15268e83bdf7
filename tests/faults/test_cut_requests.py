"""A request that was cut on its way is no request, wherever the cut is."""

import socket

from tests.person import Town


def answer_to(town: Town, request: bytes) -> bytes:
    """Send so much and close this way only; what comes back until the server closes too."""
    with socket.create_connection(("127.0.0.1", town.server.port), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65536):
            answer += part
        return answer


def a_message(town: Town) -> tuple[bytes, int]:
    """Somebody's message as the API takes it, and where its body begins."""
    person, room = town.person(), town.room()
    body = b'{"cid": "0d8f9a4e-7a53-4a4c-9a2e-0c7f4a0f1f65", "body": "whole"}'
    head = (
        f"POST /api/v1/rooms/{room}/messages HTTP/1.1\r\nHost: 127.0.0.1:{town.server.port}\r\n"
        f"Cookie: {person.cookie}\r\nX-CSRFToken: {person.csrf('/account')}\r\n"
        f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    ).encode()
    return head + body, len(head)


def test_every_way_to_cut_a_message_short_decides_nothing(town: Town) -> None:
    """No answer, or 400: anything else would be our word on the message, and the outbox would stop."""
    request, start = a_message(town)
    for cut in (start - 2, start - 4, start - 23, start - 60, start, start + 5, len(request) - 1):
        assert answer_to(town, request[:cut])[:12] in {b"", b"HTTP/1.1 400"}, request[:cut][-60:]
    assert b'"ok":true' in answer_to(town, request)

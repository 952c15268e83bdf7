"""Pushes reach everybody who is there, in order, whoever sends them and whoever goes meanwhile."""

import json

import requests

from tests.realtime.engine.conftest import Chat, StartChat
from tests.realtime.engine.raw import TEXT, Line, frame


def sit_in(chat: Chat, room: str, count: int) -> list[Line]:
    lines = [chat.member() for _ in range(count)]
    for line in lines:
        line.ask(1, "join", room)
    return lines


def heard(line: Line, count: int) -> list[object]:
    return [json.loads(line.receive()[1][2:])[1] for _ in range(count)]


def test_another_thread_may_push(fast: Chat) -> None:
    lines = sit_in(fast, "threads", 3)
    assert requests.get(f"{fast.url}/thread/threads", timeout=20).ok
    for line in lines:
        assert heard(line, 200) == list(range(200))
        line.close()


def test_who_is_cut_amid_pushes_is_passed_over(chat: Chat) -> None:
    lines = sit_in(chat, f"cut-{chat.engine}", 5)
    assert requests.get(f"{chat.url}/cut/cut-{chat.engine}", timeout=20).ok
    counts = []
    for line in lines:
        words = []
        while (payload := line.receive()[1]).startswith(b"42"):
            words.append(json.loads(payload[2:])[1])
            if len(words) == 20:
                break
        assert words == list(range(len(words)))
        counts.append(len(words))
        line.close()
    assert sorted(counts) == [5, 10, 15, 20, 20]


def test_what_is_to_nobody_reaches_nobody(chat: Chat) -> None:
    room = f"nobody-{chat.engine}"
    speaker, other = sit_in(chat, room, 2)
    speaker.ask(1, "to_nobody")
    speaker.emit("", "say", room, "to both")
    for line in (speaker, other):
        assert heard(line, 1) == ["to both"]
        line.close()


def test_who_leaves_reads_no_more(start_chat: StartChat) -> None:
    chat = start_chat("fast", close_within=0.3, waiting=4)
    line = chat.member()
    line.send(b"".join(frame(TEXT, b'42["slowly",0.05]') for _ in range(40)))
    chat.wait_for(1, "slowly")
    assert requests.get(f"{chat.url}/leave", timeout=20).ok
    assert line.closing() == (1001, "bye")
    chat.farewell(line.sid)
    assert len(chat.notes("slowly")) < 40  # what was read; the rest is asked again, of another
    line.close()


def test_the_last_words_come_before_the_goodbye(start_chat: StartChat) -> None:
    chat = start_chat("fast", close_within=0.3)
    lines = sit_in(chat, "all", 3)
    assert requests.get(f"{chat.url}/leave", timeout=20).ok
    for line in lines:
        assert heard(line, 1) == ["the last words"]
        assert line.closing() == (1001, "bye")
        assert chat.farewell(line.sid) == "server disconnect"
        line.close()

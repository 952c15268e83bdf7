"""Who is in which room, and one frame for all of them: python-socketio's manager over our lines.

Rooms hold the lines themselves. A broadcast makes JSON and frame once and puts the same bytes on every line; a member
whose line ended while it was going on is passed over, because a closed line takes pushes and does nothing.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from socketio import manager

from recovery_net.realtime.engine import frames, packets
from recovery_net.realtime.engine.lines import Lines
from recovery_net.realtime.engine.wire import Wire

Listeners = dict[str, Wire]  # by sid


class Member:
    """A client in one namespace. Its own room (named like its sid) is not written down anywhere."""

    __slots__ = ("rooms", "wire")

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.rooms: Collection[Any] = ()


class Broadcaster(manager.Manager):  # type: ignore[misc]
    """`emit`, rooms and who is connected. Everything runs on the hub's thread; `emit` may be called from any."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Lines | None = None
        self.members: dict[str, dict[str, Member]] = {}  # by namespace and sid
        self.rooms: dict[str, dict[Any, Listeners]] = {}  # by namespace and room; None is everybody
        self._joining: set[str] = set()
        self._leaving: set[str] = set()
        self._shown_out: set[str] = set()

    # --- out ---

    def emit(  # noqa: PLR0913, PLR0917 - the library's signature
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **_more: Any,
    ) -> None:
        """Push an event to one client, to a room, to several rooms, or to everybody in the namespace."""
        lines = self.lines
        if lines is None or namespace not in self.rooms:
            return
        content = [event, *data] if isinstance(data, tuple) else [event] if data is None else [event, data]
        target = room if to is None else to  # "" is nobody: only None is everybody
        if callback is not None:
            lines.on_hub(self._ask, content, namespace, target, skip_sid, callback)
            return
        text = packets.encode_plain(packets.EVENT, namespace, content)
        made = [frames.text(text)] if text is not None else _frames(packets.EVENT, namespace, content, None)
        if lines.is_here():
            self._send(made, namespace, target, skip_sid)
        else:
            lines.on_hub(self._send, made, namespace, target, skip_sid)

    def _send(self, made: list[bytes], namespace: str, target: Any, skip: Any) -> None:
        lines = self.lines
        assert lines is not None
        wires: Collection[Wire]
        listeners = self._listeners(namespace, target)
        if skip:
            skipped = skip if isinstance(skip, list) else [skip]
            wires = [wire for sid, wire in listeners.items() if sid not in skipped]
        else:
            wires = listeners.values()
        if wires:
            for data in made:
                lines.broadcast(data, wires)

    def _ask(self, content: list[Any], namespace: str, target: Any, skip: Any, callback: Any) -> None:
        skipped = skip if isinstance(skip, list) else [skip]
        for sid, wire in self._listeners(namespace, target).items():
            if sid not in skipped:
                number = self._generate_ack_id(sid, callback)
                for data in _frames(packets.EVENT, namespace, content, number):
                    wire.push(data)

    def _listeners(self, namespace: str, target: Any) -> Listeners:
        rooms = self.rooms.get(namespace, {})
        if isinstance(target, list | tuple | set):
            return {sid: wire for one in target for sid, wire in self._listeners(namespace, one).items()}
        found = rooms.get(target)
        if found is not None:
            return found
        member = self.members.get(namespace, {}).get(target)
        return {} if member is None else {target: member.wire}

    # --- who is here ---

    def wire(self, sid: str, namespace: str) -> Wire | None:
        """The line of a client."""
        member = self.members.get(namespace, {}).get(sid)
        return None if member is None else member.wire

    def get_namespaces(self) -> list[str]:
        return list(self.rooms)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        for sid, wire in list(self._listeners(namespace, room).items()):
            yield sid, wire.sid

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        assert self.lines is not None
        wire = self.lines.by_sid.get(eio_sid)
        if wire is None or self.sid_from_eio_sid(eio_sid, namespace) is not None:
            return None
        sid: str = self.server.eio.generate_id()
        self.members.setdefault(namespace, {})[sid] = Member(wire)
        self.rooms.setdefault(namespace, {}).setdefault(None, {})[sid] = wire
        wire.members = (*wire.members, (namespace, sid))
        self._joining.add(sid)
        return sid

    def connect(self, sid: str, namespace: str) -> str | None:
        if sid in self._joining:
            self._joining.discard(sid)
            return sid
        return self.pre_connect(sid, namespace)

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        return sid in self._joining and sid in self.members.get(namespace, {})

    def is_connected(self, sid: str, namespace: str) -> bool:
        if sid in self._joining or sid in self._leaving:
            return False
        return sid in self.members.get(namespace, {})

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        wire = self.lines.by_sid.get(eio_sid) if self.lines is not None else None
        if wire is not None:
            for joined, sid in wire.members:
                if joined == namespace:
                    return sid
        return None

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        wire = self.wire(sid, namespace)
        return None if wire is None else wire.sid

    def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Asked before the server, and not the client, ends it."""
        can = self.is_connected(sid, namespace)
        if can:
            self._shown_out.add(sid)
        return can

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        self._leaving.add(sid)
        return self.eio_sid_from_sid(sid, namespace)

    def basic_disconnect(self, sid: str, namespace: str, **_more: Any) -> None:
        self._joining.discard(sid)
        self._leaving.discard(sid)
        self.callbacks.pop(sid, None)
        member = self.members.get(namespace, {}).get(sid)
        if member is None:
            return
        for room in (*member.rooms, None):
            self._take_out(sid, namespace, room)
        wire = member.wire
        wire.members = tuple(joined for joined in wire.members if joined[1] != sid)
        del self.members[namespace][sid]
        if not self.members[namespace]:
            del self.members[namespace]
        is_ours = sid in self._shown_out
        self._shown_out.discard(sid)
        self.server.eio.left(wire, is_ours=is_ours)

    # --- rooms ---

    def is_sid_room(self, namespace: str, room: Any) -> bool:
        return room in self.members.get(namespace, {})

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: Any = None) -> None:  # noqa: ARG002
        member = self.members.get(namespace, {}).get(sid)
        if member is None:
            raise ValueError("sid is not connected to requested namespace")
        if room == sid:
            return
        if self.is_sid_room(namespace, room):
            raise ValueError("cannot enter a sid room")
        if not isinstance(member.rooms, set):
            member.rooms = set()
        member.rooms.add(room)
        self.rooms[namespace].setdefault(room, {})[sid] = member.wire

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        member = self.members.get(namespace, {}).get(sid)
        if member is not None and isinstance(member.rooms, set):
            member.rooms.discard(room)
        self._take_out(sid, namespace, room)

    def _take_out(self, sid: str, namespace: str, room: Any) -> None:
        rooms = self.rooms.get(namespace, {})
        listeners = rooms.get(room)
        if listeners is None or listeners.pop(sid, None) is None or listeners:
            return
        del rooms[room]
        if not rooms:
            del self.rooms[namespace]

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        member = self.members.get(namespace, {}).get(sid)
        return [] if member is None else [sid, *member.rooms]


def _frames(kind: int, namespace: str, data: Any, packet_id: int | None) -> list[bytes]:
    """The frames of a packet, with its attachments."""
    return [
        frames.text(part.encode()) if isinstance(part, str) else frames.frame(frames.BINARY, part)
        for part in packets.encode(kind, namespace, data, packet_id)
    ]


def answer_frames(namespace: str, data: list[Any], packet_id: int) -> list[bytes]:
    """The frames of an answer to an event."""
    text = packets.encode_plain(packets.ACK, namespace, data, packet_id)
    if text is not None:
        return [frames.text(text)]
    return _frames(packets.ACK, namespace, data, packet_id)

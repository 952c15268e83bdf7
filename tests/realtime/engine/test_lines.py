"""Lines that end, seen from inside: nothing of them stays."""

import _socket
import gc
import weakref

from recovery_net.realtime.engine.context import Handshake
from recovery_net.realtime.engine.lines import Bounds, Lines
from recovery_net.realtime.engine.wire import Wire


def test_a_line_that_our_goodbye_does_not_reach_is_not_kept() -> None:
    lines = Lines(Bounds(), ping_interval=25, ping_timeout=20)
    ours, theirs = _socket.socketpair()
    ours.setblocking(False)
    wire = Wire(lines, ours, "sid", Handshake({}))
    kept = weakref.ref(wire)
    lines.add(wire)
    theirs.close()
    wire.close(1000, "", "server disconnect")
    lines.by_sid.clear()
    del wire
    gc.collect()
    assert kept() is None

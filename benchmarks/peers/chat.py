"""The smallest chat with Flask-SocketIO on gevent, on the library's own server or on our engine.

python -m benchmarks.peers.chat PORT stock|fast
"""

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()

import sys
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask_socketio import join_room
from gevent.pywsgi import WSGIServer

from recovery_net.realtime.engine import Bounds, LiveSocketIO, settle_memory

Ack = dict[str, Any]
heads: dict[str, int] = defaultdict(int)


def join(message: dict[str, str]) -> Ack:
    join_room(message["room"])
    return {"ok": True, "epoch": 1, "head": heads[message["room"]], "events": [], "more": False}


def say(message: dict[str, str]) -> Ack:
    room, cid, body = message["room"], message["cid"], message["body"]
    heads[room] = seq = heads[room] + 1
    name = str(uuid.uuid4())
    event = {
        "room": room,
        "epoch": 1,
        "seq": seq,
        "kind": "message",
        "id": name,
        "cid": cid,
        "author": {"pseudonym": "still-water", "avatar": cid, "role": "member"},
        "body": body,
        "html": f"<p>{body}</p>",
        "reply_to": None,
        "content_note": None,
        "sent_at": datetime.now(UTC).isoformat(),
    }
    io.emit("room:event", event, to=room)
    return {"ok": True, "cid": cid, "id": name, "seq": seq, "state": "sent"}


port, engine = int(sys.argv[1]), sys.argv[2]
app = Flask(__name__)
io = LiveSocketIO()  # on stock it is Flask-SocketIO's own class and nothing else
io.init_app(
    app,
    fast=Bounds(frames_a_second=0) if engine == "fast" else None,
    async_mode="gevent",
    transports=["websocket"],
    async_handlers=False,  # True reorders what one member says, and costs a greenlet more
    manage_session=False,
    cors_allowed_origins="*",
)
io.on_event("room:join", join)
io.on_event("message:send", say)
server = WSGIServer(("127.0.0.1", port), app, log=None, backlog=4096)
server.start()
settle_memory()
server.serve_forever()

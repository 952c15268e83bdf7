"""A small Flask-SocketIO program, written against the library's own interface: it runs on both engines.

`python -m tests.realtime.engine.chat ENGINE PORT LOG [SETTINGS]` serves it; what its handlers saw goes to LOG, a line
each. SETTINGS is JSON: `ping_interval`, `ping_timeout`, `origins`, and fields of `Bounds`.
"""

# ruff: noqa: E402
from gevent import monkey

monkey.patch_all()

import json
import sys
from typing import Any

import gevent
from flask import Flask, current_app, g, request, session, url_for
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, call, disconnect, emit, join_room, leave_room, rooms
from gevent.pywsgi import WSGIServer

from recovery_net.realtime.engine import GOING_AWAY, Bounds, LiveSocketIO, settle_memory

app = Flask(__name__)
app.secret_key = "not a secret"
io = LiveSocketIO()


class Side(Namespace):
    """A namespace as a class."""

    def on_connect(self, auth: Any = None) -> None:
        note("connect", "/side", auth)

    def on_disconnect(self, reason: str) -> None:
        note("disconnect", request.sid, reason)  # type: ignore[attr-defined]

    def on_echo(self, data: Any) -> Any:
        return data


def note(*words: Any) -> None:
    LOG.write(json.dumps(words, default=str) + "\n")
    LOG.flush()


@app.get("/")
def home() -> str:
    session["name"] = request.args.get("name", "nobody")
    return "here"


@app.get("/shout/<room>")
def shout(room: str) -> str:
    io.emit("heard", {"from": "http"}, to=room)
    return "done"


@app.get("/thread/<room>")
def from_a_thread(room: str) -> str:
    """Push from a real thread, many times."""
    gevent.get_hub().threadpool.apply(push_often, (room,))
    return "done"


def push_often(room: str) -> None:
    for number in range(200):
        io.emit("heard", number, to=room)


@app.get("/cut/<room>")
def cut(room: str) -> str:
    """Lines end while pushes to them are under way."""
    for number in range(20):
        io.emit("heard", number, to=room)
        sid = next((sid for sid, _ in io.server.manager.get_participants("/", room)), None)
        if sid is not None and number % 5 == 4:
            io.server.disconnect(sid)
    return "done"


@app.get("/leave")
def leave_all() -> str:
    """Say something to everybody, and close."""
    io.emit("heard", "the last words")
    if io.engine is not None:
        io.engine.close_all(GOING_AWAY, "bye", within=5)
    return "done"


@io.on("connect")
def connect(auth: Any = None) -> None:
    note("connect", "/", auth)
    if isinstance(auth, dict) and auth.get("refuse"):
        raise Refused("not today", {"why": auth["refuse"]})
    if isinstance(auth, dict) and auth.get("break"):
        raise RuntimeError("a bug with a secret in it")


@io.on("disconnect")
def gone(reason: str) -> None:
    note("disconnect", request.sid, reason)  # type: ignore[attr-defined]


@io.on("echo")
def echo(*data: Any) -> Any:
    return data if len(data) != 1 else data[0]


@io.on("nothing")
def nothing() -> None:
    return None


@io.on("join")
def join(room: str) -> list[str]:
    join_room(room)
    return sorted(str(name) for name in rooms() if name != request.sid)  # type: ignore[attr-defined]


@io.on("enter")
def enter(room: str) -> None:
    join_room(room)


@io.on("leave")
def leave(room: str) -> None:
    leave_room(room)


@io.on("say")
def say(room: str, words: Any) -> None:
    emit("heard", words, to=room)


@io.on("say_others")
def say_others(room: str, words: Any) -> None:
    emit("heard", words, to=room, include_self=False)


@io.on("ask_me")
def ask_me(question: Any) -> Any:
    """The server asks back and waits for the client's answer before it answers itself."""
    return {"you said": call("question", question, timeout=5)}


@io.on("ask_me_later")
def ask_me_later(question: Any) -> None:
    def answered(*answer: Any) -> None:
        emit("answered", answer)

    emit("question", question, callback=answered)


@io.on("to_nobody")
def to_nobody() -> None:
    io.emit("heard", "by nobody", to="")
    io.emit("heard", "by nobody", room="")


@io.on("show_me_out")
def show_me_out() -> str:
    disconnect()
    return "goodbye"


@io.on("slow")
def slow(number: int) -> int:
    gevent.sleep(0.02 if number % 2 else 0)
    emit("heard", number)
    return number


@io.on("slowly")
def slowly(seconds: float) -> None:
    gevent.sleep(seconds)
    note("slowly", seconds)


@io.on("breaks")
def breaks() -> None:
    raise RuntimeError("a bug with a secret in it")


@io.on("context")
def context(change: str = "") -> dict[str, Any]:
    """What this event sees, and then what it leaves behind."""
    seen = {
        "name": session.get("name"),
        "left in g": g.get("left"),
        "left in the session": session.get("left"),
        "left on the request": getattr(request, "left", None),
        "language": request.headers.get("Accept-Language"),
        "cookie": "session" in request.cookies,
        "asked": request.args.get("asked"),
        "event": request.event["message"],  # type: ignore[attr-defined]
        "app": current_app.name == app.name,
        "url": url_for("home"),
        "namespace": request.namespace,  # type: ignore[attr-defined]
    }
    if change:
        g.left = session["left"] = request.left = change  # type: ignore[attr-defined]
    return seen


@io.on("flood")
def flood(size: int, times: int) -> None:
    for _ in range(times):
        emit("heard", "x" * size)


@io.on("kept")
def kept() -> list[str]:
    """The names of what is kept of the handshake."""
    return sorted(request.environ)


@io.on("*")
def unknown(name: str, *data: Any) -> list[Any]:
    return ["unknown", name, *data]


@io.on_error_default
def broke(error: Exception) -> dict[str, str]:
    note("broke", type(error).__name__)
    return {"error": type(error).__name__}


def serve(engine: str, port: int, settings: dict[str, Any]) -> None:
    options = {
        "cors_allowed_origins": settings.pop("origins", "*"),
        "ping_interval": settings.pop("ping_interval", 25),
        "ping_timeout": settings.pop("ping_timeout", 20),
        "max_http_buffer_size": settings.pop("message", 4 * 1024 * 1024),
        "manage_session": settings.pop("manage_session", False),
    }
    if engine == "fast":
        io.init_app(app, fast=Bounds(**settings), **options)
    else:
        io.init_app(app, async_mode="gevent", async_handlers=settings.pop("async_handlers", True), **options)
    io.on_namespace(Side("/side"))
    settle_memory()
    WSGIServer(("127.0.0.1", port), app, log=None).serve_forever()


if __name__ == "__main__":
    LOG = open(sys.argv[3], "a")  # noqa: SIM115
    serve(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[4]) if len(sys.argv) > 4 else {})

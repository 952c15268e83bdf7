"""What a handler sees of Flask: the member's request and session, without a request being made for every event.

No URL is matched, and cookies are parsed once; the parsed request is let go when a member falls idle. Every event has
its own `g`, its own request object (attributes set on it stay with the event) and its own copy of the session.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Request
from flask.ctx import AppContext, RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.signals import appcontext_popped, appcontext_pushed, appcontext_tearing_down, request_tearing_down

# What handlers may ask for. Everything else that a client sends along is its own affair, and might be megabytes.
_KEPT = frozenset(
    {
        "HTTP_ACCEPT_LANGUAGE",
        "HTTP_COOKIE",
        "HTTP_HOST",
        "HTTP_ORIGIN",
        "PATH_INFO",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "flask.app",
        "wsgi.url_scheme",
    }
)
_PRIVATE = frozenset({"HTTP_COOKIE", "REMOTE_ADDR", "QUERY_STRING"})
_names: dict[tuple[str, ...], tuple[str, ...]] = {}  # members with the same browser share one tuple of names
_NAMES = 256


class Handshake:
    """The parts of a request's environment that later events need, small: thousands are kept."""

    __slots__ = ("names", "values")

    def __init__(self, environ: Mapping[str, Any]) -> None:
        kept = [(name, value) for name, value in environ.items() if name in _KEPT]
        names = tuple(name for name, _ in kept)
        if len(_names) < _NAMES:
            names = _names.setdefault(names, names)
        self.names = names
        self.values = tuple(
            sys.intern(value) if type(value) is str and name not in _PRIVATE else value
            for name, value in kept
        )

    def environ(self) -> dict[str, Any]:
        """As WSGI would have it, without a body."""
        return dict(zip(self.names, self.values, strict=True))


class Kept:
    """A member's request and session while it is active."""

    __slots__ = ("app", "is_fixed", "is_shared", "request", "session")

    def __init__(self, app: Flask, environ: dict[str, Any], managed: Callable[[Any], Any] | None) -> None:
        self.app = app
        self.request = app.request_class(environ)
        self.request.json_module = app.json
        del environ["werkzeug.request"]  # points back at the request
        self.session = open_session(app, self.request)
        self.is_shared = managed is not None  # what one event puts into it, the next one finds
        if managed is not None:
            self.session = managed(self.session)
        # What a cookie said stays as it was; other kinds are looked up for every event.
        self.is_fixed = isinstance(app.session_interface, SecureCookieSessionInterface)


def open_session(app: Flask, request: Request) -> Any:
    """The session of a request, as Flask opens it."""
    interface = app.session_interface
    opened = interface.open_session(app, request)
    return interface.make_null_session(app) if opened is None else opened


class EventContext(RequestContext):
    """Both contexts of one event. What a handler does not ask for is not made."""

    flashes = None
    _session: SessionMixin | None = None
    _request: Any = None
    _adapter: Any = None

    def __init__(self, kept: Kept, sid: str, namespace: str, event: dict[str, Any]) -> None:
        self.app = kept.app
        self._kept = kept
        self._names = sid, namespace, event
        self._tokens: Any = None

    @property
    def request(self) -> Any:  # type: ignore[override]
        """The handshake's request, with what Flask-SocketIO sets on it."""
        made = self._request
        if made is None:
            made = self._request = _copied(self._kept.request)
            made.sid, made.namespace, made.event = self._names
        return made

    @property
    def _after_request_functions(self) -> list[Any]:  # type: ignore[override]
        return []  # no answer of HTTP follows that they could change

    @property
    def session(self) -> SessionMixin:
        if self._session is None:
            kept = self._kept
            if kept.is_shared:
                self._session = kept.session
            elif kept.is_fixed:
                self._session = type(kept.session)(kept.session)
            else:
                self._session = open_session(kept.app, self.request)
            assert self._session is not None
            self._session.accessed = True
        return self._session

    @property
    def url_adapter(self) -> Any:  # type: ignore[override]
        """Only `url_for` asks for it."""
        if self._adapter is None:
            self._adapter = self.app.create_url_adapter(self.request)
        return self._adapter

    def copy(self) -> RequestContext:
        return RequestContext(self.app, self.request.environ, request=self.request, session=self.session)

    def push(self) -> None:
        self._tokens = _cv_app.set(_AppContext(self.app)), _cv_request.set(self)
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def pop(self, exc: BaseException | None = None) -> None:
        app, (app_token, request_token) = self.app, self._tokens
        try:
            if app.teardown_request_funcs or request_tearing_down.receivers:
                app.do_teardown_request(exc)
            if app.teardown_appcontext_funcs or appcontext_tearing_down.receivers:
                app.do_teardown_appcontext(exc)
            if appcontext_popped.receivers:
                appcontext_popped.send(app, _async_wrapper=app.ensure_sync)
        finally:
            _cv_request.reset(request_token)
            _cv_app.reset(app_token)

    def save_session(self) -> None:
        """Keep what the handler changed, for interfaces that keep sessions on the server."""
        kept, session = self._kept, self._session
        if session is None or kept.is_shared or kept.is_fixed or not getattr(session, "modified", True):
            return
        self.app.session_interface.save_session(self.app, session, self.app.response_class())


class _AppContext(AppContext):
    url_adapter = None
    _g: Any = None

    def __init__(self, app: Flask) -> None:
        self.app = app

    @property
    def g(self) -> Any:  # type: ignore[override]
        if self._g is None:
            self._g = self.app.app_ctx_globals_class()
        return self._g


def _copied(request: Request) -> Any:
    """What is set on the copy stays there; what was parsed before is shared."""
    copy = request.__class__.__new__(request.__class__)
    copy.__dict__.update(request.__dict__)
    return copy

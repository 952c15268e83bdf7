"""What goes wrong is told without what people wrote: in the log and on the page (security.md, 28)."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from recovery_net.accounts.models import Account, Role
from recovery_net.core import db, jobs, logs
from recovery_net.core.events import on, publish
from tests.factories import make_account, make_room
from tests.realtime.test_socket_doors import PAYLOADS, ROOM, ask, code, socket_of
from tests.test_doors import paths

CANARY = "heliotrope-canary-4711"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged: by us, and by the libraries."""
    page = io.StringIO()
    libraries = logging.StreamHandler(page)
    logging.getLogger().addHandler(libraries)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", page)
        logs.configure()
        yield page
    logs.configure()
    logging.getLogger().removeHandler(libraries)


@contextmanager
def breaking(words: str) -> Iterator[None]:
    """Inside, every statement with these words in it ends in an error that quotes the canary."""

    def fail(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if words in statement:
            raise RuntimeError(CANARY)

    engines = {db.engine(), db.readers()}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", fail)


def fail(**_arguments: object) -> None:
    """A view with a bug in it."""
    written = CANARY
    raise RuntimeError(f"cannot do this with {written}")


def test_no_view_that_fails_tells_what_was_sent(
    app: Flask,
    sign_in: Callable[[Account], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    log: io.StringIO,
) -> None:
    browser = sign_in(make_account(role=Role.OPERATOR))
    headers = {"User-Agent": CANARY, "X-Canary": CANARY}
    for rule, method, path in paths(app):
        monkeypatch.setitem(app.view_functions, rule.endpoint, fail)
        form = None if method == "GET" else {"body": CANARY, "pseudonym": CANARY}
        for accept in ("text/html", "application/json"):
            answer = browser.open(
                path,
                method=method,
                query_string={"q": CANARY},
                headers=headers | {"Accept": accept},
                data=form,
            )
            assert answer.status_code == 500, path
            assert CANARY not in answer.text, path
        assert f'"endpoint": "{rule.endpoint}"' in log.getvalue()  # it was noticed
    assert CANARY not in log.getvalue()


ASKS_NO_ROOM = {"room:leave", "room:read"}


@pytest.mark.parametrize("event", sorted(PAYLOADS))
def test_no_socket_event_that_fails_tells_what_was_sent(
    app: Flask, sign_in: Callable[[Account], FlaskClient], log: io.StringIO, event: str
) -> None:
    make_room(ROOM)
    socket = socket_of(app, sign_in(make_account()))
    ask(socket, "room:join", {"room": ROOM})
    payload = PAYLOADS[event] | ({"body": CANARY} if event == "message:send" else {})
    with breaking("FROM device_sessions" if event in ASKS_NO_ROOM else "FROM rooms"):
        answer = ask(socket, event, payload)
    assert code(answer) == "bug"
    assert CANARY not in str(answer)
    assert '"unhandled"' in log.getvalue()
    assert CANARY not in log.getvalue()


def test_no_job_that_fails_tells_what_it_found(app: Flask, log: io.StringIO) -> None:
    known = {name for name in jobs.run_due() if not name.startswith("core.")}  # those ask no table
    assert known
    empty_of_runs()
    with breaking("rooms"), breaking("device_sessions"), breaking("invitations"), breaking("meetings"):
        assert known - set(jobs.run_due()) == known
    assert log.getvalue().count('"job_failed"') == len(known)
    assert CANARY not in log.getvalue()


def empty_of_runs() -> None:
    with db.transaction() as session:
        session.execute(jobs.JobRun.__table__.delete())


def test_no_handler_of_a_domain_event_that_fails_tells_what_it_carried(app: Flask, log: io.StringIO) -> None:
    class Said(str):
        __slots__ = ()

    @on(Said)
    def break_down(said: Said) -> None:
        raise RuntimeError(f"cannot deliver {said}")

    with db.transaction():
        publish(Said(CANARY))
    assert '"event_handler_failed"' in log.getvalue()
    assert CANARY not in log.getvalue()

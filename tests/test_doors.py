"""Every door: each route and socket event, with every role, without CSRF, with broken payloads (security.md, 25, 30).

A route or event that stands in none of the lists below fails here: say who may use it, in `doors.py` or here.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from recovery_net import doors
from recovery_net.accounts.models import Account, Role
from recovery_net.rooms.models import Access
from tests.factories import make_account, make_room
from tests.pages import without_tokens

MEMBERS = {
    "accounts.agree",
    "accounts.codes",
    "accounts.codes_kept",
    "accounts.end_device",
    "accounts.end_everywhere",
    "accounts.end_invitation",
    "accounts.erase",
    "accounts.invite",
    "accounts.overview",
    "accounts.passphrase",
    "accounts.sign_out",
    "accounts.time_zone",
    "accounts.presence",
    "rooms.about",
    "rooms.decide",
    "rooms.edit",
    "rooms.events",
    "rooms.index",
    "rooms.invite",
    "rooms.join",
    "rooms.leave",
    "rooms.new",
    "rooms.post",
    "rooms.room",
    "rooms_api.events",
    "rooms_api.index",
    "rooms_api.post",
}
KEEPERS_ONLY = {"rooms.new"}
EVENTS = {"room:join", "room:leave", "room:sync", "room:read", "room:typing", "message:send"}
WITHOUT_TOKEN = {"accounts.exit"}  # leaving must work, whatever the page's age
SAFE = {"GET", "HEAD", "OPTIONS"}
VALUES: dict[str, Any] = {
    "slug": "a-private-room",
    "membership_id": uuid.uuid4(),
    "device_id": uuid.uuid4(),
    "invitation_id": uuid.uuid4(),
    "token": "x" * 43,
    "filename": "css/tokens.css",
}
GARBAGE = [
    "",
    "x" * 70_000,
    "\x00\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "{}",
    "[[[",
    "-1",
    "99999999999999999999",
]


def routes(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def paths(app: Flask, **values: Any) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with each of its methods and an address that fits it."""
    values = VALUES | values
    adapter = app.url_map.bind("127.0.0.1")
    for rule in routes(app):
        path = adapter.build(
            rule.endpoint,
            {name: values[name] for name in rule.arguments},
            method="GET" if "GET" in rule.methods else None,
        )
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method, path


@pytest.fixture
def people(app: Flask, sign_in: Callable[[Account], FlaskClient]) -> dict[str, FlaskClient]:
    """Nobody, and one of each role; a private room that none of the members is in."""
    make_room("a-private-room", access=Access.PRIVATE)
    return {"nobody": app.test_client()} | {role: sign_in(make_account(role=role)) for role in Role}


def test_every_route_and_event_is_listed(app: Flask) -> None:
    listed = doors.PUBLIC | doors.PUBLIC_MEETINGS | MEMBERS
    assert {rule.endpoint for rule in routes(app)} == listed
    assert app.extensions["sockets"].events == EVENTS


def test_without_a_session_only_the_short_list_opens(app: Flask, people: dict[str, FlaskClient]) -> None:
    for rule, method, path in paths(app):
        answer = people["nobody"].open(path, method=method, buffered=True)
        assert answer.status_code < 500, path
        if rule.endpoint in doors.PUBLIC | doors.PUBLIC_MEETINGS:
            assert "/sign-in" not in answer.headers.get("Location", ""), path
        elif method == "GET" and not path.startswith("/api/"):
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in"), (
                path
            )
        else:
            assert answer.status_code == 401, path


def test_a_door_that_does_not_exist_looks_like_one_that_is_closed(people: dict[str, FlaskClient]) -> None:
    member = people[Role.MEMBER]
    hidden, missing = (member.get(f"/rooms/{slug}") for slug in ("a-private-room", "no-such-room"))
    assert without_tokens(hidden) == without_tokens(missing)
    assert hidden.status_code == 404


def test_no_role_meets_a_bug(app: Flask, people: dict[str, FlaskClient]) -> None:
    ends_session = {"accounts.sign_out", "accounts.exit", "accounts.end_everywhere"}
    for (role, client), (rule, method, path) in itertools.product(people.items(), paths(app)):
        if rule.endpoint in ends_session:
            continue
        answer = client.open(path, method=method, buffered=True)
        assert answer.status_code < 500, (role, method, path)
        if rule.endpoint in KEEPERS_ONLY and role in {Role.MEMBER, Role.COUNSELOR}:
            assert answer.status_code == 403, (role, path)


def test_broken_payloads_are_refused_and_never_a_bug(app: Flask, people: dict[str, FlaskClient]) -> None:
    fields = {
        "pseudonym",
        "passphrase",
        "agree",
        "body",
        "cid",
        "note",
        "name",
        "access",
        "retention_days",
        "decision",
        "code",
        "next",
    }
    member = people[Role.OPERATOR]
    make_room("an-open-room")
    every = itertools.chain(paths(app), paths(app, slug="an-open-room"))
    for rule, method, path in every:
        if method in SAFE or rule.endpoint in {
            "accounts.sign_out",
            "accounts.exit",
            "accounts.end_everywhere",
        }:
            continue
        for value in GARBAGE:
            for client in (people["nobody"], member):
                assert (
                    client.open(path, method=method, data=dict.fromkeys(fields, value)).status_code < 500
                ), path
                assert (
                    client.open(
                        path,
                        method=method,
                        data=value.encode("utf-8", "replace"),
                        content_type="application/json",
                    ).status_code
                    < 500
                ), path


def test_broken_queries_are_never_a_bug(app: Flask, people: dict[str, FlaskClient]) -> None:
    names = {
        "before",
        "after",
        "to",
        "next",
        "q",
        "day",
        "time",
        "when",
        "type",
        "program",
        "region",
        "attendance",
        "near",
        "km",
        "tz",
        "page",
        "country",
    }
    make_room("an-open-room")
    every = itertools.chain(
        paths(app), paths(app, slug="an-open-room"), paths(app, slug="a\x00b", token="\x00")
    )
    for _rule, method, path in every:
        if method == "GET":
            for value in GARBAGE[1:]:
                answer = people[Role.MEMBER].get(
                    path, query_string=dict.fromkeys(names, value[:2000]), buffered=True
                )
                assert answer.status_code < 500, (path, value[:20])


def test_nothing_is_written_without_the_token(
    app: Flask, people: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for rule, method, path in paths(app):
        if method in SAFE or rule.endpoint in WITHOUT_TOKEN:
            continue
        answer = people[Role.OPERATOR].open(path, method=method, data={"body": "x"})
        assert answer.status_code == 400, path


def test_another_site_cannot_write(app: Flask, people: dict[str, FlaskClient]) -> None:
    answer = people[Role.MEMBER].post("/rooms/a-private-room/join", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_every_answer_is_locked_down(app: Flask, people: dict[str, FlaskClient]) -> None:
    for rule, method, path in paths(app):
        if method != "GET":
            continue
        headers = people["nobody"].get(path, buffered=True).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'"), path
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "noindex" in headers["X-Robots-Tag"]
        if rule.endpoint not in {"static"} | doors.PUBLIC_MEETINGS:
            assert headers["Cache-Control"] == "no-store", path

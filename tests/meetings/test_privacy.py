"""Strangers find a meeting; how to join it is for members. Nothing somebody typed becomes markup."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts.models import Role
from recovery_net.meetings import policy, providers
from tests.factories import make_account
from tests.meetings.making import import_rows, row

PATHS = (
    "/meetings",
    "/meetings/canary",
    "/meetings.json",
    "/meetings.csv",
    "/meetings.ics",
    "/meetings/canary.ics",
)
OPENS = ("5551117777", "marigold-canary", "6465550188", "canary-handle", "9990001111", "canary-edit")
NEVER = ("Canary Keeper", "keeper@canary.example", "555 0142")


@pytest.fixture
def canary(frozen: Any) -> None:
    """A meeting that opens with every word of `OPENS`, some of them in the wrong place."""
    import_rows(
        row(
            "canary", day=1, time="09:00", timezone="UTC", location="Zoom ID: 999 000 1111",
            conference_url="https://us02web.zoom.us/j/5551117777?pwd=marigold-canary",
            conference_url_notes="Passcode: marigold-canary", conference_phone="+16465550188,,5551117777#",
            conference_phone_notes="Dial 6465550188 then 5551117777", venmo="@canary-handle",
            edit_url="https://example.org/edit?key=canary-edit", types=["O"],
            notes="Tea.\nhttps://zoom.us/j/5551117777?pwd=marigold-canary\nPassword: marigold-canary ID 999-000-1111",
            group_notes="pwd=marigold-canary", website="https://zoom.us/j/5551117777", region="PW: marigold-canary",
            contact_1_name="Canary Keeper", contact_1_email="keeper@canary.example", email="keeper@canary.example",
            phone="555 0142",
        )
    )  # fmt: skip


def found_in(client: FlaskClient, path: str, words: tuple[str, ...]) -> set[str]:
    response = client.get(path)
    assert response.status_code == 200
    said = response.text.replace("\r\n ", "")  # calendars fold their lines
    bare = said.replace(" ", "").replace("-", "")
    return {word for word in words if word in said or word.replace("-", "") in bare}


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("path", PATHS)
def test_strangers_never_see_how_to_join(client: FlaskClient, path: str) -> None:
    assert found_in(client, path, OPENS + NEVER) == set()


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("path", PATHS[1:])
def test_members_do(sign_in: Any, path: str) -> None:
    found = found_in(sign_in(make_account()), path, OPENS + NEVER)
    assert {"5551117777", "marigold-canary"} <= found
    assert found.isdisjoint(NEVER)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_member_may_know_how_to_join_and_no_stranger(app: Flask, role: Role | None) -> None:
    actor = make_account(role=role) if role else None
    assert policy.may_see_joining(actor) is (actor is not None)


@pytest.mark.usefixtures("canary")
def test_strangers_are_told_where_to_sign_in(client: FlaskClient) -> None:
    page = client.get("/meetings/canary").text
    assert "Sign in to see how to join" in page
    assert "next=/meetings/canary" in page.replace("%2F", "/")


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("word", OPENS)
def test_strangers_cannot_search_for_a_passcode(client: FlaskClient, word: str) -> None:
    assert client.get("/meetings.json", query_string={"q": word}).json == []


@pytest.mark.usefixtures("canary")
def test_strangers_read_which_service_it_is_and_nothing_else(client: FlaskClient) -> None:
    (record,) = client.get("/meetings.json").get_json()
    assert record["conference_url"] == "https://zoom.us/"
    assert record["conference_url_notes"].startswith("Link and passcode for members: http")
    assert not {"conference_phone", "conference_phone_notes", "venmo", "edit_url", "website"} & set(record)
    assert record["notes"].startswith("Tea.")


@pytest.mark.usefixtures("canary")
def test_a_host_may_give_how_to_join_to_everybody(app: Flask, client: FlaskClient, monkeypatch: Any) -> None:
    from dataclasses import replace

    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], feed_join_details=True))
    assert "5551117777" in client.get("/meetings.json").text
    assert "5551117777" not in client.get("/meetings/canary").text  # the page stays with members


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("path", PATHS)
def test_a_host_may_close_the_lists(
    app: Flask, client: FlaskClient, sign_in: Any, monkeypatch: Any, path: str
) -> None:
    from dataclasses import replace

    member = sign_in(make_account())
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], public_meetings=False))
    assert client.get(path).status_code in {302, 401}
    answer = member.get(path)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


MARKUP = (
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}<b onclick=x>'&lt;script&gt;javascript:1"
)


@pytest.mark.parametrize(
    "path", ["/meetings", "/meetings/evil", "/meetings?q=evil", f"/meetings?q={MARKUP}&region={MARKUP}"]
)
@pytest.mark.parametrize("is_member", [False, True])
def test_nothing_typed_becomes_markup(client: FlaskClient, sign_in: Any, path: str, is_member: bool) -> None:
    fields = ("location", "notes", "group", "group_notes", "location_notes", "formatted_address", "region",
              "conference_url_notes", "conference_phone_notes", "conference_url", "url", "website",
              "venmo")  # fmt: skip
    import_rows(row("evil", **dict.fromkeys(fields, MARKUP)) | {"name": f"Evil {MARKUP}", "types": [MARKUP]})
    page = (sign_in(make_account()) if is_member else client).get(path).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "onclick=" not in page.replace("onclick=x&gt;", "")
    assert 'href="javascript' not in page
    assert ">49<" not in page


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Passcode: rose", "*"), ("password is rose1", "*"), ("Meeting ID: 123 456 7890", "*"),
        ("ID 123-456-7890", "*"),
        ("https://us02web.zoom.us/j/123?pwd=a and tea", "* and tea"), ("zoom.us/j/123", "*"), ("pwd=abc", "*"),
        ("+16465550188,,123456#", "*"), ("https://example.org/x?pwd=1", "*"), ("Clave: rosa", "*"),
        ("PIN #1234", "*"),
        ("Room 12, 2nd floor", "Room 12, 2nd floor"), ("See https://example.org/tea", "See https://example.org/tea"),
        ("Bring ID", "Bring ID"), ("E-mail us for the password", "E-mail us for the password"),
        ("Call 555 0100", "Call 555 0100"),
        ("meets 7:30 at 128 Main Street, 94110", "meets 7:30 at 128 Main Street, 94110"),
    ],
)  # fmt: skip
def test_what_opens_a_room_is_covered_and_nothing_else(text: str, covered: str) -> None:
    assert providers.veil(text, "*") == covered

"""Coming in, asking, being let in, leaving."""

import pytest
from flask import Flask

from recovery_net.accounts.models import Account, Role
from recovery_net.core import db
from recovery_net.core.errors import Conflict, Invalid, NotAllowed, NotFound
from recovery_net.rooms import service
from recovery_net.rooms.models import Access, Room
from recovery_net.rooms.service import Place, RoomDraft
from tests.factories import make_account, make_membership, make_room


def place_of(account: Account, room: Room) -> Place:
    with db.reading():
        return service.room_for(account, room.slug)


def test_asking_waits_for_a_host_and_a_host_lets_in(app: Flask) -> None:
    room, newcomer, host = make_room(access=Access.REQUEST), make_account(), make_account()
    make_membership(room, host, is_host=True)
    with db.transaction():
        service.join(service.room_for(newcomer, room.slug), "I was here in spring.")
    assert place_of(newcomer, room).is_requested
    with db.transaction():
        (asked,) = service.requests_in(service.room_for(host, room.slug))
        assert asked.note == "I was here in spring."
        service.decide_request(service.room_for(host, room.slug), asked.id, let_in=True)
    assert place_of(newcomer, room).is_member


def test_a_request_that_is_declined_leaves_nothing(app: Flask) -> None:
    room, newcomer, host = make_room(access=Access.REQUEST), make_account(), make_account()
    make_membership(room, host, is_host=True)
    with db.transaction():
        service.join(service.room_for(newcomer, room.slug))
        (asked,) = service.requests_in(service.room_for(host, room.slug))
        service.decide_request(service.room_for(host, room.slug), asked.id, let_in=False)
    assert place_of(newcomer, room).member is None


def test_only_keepers_decide(app: Flask) -> None:
    room, newcomer, other = make_room(access=Access.REQUEST), make_account(), make_account()
    make_membership(room, other)
    with db.transaction():
        asked = service.join(service.room_for(newcomer, room.slug))
    for nobody in (newcomer, other):
        with db.transaction(), pytest.raises(NotAllowed):
            service.decide_request(service.room_for(nobody, room.slug), asked.id, let_in=True)


def test_an_invitation_opens_a_private_room_and_says_nothing_of_who_exists(app: Flask) -> None:
    room, guest, host = make_room(access=Access.PRIVATE), make_account("amber-field-7"), make_account()
    make_membership(room, host, is_host=True)
    with db.transaction():
        assert service.invite(service.room_for(host, room.slug), "Amber-Field-7") is None
        assert service.invite(service.room_for(host, room.slug), "nobody-here-1") is None
    assert place_of(guest, room).is_invited
    with db.transaction():
        service.join(service.room_for(guest, room.slug))
    assert place_of(guest, room).is_member


def test_joining_and_leaving_twice_is_once(app: Flask) -> None:
    room, north = make_room(), make_account()
    for _ in range(2):
        with db.transaction():
            service.join(service.room_for(north, room.slug))
    for _ in range(2):
        with db.transaction():
            service.leave(service.room_for(north, room.slug))
    assert place_of(north, room).member is None


def test_only_moderators_and_operators_open_rooms(app: Flask) -> None:
    draft = RoomDraft(name="Parents in recovery", topic="Evenings with children")
    with db.transaction(), pytest.raises(NotAllowed):
        service.open_room(make_account(), draft)
    with db.transaction():
        rooms = [service.open_room(make_account(role=Role.MODERATOR), draft) for _ in range(2)]
    assert [room.slug for room in rooms] == ["parents-in-recovery", "parents-in-recovery-2"]


@pytest.mark.parametrize("name", ["Ночной разговор", "夜", "!!!", "New"])
def test_every_name_gets_an_address(app: Flask, name: str) -> None:
    with db.transaction():
        room = service.open_room(make_account(role=Role.OPERATOR), RoomDraft(name=name))
    assert place_of(make_account(), room).name == name
    assert room.slug != "new"


@pytest.mark.parametrize("slug", ["", "Two Words", "-a", "a--b", "../x", "new", "ä"])
def test_an_address_that_is_none_is_refused(app: Flask, slug: str) -> None:
    with db.transaction(), pytest.raises(Invalid):
        service.make_room(slug, RoomDraft(name="x"))


def test_an_address_is_given_once(app: Flask) -> None:
    room = make_room("evening")
    with pytest.raises(Conflict), db.transaction():
        service.make_room(room.slug, RoomDraft(name="x"))


def test_a_decision_in_another_room_is_about_nobody(app: Flask) -> None:
    host, newcomer = make_account(role=Role.MODERATOR), make_account()
    asked_in, other = make_room(access=Access.REQUEST), make_room(access=Access.REQUEST)
    with db.transaction():
        asked = service.join(service.room_for(newcomer, asked_in.slug))
    with db.transaction(), pytest.raises(NotFound):
        service.decide_request(service.room_for(host, other.slug), asked.id, let_in=True)

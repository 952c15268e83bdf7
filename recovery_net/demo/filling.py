"""Fill an instance through the services, so that all of it obeys the rules.

Every step is one transaction and looks first whether it was done, so a fill that was killed goes on where it stopped.
The list of meetings comes last: where it is, there is nothing left to do.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from recovery_net.accounts import passphrases
from recovery_net.accounts import service as accounts
from recovery_net.accounts.models import Account
from recovery_net.core import clock, db
from recovery_net.core.errors import NotFound
from recovery_net.demo import listing, script
from recovery_net.demo.script import DAYS, Said
from recovery_net.rooms import service, talking
from recovery_net.rooms.service import Place, RoomDraft
from recovery_net.rooms.talking import Draft

PASSPHRASE = "twelve lanterns on quiet water"  # noqa: S105 - everyone's, and there is nothing to protect
_OURS = uuid.UUID("0f6b3c1e-6c51-4d2f-9d0a-5b1f6a2f7c11")  # namespace of the demo's message ids


def fill(app: Flask) -> None:
    """Fill what is not there yet, then say who can sign in."""
    with app.app_context():
        if not listing.is_there():
            if _is_somebodys():
                print(
                    "This database has members of its own, so it stays as it is: the demo wants an empty one."
                )
                return
            latest = _latest_evening(clock.now().astimezone())
            _make_people(latest)
            for room in script.rooms():
                _open_room(room, latest)
                _talk(room, latest)
            listing.read_in()
    print(_cast())


def _is_somebodys() -> bool:
    """Whether there are people in the database who are not ours."""
    ours = [person["pseudonym"] for person in script.people()]
    with db.reading() as session:
        return session.scalar(select(Account.id).where(Account.pseudonym.not_in(ours)).limit(1)) is not None


def _make_people(latest: datetime) -> None:
    """Hashing is slow on purpose: once for all, and outside of the transactions."""
    passphrase_hash = passphrases.hashed(PASSPHRASE)
    for person in script.people():
        with _at(latest - timedelta(days=person["joined"])), db.transaction():
            if accounts.account_named(person["pseudonym"]) is None:
                accounts.add_account(
                    person["pseudonym"],
                    passphrase_hash,
                    role=person["role"],
                    is_settled=not person.get("is_new", False),
                )


def _open_room(room: dict[str, Any], latest: datetime) -> None:
    """A room with its people: who belongs, who was asked in, and who asks."""
    with _at(latest - timedelta(days=DAYS)), db.transaction():
        host = _person(room["opened_by"])
        if _place(host, room["slug"]) is not None:
            return
        service.open_room(host, RoomDraft(**{name: room[name] for name in RoomDraft.__slots__}))
        keeps = service.room_for(host, room["slug"])
        for pseudonym in room["members"]:
            _bring_in(keeps, _person(pseudonym))
        for pseudonym in room.get("invited", ()):
            service.invite(keeps, pseudonym)
        for pseudonym, note in room.get("asking", {}).items():
            service.join(service.room_for(_person(pseudonym), room["slug"]), note)


def _bring_in(keeps: Place, guest: Account) -> None:
    """Through whichever door the room has: walk in, be asked in, or ask and be let in."""
    if keeps.room.access == "private":
        service.invite(keeps, guest.pseudonym)
    member = service.join(service.room_for(guest, keeps.slug))
    if not member.is_active:
        service.decide_request(keeps, member.id, let_in=True)


def _talk(room: dict[str, Any], latest: datetime) -> None:
    """The week of a room in one transaction: a room that has a word in it has all of them."""
    with db.transaction():
        speakers = {name: service.room_for(_person(name), room["slug"]) for name in _belonging(room)}
        if not speakers[room["opened_by"]].room.head_seq:
            last_words: dict[str, uuid.UUID] = {}
            for number, said in enumerate(script.week_of(room["slug"])):
                with _at(_moment(said, latest)):
                    last_words[said.author] = _say(speakers[said.author], number, said, last_words)
    with db.transaction():
        for name in _belonging(room):
            place = service.room_for(_person(name), room["slug"])
            talking.mark_read(place, place.room.head_seq - room["unread"].get(name, 0))


def _belonging(room: dict[str, Any]) -> list[str]:
    return [room["opened_by"], *room["members"]]


def _say(speaker: Place, number: int, said: Said, last_words: dict[str, uuid.UUID]) -> uuid.UUID:
    draft = Draft(
        cid=uuid.uuid5(_OURS, f"{speaker.slug} {number}"),
        body=said.body,
        reply_to=last_words[said.answers] if said.answers else None,
        content_note=said.note,
    )
    return talking.post_message(speaker, draft).id


def _person(pseudonym: str) -> Account:
    found = accounts.account_named(pseudonym)
    if found is None:
        raise NotFound()
    return found


def _place(actor: Account, slug: str) -> Place | None:
    try:
        return service.room_for(actor, slug)
    except NotFound:
        return None


def _latest_evening(now: datetime) -> datetime:
    """The end of the last evening that has passed, on the clock of this machine: nobody talks in the future."""
    last = max(
        said.at for room in script.rooms() for said in script.week_of(room["slug"]) if said.day == DAYS
    )
    tonight = datetime.combine(now.date(), last, now.tzinfo)
    return tonight if tonight < now else tonight - timedelta(days=1)


def _moment(said: Said, latest: datetime) -> datetime:
    return datetime.combine(latest.date() - timedelta(days=DAYS - said.day), said.at, latest.tzinfo)


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    """What is done inside is done at another time."""
    clock.freeze(moment)
    try:
        yield
    finally:
        clock.thaw()


def _cast() -> str:
    """Who can sign in, as a table."""
    rows = [(person["pseudonym"], person["role"]) for person in script.people()]
    wide = max(len(pseudonym) for pseudonym, _role in rows)
    lines = [f"  {pseudonym:<{wide}}  {role:<9}  {PASSPHRASE}" for pseudonym, role in rows]
    head = f"  {'pseudonym':<{wide}}  {'role':<9}  passphrase"
    note = "Everyone and everything in it is made up. These passphrases are public: keep the demo to this machine."
    return "\n".join(["This is the demo. Sign in as any of these:", "", head, *lines, "", note, ""])

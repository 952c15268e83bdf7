"""Fill an instance for measuring, in a process of its own: members with sessions, in rooms.

python -m benchmarks._live.prepare FILE ROOMS MEMBERS     members a room; their cookies go to FILE, a line each
"""

import sys
from pathlib import Path

from flask import Flask

from recovery_net.accounts import devices, guidelines, names
from recovery_net.accounts.models import Account
from recovery_net.app import create_app
from recovery_net.config import Settings
from recovery_net.core import clock, db
from recovery_net.rooms import service
from recovery_net.rooms.models import Membership
from recovery_net.rooms.service import RoomDraft
from recovery_net.serving import starting

NO_PASSPHRASE = "!"  # nobody signs in with one here, and hashing 10,000 takes minutes


def main() -> None:
    file, rooms, members = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    app = create_app(Settings.from_environment())
    starting.prepare_database()
    cookies: list[str] = []
    for number in range(rooms):
        with db.transaction():
            cookies += fill_room(app, f"room-{number}", members, number * members)
    file.write_text("\n".join(cookies) + "\n")


def fill_room(app: Flask, slug: str, members: int, first: int) -> list[str]:
    """A room with that many new members in it. Gives their cookies."""
    room = service.make_room(slug, RoomDraft(f"Room {slug}"))
    cookies = []
    for number in range(first, first + members):
        account = a_member(number)
        db.session().add(account)
        db.session().add(Membership(room_id=room.id, account_id=account.id, since=clock.today()))
        _device, token = devices.begin(account, "Firefox on Linux")
        cookies.append(cookie(app, token))
    db.session().flush()
    return cookies


def a_member(number: int) -> Account:
    name = f"still-water-{number}"
    return Account(
        pseudonym=name,
        skeleton=names.skeleton(name),
        passphrase_hash=NO_PASSPHRASE,
        avatar_seed=f"{number:016x}",
        guidelines_version=guidelines.VERSION,
        joined_on=clock.today(),
        seen_on=clock.today(),
        is_settled=True,
    )


def cookie(app: Flask, token: str) -> str:
    """What a browser with this session sends."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = serializer.dumps({"_user_id": token, "_permanent": True})
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


if __name__ == "__main__":
    main()

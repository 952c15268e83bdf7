"""What a message costs on its way into the log, alone and together with others, on both engines.

CPU of this process, everything from the words to the commit: cleaned, rendered, session and right looked up, sealed,
inserted, committed so that a power cut loses nothing. No network, no pushes: `./bench live` has those.
"""

import gc
import logging
import os
import random
import secrets
import tempfile
import time
import uuid
from contextlib import ExitStack

from recovery_net import migrating
from recovery_net.accounts import devices, guidelines
from recovery_net.accounts.models import Account
from recovery_net.app import create_app
from recovery_net.config import Settings
from recovery_net.core import clock, db
from recovery_net.rooms import talking
from recovery_net.rooms.models import Membership, Room
from recovery_net.rooms.talking import Draft, Post
from tools.services import postgres
from tools.services.places import Unavailable

ROOMS, MEMBERS = 50, 20
BATCHES = (1, 8, 32, 64, 128)
MESSAGES = 3000  # of one measurement
WORDS = "One day at a time, said somebody quietly in the evening."


def main() -> None:
    logging.disable(logging.CRITICAL)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        engines = {"SQLite": f"sqlite:///{folder}/log.sqlite3"}
        try:
            postgres.FAST = (*postgres.DURABLE, "max_connections=60")
            engines["PostgreSQL"] = postgres.new_database(stack.enter_context(postgres.postgres_server()))
        except Unavailable as why:
            print(f"no PostgreSQL: {why}")
        for name, url in engines.items():
            create_app(
                Settings.from_environment({"RECOVERY_NET_DATA": folder, "DATABASE_URL": url, "LIMITS": "off"})
            )
            migrating.upgrade(db.engine())
            print(f"\n{name}, {ROOMS} rooms of {MEMBERS}, load {os.getloadavg()[0]:.1f}")
            measure(people())


def people() -> list[tuple[str, str]]:
    """Members with a device: its token, and the room's slug."""
    found = []
    with db.transaction() as session:
        for _room in range(ROOMS):
            name = f"room-{secrets.token_hex(4)}"
            room = Room(slug=name, name=name)
            session.add(room)
            for _member in range(MEMBERS):
                account = a_member()
                session.add_all([account, Membership(room=room, account=account, since=clock.today())])
                found.append((devices.begin(account, "Firefox on Linux")[1], name))
    return found


def a_member() -> Account:
    name = f"water-{secrets.token_hex(6)}"
    today = clock.today()
    return Account(
        pseudonym=name,
        skeleton=name,
        passphrase_hash="!",
        avatar_seed=secrets.token_hex(8),
        guidelines_version=guidelines.VERSION,
        joined_on=today,
        seen_on=today,
    )


def measure(senders: list[tuple[str, str]]) -> None:
    gc.collect()
    gc.freeze()
    print(f"  {'in one commit':>14} {'CPU':>8} {'wall':>8}   µs a message")
    for size in BATCHES:
        run(senders, size, 200)
        cpu, wall = run(senders, size, MESSAGES)
        print(f"  {size:>14} {cpu:>8.0f} {wall:>8.0f}")


def run(senders: list[tuple[str, str]], size: int, messages: int) -> tuple[float, float]:
    """CPU and wall time of a message, in µs."""
    batches = max(1, messages // size)
    cpu, wall = time.process_time(), time.perf_counter()
    for _batch in range(batches):
        posts = [a_post(*random.choice(senders)) for _ in range(size)]
        with db.transaction():
            talking.post_messages(posts)
    each = 1e6 / (batches * size)
    return (time.process_time() - cpu) * each, (time.perf_counter() - wall) * each


def a_post(token: str, slug: str) -> Post:
    return talking.ready(token, slug, Draft(uuid.uuid4(), WORDS))


if __name__ == "__main__":
    main()

"""Work on a timer: sessions nobody uses, links nobody can use, codes nobody put away."""

from datetime import timedelta

from recovery_net.accounts import devices, invitations, recovery
from recovery_net.core import db
from recovery_net.core.jobs import job


@job(every=timedelta(hours=1))
def end_unused_sessions() -> None:
    """A device that was not seen for 30 days is signed out."""
    with db.transaction():
        devices.end_unused()


@job(every=timedelta(hours=1))
def drop_closed_invitations() -> None:
    """Links that are used up or too old."""
    with db.transaction():
        invitations.drop_closed()


@job(every=timedelta(minutes=5))
def put_codes_away() -> None:
    """New recovery codes are kept readable for some minutes only."""
    with db.transaction():
        recovery.put_old_codes_away()

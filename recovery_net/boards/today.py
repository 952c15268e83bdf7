"""Today: what is waiting for a member this evening."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app, render_template
from flask_babel import gettext as _

from recovery_net.accounts.models import Account
from recovery_net.config import Settings
from recovery_net.core import clock, db
from recovery_net.core.i18n import N_
from recovery_net.meetings import listing, showing
from recovery_net.meetings.feeds.kinds import HYBRID, ONLINE
from recovery_net.meetings.filters import Filters
from recovery_net.rooms import service

_SOON, _OPEN_ROOMS = 4, 4  # rows
# From which hour each greeting holds; static/js/boards/greeting.js does the same by the device's clock.
_GREETINGS = (
    (4, "morning", N_("Good morning, %(name)s")),
    (12, "afternoon", N_("Good afternoon, %(name)s")),
    (18, "evening", N_("Good evening, %(name)s")),
)


def today_page(account: Account) -> str:
    """My rooms with what is new in them, and what begins soon."""
    settings: Settings = current_app.config["SETTINGS"]
    with db.reading():
        places = service.places_for(account)
    mine = [place for place in places if place.is_member]
    return render_template(
        "boards/today.html",
        greeting=_greeting(account, settings),
        greetings={name: _(text, name=account.pseudonym) for _hour, name, text in _GREETINGS},
        mine=sorted(mine, key=lambda place: not place.unread),
        unread=sum(place.unread for place in mine),
        invited=[place for place in places if place.is_invited],
        open_rooms=[place for place in places if place.may_enter and not place.is_invited][:_OPEN_ROOMS],
        soon=_soon(account.time_zone or settings.time_zone),
    )


def _greeting(account: Account, settings: Settings) -> str:
    """By the clock where the reader is; only "Hello" where nobody said where that is."""
    zone = account.time_zone or (settings.time_zone if settings.time_zone != "UTC" else None)
    if zone is None:
        return str(_("Hello, %(name)s", name=account.pseudonym))
    return str(_(_greeting_at(clock.now().astimezone(ZoneInfo(zone))), name=account.pseudonym))


def _greeting_at(moment: datetime) -> str:
    passed = [text for hour, _name, text in _GREETINGS if moment.hour >= hour]
    return passed[-1] if passed else _GREETINGS[-1][2]  # after midnight it is still evening


def _soon(zone: str) -> list[showing.Shown]:
    """The next meetings that one could be at: online from anywhere, in a hall in one's own zone."""
    asked = Filters(zone=zone)
    page = listing.page(asked)
    online = listing.page(replace(asked, attendance=(ONLINE, HYBRID)))
    found = {
        (entry.starts_at, entry.meeting.id): entry
        for entry in (*page.entries, *online.entries)
        if entry.starts_at and not entry.is_cancelled
        if entry.meeting.attendance in {ONLINE, HYBRID} or entry.meeting.time_zone == zone
    }
    chosen = replace(page, entries=[found[key] for key in sorted(found)[:_SOON]])
    return [row for section in showing.sections(chosen, asked, is_member=True) for row in section.rows]

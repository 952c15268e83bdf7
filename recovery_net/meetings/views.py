"""The meeting list, a page for each meeting, and the feeds."""

import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from recovery_net.accounts.models import Account
from recovery_net.config import Settings
from recovery_net.core import clock, db, limits
from recovery_net.core.errors import NotFound
from recovery_net.core.limits import limiter
from recovery_net.core.text import leave_path
from recovery_net.meetings import (
    calendars,
    choices,
    describing,
    filters,
    guide,
    listing,
    policy,
    programs,
    publishing,
    service,
    sheets,
    showing,
    zones,
)
from recovery_net.meetings.filters import Filters
from recovery_net.meetings.guide import Chosen, Writing
from recovery_net.meetings.models import Meeting

bp = Blueprint("meetings", __name__)

_BREATH = 0.005  # seconds of writing a feed after which other people's requests get their turn
_KEPT = 32 * 1024 * 1024  # bytes of written feeds kept for the next who asks
FEEDS = frozenset({"meetings.feed_json", "meetings.feed_csv", "meetings.feed_ics", "meetings.meeting_ics"})


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _actor() -> Account | None:
    return current_user.account if current_user.is_authenticated else None


def _filters() -> Filters:
    actor = _actor()
    return filters.read(request.args, (actor.time_zone if actor else None) or _settings().time_zone)


def _is_guessed() -> bool:
    """Whether nobody has said the reader's zone: the page may then ask the device."""
    actor = _actor()
    return "tz" not in request.args and not (actor and actor.time_zone)


@bp.get("/meetings")
def index() -> ResponseReturnValue:
    """The list."""
    actor, asked = _actor(), _filters()
    page = listing.page(asked)
    return render_template(
        "meetings/index.html",
        page=page,
        sections=showing.sections(page, asked, is_member=policy.may_see_joining(actor)),
        asked=asked,
        choices=choices.Choices(asked, listing.facets(), page.now, request.args),
        city=zones.city(asked.zone),
        is_guessed=_is_guessed(),
        complaints=[_(said.message, value=said.value, zone=asked.zone) for said in asked.complaints],
    )


@bp.get("/meetings/<slug>")
def meeting(slug: str) -> ResponseReturnValue:
    """One meeting. How to join is for members."""
    actor, asked = _actor(), _filters()
    with db.reading():
        found = service.meeting_for(slug)
        types = service.types_for(found)
        coming = service.next_dates(found)
        joining = service.joining_for(actor, found)
    is_veiled = found.is_veiled and not policy.may_see_joining(actor)
    return render_template(
        "meetings/meeting.html",
        meeting=found,
        say=showing.covered if is_veiled else str,
        types=[programs.label(found.program, code, showing.language()[:2]) for code in types],
        program=programs.name(found.program),
        when=describing.when(found),
        dates=list(describing.dates(coming, asked.zone)),
        zone=asked.zone,
        city=zones.city(asked.zone),
        is_guessed=_is_guessed(),
        joining=joining,
        join_path=leave_path(joining.get("conference_url", "")),
        map_path=leave_path(describing.map_address(found)),
        about_paths=_about_paths(found, is_veiled=is_veiled),
    )


def _about_paths(meeting: Meeting, *, is_veiled: bool) -> list[tuple[str, str]]:
    """Pages elsewhere, through the leave page."""
    pages = ((_("Its own page"), meeting.url), (_("Website"), meeting.extra.get("website", "")))
    shown = [(label, url) for label, url in pages if not (is_veiled and showing.covered(url) != url)]
    return [(label, path) for label, url in shown if (path := leave_path(url))]


@bp.get("/meetings.json")
@limiter.limit(limits.READ_FEED)
def feed_json() -> ResponseReturnValue:
    """Meeting Guide."""
    return _feed("application/json", lambda chosen, writing: guide.array(guide.records(chosen, writing)))


@bp.get("/meetings.csv")
@limiter.limit(limits.READ_FEED)
def feed_csv() -> ResponseReturnValue:
    """The same records as a table."""
    return _feed(
        "text/csv; charset=utf-8", lambda chosen, writing: sheets.sheet(guide.records(chosen, writing))
    )


@bp.get("/meetings.ics")
@limiter.limit(limits.READ_FEED)
def feed_ics() -> ResponseReturnValue:
    """A calendar of all of them."""
    return _feed("text/calendar; charset=utf-8", calendars.calendar)


@bp.get("/meetings/<slug>.ics")
@limiter.limit(limits.READ_FEED)
def meeting_ics(slug: str) -> ResponseReturnValue:
    """A calendar of one meeting."""
    with db.reading():
        found = service.meeting_for(slug)
        if not calendars.is_timed(found):
            raise NotFound()
    return _feed("text/calendar; charset=utf-8", calendars.calendar, [Chosen(found.id)])


def _feed(
    mimetype: str,
    write: Callable[[list[Chosen], Writing], Iterator[bytes]],
    chosen: list[Chosen] | None = None,
) -> ResponseReturnValue:
    """A feed in pieces, unless the caller has this very one already."""
    settings, asked = _settings(), _filters()
    is_complete = policy.may_see_joining(_actor()) or settings.feed_join_details
    writing = Writing(f"{settings.public_url}/meetings/{{}}".format, is_complete, settings.time_zone)
    tag = publishing.tag(
        asked, request.path, "page" in request.args, is_complete, settings.public_url, clock.today()
    )
    response = Response(content_type=mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache" if settings.public_meetings else "private, no-cache"
    response.headers["Vary"] = "Cookie"
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        return response
    if (kept := _written.get(tag)) is not None:
        response.set_data(kept)
        return response
    if chosen is None:
        is_own_clock = "tz" not in request.args
        chosen = publishing.chosen(asked, is_paged="page" in request.args, is_own_clock=is_own_clock)
    response.response = _breathing(write(chosen, writing), tag)
    return response


@bp.after_request
def _open_feeds(response: Response) -> Response:
    """Readers on other sites may fetch the feeds, and ask whether anything is new."""
    if request.endpoint in FEEDS and _settings().public_meetings:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


# The last feeds written, by tag: the tag changes with every byte, so what is here is never out of date.
_written: dict[str, bytes] = {}


def _breathing(pieces: Iterator[bytes], tag: str) -> Iterator[bytes]:
    """A long feed must not hold everybody up: every few milliseconds the others get their turn."""
    whole: list[bytes] = []
    turn, began = [], time.monotonic()
    for piece in pieces:
        turn.append(piece)
        if time.monotonic() - began > _BREATH:
            whole.append(b"".join(turn))
            yield whole[-1]
            time.sleep(0.001)
            turn, began = [], time.monotonic()
    whole.append(b"".join(turn))
    yield whole[-1]
    _keep(tag, b"".join(whole))


def _keep(tag: str, feed: bytes) -> None:
    _written[tag] = feed
    while sum(map(len, _written.values())) > _KEPT:
        del _written[next(iter(_written))]

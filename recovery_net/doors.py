"""Closed by default. What is on the short list is open to everyone; all else needs a session.

`tests/test_doors.py` walks every route and socket event and fails on one that is in neither state.
"""

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, current_user
from sqlalchemy.exc import SQLAlchemyError

from recovery_net.accounts import guidelines, principal
from recovery_net.accounts.principal import Principal
from recovery_net.config import Settings
from recovery_net.core.errors import NotAllowed, NotFound, SignInNeeded
from recovery_net.core.http import wants_json
from recovery_net.core.i18n import N_

PUBLIC = frozenset(
    {
        "static",
        "pages.home",
        "pages.leave",
        "pages.healthz",
        "pages.readyz",
        "pages.robots",
        "accounts.join",
        "accounts.suggest",
        "accounts.sign_in",
        "accounts.recover",
        "accounts.exit",
        "accounts.away",
        "accounts.guidelines",
        "accounts.set_up",
        "help.index",
    }
)
# Meeting lists are public elsewhere too; how to join a meeting is not, and neither are they if the host says so.
PUBLIC_MEETINGS = frozenset(
    {
        "meetings.index",
        "meetings.meeting",
        "meetings.feed_json",
        "meetings.feed_ics",
        "meetings.feed_csv",
        "meetings.meeting_ics",
    }
)
# What a person may still do who has not agreed to the guidelines that hold now.
BEFORE_AGREEING = PUBLIC | {"accounts.agree", "accounts.sign_out", "accounts.erase"}


def init(app: Flask) -> None:
    """Put the guard before every view."""
    app.before_request(_guard)


def is_public(endpoint: str, settings: Settings) -> bool:
    """Whether an endpoint is open to everyone on this instance."""
    return endpoint in PUBLIC or (settings.public_meetings and endpoint in PUBLIC_MEETINGS)


def admit_socket() -> Principal | None:
    """The signed-in device behind a socket, looked up anew; none while the guidelines wait for an answer."""
    found = principal.authenticate()
    if found is None or guidelines.needs_guidelines(found.account):
        return None
    return found


def _guard() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint == "static":
        return None  # nobody's: no session is looked up for it
    if not _is_signed_in(endpoint):
        if endpoint is None:
            raise NotFound()
        if not _is_open(endpoint):
            raise SignInNeeded()
        return None
    if endpoint not in BEFORE_AGREEING and guidelines.needs_guidelines(current_user.account):
        if request.method == "GET" and not wants_json():
            return redirect(url_for("accounts.agree"))
        raise NotAllowed(N_("The guidelines have changed. Read them and agree before you go on."))
    return None


def _is_signed_in(endpoint: str | None) -> bool:
    """What is open to everyone stays open when the database is away: help above all."""
    try:
        return bool(current_user.is_authenticated)
    except SQLAlchemyError:
        g._login_user = AnonymousUserMixin()  # telling of the outage must not ask who reads
        if endpoint is None or not _is_open(endpoint):
            raise
        return False


def _is_open(endpoint: str) -> bool:
    return is_public(endpoint, current_app.config["SETTINGS"])

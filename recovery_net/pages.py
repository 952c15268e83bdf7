"""Pages that belong to no feature: the landing page, the way out to other sites, health."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from recovery_net import migrating
from recovery_net.boards.today import today_page
from recovery_net.core import db
from recovery_net.core.errors import NotFound
from recovery_net.core.text import leave_path
from recovery_net.realtime.relay import Relay

bp = Blueprint("pages", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """Today for members; for everyone else what this is, and what it is not."""
    if current_user.is_authenticated:
        return today_page(current_user.account)
    return render_template("landing/landing.html", registration=current_app.config["SETTINGS"].registration)


@bp.get("/leave")
def leave() -> ResponseReturnValue:
    """Show where a link leads, and let the reader decide. Never redirects by itself."""
    url = request.args.get("to", "")
    if leave_path(url) is None:
        raise NotFound()
    return render_template("pages/leave.html", url=url, host=urlsplit(url).hostname)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process is up."""
    return {"ok": True}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Whether members can be served: the database answers and has the tables of this version. The rest is told only:
    without Redis everything works, a little later.
    """
    try:
        with db.reading() as session:
            session.execute(text("select 1"))
        is_current = migrating.is_current(db.engine())
    except Exception:  # whatever is wrong with the database, the answer is "not ready"
        return {"ok": False, "database": False, **_between_workers()}, 503
    parts = {"ok": is_current, "database": True, "migrations": is_current, **_between_workers()}
    return parts, 200 if is_current else 503


def _between_workers() -> dict[str, Any]:
    relay: Relay = current_app.extensions["relay"]
    lag = current_app.extensions["live_rooms"].delivery.lag()
    redis = {} if relay.is_up is None else {"redis": relay.is_up}
    return redis | {"log": {"behind": lag.events, "swept_seconds_ago": round(lag.seconds, 1)}}


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Nothing here is for search engines."""
    return "User-agent: *\nDisallow: /\n", 200, {"Content-Type": "text/plain; charset=utf-8"}

"""Ways out: sign out, quick exit, and the page that has nothing to do with any of this."""

import structlog
from flask import Response, current_app, make_response, redirect, render_template, session
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from recovery_net.accounts import devices
from recovery_net.accounts.blueprint import bp
from recovery_net.accounts.principal import current_principal
from recovery_net.core import db, logs

_log = structlog.get_logger()


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session of this device and leave nothing of it in the browser."""
    me = current_principal()
    with db.transaction():
        devices.end(me.account, me.device_id)
    return goodbye()


@bp.post("/exit", endpoint="exit")
def quick_exit() -> ResponseReturnValue:
    """Leave, whatever else may be wrong: without a session, with an old form, while the database is away."""
    try:
        with db.transaction():
            devices.end_by_token(str(session.get("_user_id", "")))
    except Exception as error:
        _log.error("exit", error=type(error).__name__, where=logs.where(error))
    session.clear()
    # Not the cache, which holds style sheets only: clearing it can take seconds, and here they count.
    return _forgetting(current_app.config["SETTINGS"].exit_url, '"cookies", "storage"')


@bp.get("/away")
def away() -> ResponseReturnValue:
    """A neutral page: where the quick exit leads unless the host names another site."""
    return render_template("landing/away.html")


def goodbye() -> Response:
    """What every browser gets whose session has ended: the first page, and nothing of us kept."""
    session.clear()
    return _forgetting("/", '"cache", "cookies", "storage"')


def _forgetting(path: str, what: str) -> Response:
    """Ask the browser to drop what it holds of us: messages that wait to be sent, above all."""
    response = make_response(redirect(path, 303))
    response.headers["Clear-Site-Data"] = what
    return response


@bp.record_once
def _let_exit_pass(state: BlueprintSetupState) -> None:
    """A form that is too old keeps nobody here. A forged exit finds no session: the cookie is SameSite."""
    state.app.extensions["csrf"].exempt(quick_exit)

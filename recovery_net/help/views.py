"""Help now: `/help`. Open to everyone, without JavaScript, without a session, and with the database down."""

import unicodedata
from typing import Any

import structlog
from babel import Locale
from flask import Blueprint, current_app, g, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_babel import get_locale, gettext
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from recovery_net.accounts.models import Account, Role
from recovery_net.core import logs
from recovery_net.core.text import leave_path
from recovery_net.help import lines
from recovery_net.help.countries import ELSEWHERE, country_for

bp = Blueprint("help", __name__)

_STAFF = {Role.COUNSELOR, Role.MODERATOR, Role.OPERATOR}
_log = structlog.get_logger()


@bp.get("/help")
def index() -> str:
    """Crisis lines of the reader's country, first of all; then what helps while waiting."""
    account = current_user.account if current_user.is_authenticated else None
    try:
        return _page(account)
    except SQLAlchemyError as error:  # the side bar asks for the reader's rooms
        _carry_on_as_nobody(error)
        return _page(None)


def _page(account: Account | None) -> str:
    country = _country(account)
    spoken = [tag.partition("-")[0].lower() for tag in request.accept_languages.values()]
    return render_template(
        "help/help.html",
        board=lines.board_for(country, spoken, is_staff=account is not None and account.role in _STAFF),
        country=country,
        country_name=_locale().territories.get(country),
        countries=_choices(),
        elsewhere=ELSEWHERE,
        directory=leave_path(lines.DIRECTORY),
        leave_path=leave_path,
        tongues=_tongues,
        say=gettext,  # hours and notes are data: translated, then escaped like any other text
        is_cut_off="database_error" in g,
    )


def _country(account: Account | None) -> str:
    zone = request.args.get("tz") or (account.time_zone if account else None)
    accepted = [str(tag) for tag in request.accept_languages.values()]
    return country_for(
        request.args.get("country", ""), zone, accepted, current_app.config["SETTINGS"].country
    )


def _choices() -> list[tuple[str, str]]:
    """Every country we have lines for, by its name in the reader's language."""
    names = _locale().territories
    listed = [(code, str(names.get(code, code))) for code in lines.countries()]
    return sorted(listed, key=lambda pair: unicodedata.normalize("NFD", pair[1].casefold()))


def _tongues(line: lines.Line) -> str:
    """The languages of a line, by their names in the reader's."""
    return ", ".join(str(_locale().languages.get(code, code)) for code in line.languages)


def _locale() -> Locale:
    return get_locale() or Locale("en")


@bp.record_once
def _stand_first(state: BlueprintSetupState) -> None:
    """Come before every other guard: they ask who is there, and on this page nobody need know."""
    before: list[Any] = state.app.before_request_funcs.setdefault(None, [])
    before.insert(0, _greet)


def _greet() -> None:
    if request.endpoint == "help.index":
        try:
            bool(current_user.is_authenticated)
        except SQLAlchemyError as error:
            _carry_on_as_nobody(error)


def _carry_on_as_nobody(error: SQLAlchemyError) -> None:
    """Serve this one request as to somebody who is not signed in; the session itself is left alone."""
    _log.error("help_without_database", error=type(error).__name__, where=logs.where(error))
    g.database_error = True
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
